/** A trace read once: its units, what each is for, and where it arrives. Everything the baseline does starts here. */

import { readProblemTerms } from "../../core/terms.ts";
import { readAsked } from "./asked.ts";
import { type Conclusion, findConclusion } from "./conclusion.ts";
import { type Cues, readCues } from "./cues.ts";
import { type Doubts, findDoubts } from "./doubts.ts";
import { findEstablished, isReached } from "./establish.ts";
import { markSurplus } from "./surplus.ts";
import { readUnits, type Unit } from "./units.ts";

export interface Reading {
  readonly units: readonly Unit[];
  readonly cues: readonly Cues[];
  readonly problem: string;
  /** Numbers and symbols that the problem hands out. */
  readonly problemTerms: ReadonlySet<string>;
  readonly conclusion: Conclusion | undefined;
  /** The first unit that arrives at the conclusion. */
  readonly established: number;
  /** Whether steps lead to the conclusion; a bare answer has none. */
  readonly reached: boolean;
  readonly doubts: Doubts;
  /** For each unit, whether it adds nothing. */
  readonly surplus: readonly boolean[];
  /** Where each term stands, ascending, and where first. */
  readonly places: ReadonlyMap<string, readonly number[]>;
  readonly firstSeen: ReadonlyMap<string, number>;
}

export function readTrace(problem: string, trace: string): Reading {
  const units = readUnits(trace);
  const cues = units.map((unit) => readCues(unit.text));
  const conclusion = findConclusion(units, cues);
  const problemTerms = readProblemTerms(problem);
  const places = indexTerms(units);
  const told = { units, cues, asked: readAsked(problem), problemTerms };
  const established = findEstablished(told, conclusion);
  return {
    units,
    cues,
    problem,
    problemTerms,
    conclusion,
    established,
    reached: conclusion === undefined || isReached(told, conclusion),
    doubts: findDoubts(units),
    surplus: markSurplus({ units, cues, problem, problemTerms }, { conclusion: conclusion?.units ?? [], established }),
    places,
    firstSeen: new Map([...places].map(([term, list]) => [term, list[0]!])),
  };
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
