/**
 * Sets of real numbers: inequalities, intervals, unions, `x in S`, the reals without a point. Two of them are the same
 * when they agree at and right beside every number that either mentions, between those, and far out.
 */
import { evaluate } from "./evaluate.ts";
import { childrenOf, type Expression, some, unknownsOf } from "./expression.ts";
import { different, equal, undecided, type Verdict } from "./verdict.ts";

/** Says by its form that it is a set of numbers. `(a, b)` does not: it may be a point. */
export function isRegion(tree: Expression): boolean {
  if (tree.kind === "join") return true;
  if (tree.kind === "group") return (tree.open === "(") !== (tree.close === ")") && tree.items.length === 2;
  if (tree.kind === "symbol") return /^set |^emptyset$/.test(tree.name);
  if (tree.kind === "list") return tree.items.every(isRegion) && tree.items.some((item) => item.kind === "relation");
  return (
    tree.kind === "relation" && (isInequality(tree) || (tree.signs[0] === "in" && couldBeRegion(tree.members[1]!)))
  );
}

/** Could be one, if the other side is. */
export function couldBeRegion(tree: Expression): boolean {
  if (isRegion(tree)) return true;
  return tree.kind === "group" && (tree.open === "{" || (tree.items.length === 2 && tree.open !== "<"));
}

function isInequality(tree: Extract<Expression, { kind: "relation" }>): boolean {
  return tree.signs.every((sign) => sign === "<" || sign === ">" || sign === "<=" || sign === ">=" || sign === "!=");
}

export function compareRegions(gold: Expression, pred: Expression): Verdict {
  const [a, b] = [named(gold), named(pred)];
  const unknowns = new Set([...a.unknowns, ...b.unknowns]);
  if (a.unknowns.size > 1 || b.unknowns.size > 1 || unknowns.size > 2) return compareInSpace(a.tree, b.tree, unknowns);
  const marks = [...marksOf(a.tree), ...marksOf(b.tree)];
  let seen = 0;
  for (const x of probes(marks)) {
    const [inGold, inPred] = [contains(a.tree, x), contains(b.tree, x)];
    if (inGold === undefined || inPred === undefined) continue;
    seen++;
    if (inGold !== inPred) return different("other-region", `${short(x)} is in one and not in the other`);
  }
  return seen > 8
    ? equal("same-region", "both hold the same numbers")
    : undecided("no-region", "one side could not be read as a set of numbers");
}

/** f(x) in 0 < f(x) < 1 is a name for the number, and so is whatever stands alone between two bounds. */
function named(tree: Expression): { tree: Expression; unknowns: ReadonlySet<string> } {
  const unknowns = unknownsOf(tree);
  if (tree.kind !== "relation" || unknowns.size < 2) return { tree, unknowns };
  const open = tree.members.filter((member) => unknownsOf(member).size > 0);
  const isName =
    open.length === 1 && open[0]!.kind === "multiply" && open[0]!.factors.every((each) => each.kind === "symbol");
  if (!isName) return { tree, unknowns };
  const x: Expression = { kind: "symbol", name: "x" };
  return {
    tree: { ...tree, members: tree.members.map((member) => (member === open[0] ? x : member)) },
    unknowns: new Set(["x"]),
  };
}

function contains(tree: Expression, x: number): boolean | undefined {
  switch (tree.kind) {
    case "relation":
      return relationHolds(tree, () => x, x);
    case "group":
      return tree.open === "{" ? among(tree.items, x) : between(tree, x);
    case "join": {
      const [left, right] = [contains(tree.left, x), contains(tree.right, x)];
      if (left === undefined || right === undefined) return undefined;
      return tree.sign === "union" ? left || right : tree.sign === "meet" ? left && right : left && !right;
    }
    case "list": {
      const each = tree.items.map((item) => contains(item, x));
      if (each.includes(undefined)) return undefined;
      const isUnion = tree.joiner === "or" || tree.items.every((item) => item.kind !== "relation");
      return isUnion ? each.includes(true) : !each.includes(false);
    }
    case "symbol":
      return tree.name === "emptyset" ? false : tree.name === "set R" ? true : undefined;
    default: {
      const value = evaluate(tree, () => Number.NaN);
      return value && value.im === 0 ? same(value.re, x) : undefined;
    }
  }
}

function relationHolds(
  tree: Extract<Expression, { kind: "relation" }>,
  point: (name: string) => number,
  x: number,
): boolean | undefined {
  for (const [at, sign] of tree.signs.entries()) {
    if (sign === "in") {
      const inside = contains(tree.members[at + 1]!, x);
      if (inside !== true) return inside;
      continue;
    }
    const [a, b] = [bound(tree.members[at]!, point), bound(tree.members[at + 1]!, point)];
    if (a === undefined || b === undefined) return undefined;
    if (!holds(a, sign, b)) return false;
  }
  return true;
}

function holds(a: number, sign: string, b: number): boolean {
  if (sign === "<") return a < b && !same(a, b);
  if (sign === ">") return a > b && !same(a, b);
  if (sign === "<=") return a < b || same(a, b);
  if (sign === ">=") return a > b || same(a, b);
  return sign === "!=" ? !same(a, b) : same(a, b);
}

function between(tree: Extract<Expression, { kind: "group" }>, x: number): boolean | undefined {
  if (tree.items.length !== 2) return undefined;
  const [low, high] = tree.items.map((item) => bound(item, () => Number.NaN));
  if (low === undefined || high === undefined) return undefined;
  return holds(low, tree.open === "[" ? "<=" : "<", x) && holds(x, tree.close === "]" ? "<=" : "<", high);
}

function among(items: readonly Expression[], x: number): boolean | undefined {
  const values = items.map((item) => bound(item, () => Number.NaN));
  return values.includes(undefined) ? undefined : values.some((value) => same(value!, x));
}

function bound(tree: Expression, point: (name: string) => number): number | undefined {
  if (tree.kind === "symbol" && tree.name === "infinity") return Number.POSITIVE_INFINITY;
  if (tree.kind === "negate") {
    const of = bound(tree.of, point);
    return of === undefined ? undefined : -of;
  }
  const value = evaluate(tree, point);
  return value && Math.abs(value.im) < 1e-12 ? value.re : undefined;
}

function same(a: number, b: number): boolean {
  return a === b || (Number.isFinite(a) && Math.abs(a - b) <= 1e-9 * (1 + Math.abs(a)));
}

/** Every number that the tree mentions and that could be an edge. */
function marksOf(tree: Expression): readonly number[] {
  if (unknownsOf(tree).size === 0 && !some(tree, (each) => each.kind === "group" || each.kind === "join")) {
    const value = bound(tree, () => Number.NaN);
    return value === undefined || !Number.isFinite(value) ? [] : [value];
  }
  return childrenOf(tree).flatMap(marksOf);
}

function probes(marks: readonly number[]): readonly number[] {
  const edges = [
    ...new Set(marks.flatMap((mark) => [mark, -mark, Math.sqrt(Math.abs(mark)), -Math.sqrt(Math.abs(mark))])),
  ];
  const sorted = [0, ...edges].sort((a, b) => a - b).slice(0, 400);
  const near = sorted.flatMap((edge) => [edge, edge - 1e-4 * (1 + Math.abs(edge)), edge + 1e-4 * (1 + Math.abs(edge))]);
  const middles = sorted.slice(1).map((edge, at) => (edge + sorted[at]!) / 2);
  const grid = Array.from({ length: 41 }, (_, at) => (at - 20) * 0.4871);
  return [...near, ...middles, ...grid, -1e7, -1e3, 1e3, 1e7];
}

/** Inequalities in several unknowns, tried at points all over the place. */
function compareInSpace(gold: Expression, pred: Expression, unknowns: ReadonlySet<string>): Verdict {
  if (gold.kind !== "relation" || pred.kind !== "relation")
    return undecided("no-region", "too many unknowns for a set of numbers");
  const names = [...unknowns];
  let [inside, outside] = [0, 0];
  for (let turn = 1; turn <= 200; turn++) {
    const point = (name: string) =>
      (((turn * (names.indexOf(name) * 7 + 3) * 0.6180339887) % 1) - 0.5) * (turn % 2 ? 4 : 20);
    const [a, b] = [relationHolds(gold, point, Number.NaN), relationHolds(pred, point, Number.NaN)];
    if (a === undefined || b === undefined) continue;
    if (a !== b) return different("other-region", "a point satisfies one and not the other");
    if (a) inside++;
    else outside++;
  }
  return inside > 3 && outside > 3
    ? equal("same-region", "both hold at the same points")
    : undecided("no-region", "the points tried tell nothing");
}

function short(x: number): string {
  return String(Math.round(x * 1e6) / 1e6);
}
