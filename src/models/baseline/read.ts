/** A trace read once: its units, what each is for, and where it arrives. Everything the baseline does starts here. */
import { findConclusion } from "./conclusion.ts";
import { readCues } from "./cues.ts";
import type { Reading } from "./select.ts";
import { readProblemTerms } from "./terms.ts";
import { readUnits } from "./units.ts";

export function readTrace(problem: string, trace: string): Reading {
  const units = readUnits(trace);
  const cues = units.map((unit) => readCues(unit.text));
  return { units, cues, problem, problemTerms: readProblemTerms(problem), conclusion: findConclusion(units, cues) };
}
