/**
 * What in a trace adds nothing: hesitation, questions to oneself, re-checks, other ways to the same place, what was taken
 * back, and what stood there before. Shortening proposes to drop exactly this, and judging counts exactly this.
 */
import * as zh from "./chinese.ts";
import { isChinese } from "./chinese.ts";
import type { Cues } from "./cues.ts";
import { isRepeat, type Seen } from "./repeats.ts";
import type { Unit } from "./units.ts";

export interface Marked {
  readonly units: readonly Unit[];
  readonly cues: readonly Cues[];
  readonly problem: string;
  readonly problemTerms: ReadonlySet<string>;
}

/** For each unit, whether it is surplus. Units of the conclusion never are. */
export function markSurplus(
  trace: Marked,
  ends: { readonly conclusion: readonly number[]; readonly established: number },
): boolean[] {
  const asides = markAsides(trace);
  const marks = asides.map((mark) => mark !== undefined);
  const seen: Seen = {
    terms: new Set(trace.problemTerms),
    results: new Map(),
    sentences: new Set(),
    recent: [],
    problem: trace.problem,
  };
  for (const unit of trace.units) {
    const cue = trace.cues[unit.index]!;
    if (unit.kind === "code" || ends.conclusion.includes(unit.index)) marks[unit.index] = false;
    else if (cue.filler || cue.question || cue.reject || isRepeat(unit, seen)) marks[unit.index] = true;
    else if (asides[unit.index] === "aside" && unit.index < ends.established && isInsight(unit, cue))
      marks[unit.index] = false;
    if (marks[unit.index]) continue;
    for (const term of unit.terms) seen.terms.add(term);
    for (const result of unit.results) if (!seen.results.has(result)) seen.results.set(result, unit.index);
  }
  return marks;
}

/**
 * Where the answer is still to come, what looks like a re-check may be the work itself ("Let's check n = 10: ... So from
 * 10! on all are divisible by 100"): the sentence that draws its conclusion with a reason stays.
 */
function isInsight(unit: Unit, cue: Cues): boolean {
  const draws = cue.concludes || DRAWS.test(unit.text) || zh.DRAWS.test(unit.text);
  return (
    draws &&
    !cue.check &&
    !cue.alternative &&
    unit.text.length > (isChinese(unit.text) ? SHORTEST_INSIGHT / 2 : SHORTEST_INSIGHT)
  );
}

const DRAWS = /^(?:(?:so|and|but)[, ]+)*(?:that|this|which|it) (?:means|implies|gives|shows|tells)\b/i;
const SHORTEST_INSIGHT = 50;

/**
 * Units inside a re-check or another way (`aside`), from where it opens to the end of its paragraph; and what is taken back
 * (`rejected`): the two sentences before a "no, that's wrong" in the same paragraph, or the one before the paragraph it
 * opens.
 */
function markAsides(trace: Marked): ("aside" | "rejected" | undefined)[] {
  const marks = new Array<"aside" | "rejected" | undefined>(trace.units.length).fill(undefined);
  let open = false;
  let paragraph = 0;
  for (const unit of trace.units) {
    const cue = trace.cues[unit.index]!;
    if (unit.joint === "\n\n") {
      open = false;
      paragraph = unit.index;
    }
    if ((cue.check || cue.alternative) && !cue.concludes) open = true;
    if (cue.reject) {
      open = false;
      const first = unit.index === paragraph ? unit.index - 1 : Math.max(paragraph, unit.index - 2);
      for (let back = unit.index - 1; back >= Math.max(0, first); back--) marks[back] = "rejected";
    }
    if (open) marks[unit.index] = "aside";
  }
  return marks;
}
