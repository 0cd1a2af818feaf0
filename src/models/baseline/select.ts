/**
 * Which units of a trace stay. Four movements:
 *
 *   1. the main line: from the start to the first place that establishes the answer, and the closing statement; what
 *      comes between is re-checking, other ways to the same place, and doubts that came to nothing
 *   2. drop what is surplus there (surplus.ts)
 *   3. drop dead ends: results that nothing kept uses later, and the plans that led to them
 *   4. bring back, from the last to the first, what the kept units lean on, until every number and symbol that one uses
 *      stands in the problem or before it (if it stood before it in the original)
 *
 * The fourth movement is the promise; the others only propose.
 */
import { ANNOUNCES, CASE } from "./chinese.ts";
import { completeBackward } from "./complete.ts";
import { chooseDoubts } from "./doubts.ts";
import type { Reading } from "./read.ts";
import type { Unit } from "./units.ts";
import { findAdvanced } from "./vocabulary.ts";

/**
 * How far the second and third movement go: `main` keeps all talk around the steps, `plain` drops heavy words that bear
 * no weight, `core` plans and plain talk, `work` keeps only units that work something out.
 */
export type Depth = "main" | "plain" | "core" | "work";

const NONE: ReadonlySet<number> = new Set();

/** The indexes of the units that stay, ascending. In the units of `focus` only work stays, whatever the depth. */
export function selectUnits(reading: Reading, depth: Depth, focus: ReadonlySet<number> = NONE): number[] {
  const { conclusion, established } = reading;
  const fixed = new Set<number>([...(conclusion?.units ?? []), established, ...chooseDoubts(reading.doubts)]);
  const closing = conclusion?.units.at(-1);
  if (
    closing !== undefined &&
    closing !== established &&
    reading.units[closing]!.bare === reading.units[established]!.bare
  ) {
    fixed.delete(established);
  }
  const kept = new Set(fixed);
  for (const index of proposeMainLine(reading, fixed, (index) => (focus.has(index) ? "work" : depth))) kept.add(index);
  completeBackward(reading, kept);
  keepListsWhole(reading, kept);
  completeBackward(reading, kept);
  return dropLooseLeads(
    reading,
    [...kept].sort((a, b) => a - b),
    fixed,
  );
}

function proposeMainLine(reading: Reading, fixed: ReadonlySet<number>, depthAt: (index: number) => Depth): number[] {
  const { units, cues, surplus, established } = reading;
  const kept: number[] = [];
  const needed = new Set<string>();
  let follower = established;
  for (let index = Math.max(established, ...fixed); index >= 0; index--) {
    const unit = units[index]!;
    if (!fixed.has(index)) {
      if (index > established || surplus[index]) continue;
      if (
        unit.kind !== "code" &&
        !isUseful(reading, index, { needed, depth: depthAt(index), follower, followed: follower - index <= 3 })
      )
        continue;
    }
    const promises = ANNOUNCES.test(unit.text) || (cues[index]!.plan && unit.results.size === 0);
    if (promises && !fixed.has(index) && !isFollowed(reading, index, follower)) continue;
    kept.push(index);
    follower = index;
    for (const term of unit.terms) needed.add(term);
  }
  return kept;
}

/** The next kept unit is the next unit, fillers aside: what this one announces is still there. */
function isFollowed(reading: Reading, index: number, follower: number): boolean {
  if (ANNOUNCES.test(reading.units[index]!.text)) {
    for (let next = index + 1; next < follower; next++) if (!reading.cues[next]!.filler) return false;
    return follower > index;
  }
  return follower - index <= 4;
}

/**
 * Seen from the end: does anything kept so far use what this unit brings? Only telling things decide (a number of two
 * digits or more, a symbol): a 1 or a 3 is used somewhere by chance, or not at all in a step that matters.
 */
function isUseful(
  reading: Reading,
  index: number,
  context: {
    readonly needed: ReadonlySet<string>;
    readonly depth: Depth;
    readonly follower: number;
    readonly followed: boolean;
  },
): boolean {
  const { units, cues, problemTerms, firstSeen, conclusion } = reading;
  // What a program rests on are words as much as values, and these rules see values only.
  if (conclusion?.kind === "code") return true;
  const unit = units[index]!;
  const isNew = (term: string) => unit.results.has(term) || firstSeen.get(term) === index;
  const brings = [...unit.terms].filter((term) => term.length > 1 && !problemTerms.has(term) && isNew(term));
  if (brings.some((term) => context.needed.has(term))) return true;
  if (context.depth === "main") return true;
  if (isShow(reading, unit, context.needed)) return false;
  if (context.depth === "plain") return true;
  if (carriesUnknown(reading, unit, context.needed)) return true;
  if (brings.length > 0 && !(cues[index]!.concludes || opensCase(unit))) return false;
  // "A fourth one does not fit." right before "So there are 4 ways" is the reason, however plain.
  const isReason =
    context.follower - index === 1 &&
    cues[index + 1]!.concludes &&
    units[index + 1]!.joint.length < 2 &&
    !cues[index]!.plan;
  if (context.depth === "core")
    return isReason || opensCase(unit) || worksOut(unit.bare) || (ANNOUNCES.test(unit.text) && context.followed);
  return worksOut(unit.bare) && (!cues[index]!.plan || cues[index]!.concludes);
}

/** "2S + 16 = 32" on the way to "S = 8": the numbers change from line to line, the unknown ties them together. */
function carriesUnknown(reading: Reading, unit: Unit, needed: ReadonlySet<string>): boolean {
  return (
    unit.bare.includes("=") &&
    [...unit.terms].some((term) => !/^\d/.test(term) && needed.has(term) && !reading.problemTerms.has(term))
  );
}

/** A case of several, and what is counted in it: the others are nothing without it. */
function opensCase(unit: Unit): boolean {
  return (
    /^[\s*_\-#]*(?:case|option|possibility|scenario|subcase)\s*(?:\d|[A-Z]\b|[ivx]+\b|\()/i.test(unit.text) ||
    CASE.test(unit.text)
  );
}

/** Heavy words around symbols that nothing later uses. */
function isShow(reading: Reading, unit: Unit, needed: ReadonlySet<string>): boolean {
  if (findAdvanced(unit.text, reading.problem).length < 2) return false;
  const own = [...unit.terms].filter((term) => reading.firstSeen.get(term) === unit.index && /\D/.test(term));
  return !own.some((term) => needed.has(term));
}

/**
 * Cases that stand in a row ("1 and 2: sum is 3", "1 and 3: sum is 4", ...) make their point together: where some are
 * kept, all are. A row is the items of a list, or three or more short lines of one pattern.
 */
function keepListsWhole(reading: Reading, kept: Set<number>): void {
  const { units, surplus, established } = reading;
  let row: number[] = [];
  let pattern = "";
  const close = () => {
    if ((row.length >= 3 || pattern === "item") && row.some((index) => kept.has(index) && !surplus[index]))
      for (const index of row) kept.add(index);
  };
  for (const unit of units.slice(0, established + 1)) {
    const next = linePattern(unit);
    if (next !== "" && next === pattern) row.push(unit.index);
    else {
      close();
      row = [unit.index];
      pattern = next;
    }
  }
  close();
}

/** The look of a short line with its numbers and letters masked; the items of a list look alike; "" for anything else. */
function linePattern(unit: Unit): string {
  if (unit.kind === "item") return "item";
  if (
    unit.joint === "" ||
    unit.joint === " " ||
    unit.text.length > 120 ||
    unit.kind === "code" ||
    unit.kind === "heading"
  )
    return "";
  const start = unit.text.slice(0, 24);
  return `${unit.kind} ${start
    .replace(/\d+/g, "0")
    .replace(/\b[A-Za-z]\b/g, "x")
    .replace(/[A-Z][a-z]+/g, "X")
    .split(/\s+/)
    .slice(0, 3)
    .join(" ")}`;
}

function worksOut(bare: string): boolean {
  return /[=≈≡<>≤≥]|\\(?:implies|approx|equiv|le|ge)|[A-Za-z\d)][+×·*÷][A-Za-z\d(]/.test(bare);
}

/** A sentence that promises something ("as follows:"), with nothing of it left, and nothing of its own in it. */
function dropLooseLeads(reading: Reading, kept: readonly number[], fixed: ReadonlySet<number>): number[] {
  const { units, problemTerms } = reading;
  return kept.filter((index, at) => {
    const unit = units[index]!;
    if (!ANNOUNCES.test(unit.text) || fixed.has(index)) return true;
    const next = kept[at + 1];
    return (next !== undefined && next - index <= 2) || [...unit.terms].some((term) => !problemTerms.has(term));
  });
}
