/**
 * Long to short. Two aims that differ in how far they go: `shortenTrace` saves tokens and keeps every new step;
 * `condenseTrace` makes steps a small model can follow, and goes further each time it is asked about its own work.
 *
 * A trace without a conclusion comes back as it is: nobody can say what its steps are for, and a tidy remainder would
 * look like something that it is not.
 */
import { estimateTokens } from "../../core/tokens.ts";
import { unitsNamedIn } from "./paragraphs.ts";
import { type Reading, readTrace } from "./read.ts";
import { selectUnits } from "./select.ts";
import { cutSteps } from "./steps.ts";
import { tidyUnits } from "./tidy.ts";
import { writeUnits } from "./units.ts";

/** With a length to aim at, in tokens, it goes further where that does not suffice, as far as a way to the answer is left. */
export function shortenTrace(problem: string, trace: string, target = Number.POSITIVE_INFINITY): string {
  const reading = readTrace(problem, trace);
  if (!reading.conclusion) return trace;
  const main = selectUnits(reading, "main");
  const had = countWorked(reading, main);
  let text = writeKept(reading, main);
  for (const depth of ["plain", "core", "work"] as const) {
    if (estimateTokens(text) <= target) break;
    const kept = selectUnits(reading, depth);
    if (!isWay(countWorked(reading, kept), had)) break;
    text = writeKept(reading, kept);
  }
  return text;
}

/**
 * The gentlest depth that takes a tenth away, and leaves a way to the answer; then in short steps. The step that the
 * finding names gives up its talk first.
 */
export function condenseTrace(problem: string, trace: string, finding = ""): string {
  const reading = readTrace(problem, trace);
  if (!reading.conclusion) return trace;
  const enough = 0.9 * estimateTokens(trace);
  const had = countWorked(reading, selectUnits(reading, "main"));
  const focus = unitsNamedIn(finding, reading.units);
  let text = trace;
  for (const depth of ["plain", "core", "work"] as const) {
    const kept = selectUnits(reading, depth, focus);
    if (!isWay(countWorked(reading, kept), had)) break;
    text = writeKept(reading, kept);
    if (estimateTokens(text) < enough) break;
  }
  return cutSteps(text);
}

/**
 * The step that the finding names, by itself: what only talks goes, what the rest of the trace leans on stays. A part that is
 * not that step comes back as it is.
 */
export function condensePart(
  problem: string,
  trace: string,
  { finding = "", part }: { finding?: string; part: string },
): string {
  const reading = readTrace(problem, trace);
  const focus = unitsNamedIn(finding, reading.units);
  const bare = (text: string) => text.replace(/\s+/g, "");
  const own = reading.units.filter(({ index }) => focus.has(index)).map(({ text }) => text);
  if (!reading.conclusion || bare(own.join("")) !== bare(part)) return part;
  return cutSteps(
    writeKept(
      reading,
      selectUnits(reading, "main", focus).filter((index) => focus.has(index)),
    ),
  );
}

/** The least that is still a way to the answer: a few steps that work something out, and a share of those there were. */
function isWay(left: number, had: number): boolean {
  return left >= Math.min(3, had) && left >= 0.3 * had;
}

function countWorked(reading: Reading, kept: readonly number[]): number {
  return kept.filter((index) => reading.units[index]!.results.size > 0 || reading.units[index]!.kind === "math").length;
}

function writeKept(reading: Reading, kept: readonly number[]): string {
  return writeUnits(tidyUnits(reading.units, kept));
}
