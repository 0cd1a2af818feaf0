/**
 * What a step's result rests on: what rules decided, what a judge said, what the student did, what a person chose. It is a
 * part of the step's event (events.ts) and is shown wherever the step is.
 */
import type { TestsRun } from "./code-tests.ts";
import type { Reviewed } from "./reviews.ts";
import type { Rating } from "./sample.ts";
import type { Surprisal } from "./surprisal.ts";

/** What a judge found. `step` counts the trace's paragraphs from 1. */
export interface Verdict {
  readonly rating: Rating;
  readonly reason: string;
  readonly step: number | null;
  readonly missing: string | null;
  readonly surplus: string | null;
  /** 0 to 1, as the judge states it; null where it stated none. An opinion about an opinion. */
  readonly confidence: number | null;
}

/** How often something succeeded, with Wilson's interval for the share at 95 %. */
export interface Tries {
  readonly right: number;
  readonly tries: number;
  readonly interval: readonly [low: number, high: number];
}

/** What a student did that was asked to follow a trace with its answer blanked out (nodes/following/probe.ts). */
export interface Probe {
  /** The graph's name for the model. */
  readonly student: string;
  readonly found: "follows" | "alone" | "leaks" | "unable" | "unclear";
  readonly chain: Tries;
  /** Without any chain, and the leak controls. */
  readonly alone?: Tries;
  readonly lastStep?: Tries;
  readonly shuffled?: Tries;
  /** Steps taken out of the chain because each gave the answer away by itself. */
  readonly givenAway: readonly number[];
  readonly ladder?: readonly Rung[];
  /** The step from which on the student is lost, where a prefix up to it still takes it to the answer. */
  readonly breaksAt: number | null;
  /** Places blanked out of the trace; sentences and steps dropped from it. */
  readonly blanks: number;
  readonly dropped: number;
}

/** A prefix of the chain up to `step`, `share` percent of it, and how the student did with it. */
export interface Rung {
  readonly share: number;
  readonly step: number;
  readonly tried: Tries;
}

/** What a step's result rests on. `rules` decided by our own code, `judge` by a model's opinion, `student` by trying. */
export interface Evidence {
  readonly restsOn: readonly ("rules" | "judge" | "student" | "person")[];
  /** The verdict that the rating follows, and every vote that was cast. */
  readonly verdict?: Verdict;
  readonly votes?: readonly (Rating | "abstained")[];
  /** Who cast each of the votes, in which words, where several judges or wordings took turns. */
  readonly voters?: readonly { readonly model: string; readonly prompt: string }[];
  /** What the student did. */
  readonly probe?: Probe;
  /** How hard the problem is, and who says so. */
  readonly difficulty?: MeasuredDifficulty;
  /** What a person decided. */
  readonly review?: Reviewed;
  /** How the answer was checked: the rule that decided and its reason. */
  readonly answer?: {
    readonly verdict: "equal" | "different" | "undecided";
    readonly rule: string;
    readonly reason: string;
    /** Where it was a program, and it was run. */
    readonly tests?: TestsRun;
  };
  /** How surprising the student finds the trace; or why its endpoint does not tell. */
  readonly surprisal?: Surprisal | { readonly student: string; readonly none: string };
  /** Which part of the trace was rewritten, and to what length. */
  readonly rewrite?: Rewrite;
}

/** How a rewrite went, where it was for a part of the trace or to a length. */
export interface Rewrite {
  /** The steps that went to the model, from 1, of so many; the others are as they were, byte for byte. */
  readonly steps?: readonly [first: number, last: number, of: number];
  /** Why the whole was rewritten after all. */
  readonly whole?: string;
  /** o200k tokens of what was written, and what was aimed at. */
  readonly tokens?: number;
  readonly aimedAt?: number;
}

/** Solves the student the problem alone: always, sometimes, rarely? Measured, or by a proxy that is named. */
export type MeasuredDifficulty =
  | { readonly from: "student"; readonly level: DifficultyLevel; readonly student: string; readonly alone: Tries }
  | { readonly from: "proxy"; readonly level: DifficultyLevel; readonly field: string; readonly value: number };

export const DIFFICULTY_LEVELS = ["always", "sometimes", "rarely"] as const;
export type DifficultyLevel = (typeof DIFFICULTY_LEVELS)[number];
