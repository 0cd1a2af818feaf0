/**
 * Which units of a trace stay. Three movements:
 *
 *   1. the main line: from the start to the first place that establishes the answer, and the closing statement;
 *      what comes between is re-checking, other ways to the same place, and doubts that came to nothing
 *   2. forward over the main line: drop what says nothing, re-checks, restates, or derives again what is known
 *   3. backward over what stayed: whatever it leans on comes back, until every number and symbol that a kept unit uses
 *      stands in the problem or before it (if it stood before it in the original)
 *
 * The third movement is the promise; the first two only propose.
 */
import type { Conclusion } from "./conclusion.ts";
import type { Cues } from "./cues.ts";
import { isRepeat, type Seen } from "./repeats.ts";
import type { Unit } from "./units.ts";

/** How much goes: `main` keeps every new step, `core` drops plans and plain talk, `slice` keeps what the answer rests on. */
export type Depth = "main" | "core" | "slice";

export interface Reading {
  readonly units: readonly Unit[];
  readonly cues: readonly Cues[];
  readonly problemTerms: ReadonlySet<string>;
  readonly problem: string;
  readonly conclusion: Conclusion | undefined;
}

/** The indexes of the units that stay, in order. */
export function selectUnits(reading: Reading, depth: Depth): number[] {
  const { units, conclusion } = reading;
  const established = conclusion ? findEstablished(reading, conclusion) : units.length - 1;
  const kept = new Set<number>(conclusion?.units ?? []);
  if (conclusion) kept.add(established);
  if (depth !== "slice") for (const index of proposeMainLine(reading, established, depth)) kept.add(index);
  completeBackward(reading, kept, depth);
  return [...kept].sort((a, b) => a - b);
}

/** The first unit that arrives at the answer and is not taken back; the closing statement itself if there is none. */
export function findEstablished(reading: Reading, conclusion: Conclusion): number {
  const { units, cues } = reading;
  const last = conclusion.units.at(-1)!;
  if (conclusion.kind === "code" || conclusion.value === "") return last;
  const telling = conclusion.value.length >= 3 && !/^(?:100|10|-?\d{1,2})$/.test(conclusion.value);
  for (const unit of units) {
    if (unit.index >= last) return last;
    if (!arrivesAt(unit, conclusion.value) || isTakenBack(reading, unit.index)) continue;
    const cue = cues[unit.index]!;
    if (cue.question || cue.alternative || (cue.plan && !cue.concludes)) continue;
    if (telling || cue.concludes || isCelebrated(reading, unit.index)) return unit.index;
  }
  return last;
}

/** The value stands as a result: after a sign or word of arriving, or at the very end. */
function arrivesAt(unit: Unit, value: string): boolean {
  if (unit.kind === "code") return false;
  for (let at = unit.bare.indexOf(value); at !== -1; at = unit.bare.indexOf(value, at + 1)) {
    const before = unit.bare[at - 1] ?? "";
    const after = unit.bare.slice(at + value.length, at + value.length + 2);
    if (/[\d/^_]/.test(before) && /^[\d\w-]/.test(value)) continue;
    if (before === "." && /\d/.test(unit.bare[at - 2] ?? "")) continue;
    if (/^(?:\d|\.\d|\/\d|[+*×·^])/.test(after) && /\d$/.test(value)) continue;
    const lead = unit.bare.slice(Math.max(0, at - 14), at);
    if (
      /(?:[=≈:]|is|are|gives?|get|total|of|be|to|so|only|have|has|leaves?|answer|thus|therefore|about)-?[\\($\s]*$/i.test(
        lead,
      )
    )
      return true;
  }
  return false;
}

/** In the next two units somebody says no. */
function isTakenBack(reading: Reading, index: number): boolean {
  const { cues } = reading;
  for (let next = index + 1; next <= index + 2 && next < cues.length; next++) if (cues[next]!.reject) return true;
  return false;
}

/** A re-check or the words of an end follow: the trace itself takes this for the answer. */
function isCelebrated(reading: Reading, index: number): boolean {
  const { cues, units } = reading;
  for (let next = index + 1; next <= index + 3 && next < cues.length; next++) {
    if (cues[next]!.check || cues[next]!.alternative) return true;
    if (/\b(?:the|my) answer\b|\\boxed/i.test(units[next]!.text)) return true;
  }
  return false;
}

function proposeMainLine(reading: Reading, established: number, depth: Depth): number[] {
  const { units, cues, problemTerms } = reading;
  const seen: Seen = { terms: new Set(problemTerms), sentences: new Set(), problem: reading.problem };
  const aside = markAsides(reading);
  const kept: number[] = [];
  for (let index = 0; index <= established; index++) {
    const unit = units[index]!;
    const cue = cues[index]!;
    if (unit.kind === "code") {
      kept.push(index);
      continue;
    }
    if (cue.filler || cue.question || cue.reject || aside[index]) continue;
    if (isRepeat(unit, seen)) continue;
    const bare = ![...unit.terms].some((term) => !seen.terms.has(term)) && unit.results.size === 0;
    if (depth === "core" && bare && unit.kind === "prose" && !unit.text.endsWith(":")) continue;
    if (cue.plan && bare && !unit.text.includes("=") && depth === "core") continue;
    kept.push(index);
    for (const term of unit.terms) seen.terms.add(term);
  }
  return kept;
}

/** Units inside a re-check or another way: from where it opens to the end of its paragraph; and what a "no" took back. */
function markAsides(reading: Reading): boolean[] {
  const { units, cues } = reading;
  const aside: boolean[] = new Array(units.length).fill(false);
  let open = false;
  let paragraph = 0;
  for (const unit of units) {
    const cue = cues[unit.index]!;
    if (unit.joint === "\n\n") {
      open = false;
      paragraph = unit.index;
    }
    if ((cue.check || cue.alternative) && !cue.concludes) open = true;
    if (cue.reject) {
      open = false;
      for (let back = unit.index - 1; back >= Math.max(paragraph, unit.index - 2); back--) aside[back] = true;
    }
    if (open) aside[unit.index] = true;
  }
  return aside;
}

/**
 * Brings back what kept units lean on, from the last to the first. Every unit is looked at once, and for each term only
 * a bounded number of places, so that this stays linear however often a trace repeats itself.
 */
function completeBackward(reading: Reading, kept: Set<number>, depth: Depth): void {
  const { units, cues, problemTerms } = reading;
  const places = indexTerms(units);
  const firstKept = new Map<string, number>();
  const note = (index: number) => {
    for (const term of units[index]!.terms) firstKept.set(term, Math.min(index, firstKept.get(term) ?? index));
  };
  for (const index of kept) note(index);
  for (let index = units.length - 1; index >= 0; index--) {
    if (!kept.has(index)) continue;
    const unit = units[index]!;
    for (const term of unit.terms) {
      if (problemTerms.has(term) || firstKept.get(term)! < index) continue;
      const place = chooseProvider(reading, places.get(term)!, { term, index });
      if (place !== undefined && !kept.has(place)) {
        kept.add(place);
        note(place);
      }
    }
    const support = findSupport(reading, index, depth);
    if (support !== undefined && !kept.has(support)) {
      kept.add(support);
      note(support);
    }
    if (cues[index]!.reject) continue;
  }
}

function indexTerms(units: readonly Unit[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const unit of units) {
    for (const term of unit.terms) {
      const list = places.get(term);
      if (list) list.push(unit.index);
      else places.set(term, [unit.index]);
    }
  }
  return places;
}

const PLACES_TRIED = 6;

/** The best of the first few places before `index` where the term stands: one that arrives at it, and needs little. */
function chooseProvider(
  reading: Reading,
  places: readonly number[],
  at: { term: string; index: number },
): number | undefined {
  const { units, cues, problemTerms } = reading;
  let best: number | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const place of places.slice(0, PLACES_TRIED)) {
    if (place >= at.index) break;
    const unit = units[place]!;
    const cue = cues[place]!;
    let needs = 0;
    for (const term of unit.terms) if (!problemTerms.has(term) && term !== at.term) needs++;
    const noise = (cue.question ? 6 : 0) + (cue.check ? 4 : 0) + (cue.alternative ? 4 : 0) + (cue.reject ? 6 : 0);
    const cost = needs + noise + unit.text.length / 200 - (unit.results.has(at.term) ? 4 : 0);
    if (cost < bestCost) {
      best = place;
      bestCost = cost;
    }
  }
  return best;
}

/** The unit before, when this one cannot stand without it: "That gives 12.", "where r is the radius", a list after ":". */
function findSupport(reading: Reading, index: number, depth: Depth): number | undefined {
  const { units, cues } = reading;
  const unit = units[index]!;
  if (index === 0 || unit.kind === "heading") return undefined;
  const goesOn = /^(?:where|which|with|so|and|or|but|then)\b|^[a-z]{2,}/.test(unit.text) && unit.kind === "prose";
  const leans = goesOn || (cues[index]!.leans && depth !== "slice") || unit.kind === "math" || unit.kind === "table";
  if (!leans) return undefined;
  for (let back = index - 1; back >= Math.max(0, index - 4); back--) {
    if (!cues[back]!.filler) return cues[back]!.question && !goesOn ? undefined : back;
  }
  return undefined;
}
