/**
 * What the studio's page and its server say to each other: every request and every answer. The page is built against
 * this file (and api-editor.ts and api-review.ts, which are part of it) and nothing else of ours but core.
 *
 *   GET  /api/studio                                 StudioInfo
 *   GET  /api/runs      q                            RunList
 *   GET  /api/run       run                          RunPage
 *   GET  /api/series    run, points                  Series
 *   GET  /api/samples   SampleQuery                  SamplePage
 *   GET  /api/sample    run, sample                  SampleView
 *   GET  /api/call      run, sample, call            CallView
 *   GET  /api/text      ref, from                    TextPiece
 *   GET  /api/elsewhere run, sample                  Elsewhere        the same sample in other runs
 *   GET  /api/compare   CompareQuery                 Comparison
 *   GET  /api/files                                  FileList
 *   GET  /api/file      path                         FileText
 *   PUT  /api/file      SaveFile                     FileText         409 `file-changed` where it changed underneath
 *   GET  /api/schema                                 JSON Schema of a graph file
 *   POST /api/check     CheckRequest                 Checked
 *   POST /api/preview   PreviewRequest               Preview
 *   POST /api/try       TryRequest                   Tried            asks models, stores nothing
 *   POST /api/survey    SurveyRequest                Survey           what an edit would do to a run
 *   POST /api/start     StartRun                     Started          202
 *   GET  /api/review    run, sample                  SampleReviews    what a person who decides is shown
 *   POST /api/decide    DecideRequest                ReviewDone       202; 409 `decided-already`
 *   POST /api/withdraw  WithdrawRequest              ReviewDone       202; 409 `taken-up`, where the run was quicker
 *   POST /api/pause, /api/resume, /api/retry, /api/again   Started    202
 *   GET  /api/events    run                          server-sent events: see StudioEvent
 *
 * Manners:
 *   - Names (runs, samples, files) come from anywhere: they travel in the query or the body, never in a path. A list is
 *     a key that is repeated: `outcome=failed&outcome=undecided` (`queryOf` below writes it so).
 *   - Every answer that is no 2xx is a Failure. Whatever is shown of it is text.
 *   - PUT and POST carry the header `x-mezzo-token` with the content of <meta name="mezzo-token"> in the page.
 *   - Long texts stand as TextRef; those that fit are in the answer's `texts`, the others come from /api/text.
 *   - Times are milliseconds since the epoch, durations milliseconds.
 */
import * as z from "zod";
import type { Finish, Message, Usage } from "../core/chat.ts";
import type { Diagnostic } from "../core/errors.ts";
import type { Evidence, RunState, RunView, Verdict } from "../core/events.ts";
import type { Outcome, Rating } from "../core/sample.ts";
import { OUTCOMES, RATINGS } from "../core/sample.ts";

export * from "./api-editor.ts";
export * from "./api-review.ts";

/** What parses input into T. */
export type Schema<T> = z.ZodType<T>;

export const TOKEN_HEADER = "x-mezzo-token";

export interface Failure {
  readonly error: {
    /** Kebab-case and permanent, as a MezzoError's. */
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly diagnostics?: readonly Diagnostic[];
  };
}

export const nothingSchema = z.strictObject({});
export const runsQuerySchema = z.strictObject({ q: z.string().max(500).optional() });
export const runQuerySchema = z.strictObject({ run: z.string() });
export const eventsQuerySchema = z.strictObject({ run: z.string().optional() });
export const seriesQuerySchema = z.strictObject({
  run: z.string(),
  points: z.coerce.number().int().min(1).max(2_000).default(300),
});
export const oneSampleSchema = z.strictObject({ run: z.string(), sample: z.string() });
export const callQuerySchema = oneSampleSchema.extend({ call: z.coerce.number().int().min(0) });
export const textQuerySchema = z.strictObject({
  ref: z.string().max(100),
  from: z.coerce.number().int().min(0).default(0),
});
export const fileQuerySchema = z.strictObject({ path: z.string().max(1_000) });

export interface StudioInfo {
  readonly version: string;
  /** The project's folder, its name alone. */
  readonly project: string;
  readonly store: string;
  /** Stays the same while the server lives. */
  readonly server: string;
}

// ---------------------------------------------------------------------------------------------------------------- runs

export interface RunHead {
  readonly run: string;
  readonly graph: string;
  /** The plan's fingerprint. */
  readonly plan: string;
  /** A run that says it is running and that nobody works on is `paused`: its process was killed. */
  readonly state: RunState;
  readonly pausedBy?: { readonly code: string; readonly reason: string };
  readonly createdAt: number;
  /** When its newest event was committed; `createdAt` before there is any. */
  readonly changedAt: number;
  readonly samples: number;
  readonly finished: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Of those without an outcome: they wait for a person; a person has decided, and the run has not taken it up. */
  readonly forPerson: number;
  readonly decided: number;
  readonly costUsd: number;
  readonly budgetUsd: number | null;
  /** Files that it was started from, as they were named then. */
  readonly graphFile: string;
  readonly input: string;
}

export interface RunList {
  readonly runs: readonly RunHead[];
}

export interface RunPage extends RunHead {
  readonly view: RunView;
  readonly drawn: DrawnGraph;
  readonly pace: Pace;
  readonly settings: {
    readonly seed: number;
    readonly inFlight: number;
    readonly workers: number | null;
    readonly accepted: number | null;
  };
  readonly holder: {
    readonly pid: number;
    readonly host: string;
    readonly since: number;
    readonly here: boolean;
  } | null;
  /** Processes that work on it, where its store is shared by many; the silent ones too, until others have their work. */
  readonly workers: readonly WorkerRow[];
  /** What can be done now: a button that would only fail is not offered. */
  readonly can: { readonly pause: boolean; readonly resume: boolean; readonly retry: boolean };
}

export interface WorkerRow {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly since: number;
  readonly heardAt: number;
  /** Samples with it just now. */
  readonly inFlight: number;
  /** Samples that it brought to their end in the last minute. */
  readonly perMinute: number;
  readonly isSilent: boolean;
}

/** How fast it goes, over the last minute of its events. */
export interface Pace {
  readonly samplesPerSecond: number;
  readonly callsPerSecond: number;
  /** Mean number of requests in the air. */
  readonly inFlight: number;
  readonly usdPerHour: number;
  /** null where nothing moves. */
  readonly msLeft: number | null;
}

/** A plan to be drawn. Live numbers are in the run's view: `nodes[name]` and `edges["from>to"]`. */
export interface DrawnGraph {
  readonly graph: string;
  readonly start: string;
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

export interface DrawnNode {
  /** A node's name, an outcome, or `start`. */
  readonly name: string;
  readonly role: "start" | "node" | "outcome";
  /** Of a node: its kind, and what it states. */
  readonly kind?: string;
  readonly when?: string;
  readonly limit?: number;
  /** Models by the graph's names for them, and prompt files as the graph names them. */
  readonly models: readonly string[];
  readonly prompts: readonly string[];
  readonly writes: readonly string[];
  /** Samples have been there under an earlier plan; the graph has it no more. */
  readonly gone?: true;
}

export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  /** Labels or conditions that lead this way, joined by ", "; empty where there is only one way. */
  readonly label: string;
  /** Written in the graph; or implied: an outcome that every node of the kind can end in, a node passed by. */
  readonly written: boolean;
  /** Leads back to where a sample may have been: part of a loop. */
  readonly back: boolean;
}

/** Sums of what happened, by equal stretches of time. All lists are as long as `at`. */
export interface Series {
  readonly run: string;
  /** Beginning of each stretch, and its length. */
  readonly at: readonly number[];
  readonly stretchMs: number;
  readonly finished: Readonly<Record<Outcome, readonly number[]>>;
  readonly steps: readonly number[];
  readonly calls: readonly number[];
  /** Requests that had to be sent again: 429s, time-outs, broken connections. */
  readonly retries: readonly number[];
  readonly tokensIn: readonly number[];
  readonly tokensOut: readonly number[];
  readonly costUsd: readonly number[];
  /** Mean number of requests in the air. */
  readonly inFlight: readonly number[];
}

// ------------------------------------------------------------------------------------------------------------- samples

const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item).optional());
const number = z.coerce.number().optional();
const names = listOf(z.string().max(1_000));

/** A run's samples, or those that all of this is true of. Within one list, any. */
export const sampleFilterSchema = z.strictObject({
  run: z.string(),
  outcome: listOf(z.enum([...OUTCOMES, "unfinished", "for-person", "decided"])).describe(
    "`unfinished`: waits, or is under way; of these, `for-person`: waits for a person, `decided`: a person has decided.",
  ),
  rating: listOf(z.enum([...RATINGS, "none"])).describe("The last one it got."),
  domain: names.describe('As in the data; "" for those that have none.'),
  here: names.describe("Waits at one of these nodes, or is on its way to it."),
  node: names.describe("Has been to one of these nodes."),
  edge: names.describe("Has gone one of these ways: `from>to`."),
  label: names.describe("A step ended so: `node:label`."),
  roundsMin: number,
  roundsMax: number,
  tokensMin: number.describe("Of its trace as it left."),
  tokensMax: number,
  text: z
    .string()
    .max(500)
    .optional()
    .describe("In its id or in the first thousand characters of its problem; case does not matter."),
});
export type SampleFilter = z.output<typeof sampleFilterSchema>;

export const SORTS = ["input", "recent", "tokens", "cost", "rounds"] as const;
export const sampleQuerySchema = sampleFilterSchema.extend({
  sort: z.enum(SORTS).default("input").describe("All but `input` begin with the greatest."),
  after: z.string().max(100).optional().describe("`next` of the page before."),
  from: z.coerce.number().int().min(0).default(0).describe("Leaves out so many first: for a list that is scrolled."),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** Also count what is on each node and edge, and how many there are of each outcome, rating, ... */
  counts: z.coerce.number().int().min(0).max(1).default(0),
});
export type ParsedSampleQuery = z.output<typeof sampleQuerySchema>;
/** As it is asked: what has a default may be left out. */
export type SampleQuery = SampleFilter & Partial<ParsedSampleQuery>;

export interface SamplePage {
  readonly samples: readonly SampleRow[];
  /** How many the filter lets through in all. */
  readonly total: number;
  /** For `after`; null at the end. */
  readonly next: string | null;
  /** Grows with every commit to the store: samples with a greater `seq` have changed since. */
  readonly seq: number;
  readonly counts?: SampleCounts;
}

/** Of the samples that a filter lets through. */
export interface SampleCounts {
  readonly outcomes: Readonly<Record<Outcome | "unfinished", number>>;
  readonly ratings: Readonly<Record<Rating | "none", number>>;
  readonly rounds: readonly { readonly rounds: number; readonly samples: number }[];
  /** The largest first, at most 50. */
  readonly domains: readonly { readonly domain: string; readonly samples: number }[];
  /** How many of them have been to a node, wait at it, or went an edge (`from>to`). */
  readonly nodes: Readonly<Record<string, number>>;
  readonly here: Readonly<Record<string, number>>;
  readonly edges: Readonly<Record<string, number>>;
}

export interface SampleRow {
  readonly id: string;
  /** Place in the input, from 0. */
  readonly n: number;
  readonly outcome: Outcome | null;
  /** It waits for a person, or one has decided and the run has not taken it up. */
  readonly person: "for-person" | "decided" | null;
  /** A node, or null: not started, or ended. */
  readonly here: string | null;
  /** Every rating it got, in order. */
  readonly ratings: readonly Rating[];
  /** Rewrites tried after the first rating. */
  readonly rounds: number;
  readonly steps: number;
  readonly domain: string;
  /** Of the trace as it came and as it left, estimated; null where it has not left yet. */
  readonly tokens: { readonly before: number; readonly after: number } | null;
  readonly calls: number;
  readonly costUsd: number;
  /** Sum of its steps' times. */
  readonly ms: number;
  /** How it ended, in a sentence. */
  readonly reason: string | null;
  /** What the last judge found. */
  readonly verdict: { readonly rating: Rating; readonly step: number | null } | null;
  readonly goes: number;
  readonly seq: number;
}

/** A text that stands in `texts` under its ref, or is to be had from /api/text. */
export interface TextRef {
  readonly ref: string;
  readonly chars: number;
}
/** Short texts stand as they are. */
export type MaybeText = string | TextRef;

export interface TextPiece extends TextRef {
  readonly from: number;
  readonly text: string;
  /** Where the next piece begins; null at the end. */
  readonly next: number | null;
}

/** State fields whose values are texts; others as they are, or as JSON text where they are long. */
export type ShownState = Readonly<Record<string, MaybeText | number | boolean | null | object>>;

export interface SampleView {
  readonly run: string;
  readonly row: SampleRow;
  readonly line: number;
  /** As it came: its state, and the row of the input. */
  readonly came: ShownState;
  readonly source: ShownState;
  readonly now: ShownState;
  readonly steps: readonly StepView[];
  /** Calls of a step that is under way. */
  readonly openCalls: readonly CallHead[];
  readonly drawn: DrawnGraph;
  readonly texts: Readonly<Record<string, string>>;
}

export interface StepView {
  /** From 0, in the order in which they happened; steps of earlier goes included. */
  readonly no: number;
  readonly node: string;
  readonly kind: string;
  readonly visit: number;
  readonly label: string;
  readonly next: string;
  readonly skipped: readonly string[];
  /** 0 on the first go; grows where it was given another. */
  readonly go: number;
  /** Part of the way that led to where the sample is: false for steps that were left behind by another go. */
  readonly current: boolean;
  readonly at: number;
  readonly ms: number;
  readonly reason: string | null;
  readonly evidence: Evidence | null;
  /** What a rewriter was told: the last verdict before this step. */
  readonly finding: Verdict | null;
  readonly writes: ShownState;
  /** The trace before and after, where there is one. */
  readonly before: MaybeText | null;
  readonly after: MaybeText | null;
  readonly tokens: { readonly before: number; readonly after: number };
  readonly calls: readonly CallHead[];
  readonly costUsd: number;
}

export interface CallHead {
  /** Its number among the sample's calls, for /api/call. */
  readonly call: number;
  readonly node: string;
  readonly visit: number;
  readonly ask: number;
  readonly role: string;
  readonly model: string;
  readonly at: number;
  readonly ms: number;
  readonly waitedMs: number;
  /** 0: another run's reply, from the cache. */
  readonly attempts: number;
  readonly usage: Usage;
  readonly costUsd: number;
  readonly finish: Finish;
}

export interface CallView extends CallHead {
  /** As sent, and as received. */
  readonly messages: readonly { readonly role: Message["role"]; readonly content: MaybeText }[];
  readonly text: MaybeText;
  readonly thinking: MaybeText | null;
  readonly requestHash: string;
  readonly texts: Readonly<Record<string, string>>;
}

export interface Elsewhere {
  readonly sample: string;
  /** The newest run first; the run that was asked about is left out. */
  readonly runs: readonly (Pick<RunHead, "run" | "graph" | "plan" | "createdAt"> & { readonly row: SampleRow })[];
}

// ------------------------------------------------------------------------------------------------------------- compare

export const CHANGES = ["outcome", "rounds", "tokens", "cost", "only-a", "only-b"] as const;
export const compareQuerySchema = z.strictObject({
  a: z.string(),
  b: z.string(),
  change: listOf(z.enum(CHANGES)).describe("Only samples that differ in one of these."),
  from: z
    .enum([...OUTCOMES, "unfinished"])
    .optional()
    .describe("Only samples that ended so in a,"),
  to: z
    .enum([...OUTCOMES, "unfinished"])
    .optional()
    .describe("and so in b."),
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type ParsedCompareQuery = z.output<typeof compareQuerySchema>;
export type CompareQuery = Pick<ParsedCompareQuery, "a" | "b"> & Partial<ParsedCompareQuery>;

export interface Comparison {
  readonly a: RunHead;
  readonly b: RunHead;
  /** Samples that are in both, and in one alone. */
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  /** Of those in both: how many ended so in a and so in b. */
  readonly outcomes: readonly {
    readonly from: Outcome | "unfinished";
    readonly to: Outcome | "unfinished";
    readonly samples: number;
  }[];
  /** Sums over those that are finished in both. */
  readonly sums: { readonly samples: number; readonly a: ComparedSums; readonly b: ComparedSums };
  /** How many the query lets through, and a page of them in a's order. */
  readonly total: number;
  readonly samples: readonly { readonly id: string; readonly a: SampleRow | null; readonly b: SampleRow | null }[];
  readonly next: string | null;
}

export interface ComparedSums {
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly calls: number;
  readonly costUsd: number;
  readonly ms: number;
}

// ------------------------------------------------------------------------------------------------------------- control

const whole = z.number().int().min(1).max(1_000_000).optional();
export const startSchema = z.strictObject({
  graph: z.string().max(1_000).describe("A path of FileList.graphs."),
  input: z.string().max(1_000).describe("A path of FileList.inputs."),
  run: z.string().min(1).max(200).optional(),
  limit: whole,
  inFlight: whole,
  workers: z.number().int().min(1).max(256).optional(),
  accepted: whole,
  budgetUsd: z.number().min(0).max(1e9).optional(),
  map: z.record(z.string().regex(/^\w+$/), z.string().min(1).max(200)).optional(),
});
export type StartRun = z.input<typeof startSchema>;

/** The first one lets each sample end its step; asked again, it cuts the calls in the air. */
export const pauseSchema = z.strictObject({ run: z.string() });
export type PauseRun = z.input<typeof pauseSchema>;

export const resumeSchema = z.strictObject({
  run: z.string(),
  graph: z
    .string()
    .max(1_000)
    .optional()
    .describe("The edited graph, saved: only what the edit touches is done again."),
  inFlight: whole,
  accepted: whole,
  budgetUsd: z.number().min(0).max(1e9).optional(),
});
export type ResumeRun = z.input<typeof resumeSchema>;

export const retrySchema = z.strictObject({
  run: z.string(),
  outcomes: z.array(z.enum(OUTCOMES)).min(1).default(["failed"]),
});
export type RetryRun = z.input<typeof retrySchema>;

/** Back to before a step, with fresh seeds; the run goes on at once. What the sample did since stays readable. */
export const againSchema = z.strictObject({ run: z.string(), sample: z.string(), step: z.number().int().min(0) });
export type AgainRequest = z.input<typeof againSchema>;

/** It has begun; what becomes of it is seen in the run's events. */
export interface Started {
  readonly run: string;
}

// -------------------------------------------------------------------------------------------------------------- events

/**
 * `event:` is the type, `data:` this as JSON, `id:` to go on from. Each is a whole picture and replaces the one before
 * it, so nothing piles up for a page that is slow. A page that has heard nothing for 30 s is stale: there is a `still`
 * every 10 s.
 */
export type StudioEvent =
  /** Any of the runs has changed, come or gone. */
  | { readonly type: "runs"; readonly runs: readonly RunHead[] }
  /** The run that the page asked to hear of. `seq` as in SamplePage: some samples have changed since a smaller one. */
  | {
      readonly type: "run";
      readonly run: RunHead;
      readonly view: RunView;
      readonly pace: Pace;
      readonly workers: readonly WorkerRow[];
      readonly seq: number;
    }
  /** A file under `graphs/` or `prompts/` has changed. */
  | { readonly type: "file"; readonly path: string; readonly version: string | null }
  /** Ask for everything again: the server is another one, or too much has happened since. */
  | { readonly type: "resync"; readonly server: string }
  /** A command that was started from a page has ended with an error. */
  | { readonly type: "trouble"; readonly run: string | null; readonly message: string; readonly at: number }
  | { readonly type: "still"; readonly at: number };

/** Query parameters of a request, lists as repeated keys. */
export function queryOf(params: Readonly<Record<string, unknown>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) query.append(key, String(item));
    }
  }
  return query;
}
