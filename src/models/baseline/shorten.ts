/**
 * Long to short. Two aims that differ in how far they go: `shortenTrace` saves tokens and keeps every new step;
 * `condenseTrace` makes steps a small model can follow, and goes further each time it is asked about its own work.
 *
 * A trace without a conclusion comes back as it is: nobody can say what its steps are for, and a tidy remainder would
 * look like something that it is not.
 */
import { estimateTokens } from "../../core/tokens.ts";
import { type Reading, readTrace } from "./read.ts";
import { type Depth, selectUnits } from "./select.ts";
import { cutSteps } from "./steps.ts";
import { tidyUnits } from "./tidy.ts";
import { writeUnits } from "./units.ts";

export function shortenTrace(problem: string, trace: string): string {
  const reading = readTrace(problem, trace);
  return reading.conclusion ? writeSelection(reading, "main") : trace;
}

/** The gentlest depth that takes a tenth away, and leaves a way to the answer; then in short steps. */
export function condenseTrace(problem: string, trace: string): string {
  const reading = readTrace(problem, trace);
  if (!reading.conclusion) return trace;
  const enough = 0.9 * estimateTokens(trace);
  let text = trace;
  for (const depth of ["plain", "core", "work"] as const) {
    const next = writeSelection(reading, depth);
    if (!isWay(problem, next, reading)) break;
    text = next;
    if (estimateTokens(text) < enough) break;
  }
  return cutSteps(text);
}

/** The least that is still a way to the answer: a few steps that work something out, and a share of those there were. */
function isWay(problem: string, text: string, before: Reading): boolean {
  const had = countSteps(before);
  const left = countSteps(readTrace(problem, text));
  return left >= Math.min(3, had) && left >= 0.15 * had;
}

/** Units on the main line that work something out, surplus aside. */
function countSteps(reading: Reading): number {
  const steps = reading.units.filter(
    (unit) => !reading.surplus[unit.index] && (unit.results.size > 0 || unit.kind === "math"),
  );
  return steps.filter((unit) => unit.index <= reading.established || reading.conclusion?.units.includes(unit.index))
    .length;
}

function writeSelection(reading: Reading, depth: Depth): string {
  return writeUnits(tidyUnits(reading.units, selectUnits(reading, depth)));
}
