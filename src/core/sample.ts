/** A sample: one problem on its way through a run, and the ways its journey can end. */

/** How a sample's way ended. Exactly one per finished sample (DESIGN.md 9.3). */
export const OUTCOMES = ["accepted", "exhausted", "answer-lost", "undecided", "rejected", "failed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export function isOutcome(word: string): word is Outcome {
  return (OUTCOMES as readonly string[]).includes(word);
}

/** What each outcome means, for people. Used by the terminal, the report and the reference pages. */
export const OUTCOME_MEANING: Readonly<Record<Outcome, string>> = {
  accepted: "rated medium, and its answer checked",
  exhausted: "still not medium when the loop's bound was reached",
  "answer-lost": "every rewrite within the bound lost the answer",
  undecided: "no readable verdict, nothing to check the answer by, or not accepted afresh after the loop",
  rejected: "not usable: a wrong answer, no answer, cut off, or rejected by a person",
  failed: "an error ended it; `mezzo retry` gives it another go",
};

/** How a chain fits the student. The words describe the chain, not the problem. */
export const RATINGS = ["easy", "medium", "hard"] as const;
export type Rating = (typeof RATINGS)[number];

/** Ratings as people read them: the field's words are easily taken for the difficulty of the problem. */
export const RATING_PLAIN: Readonly<Record<Rating, string>> = { easy: "too terse", medium: "fits", hard: "too heavy" };

/** A sample's state: the graph's declared fields. JSON values only (a checkpoint must give back what it took). */
export type State = Readonly<Record<string, unknown>>;

/** One row as it was read, checked and mapped: ready to be stored as a sample. */
export interface NewSample {
  readonly id: string;
  /** State fields that the row fills, by field name. */
  readonly state: State;
  /** The row as it came, every column: lineage for the export. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Line (or row) number in the input, from 1. */
  readonly line: number;
}
