/** Fractions of whole numbers without rounding: what arithmetic can decide is never left to floating point. */
import { CONSTANTS, type Expression, isDerivative } from "./expression.ts";

export interface Fraction {
  readonly over: bigint;
  /** Always positive, and prime to `over`. */
  readonly under: bigint;
}

/** Powers and factorials beyond this many bits are left to others: 9^(9^9) must cost nothing here. */
const MAX_BITS = 8192;

/** Whole numbers for unknowns. */
export type ExactPoint = (unknown: string) => bigint;

/** Undefined when the tree is no fraction, or too large to write out. */
export function exactly(tree: Expression, point?: ExactPoint): Fraction | undefined {
  switch (tree.kind) {
    case "number":
      return decimal(tree.text);
    case "symbol":
      return point && !CONSTANTS.has(tree.name) && !/^emptyset$|dots|^set |^text:/.test(tree.name)
        ? { over: point(tree.name), under: 1n }
        : undefined;
    case "negate": {
      const of = exactly(tree.of, point);
      return of && { over: -of.over, under: of.under };
    }
    case "add":
      return fold(tree.terms, point, (a, b) => fraction(a.over * b.under + b.over * a.under, a.under * b.under));
    case "multiply":
      return fold(tree.factors, point, (a, b) => fraction(a.over * b.over, a.under * b.under));
    case "divide":
      if (isDerivative(tree.over, tree.under)) return undefined;
      return fold([tree.over, tree.under], point, (a, b) => fraction(a.over * b.under, a.under * b.over));
    case "power":
      return power(exactly(tree.base, point), exactly(tree.exponent, point));
    case "unit":
      return exactly(tree.of, point);
    case "call":
      return called(tree.name, tree.of, point);
    default:
      return undefined;
  }
}

export function fraction(over: bigint, under: bigint): Fraction | undefined {
  if (under === 0n || bits(over) > MAX_BITS || bits(under) > MAX_BITS) return undefined;
  const shared = greatestDivisor(over < 0n ? -over : over, under < 0n ? -under : under);
  const sign = under < 0n ? -1n : 1n;
  return { over: (sign * over) / shared, under: (sign * under) / shared };
}

export function sameFraction(a: Fraction, b: Fraction): boolean {
  return a.over === b.over && a.under === b.under;
}

export function toNumber(value: Fraction): number {
  const quick = Number(value.over) / Number(value.under);
  if (Number.isFinite(quick)) return quick;
  const shift = BigInt(Math.max(0, bits(value.under) - 1000));
  return Number(value.over >> shift) / Number(value.under >> shift);
}

function called(name: string, of: readonly Expression[], point: ExactPoint | undefined): Fraction | undefined {
  const values = of.map((each) => exactly(each, point));
  const [a, b] = values;
  if (!a) return undefined;
  if (name === "percent") return fraction(a.over, a.under * 100n);
  if (name === "degree") return a;
  if (name === "abs") return { over: a.over < 0n ? -a.over : a.over, under: a.under };
  if (name === "factorial")
    return a.under === 1n && a.over >= 0n && a.over <= 500n ? { over: factorial(a.over), under: 1n } : undefined;
  if (name === "floor" || name === "ceil")
    return { over: name === "floor" ? floor(a) : -floor({ over: -a.over, under: a.under }), under: 1n };
  if (name === "root") return rooted(a, b ?? (of.length > 1 ? undefined : { over: 2n, under: 1n }));
  if (!b) return undefined;
  if (name === "binom") return choose(a, b);
  if (name === "ratio" && values.length === 2) return fraction(a.over * b.under, a.under * b.over);
  if (name === "base") return inBase(a, b);
  return undefined;
}

function decimal(text: string): Fraction | undefined {
  const [whole = "", part = ""] = text.split(".");
  if (whole.length + part.length > MAX_BITS / 4) return undefined;
  return fraction(BigInt(whole + part), 10n ** BigInt(part.length));
}

function power(base: Fraction | undefined, exponent: Fraction | undefined): Fraction | undefined {
  if (!base || !exponent) return undefined;
  if (exponent.under !== 1n) {
    if (exponent.under > 64n) return undefined;
    const root = rooted(base, { over: exponent.under, under: 1n });
    return power(root, { over: exponent.over, under: 1n });
  }
  const times = exponent.over < 0n ? -exponent.over : exponent.over;
  if (base.over === 0n) return exponent.over > 0n ? base : undefined;
  if (times > BigInt(MAX_BITS) || BigInt(Math.max(bits(base.over), bits(base.under)) - 1) * times > BigInt(MAX_BITS))
    return undefined;
  const raised = { over: base.over ** times, under: base.under ** times };
  return exponent.over < 0n ? fraction(raised.under, raised.over) : raised;
}

/** Only a root that comes out even is a fraction. */
function rooted(of: Fraction, degree: Fraction | undefined): Fraction | undefined {
  if (degree?.under !== 1n || degree.over < 2n || degree.over > 64n) return undefined;
  if (of.over < 0n) return undefined;
  const over = wholeRoot(of.over, degree.over);
  const under = wholeRoot(of.under, degree.over);
  return over === undefined || under === undefined ? undefined : { over, under };
}

function wholeRoot(of: bigint, degree: bigint): bigint | undefined {
  if (of < 2n) return of;
  let low = 1n;
  let high = 1n << BigInt(Math.ceil(bits(of) / Number(degree)) + 1);
  while (low < high) {
    const middle = (low + high) / 2n;
    if (middle ** degree < of) low = middle + 1n;
    else high = middle;
  }
  return low ** degree === of ? low : undefined;
}

function choose(n: Fraction, k: Fraction): Fraction | undefined {
  if (n.under !== 1n || k.under !== 1n || k.over < 0n || n.over < k.over || n.over > 1000n) return undefined;
  let result = 1n;
  for (let i = 0n; i < k.over; i++) result = (result * (n.over - i)) / (i + 1n);
  return { over: result, under: 1n };
}

function inBase(digits: Fraction, base: Fraction): Fraction | undefined {
  if (digits.under !== 1n || base.under !== 1n || base.over < 2n || base.over > 10n) return undefined;
  let value = 0n;
  for (const digit of String(digits.over)) {
    if (BigInt(digit) >= base.over) return undefined;
    value = value * base.over + BigInt(digit);
  }
  return { over: value, under: 1n };
}

function fold(
  trees: readonly Expression[],
  point: ExactPoint | undefined,
  join: (a: Fraction, b: Fraction) => Fraction | undefined,
): Fraction | undefined {
  let sofar: Fraction | undefined;
  for (const [at, tree] of trees.entries()) {
    const value = exactly(tree, point);
    if (!value) return undefined;
    sofar = at === 0 ? value : join(sofar!, value);
    if (!sofar) return undefined;
  }
  return sofar;
}

function factorial(n: bigint): bigint {
  let result = 1n;
  for (let i = 2n; i <= n; i++) result *= i;
  return result;
}

function floor(value: Fraction): bigint {
  const down = value.over / value.under;
  return value.over < 0n && down * value.under !== value.over ? down - 1n : down;
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}

function bits(value: bigint): number {
  return value.toString(16).length * 4;
}
