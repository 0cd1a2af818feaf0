/**
 * The part of a trace that was marked: the steps that a judge (or the graph) named, and nothing else. Only that part goes
 * to a model; what stands before and after it is never touched, so that `before + part + after` is the trace byte for
 * byte, and `before + anything + after` differs from it in the part alone.
 *
 *   steps named ──▶ `around` more on either side ──▶ grown to the end of a listing, formula or table that it would cut
 */
import { stepPlaces } from "../core/prompt.ts";
import { cutSegments, type SegmentKind } from "../core/segments.ts";

export interface Marked {
  readonly before: string;
  readonly part: string;
  readonly after: string;
  /** The steps in it, counted from 1, and how many the trace has. */
  readonly steps: readonly [first: number, last: number, of: number];
}

export interface Place {
  /** A step of the trace, from 1. */
  readonly step: number;
  /** How many steps on either side belong to it. */
  readonly around: number;
}

/** Undefined where there is no such step, or where the part would be the whole trace. */
export function markPart(trace: string, { step, around }: Place): Marked | undefined {
  const places = stepPlaces(trace);
  if (!Number.isInteger(step) || step < 1 || step > places.length) return undefined;
  const named = {
    start: places[Math.max(0, step - 1 - around)]!.start,
    end: places[Math.min(places.length - 1, step - 1 + around)]!.end,
  };
  const { start, end } = growToWhole(trace, named);
  const inside = places.flatMap((place, at) => (place.end > start && place.start < end ? [at + 1] : []));
  if (inside.length === places.length) return undefined;
  return {
    before: trace.slice(0, start),
    part: trace.slice(start, end),
    after: trace.slice(end),
    steps: [inside[0]!, inside.at(-1)!, places.length],
  };
}

/** Blank lines part steps inside a listing too; half of one is not for a model to write. */
const WHOLE: readonly SegmentKind[] = ["code", "math", "table"];

function growToWhole(trace: string, { start, end }: { start: number; end: number }) {
  let [from, to] = [start, end];
  for (const segment of cutSegments(trace)) {
    if (!WHOLE.includes(segment.kind)) continue;
    const [first, last] = [segment.start, segment.start + segment.body.length];
    if (last <= from || first >= to) continue;
    from = Math.min(from, first);
    to = Math.max(to, last);
  }
  return { start: from, end: to };
}
