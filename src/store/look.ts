/**
 * Looking at many samples at once: lists by filters, counts, comparisons. What the studio asks for; a run needs none of it.
 * Every answer is one short read, a page long or a count, whatever the run's size.
 */
import type { Outcome, Rating } from "../core/sample.ts";
import type { PersonWord, StatusWord } from "./status.ts";

/** All of what is given must be true of a sample; within one list, any. */
export interface LookFilter {
  readonly outcomes?: readonly StatusWord[];
  /** The last one it got. */
  readonly ratings?: readonly (Rating | "none")[];
  readonly domains?: readonly string[];
  /** Is at one of these nodes, or on its way to it. */
  readonly here?: readonly string[];
  /** Has been to one of these nodes, gone one of these ways (`from>to`), had a step end so (`node:label`). */
  readonly nodes?: readonly string[];
  readonly edges?: readonly string[];
  readonly labels?: readonly string[];
  readonly roundsMin?: number;
  readonly roundsMax?: number;
  /** Of the trace as it left. */
  readonly tokensMin?: number;
  readonly tokensMax?: number;
  /** Words that all stand in its id or in the first thousand characters of its problem. */
  readonly text?: string;
}

export type LookSort = "input" | "recent" | "tokens" | "cost" | "rounds";

export interface LookPage {
  /** All but `input` begin with the greatest. */
  readonly sort: LookSort;
  /** `next` of the page before. Throws `bad-cursor` for anything else. */
  readonly after?: string;
  /** Leaves out so many first: for a list that is scrolled to a place. */
  readonly from?: number;
  readonly limit: number;
}

/** A sample as it stands in a list. */
export interface Standing {
  readonly id: string;
  /** Place in the input, from 0. */
  readonly n: number;
  readonly outcome: Outcome | null;
  /** It waits for a person, or one has decided and the run has not taken it up yet. */
  readonly person: PersonWord | null;
  /** The node where it is; null before its first and after its last. */
  readonly here: string | null;
  /** Every rating it got, in order. */
  readonly ratings: readonly Rating[];
  /** Rewrites tried after the first rating. */
  readonly rounds: number;
  readonly steps: number;
  readonly domain: string;
  readonly tokens: { readonly before: number; readonly after: number } | null;
  readonly calls: number;
  readonly costUsd: number;
  readonly ms: number;
  readonly reason: string | null;
  readonly verdict: { readonly rating: Rating; readonly step: number | null } | null;
  readonly goes: number;
  /** The newest of its events in the order of commits; 0 without any. */
  readonly seq: number;
}

export interface LookCounts {
  readonly total: number;
  readonly outcomes: Readonly<Record<Outcome | "unfinished", number>>;
  readonly ratings: Readonly<Record<Rating | "none", number>>;
  readonly rounds: readonly { readonly rounds: number; readonly samples: number }[];
  /** The largest first, at most 50. */
  readonly domains: readonly { readonly domain: string; readonly samples: number }[];
  /** Samples that have been to each node, are at it, have gone each way (`from>to`). */
  readonly nodes: Readonly<Record<string, number>>;
  readonly here: Readonly<Record<string, number>>;
  readonly edges: Readonly<Record<string, number>>;
}

/** What happened in equal stretches of time; every list is as long as `at`. */
export interface LookSeries {
  /** The beginning of each. */
  readonly at: readonly number[];
  readonly stretchMs: number;
  readonly finished: Readonly<Record<Outcome, readonly number[]>>;
  readonly steps: readonly number[];
  readonly calls: readonly number[];
  /** Requests that had to be sent again. */
  readonly retries: readonly number[];
  readonly tokensIn: readonly number[];
  readonly tokensOut: readonly number[];
  readonly costUsd: readonly number[];
  /** Mean number of requests in the air. */
  readonly inFlight: readonly number[];
}

export interface RecentSums {
  readonly since: number | undefined;
  readonly finished: number;
  readonly calls: number;
  readonly costUsd: number;
  /** Sum of the times that requests were in the air. */
  readonly askedMs: number;
}

export type Difference = "outcome" | "rounds" | "tokens" | "cost" | "only-a" | "only-b";

export interface PairQuery {
  /** Only pairs that differ in one of these. */
  readonly differ?: readonly Difference[];
  readonly from?: Outcome | "unfinished";
  readonly to?: Outcome | "unfinished";
  readonly after?: string;
  readonly limit: number;
}

export interface PairSums {
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly calls: number;
  readonly costUsd: number;
  readonly ms: number;
}

/** Two runs, sample by sample. */
export interface Pairs {
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly outcomes: readonly {
    readonly from: Outcome | "unfinished";
    readonly to: Outcome | "unfinished";
    readonly samples: number;
  }[];
  /** Over those that ended in both. */
  readonly sums: { readonly samples: number; readonly a: PairSums; readonly b: PairSums };
  readonly total: number;
  /** In a's order; those that are in b alone come last. */
  readonly page: readonly { readonly id: string; readonly a: Standing | null; readonly b: Standing | null }[];
  readonly next: string | null;
}

export interface Look {
  /** Another number once anybody else has committed. Costs next to nothing. */
  version(): Promise<number>;
  /** How far the order of commits goes: every later event has a greater `seq`. */
  seq(): Promise<number>;
  /** The same of the run's own events: it grows whenever somebody begins or ends working on it. */
  runSeq(run: string): Promise<number>;
  samples(
    run: string,
    filter: LookFilter,
    page: LookPage,
  ): Promise<{ readonly samples: Standing[]; readonly next: string | null }>;
  counts(run: string, filter: LookFilter): Promise<LookCounts>;
  /** How many samples a filter lets through. */
  total(run: string, filter: LookFilter): Promise<number>;
  find(run: string, sample: string): Promise<Standing | undefined>;
  series(run: string, points: number): Promise<LookSeries>;
  /** Sums of what happened from then on; `since` is the beginning of the first ten seconds that are in it. */
  recent(run: string, from: number): Promise<RecentSums>;
  /** When the newest event of a run's samples happened, to ten seconds; undefined before there is any. */
  changedAt(run: string): Promise<number | undefined>;
  pairs(a: string, b: string, query: PairQuery): Promise<Pairs>;
  /** A stored text by its ref; undefined where there is none. */
  text(ref: string): Promise<string | undefined>;
  /**
   * Makes a file that an older Mezzo wrote ready for looking, some samples at a time. False once there is nothing left to
   * do; until then filters by way, rating, rounds and text miss those samples.
   */
  catchUp(): Promise<boolean>;
}
