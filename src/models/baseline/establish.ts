/** The first place in a trace that arrives at its answer and stands by it: where the main line ends. */
import type { Conclusion } from "./conclusion.ts";
import type { Cues } from "./cues.ts";
import type { Unit } from "./units.ts";

interface Told {
  readonly units: readonly Unit[];
  readonly cues: readonly Cues[];
}

/** The index of that unit; the closing statement itself if there is none before it; the last unit without a conclusion. */
export function findEstablished(told: Told, conclusion: Conclusion | undefined): number {
  if (!conclusion) return told.units.length - 1;
  const last = conclusion.units.at(-1)!;
  // A program is built and amended up to the end: there is no place before it that already has it.
  if (conclusion.kind === "code") return told.units.length - 1;
  if (conclusion.value === "") return last;
  // A small number turns up by chance; then something must show that it was taken for the answer.
  const telling = conclusion.value.length >= 3 && !/^-?\d{1,3}$/.test(conclusion.value);
  for (const unit of told.units) {
    if (unit.index >= last) return last;
    if (!arrivesAt(unit, conclusion.value) || isTakenBack(told, unit.index)) continue;
    const cue = told.cues[unit.index]!;
    if (cue.question || cue.alternative || (cue.plan && !cue.concludes && !unit.bare.includes("="))) continue;
    if (telling || isCelebrated(told, unit.index, cue.concludes ? 6 : 3)) return unit.index;
  }
  return last;
}

const ARRIVING =
  /(?:[=≈:]|is|are|gives?|get|total|of|be|to|so|only|have|has|leaves?|answer|thus|therefore|about)-?[\\($\s]*$/i;

/** The value stands as a result: after a sign or word of arriving, and not as part of a longer number or term. */
function arrivesAt(unit: Unit, value: string): boolean {
  if (unit.kind === "code") return false;
  let tries = 0;
  for (let at = unit.bare.indexOf(value); at !== -1 && tries < 20; at = unit.bare.indexOf(value, at + 1), tries++) {
    const before = unit.bare[at - 1] ?? "";
    const after = unit.bare.slice(at + value.length, at + value.length + 2);
    if (/[\d/^_]/.test(before) && /^[\w-]/.test(value)) continue;
    if (before === "." && /\d/.test(unit.bare[at - 2] ?? "")) continue;
    if (/^(?:\d|\.\d|\/\d|[+*×·^])/.test(after) && /\d$/.test(value)) continue;
    if (ARRIVING.test(unit.bare.slice(Math.max(0, at - 14), at))) return true;
  }
  return false;
}

/** In the next two units somebody says no. */
function isTakenBack(told: Told, index: number): boolean {
  return [1, 2].some((step) => told.cues[index + step]?.reject ?? false);
}

/** A re-check or the words of an end follow: the trace itself takes this for the answer. */
function isCelebrated(told: Told, index: number, reach: number): boolean {
  for (let next = index; next <= index + reach && next < told.cues.length; next++) {
    const cue = told.cues[next]!;
    if (next > index && (cue.check || cue.alternative)) return true;
    if (/\b(?:the|my|final) answer\b|\\boxed/i.test(told.units[next]!.text)) return true;
  }
  return false;
}
