/** The steps of a trace as judges and people count them. */
import { stepsOf } from "../../core/prompt.ts";
import { estimateTokens } from "../../core/tokens.ts";
import type { Unit } from "./units.ts";

/** A paragraph, counted from 1: what a reader would call a step. */
export interface Step {
  readonly number: number;
  readonly units: readonly Unit[];
  readonly tokens: number;
}

/** Numbered as judges and people count: by paragraphs, blank lines inside a piece of code included. */
export function readSteps(units: readonly Unit[]): Step[] {
  const groups: Unit[][] = [];
  for (const unit of units) {
    if (unit.joint === "\n\n" || groups.length === 0) groups.push([]);
    groups.at(-1)!.push(unit);
  }
  let number = 1;
  return groups.map((group) => {
    const step = { number, units: group, tokens: group.reduce((sum, unit) => sum + estimateTokens(unit.text), 0) };
    number += group.reduce((sum, unit) => sum + (unit.kind === "code" ? stepsOf(unit.text).length - 1 : 0), 1);
    return step;
  });
}

const PLACES = [/\bstep (\d{1,5})\b/i, /第 (\d{1,5}) 步/, /"step":\s*(\d{1,5})/];

/** The units of the step that a finding names ("... at step 3"); none when it names no place. */
export function unitsNamedIn(finding: string, units: readonly Unit[]): ReadonlySet<number> {
  const named = PLACES.map((place) => place.exec(finding)?.[1]).find((number) => number !== undefined);
  const number = Number(named);
  const step = readSteps(units).findLast((one) => one.number <= number);
  return new Set(step?.units.map((unit) => unit.index) ?? []);
}
