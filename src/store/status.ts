/** A sample's status as a number, part of the file's format: 0 waits, 1 was started, from 2 on its outcome. */
import { OUTCOMES, type Outcome } from "../core/sample.ts";

export const WAITING = 0;
export const STARTED = 1;
const FIRST_OUTCOME = 2;

/** The order of OUTCOMES is part of the file's format. */
export function statusOf(outcome: Outcome): number {
  return FIRST_OUTCOME + OUTCOMES.indexOf(outcome);
}

/** Undefined for a sample that has not ended. */
export function outcomeOf(status: number): Outcome | undefined {
  return OUTCOMES[status - FIRST_OUTCOME];
}

export function statusesOf(outcomes: readonly (Outcome | "unfinished")[]): number[] {
  return [...new Set(outcomes)].flatMap((word) => (word === "unfinished" ? [WAITING, STARTED] : [statusOf(word)]));
}
