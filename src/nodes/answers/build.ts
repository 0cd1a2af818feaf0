/** Puts trees together, and asks what a tree looks like while it is being read. */
import type { Expression } from "./expression.ts";

export function rename(name: string): string {
  return name === "sqrt" ? "root" : name === "lg" ? "log" : name;
}

export function signed(sign: string | undefined, of: Expression): Expression {
  if (of.kind === "unit") return { ...of, of: signed(sign, of.of) };
  if (sign === "-") return { kind: "negate", of };
  if (sign === "\\pm" || sign === "+/-") return { kind: "sign", flipped: false, of };
  return sign === "\\mp" ? { kind: "sign", flipped: true, of } : of;
}

export function times(left: Expression, right: Expression): Expression {
  return { kind: "multiply", factors: left.kind === "multiply" ? [...left.factors, right] : [left, right] };
}

export function ratio(left: Expression, right: Expression): Expression {
  return {
    kind: "call",
    name: "ratio",
    of: left.kind === "call" && left.name === "ratio" ? [...left.of, right] : [left, right],
  };
}

export function numberOf(digits: string): Expression {
  const [mantissa, exponent] = digits.split(/[eE]/);
  const plain: Expression = { kind: "number", text: mantissa!.startsWith(".") ? `0${mantissa}` : mantissa! };
  if (exponent === undefined) return plain;
  const ten: Expression = { kind: "number", text: "10" };
  return times(plain, {
    kind: "power",
    base: ten,
    exponent: signed(exponent.startsWith("-") ? "-" : "", { kind: "number", text: exponent.replace(/^[+-]/, "") }),
  });
}

/** 12_5 is a number in another base; a_1 is a name. */
export function subscripted(base: Expression, sub: string): Expression {
  if (base.kind === "number" && /^\d+$/.test(sub))
    return { kind: "call", name: "base", of: [base, { kind: "number", text: sub }] };
  if (base.kind === "symbol") return { kind: "symbol", name: `${base.name}_${sub}` };
  return { kind: "call", name: `sub_${sub}`, of: [base] };
}

export function endsInDigit(tree: Expression): boolean {
  if (tree.kind === "number") return true;
  if (tree.kind === "multiply") return endsInDigit(tree.factors.at(-1)!);
  return tree.kind === "divide" ? endsInDigit(tree.under) : false;
}

/** 3\frac{1}{2} is three and a half: nobody writes a product of two numbers like that. */
export function isMixed(whole: Expression, next: Expression, written: string): boolean {
  return (
    written.trimStart().startsWith("\\frac") &&
    whole.kind === "number" &&
    !whole.text.includes(".") &&
    next.kind === "divide" &&
    next.over.kind === "number" &&
    next.under.kind === "number"
  );
}

/** Something that a unit can follow. */
export function isValueLike(tree: Expression): boolean {
  if (tree.kind === "number") return true;
  if (tree.kind === "symbol") return tree.name === "pi";
  if (tree.kind === "divide") return isValueLike(tree.over) && isValueLike(tree.under);
  if (tree.kind === "multiply") return tree.factors.every(isValueLike);
  if (tree.kind === "add") return tree.terms.every(isValueLike);
  if (tree.kind === "power") return isValueLike(tree.base);
  if (tree.kind === "negate" || tree.kind === "unit") return isValueLike(tree.of);
  return tree.kind === "call" && ["root", "percent", "degree"].includes(tree.name);
}
