/** Brings back what the kept units lean on. */
import { ANNOUNCES } from "./chinese.ts";
import type { Reading } from "./read.ts";

const PLACES_TRIED = 6;
const SUPPORT_REACH = 4;

/**
 * Goes from the last kept unit to the first; what it adds lies before and is reached in turn. For each term only a
 * bounded number of places is looked at, so that this stays linear however often a trace repeats itself.
 */
export function completeBackward(reading: Reading, kept: Set<number>): void {
  const { units, problemTerms, places } = reading;
  const firstKept = new Map<string, number>();
  const note = (index: number) => {
    for (const term of units[index]!.terms) firstKept.set(term, Math.min(index, firstKept.get(term) ?? index));
  };
  const keep = (index: number | undefined) => {
    if (index === undefined || kept.has(index)) return;
    kept.add(index);
    note(index);
  };
  for (const index of kept) note(index);
  for (let index = units.length - 1; index >= 0; index--) {
    if (!kept.has(index)) continue;
    keep(findSupport(reading, index));
    for (const term of units[index]!.terms) {
      if (problemTerms.has(term) || firstKept.get(term)! < index) continue;
      keep(chooseProvider(reading, places.get(term)!, { term, index }));
    }
  }
}

/** The best of the first few places before `index` where the term stands: one that arrives at it, and needs little. */
function chooseProvider(
  reading: Reading,
  places: readonly number[],
  at: { readonly term: string; readonly index: number },
): number | undefined {
  const { units, cues, problemTerms, surplus } = reading;
  let best: number | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const place of places.slice(0, PLACES_TRIED)) {
    if (place >= at.index) break;
    const unit = units[place]!;
    const cue = cues[place]!;
    let needs = 0;
    for (const term of unit.terms) if (!problemTerms.has(term) && term !== at.term) needs++;
    const noise = (surplus[place] ? 4 : 0) + (cue.question ? 6 : 0) + (cue.reject ? 6 : 0);
    const cost = Math.min(needs, 12) + noise + unit.text.length / 200 - (unit.results.has(at.term) ? 4 : 0);
    if (cost < bestCost) {
      best = place;
      bestCost = cost;
    }
  }
  return best;
}

/** The unit before, when this one cannot stand without it: "where r is the radius", a formula after "so that". */
function findSupport(reading: Reading, index: number): number | undefined {
  const { units, cues } = reading;
  const unit = units[index]!;
  if (index === 0 || unit.kind === "heading" || unit.kind === "code") return undefined;
  const goesOn =
    unit.kind === "prose" &&
    /^(?:where|which|with|so that|and|or)\b|^[a-z]{2,}|^(?:其中|这里的|并且|以及|即)/.test(unit.text);
  const shown = unit.kind === "math" || unit.kind === "table" || unit.kind === "item";
  if (!goesOn && !shown && !cues[index]!.leans) return undefined;
  for (let back = index - 1; back >= Math.max(0, index - SUPPORT_REACH); back--) {
    if (cues[back]!.filler) continue;
    if (goesOn) return back;
    // A formula or item needs the sentence that announces it, no other; a pronoun needs a statement.
    if (shown) return ANNOUNCES.test(units[back]!.text) ? back : undefined;
    return cues[back]!.question || cues[back]!.reject || units[back]!.kind !== "prose" ? undefined : back;
  }
  return undefined;
}
