/** What can be counted about a trace, step by step: the ground on which the baseline rates it. */

import { foldWidth } from "../../core/fold-width.ts";
import { canonicalNumber } from "../../core/terms.ts";
import { estimateTokens } from "../../core/tokens.ts";
import { isIdle, isMental, listOperations } from "./arithmetic.ts";
import { endsWhole } from "./conclusion.ts";
import { type Equation, findEquations } from "./equations.ts";
import { readSteps, type Step } from "./paragraphs.ts";
import { type Rational, writeRational } from "./rational.ts";
import type { Reading } from "./read.ts";
import type { Unit } from "./units.ts";
import { findAdvanced } from "./vocabulary.ts";

export interface Jump {
  readonly step: number;
  /** The calculation as written. */
  readonly text: string;
  /** How many of its operations are done at once: those whose result stands nowhere, and the last. */
  readonly operations: number;
}

export interface Measures {
  readonly tokens: number;
  readonly steps: readonly Step[];
  /** Units that establish something, each once. */
  readonly results: number;
  /** Steps that mostly re-check, hesitate or repeat. */
  readonly surplusSteps: readonly number[];
  readonly surplusShare: number;
  readonly longest: Step | undefined;
  readonly jumps: readonly Jump[];
  /** Calculations that are wrong as written: step and text. */
  readonly wrong: readonly { readonly step: number; readonly text: string }[];
  readonly advanced: readonly string[];
  readonly whole: boolean;
  /** What the trace says itself about a lack in the problem, where it does. */
  readonly doubt: { readonly step: number; readonly text: string } | undefined;
}

export function measureTrace(reading: Reading): Measures {
  const steps = readSteps(reading.units);
  const stepOf = new Map(steps.flatMap((step) => step.units.map((unit) => [unit.index, step.number] as const)));
  const { surplus } = reading;
  const tokens = steps.reduce((sum, step) => sum + step.tokens, 0);
  const surplusTokens = reading.units.reduce(
    (sum, unit) => sum + (surplus[unit.index] ? estimateTokens(unit.text) : 0),
    0,
  );
  const doubt = reading.doubts.serious ? (reading.doubts.strong.at(-1) ?? reading.doubts.weak.at(-1)) : undefined;
  return {
    tokens,
    steps,
    results: countResults(reading),
    surplusSteps: steps.filter((step) => isMostly(step, surplus)).map((step) => step.number),
    surplusShare: tokens === 0 ? 0 : surplusTokens / tokens,
    longest: steps.reduce<Step | undefined>(
      (best, step) => (isProse(step) && step.tokens > (best?.tokens ?? 0) ? step : best),
      undefined,
    ),
    ...readCalculations(reading.units, stepOf),
    advanced: [
      ...new Set(
        reading.units.flatMap((unit) => (unit.kind === "code" ? [] : findAdvanced(unit.text, reading.problem))),
      ),
    ],
    whole: endsWhole(reading.units),
    doubt: doubt === undefined ? undefined : { step: stepOf.get(doubt)!, text: reading.units[doubt]!.text },
  };
}

/** Sentences, formulas and pieces of code that work something out, conclude or name something new, each once. */
function countResults(reading: Reading): number {
  const { units, cues, surplus, firstSeen, problemTerms } = reading;
  const isResult = (unit: Unit) =>
    unit.kind === "code" ||
    unit.kind === "table" ||
    /[=≈≡≤≥<>]/.test(unit.bare) ||
    unit.results.size > 0 ||
    (cues[unit.index]!.concludes && !cues[unit.index]!.plan) ||
    [...unit.terms].some((term) => firstSeen.get(term) === unit.index && !problemTerms.has(term));
  return units.filter((unit) => !surplus[unit.index] && isResult(unit)).length;
}

function readCalculations(
  units: readonly Unit[],
  stepOf: ReadonlyMap<number, number>,
): Pick<Measures, "jumps" | "wrong"> {
  const stated = new Set(units.flatMap((unit) => [...unit.terms]));
  const jumps: Jump[] = [];
  const wrong: { step: number; text: string }[] = [];
  for (const unit of units) {
    if (unit.kind === "code") continue;
    for (const equation of findEquations(foldWidth(unit.text))) {
      const step = stepOf.get(unit.index)!;
      if (equation.wrong) wrong.push({ step, text: equation.text });
      else if (equation.holds && equation.operations > 1 && isPlainNumber(equation.right))
        jumps.push({ step, text: equation.text, operations: countHidden(equation, stated) });
    }
  }
  return { jumps, wrong };
}

/** `24*23/2 = 12*23` only writes the same in other words. */
function isPlainNumber(side: string): boolean {
  return /^[\s\d,.]+$/.test(side);
}

/** Operations done between one stated value and the next: those whose result stands nowhere, and the last. */
function countHidden(equation: Equation, stated: ReadonlySet<string>): number {
  const operations = (listOperations(equation.left) ?? []).filter((one) => !isIdle(one));
  if (isMental(operations)) return 1;
  const isStated = (value: Rational) =>
    (["decimal", "fraction"] as const).some((form) =>
      writeRational(value, form)
        .split("/")
        .every((part) => stated.has(canonicalNumber(part.replace("-", "")))),
    );
  return 1 + operations.slice(0, -1).filter((one) => one.sign !== "÷" && !isStated(one.value)).length;
}

function isMostly(step: Step, marks: readonly boolean[]): boolean {
  const marked = step.units.filter((unit) => marks[unit.index]).length;
  return marked > 0 && marked * 2 >= step.units.length;
}

function isProse(step: Step): boolean {
  return step.units.every((unit) => unit.kind === "prose");
}
