/**
 * Equations: `x = 5` answers with 5, `a = b = c` with c, `x \approx 3` with 3; `2x + 4y = 3` is an answer by itself and
 * the same as any multiple of it.
 */
import { evaluate, pointFor } from "./evaluate.ts";
import { canonical, type Expression, some, unknownsOf } from "./expression.ts";
import { different, equal, undecided, type Verdict } from "./verdict.ts";

type Relation = Extract<Expression, { kind: "relation" }>;

export function isEquation(tree: Expression): tree is Relation {
  return tree.kind === "relation" && tree.signs.every((sign) => sign === "=");
}

/**
 * The answer that a relation or a list of them gives: what a name is said to be, or the end of a chain of equal things.
 * Everything else comes back as it is.
 */
export function solved(tree: Expression): Expression {
  if (tree.kind === "list") return solvedList(tree);
  if (tree.kind !== "relation") return tree;
  if (tree.signs.length === 1 && tree.signs[0] === "in" && isName(tree.members[0]!)) return tree.members[1]!;
  const rough = tree.signs.indexOf("~");
  if (rough >= 0) return solvedRough(tree, rough);
  if (!isEquation(tree)) return tree;
  const [first, last] = [tree.members[0]!, tree.members.at(-1)!];
  const closed = unknownsOf(last).size === 0;
  if (isName(first) && !sameName(first, last)) return solved(last);
  if (unknownsOf(first).size === 0 && closed) return last;
  if (tree.members.length > 2 && closed) return last;
  if (isRatio(last) && isRatio(first) && closed) return last;
  return tree;
}

/** x = 5 + 5 + 1 \approx 11: the last exact member counts; with none, the rough one. */
function solvedRough(tree: Relation, rough: number): Expression {
  const [first, second] = tree.members;
  if (rough > 0)
    return solved({ ...tree, signs: tree.signs.slice(0, rough), members: tree.members.slice(0, rough + 1) });
  if (isName(first!)) return second!;
  return unknownsOf(first!).size > 0
    ? { ...tree, signs: tree.signs.map((sign) => (sign === "~" ? "=" : sign)) }
    : first!;
}

/** p = 5, q = 2; p = 7, q = 2 are the pairs (5, 2), (7, 2); x = 1, y = 2 is the list 1, 2. */
function solvedList(all: Extract<Expression, { kind: "list" }>): Expression {
  // "x = k pi, k in Z": the condition is no answer of its own.
  const told = all.items.filter((item) => !isCondition(item));
  if (told.length === 1) return solved(told[0]!);
  const tree = told.length === 0 ? all : { ...all, items: told };
  const names = tree.items.map(nameOf);
  const different = new Set(names);
  const round = different.size;
  if (different.has(undefined) || round < 2 || names.length === round || names.length % round !== 0) return tree;
  const isRepeated = names.every((name, at) => name === names[at % round]);
  if (!isRepeated) return tree;
  const items: Expression[] = [];
  for (let at = 0; at < names.length; at += round) {
    items.push({ kind: "group", open: "(", close: ")", items: tree.items.slice(at, at + round).map(solved) });
  }
  return { kind: "list", items, joiner: "or" };
}

/** x = 1, y = 2 against y = 2, x = 1: what each name is said to be, in the first one's order of names. */
export function pairByName(gold: Expression, pred: Expression): (readonly [Expression, Expression])[] | undefined {
  if (gold.kind !== "list" || pred.kind !== "list" || gold.items.length !== pred.items.length) return undefined;
  const byName = new Map(pred.items.map((item) => [nameOf(item), item]));
  if (byName.has(undefined) || byName.size !== gold.items.length) return undefined;
  const pairs: (readonly [Expression, Expression])[] = [];
  for (const item of gold.items) {
    const other = byName.get(nameOf(item));
    if (!other) return undefined;
    pairs.push([item, other]);
  }
  return new Set(pairs.map(([, other]) => other)).size === pairs.length ? pairs : undefined;
}

function isCondition(item: Expression): boolean {
  if (item.kind !== "relation" || item.signs[0] !== "in") return false;
  const [of, set] = item.members;
  return of?.kind === "symbol" && set?.kind === "symbol" && /^set [ZNQ]/.test(set.name);
}

function nameOf(item: Expression): string | undefined {
  return isEquation(item) && isName(item.members[0]!) ? canonical(item.members[0]!) : undefined;
}

/** A letter, AB, f(x), y', |AB|, (p, q), angle ABC, a word: what can stand before "=" as the name of the answer. */
export function isName(tree: Expression): boolean {
  switch (tree.kind) {
    case "symbol":
      return !["pi", "infinity"].includes(tree.name);
    case "multiply":
      return tree.factors.every((factor) => isName(factor) || isArgument(factor)) && isName(tree.factors[0]!);
    case "group":
      return tree.items.every(isName);
    case "call":
      return /^(?:prime|abs|sub_|det|dim|arg|deg|min|max|gcd|lcm)/.test(tree.name) && tree.of.every(isName);
    case "power":
      return isName(tree.base) && tree.exponent.kind === "negate" && canonical(tree.exponent.of) === "1";
    case "divide":
      return isName(tree.over) && isName(tree.under);
    default:
      return false;
  }
}

/** The 2 of f(2). */
function isArgument(tree: Expression): boolean {
  return tree.kind === "group" && tree.items.length < 4;
}

/** x = x + 1 gives no value. */
function sameName(name: Expression, value: Expression): boolean {
  const own = canonical(name);
  return some(value, (each) => canonical(each) === own);
}

function isRatio(tree: Expression): boolean {
  return tree.kind === "call" && tree.name === "ratio";
}

/** The same solutions: one is a constant multiple of the other, at points drawn at random. */
export function compareEquations(gold: Relation, pred: Relation): Verdict {
  if (gold.members.length !== 2 || pred.members.length !== 2) return undecided("equation", "a chain of equations");
  const quotients: number[] = [];
  for (let turn = 1; turn <= 5; turn++) {
    const [a, b] = [difference(gold, turn), difference(pred, turn)];
    if (a === undefined || b === undefined || Math.abs(b) < 1e-12) continue;
    quotients.push(a / b);
  }
  if (quotients.length < 3) return undecided("equation", "the equation could not be worked out");
  const constant = quotients.every((each) => Math.abs(each - quotients[0]!) <= 1e-8 * Math.abs(each));
  if (constant && quotients[0] !== 0) return equal("same-equation", "one equation is a multiple of the other");
  const linear = [gold, pred].every((each) => isLinear(each));
  return linear
    ? different("other-equation", "the equations have different solutions")
    : undecided("equation", "neither equation is a multiple of the other");
}

function difference(tree: Relation, turn: number): number | undefined {
  const [left, right] = tree.members.map((member) => evaluate(member, pointFor(turn)));
  return left && right && left.im === 0 && right.im === 0 ? left.re - right.re : undefined;
}

/** Straight in each unknown, by trying: only then does "no multiple" mean "other solutions". */
function isLinear(tree: Relation): boolean {
  const names = [...unknownsOf(tree)];
  const at = (t: number) => {
    const [left, right] = tree.members.map((member) =>
      evaluate(member, (name) => (names.indexOf(name) + 1) * 0.37 + t * (names.indexOf(name) + 0.5)),
    );
    return left && right ? left.re - right.re : Number.NaN;
  };
  const [a, b, c] = [at(0), at(1), at(2)];
  return Math.abs(a - 2 * b + c) <= 1e-9 * (1 + Math.abs(a) + Math.abs(b) + Math.abs(c));
}

/**
 * An equation in one unknown against values: whether they solve it. Undefined where that can't be asked. Values that
 * solve it may still not be all that do, unless the equation is straight.
 */
export function trySolutions(equation: Relation, values: readonly Expression[]): Verdict | undefined {
  const unknowns = unknownsOf(equation);
  if (unknowns.size !== 1 || equation.members.length !== 2) return undefined;
  for (const tree of values) {
    const value = unknownsOf(tree).size === 0 ? evaluate(tree, () => Number.NaN) : undefined;
    if (value?.im !== 0) return undefined;
    const [left, right] = equation.members.map((member) => evaluate(member, () => value.re));
    if (!left || !right) return undefined;
    const distance = Math.hypot(left.re - right.re, left.im - right.im);
    if (distance > 1e-7 * (1 + Math.abs(left.re) + Math.abs(value.re))) {
      return different("no-solution", "a value does not solve the equation");
    }
  }
  return isLinear(equation) && values.length === 1
    ? equal("solution", "the value solves the equation, which has no other solution")
    : undecided("solution", "the values solve the equation, which may have more solutions");
}
