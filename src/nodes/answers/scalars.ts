/**
 * Is this value that value? Exact fractions first, floating point for the rest, random points where there are unknowns.
 *
 * Tolerance, stated once: two closed values are equal when they are the same fraction, or agree to 1 part in 10^11. A
 * written decimal also stands for what it was rounded from: the accepted answer with two decimals or more, the given
 * answer with four significant digits or more, right in every digit it shows. A whole number is never a rounded one.
 */
import { evaluate, type Point, pointFor } from "./evaluate.ts";
import { exactly, sameFraction } from "./exact.ts";
import { type Expression, rewritten, some, unknownsOf } from "./expression.ts";
import { isKnownUnit, measureOf } from "./units.ts";
import { all, any, different, equal, undecided, type Verdict } from "./verdict.ts";

const CLOSE = 1e-11;
const APART = 1e-7;
const POINTS = 5;

export function compareScalars(gold: Expression, pred: Expression): Verdict {
  const ratio = compareRatios(gold, pred);
  if (ratio) return ratio;
  const [left, right] = [measured(gold, pred), measured(pred, gold)];
  const [a, b] = [measureOf(left.unit), measureOf(right.unit)];
  if (a && b && (a.dimension !== b.dimension || a.power !== b.power)) {
    return different("units", `${left.unit} and ${right.unit} measure different things`);
  }
  if (a && b && a.scale !== b.scale) {
    const factor = { kind: "number", text: "1" } as const;
    const scaled = compareClosed(left.value, right.value, a.scale / b.scale);
    return scaled ?? compareValues({ kind: "multiply", factors: [factor, left.value] }, right.value);
  }
  const verdict = any(readings(left.value, right.value).map(([x, y]) => compareValues(x, y)));
  const otherUnits = left.unit !== "" && right.unit !== "" && left.unit !== right.unit && !(a && b);
  return verdict.verdict === "different" && otherUnits
    ? undecided("units", `${left.unit} and ${right.unit} may be two names of the same, or a conversion`)
    : verdict;
}

/** 1:2:3 is 2:4:6. Two terms are a plain quotient and are not looked at here. */
function compareRatios(gold: Expression, pred: Expression): Verdict | undefined {
  if (gold.kind !== "call" || pred.kind !== "call" || gold.name !== "ratio" || pred.name !== "ratio") return undefined;
  if (gold.of.length < 3 || pred.of.length < 3) return undefined;
  if (gold.of.length !== pred.of.length) return different("other-count", "ratios of another number of terms");
  const parts = (tree: typeof gold) =>
    tree.of.slice(1).map((over): Expression => ({ kind: "divide", over, under: tree.of[0]! }));
  const wanted = parts(gold);
  return all(
    parts(pred).map((part, at) => compareValues(wanted[at]!, part)),
    "ratio",
  );
}

/** A value without its unit, and the unit. A letter such as m counts as one only where the other side is a bare value. */
function measured(tree: Expression, other: Expression): { value: Expression; unit: string } {
  if (tree.kind === "unit") return { value: tree.of, unit: tree.unit };
  if (tree.kind !== "multiply" || unknownsOf(other).size > 0) return { value: tree, unit: "" };
  const known = tree.factors.filter((factor) => unknownsOf(factor).size === 0);
  const rest = tree.factors.filter((factor) => unknownsOf(factor).size > 0);
  const name = rest.length > 0 && known.length > 0 ? rest.map(unitName).join("") : "";
  return name !== "" && isKnownUnit(name) ? { value: product(known), unit: name } : { value: tree, unit: "" };
}

function unitName(tree: Expression): string {
  if (tree.kind === "power" && tree.base.kind === "symbol" && tree.exponent.kind === "number") {
    return `${tree.base.name}^${tree.exponent.text}`;
  }
  return tree.kind === "symbol" ? tree.name : "?";
}

function product(factors: readonly Expression[]): Expression {
  return factors.length === 1 ? factors[0]! : { kind: "multiply", factors };
}

/** 10% is 10 where the other side writes no percent, and 0.1; 90 degrees is 90, and half of pi. */
function readings(gold: Expression, pred: Expression): readonly (readonly [Expression, Expression])[] {
  const pairs: (readonly [Expression, Expression])[] = [[gold, pred]];
  const [a, b] = [marked(gold, "percent"), marked(pred, "percent")];
  if ((a === undefined) !== (b === undefined)) pairs.push([a ?? gold, b ?? pred]);
  // A log without its base is natural to some and decimal to others.
  if (some(gold, isBareLog) || some(pred, isBareLog)) pairs.push([withBaseTen(gold), withBaseTen(pred)]);
  // 132_4 against 132: the problem said which base.
  const [c, d] = [marked(gold, "base"), marked(pred, "base")];
  if ((c === undefined) !== (d === undefined)) pairs.push([c ?? gold, d ?? pred]);
  const [x, y] = [marked(gold, "degree"), marked(pred, "degree")];
  if (x && !y) pairs.push([inRadians(x), pred]);
  if (y && !x) pairs.push([gold, inRadians(y)]);
  return pairs;
}

function isBareLog(tree: Expression): boolean {
  return tree.kind === "call" && tree.name === "log" && tree.of.length === 1;
}

function withBaseTen(tree: Expression): Expression {
  const ten: Expression = { kind: "number", text: "10" };
  return rewritten(tree, (each) =>
    each.kind === "call" && isBareLog(each) ? { ...each, of: [...each.of, ten] } : each,
  );
}

function marked(tree: Expression, mark: string): Expression | undefined {
  if (tree.kind === "negate") {
    const of = marked(tree.of, mark);
    return of && { kind: "negate", of };
  }
  return tree.kind === "call" && tree.name === mark ? tree.of[0] : undefined;
}

function inRadians(degrees: Expression): Expression {
  const half: Expression = { kind: "number", text: "180" };
  return {
    kind: "divide",
    over: { kind: "multiply", factors: [degrees, { kind: "symbol", name: "pi" }] },
    under: half,
  };
}

function compareValues(gold: Expression, pred: Expression): Verdict {
  const [far, away] = [endless(gold), endless(pred)];
  if (far && away)
    return far === away ? equal("same-value", "both are infinite") : different("other-value", "opposite infinities");
  if ((far && evaluate(pred, noPoint)) || (away && evaluate(gold, noPoint)))
    return different("other-value", "only one side is infinite");
  const [a, b] = [exactly(gold), exactly(pred)];
  if (a && b && sameFraction(a, b)) return equal("same-number", "both are the same fraction");
  const [ours, theirs] = [unknownsOf(gold), unknownsOf(pred)];
  if (ours.size === 0 && theirs.size === 0) {
    const bothExact = a !== undefined && b !== undefined;
    return (
      compareClosed(gold, pred, 1, bothExact) ?? undecided("no-value", "one side has no value that can be worked out")
    );
  }
  return compareAtPoints(gold, pred, ours, theirs);
}

/** Undefined when one side can't be worked out. `scale` turns gold's unit into pred's. */
function compareClosed(gold: Expression, pred: Expression, scale: number, exact = false): Verdict | undefined {
  const [a, b] = [evaluate(gold, noPoint), evaluate(pred, noPoint)];
  if (exact && (!a || !b)) return different("other-value", "the values differ");
  if (!a || !b) return undefined;
  const distance = Math.hypot(a.re * scale - b.re, a.im * scale - b.im);
  const size = Math.max(Math.hypot(a.re, a.im) * scale, Math.hypot(b.re, b.im));
  if (!exact && distance <= CLOSE * size) return equal("same-value", "both have the same value");
  // A program's raw output shows many digits more than anybody writes down: three of them are enough then.
  const [shownGold, shownPred] = [shownDigits(gold), shownDigits(pred)];
  const fewest = shownPred > 0 && shownGold >= shownPred + 3 ? 3 : 4;
  const room = Math.max(roundingOf(gold, 2, 2) * scale, roundingOf(pred, fewest, 1));
  if (room > 0 && distance <= room * (1 + 1e-9))
    return equal("rounded", "equal in every digit that the rounded one shows");
  if (!exact && distance <= APART * size) return undecided("too-close", "the values are too close to tell apart");
  return different("other-value", "the values differ");
}

/** The sign of an infinity; 0 for everything else. */
function endless(tree: Expression): -1 | 0 | 1 {
  if (tree.kind === "symbol") return tree.name === "infinity" ? 1 : 0;
  if (tree.kind !== "negate") return 0;
  const of = endless(tree.of);
  return of === 0 ? 0 : of === 1 ? -1 : 1;
}

const noPoint: Point = () => Number.NaN;

/** Half a unit in the last place of a written decimal; 0 when it is none, or shows too little to stand for more. */
function roundingOf(tree: Expression, fewestDigits: number, fewestDecimals: number): number {
  if (tree.kind === "negate") return roundingOf(tree.of, fewestDigits, fewestDecimals);
  if (tree.kind === "call" && tree.name === "percent")
    return roundingOf(tree.of[0]!, fewestDigits, Math.max(1, fewestDecimals - 2)) / 100;
  if (tree.kind === "multiply" && tree.factors.length === 2) {
    const power = evaluate(tree.factors[1]!, noPoint);
    const isTen =
      tree.factors[1]!.kind === "power" &&
      tree.factors[1]!.base.kind === "number" &&
      tree.factors[1]!.base.text === "10";
    return isTen && power ? roundingOf(tree.factors[0]!, fewestDigits, fewestDecimals) * power.re : 0;
  }
  if (tree.kind !== "number") return 0;
  const decimals = tree.text.split(".")[1]?.length ?? 0;
  const digits = tree.text.replace(".", "").replace(/^0+/, "").length;
  return decimals >= fewestDecimals && digits >= fewestDigits ? 0.5 * 10 ** -decimals : 0;
}

/** Significant digits of a written decimal, its power of ten aside. */
function shownDigits(tree: Expression): number {
  if (tree.kind === "negate") return shownDigits(tree.of);
  if (tree.kind === "multiply") return shownDigits(tree.factors[0]!);
  return tree.kind === "number" ? tree.text.replace(".", "").replace(/^0+/, "").length : 0;
}

function compareAtPoints(
  gold: Expression,
  pred: Expression,
  ours: ReadonlySet<string>,
  theirs: ReadonlySet<string>,
): Verdict {
  const exact = compareExactly(gold, pred);
  if (exact !== undefined)
    return exact
      ? equal("same-expression", "both have the same value at whole numbers drawn at random")
      : apart(ours, theirs);
  let compared = 0;
  let unclear = false;
  for (let turn = 1; turn <= POINTS; turn++) {
    const [a, b] = [evaluate(gold, pointFor(turn)), evaluate(pred, pointFor(turn))];
    if (!a || !b) continue;
    compared++;
    const distance = Math.hypot(a.re - b.re, a.im - b.im);
    const size = Math.max(Math.hypot(a.re, a.im), Math.hypot(b.re, b.im), 1e-300);
    if (distance > APART * size) return apart(ours, theirs);
    if (distance > CLOSE * size) unclear = true;
  }
  if (compared < 2 || unclear) return undecided("no-value", "one side has no value that can be worked out");
  return equal("same-expression", `both have the same value at ${compared} points drawn at random`);
}

/**
 * Undefined when the two can't be worked out exactly at whole numbers. Where they can, nothing is lost to rounding:
 * x^20 and x^20 + 1 look the same in floating point.
 */
function compareExactly(gold: Expression, pred: Expression): boolean | undefined {
  const hasBars = [gold, pred].some((tree) => some(tree, (each) => each.kind === "call" && each.name === "abs"));
  let compared = 0;
  for (let turn = 1; turn <= POINTS + 3; turn++) {
    const size = (unknown: string) => BigInt(Math.floor(2 + 60 * pointFor(turn)(unknown)));
    // Unknowns are taken as positive, but |x| is there for those that are not.
    const point = hasBars && turn % 2 === 0 ? (unknown: string) => -size(unknown) : size;
    const [a, b] = [exactly(gold, point), exactly(pred, point)];
    if (!a || !b) continue;
    if (!sameFraction(a, b)) return false;
    compared++;
  }
  return compared >= 3 ? true : undefined;
}

/** Other letters may be another spelling of the same quantity (M for m): only a model could know. */
function apart(ours: ReadonlySet<string>, theirs: ReadonlySet<string>): Verdict {
  const foreign = [...ours].some((name) => !theirs.has(name)) && [...theirs].some((name) => !ours.has(name));
  return foreign
    ? undecided("other-letters", "the two use different letters")
    : different("other-expression", "the two have different values at the same point");
}
