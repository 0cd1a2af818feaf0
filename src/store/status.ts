/**
 * A sample's status as a number, part of the file's format: 0 waits, 1 was started, from 2 on its outcome; and of a started
 * one for which a person is needed, -1 the person is asked, -2 has decided, and no worker has it.
 */
import { OUTCOMES, type Outcome } from "../core/sample.ts";

export const WAITING = 0;
export const STARTED = 1;
export const ASKED = -1;
export const DECIDED = -2;
const FIRST_OUTCOME = 2;

/** The order of OUTCOMES is part of the file's format. */
export function statusOf(outcome: Outcome): number {
  return FIRST_OUTCOME + OUTCOMES.indexOf(outcome);
}

/** Undefined for a sample that has not ended. */
export function outcomeOf(status: number): Outcome | undefined {
  return OUTCOMES[status - FIRST_OUTCOME];
}

/** Samples to look for: by their outcome, without one, or by what a person has to do with them. */
export type StatusWord = Outcome | "unfinished" | PersonWord;
export type PersonWord = "for-person" | "decided";

export function statusesOf(words: readonly StatusWord[]): number[] {
  return [...new Set(words.flatMap(statusesOfWord))];
}

function statusesOfWord(word: StatusWord): number[] {
  if (word === "unfinished") return [WAITING, STARTED, ASKED, DECIDED];
  if (word === "for-person") return [ASKED];
  return [word === "decided" ? DECIDED : statusOf(word)];
}

/** Undefined for a sample that waits for no person. */
export function personWordOf(status: number): PersonWord | undefined {
  return status === ASKED ? "for-person" : status === DECIDED ? "decided" : undefined;
}
