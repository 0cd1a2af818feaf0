/**
 * Long to short. Two aims that differ in how far they go: `shortenTrace` saves tokens and keeps every new step;
 * `condenseTrace` makes steps a small model can follow, and goes further each time it is asked about its own work.
 */
import { estimateTokens } from "../../core/tokens.ts";
import { readTrace } from "./read.ts";
import { type Depth, type Reading, selectUnits } from "./select.ts";
import { cutSteps } from "./steps.ts";
import { tidyUnits } from "./tidy.ts";
import { writeUnits } from "./units.ts";

export function shortenTrace(problem: string, trace: string): string {
  const reading = readTrace(problem, trace);
  return writeSelection(reading, "main") || trace;
}

/** The gentlest depth that takes a tenth away; a trace that is short of surplus comes back in shorter steps. */
export function condenseTrace(problem: string, trace: string): string {
  const reading = readTrace(problem, trace);
  const before = estimateTokens(trace);
  let text = trace;
  for (const depth of ["core", "slice"] as const) {
    const next = writeSelection(reading, depth);
    if (next === "") continue;
    text = next;
    if (estimateTokens(text) < 0.9 * before) break;
  }
  return cutSteps(text);
}

function writeSelection(reading: Reading, depth: Depth): string {
  const kept = selectUnits(reading, depth);
  return writeUnits(tidyUnits(reading.units, kept));
}
