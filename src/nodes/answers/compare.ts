/** Tree against tree: which rule is meant for which pair of shapes. The rules themselves are next door. */

import { compareEquations, isEquation, pairByName, solved, trySolutions } from "./equations.ts";
import { bothSigns, canonical, type Expression, some, TEXT_NAME, unknownsOf } from "./expression.ts";
import { compareRegions, couldBeRegion, isRegion } from "./regions.ts";
import { compareScalars } from "./scalars.ts";
import { all, any, different, equal, undecided, type Verdict } from "./verdict.ts";

/** Whether the order of a bare list ("1, 2") is part of the answer: only the problem knows. */
export type ListOrder = "free" | "kept" | "unknown";

export interface Context {
  readonly order: ListOrder;
  /** Comparisons still allowed: sets of sets of sets would take them without end. */
  readonly work: { left: number };
}

export function compareTrees(gold: Expression, pred: Expression, context: Context): Verdict {
  if (context.work.left-- <= 0) return undecided("too-large", "too many parts to compare");
  if (canonical(gold) === canonical(pred)) return equal("same-form", "both are written with the same parts");
  const pairs = pairByName(gold, pred);
  if (pairs) {
    return all(
      pairs.map(([mine, yours]) => compareTrees(mine, yours, context)),
      "name-by-name",
    );
  }
  const [a, b] = [solved(gold), solved(pred)];
  if (isEquation(gold) && isEquation(pred)) {
    const whole = compareEquations(gold, pred);
    if (whole.verdict === "equal" || (isEquation(a) && isEquation(b))) return whole;
  }
  if (isRegion(a) || isRegion(b)) return regionAgainst(a, b, context);
  if (isEquation(a) || isEquation(b)) return equationAgainst(a, b, context);
  return compareShapes(spread(a), spread(b), context);
}

function regionAgainst(gold: Expression, pred: Expression, context: Context): Verdict {
  if (gold.kind === "group" && pred.kind === "group" && gold.open === pred.open && gold.close === pred.close) {
    const ends = compareInOrder(gold.items, pred.items, context);
    if (ends.verdict === "equal") return ends;
  }
  if (couldBeRegion(gold) && couldBeRegion(pred)) return compareRegions(gold, pred);
  // "-[0, 1)" is no set and no number; a number is no interval.
  const other = isRegion(gold) ? pred : gold;
  if (isOneValue(other) || other.kind === "matrix")
    return different("other-kind", "a set of numbers is not a single value");
  return undecided("other-kind", "a set of numbers against something else");
}

/** Only one side is an equation that is not solved for anything. */
function equationAgainst(gold: Expression, pred: Expression, context: Context): Verdict {
  const [equation, other] = isEquation(gold) ? [gold, pred] : [pred as EquationTree, gold];
  const solutions = spread(other);
  const asSolved = trySolutions(equation, solutions.kind === "list" ? solutions.items : [solutions]);
  if (!isOneValue(solutions) && solutions.kind !== "matrix") {
    return asSolved ?? undecided("other-kind", "an equation against something else");
  }
  const [left, right] = [equation.members[0]!, equation.members.at(-1)!];
  const isZero = right.kind === "number" && Number(right.text) === 0;
  if (isZero || unknownsOf(right).size > 0 || unknownsOf(other).size > 0) {
    if (asSolved) return asSolved;
    // "<E> = kT" may be answered by kT; neither "7 = 11a + c" nor "a + 3z = 0" by one of its sides.
    const isQuantity = left.kind !== "add" && unknownsOf(left).size > 0;
    return isQuantity
      ? undecided("other-kind", "an equation, of which one side was given")
      : different("other-kind", "an equation is not a value");
  }
  // "m + n = 25" answers with 25, and "(E' - E) / E = 1/4" wants 1/4; but who wants "a + b = 5" wants the equation.
  const asSide = compareShapes(isEquation(gold) ? right : gold, isEquation(gold) ? pred : right, context);
  const wantsEquation = isEquation(gold) && left.kind === "add";
  // x^2/4 + y^2/3 = 1 is a curve: its 1 says nothing.
  const isCurve = unknownsOf(left).size > 1 && some(left, (each) => each.kind === "power");
  if ((wantsEquation || isCurve) && asSide.verdict === "equal") {
    return undecided("other-kind", "an equation, of which one side was given");
  }
  return asSolved ? any([asSide, asSolved]) : asSide;
}

function compareShapes(gold: Expression, pred: Expression, context: Context): Verdict {
  if (gold.kind === "matrix" && isMany(pred)) return compareMany(gold, asGrid(pred), context);
  if (pred.kind === "matrix" && isMany(gold)) return compareMany(asGrid(gold), pred, context);
  if (isMany(gold) || isMany(pred)) return compareMany(gold, pred, context);
  if (gold.kind === "matrix" || pred.kind === "matrix" || hasMatrix(gold) || hasMatrix(pred))
    return compareMatrices(gold, pred, context);
  const scalar = compareScalars(gold, pred);
  // "-[0, 1)" has brackets that mean something inside of what should be a value.
  const [inGold, inPred] = [hasBrackets(gold), hasBrackets(pred)];
  return scalar.verdict === "undecided" && inGold !== inPred
    ? different("other-kind", "a set or a tuple is not a value")
    : scalar;
}

function hasBrackets(tree: Expression): boolean {
  return some(tree, (each) => each.kind === "group");
}

/** [[1, 2], [3, 4]] is a matrix, when the other side is one. */
function asGrid(tree: Many): Expression {
  const rows = tree.items.map((item) => (item.kind === "group" && item.open !== "{" ? item.items : undefined));
  const isGrid = rows.length > 1 && rows.every((row) => row !== undefined && row.length === rows[0]?.length);
  return isGrid ? { kind: "matrix", rows: rows.filter((row) => row !== undefined) } : tree;
}

type EquationTree = Extract<Expression, { kind: "relation" }>;
type Many = Extract<Expression, { kind: "list" | "group" }>;

function isMany(tree: Expression): tree is Many {
  return tree.kind === "list" || tree.kind === "group";
}

function isOneValue(tree: Expression): boolean {
  if (tree.kind === "symbol" && tree.name.startsWith(TEXT_NAME)) return false;
  return (
    !isMany(tree) && tree.kind !== "matrix" && tree.kind !== "join" && tree.kind !== "relation" && tree.kind !== "big"
  );
}

/** ± written out, names and repeated names taken off, lists in lists made flat. */
function spread(tree: Expression): Expression {
  if (!isMany(tree)) {
    const signs = bothSigns(tree);
    return signs.length === 1 ? tree : { kind: "list", items: signs, joiner: "or" };
  }
  if (tree.kind === "group" && tree.open !== "{") return tree;
  const items = tree.items.flatMap((item) => {
    const inner = spread(solved(item));
    return inner.kind === "list" ? inner.items : [inner];
  });
  return tree.kind === "list" && items.length === 1 ? items[0]! : { ...tree, items };
}

function compareMany(gold: Expression, pred: Expression, context: Context): Verdict {
  if (gold.kind === "matrix" && pred.kind === "matrix") return compareMatrices(gold, pred, context);
  const [a, b] = [asVector(gold), asVector(pred)];
  if (!a || !b) return oneAgainstMany(gold, pred, context);
  const [isSetA, isSetB] = [isFree(a, context), isFree(b, context)];
  if (isTuple(a) && isTuple(b)) return compareTuples(a, b, context);
  if (isSetA && isSetB) return compareUnordered(a.items, b.items, context);
  const inOrder = compareInOrder(a.items, b.items, context);
  if (inOrder.verdict === "equal") {
    const isSetAgainstTuple = (isTuple(a) && isSet(b)) || (isSet(a) && isTuple(b));
    return isSetAgainstTuple ? undecided("order", "the same parts, and one side has no order") : inOrder;
  }
  const unordered = compareUnordered(a.items, b.items, context);
  if (isTuple(a) || isTuple(b)) {
    const isBare = !isSetA && !isSetB;
    return unordered.verdict === "equal" && !isBare
      ? undecided("order", "the same parts, and one side has no order")
      : inOrder;
  }
  if (unordered.verdict !== "equal" || isSetA || isSetB || context.order === "free") return unordered;
  return context.order === "kept"
    ? different("order", "the same parts in another order, and the problem asks for an order")
    : undecided("order", "the same parts in another order, and without the problem nobody knows whether it matters");
}

/** A row or column of a matrix is a vector. */
function asVector(tree: Expression): Many | undefined {
  if (isMany(tree)) return tree;
  if (tree.kind !== "matrix") return undefined;
  if (tree.rows.length !== 1 && !tree.rows.every((row) => row.length === 1)) return undefined;
  return { kind: "group", open: "<", close: ">", items: tree.rows.flat() };
}

function oneAgainstMany(gold: Expression, pred: Expression, context: Context): Verdict {
  const [many, one] = isMany(gold) ? [gold, pred] : [pred as Many, gold];
  const items = distinct(many.items, context);
  if (items.length === 1)
    return isMany(gold) ? compareTrees(items[0]!, one, context) : compareTrees(one, items[0]!, context);
  return isOneValue(one) || one.kind === "matrix"
    ? different("other-count", `one side has ${items.length} parts, the other a single value`)
    : undecided("other-kind", "several parts against something else");
}

function isSet(tree: Many): boolean {
  return tree.kind === "group" && tree.open === "{";
}

function isTuple(tree: Many): boolean {
  return tree.kind === "group" && tree.open !== "{";
}

/** Order means nothing in a set, beside "and" or "or", and among solutions that are tuples themselves. */
function isFree(tree: Many, context: Context): boolean {
  if (tree.kind === "group") return tree.open === "{";
  return (
    tree.joiner !== "," ||
    context.order === "free" ||
    tree.items.every((item) => item.kind === "group" || isRegion(item))
  );
}

function compareTuples(gold: Many, pred: Many, context: Context): Verdict {
  const inOrder = compareInOrder(gold.items, pred.items, context);
  if (inOrder.verdict !== "equal" || gold.kind !== "group" || pred.kind !== "group") return inOrder;
  const sameBrackets = gold.open === pred.open && gold.close === pred.close;
  if (sameBrackets || gold.items.length !== 2 || gold.open === "<" || pred.open === "<") return inOrder;
  return couldBeRegion(gold) && couldBeRegion(pred) ? compareRegions(gold, pred) : inOrder;
}

function compareInOrder(gold: readonly Expression[], pred: readonly Expression[], context: Context): Verdict {
  if (gold.length !== pred.length) return different("other-count", `${gold.length} parts against ${pred.length}`);
  return all(
    gold.map((item, at) => compareTrees(item, pred[at]!, context)),
    "part-by-part",
  );
}

/** Above this many parts the pairing below would be slow; such lists are compared in order only. */
const MOST_PARTS = 60;

function compareUnordered(gold: readonly Expression[], pred: readonly Expression[], context: Context): Verdict {
  if (gold.length > MOST_PARTS || pred.length > MOST_PARTS) return compareInOrder(gold, pred, context);
  const wanted = distinct(gold, context);
  const given = [...distinct(pred, context)];
  if (wanted.length !== given.length)
    return different("other-count", `${wanted.length} different parts against ${given.length}`);
  let open: Verdict | undefined;
  for (const item of wanted) {
    const verdicts = given.map((each) => compareTrees(item, each, context));
    const at = verdicts.findIndex((each) => each.verdict === "equal");
    if (at >= 0) given.splice(at, 1);
    else if (verdicts.some((each) => each.verdict === "undecided")) open ??= any(verdicts);
    else return different("part-missing", "a part of one side is not among the parts of the other");
  }
  return open ? undecided("part-by-part", open.reason) : equal("same-parts", "both hold the same parts");
}

function distinct(items: readonly Expression[], context: Context): readonly Expression[] {
  const kept: Expression[] = [];
  const seen = new Set<string>();
  for (const item of items) {
    const name = canonical(item);
    if (seen.has(name)) continue;
    seen.add(name);
    if (items.length > MOST_PARTS || !kept.some((other) => compareTrees(other, item, context).verdict === "equal"))
      kept.push(item);
  }
  return kept;
}

function hasMatrix(tree: Expression): boolean {
  return some(tree, (each) => each.kind === "matrix");
}

function compareMatrices(gold: Expression, pred: Expression, context: Context): Verdict {
  const [a, b] = [workedOut(gold), workedOut(pred)];
  if (!a || !b) {
    const single = isOneValue(a ? pred : gold) && !hasMatrix(a ? pred : gold);
    return (a || b) && single
      ? different("other-kind", "a matrix is not a single value")
      : undecided("no-value", "matrix work that is not done here");
  }
  if (a.length !== b.length || a.some((row, at) => row.length !== b[at]!.length)) {
    const [left, right] = [a.flat(), b.flat()];
    const turned = left.length === right.length && a.length === b[0]?.length && (a.length === 1 || b.length === 1);
    return turned && compareInOrder(left, right, context).verdict === "equal"
      ? undecided("other-size", "a row against a column")
      : different("other-size", "the matrices differ in size");
  }
  return all(
    a.flatMap((row, at) => row.map((entry, column) => compareTrees(entry, b[at]![column]!, context))),
    "entry-by-entry",
  );
}

/** The entries of a matrix, or of a sum or multiple of matrices. */
function workedOut(tree: Expression): readonly (readonly Expression[])[] | undefined {
  if (tree.kind === "matrix") return tree.rows;
  if (tree.kind === "negate") {
    return workedOut(tree.of)?.map((row) => row.map((of): Expression => ({ kind: "negate", of })));
  }
  if (tree.kind === "add") {
    const parts = tree.terms.map(workedOut);
    const [first, ...rest] = parts;
    if (!first || rest.some((part) => !part || part.length !== first.length)) return undefined;
    return first.map((row, r) =>
      row.map(
        (entry, c): Expression => ({ kind: "add", terms: [entry, ...rest.map((part) => part![r]![c] ?? entry)] }),
      ),
    );
  }
  if (tree.kind === "multiply") {
    const matrices = tree.factors.filter(hasMatrix);
    const scale = tree.factors.filter((factor) => !hasMatrix(factor));
    const only = matrices.length === 1 ? workedOut(matrices[0]!) : undefined;
    return only?.map((row) => row.map((entry): Expression => ({ kind: "multiply", factors: [...scale, entry] })));
  }
  return undefined;
}
