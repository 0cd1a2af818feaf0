/**
 * What survives a crash. One interface, so that a run looks the same on SQLite (sqlite.ts) and on PostgreSQL.
 *
 * Durability: a promise from here resolves when what was asked for is committed, never before; everything asked for in
 * the same few milliseconds shares one transaction (group commit). A failed commit rejects every waiter with one
 * MezzoError (`store-full`, `store-broken`, ...), and ends the store: it takes nothing more until it is opened again, since
 * later work may rest on what was lost. Reading goes on.
 *
 * A step's commit: the engine calls `stage(run, sample, events)` just before a node returns; the saver's `putWrites` for
 * that sample's thread takes the staged events into its own transaction. So a step's events and its checkpoint writes
 * are there together or not at all. Thread ids are `threadOf(run, sample)`.
 *
 * What an event does to the other tables (samples.outcome, the counters, the run's state) happens in the transaction
 * that inserts the event, and nowhere else.
 */
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import type { ChatReply } from "../core/chat.ts";
import type { CallFinished, RunEvent, RunFinished, RunPaused, RunState, RunView, SampleEvent } from "../core/events.ts";
import type { NewSample, Outcome, State } from "../core/sample.ts";
import type { Member } from "./crew/members.ts";
import type { Look } from "./look.ts";

export type { Member } from "./crew/members.ts";

import type { PersonWord, StatusWord } from "./status.ts";

export interface RunRecord {
  readonly run: string;
  /** Fingerprint of the plan, and the plan itself as JSON (graph/plan.ts reads it back). */
  readonly plan: string;
  readonly graph: string;
  readonly createdAt: number;
  readonly state: RunState;
  /** Why it is paused, when it is. */
  readonly pausedBy?: { readonly code: string; readonly reason: string };
  /** What the run was started with (input file, limits, seed, ...): for people and for resume. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Who works on it now, if that process is alive. */
  readonly holder?: Holder;
}

/** One of a run's plans. */
export interface RunPlan {
  /** From 1. */
  readonly no: number;
  /** Its fingerprint. */
  readonly plan: string;
}

export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: number;
}

export interface HoldOptions {
  /**
   * Takes the run from whoever holds it. For a holder on another machine, or in a container that is gone: from here nobody
   * can see whether it lives, so a person has to know.
   */
  readonly takeOver?: boolean;
}

export interface StoredSample {
  readonly id: string;
  /** Place in the input, from 0; pages go by it. */
  readonly n: number;
  readonly line: number;
  readonly state: State;
  readonly source: Readonly<Record<string, unknown>>;
  readonly outcome?: Outcome;
  readonly reason?: string;
  /** Has a `sample.started`: its way goes on from a checkpoint. */
  readonly started: boolean;
  /** Unfinished, and waits for a person, or is decided on by one and not taken up yet. */
  readonly person?: PersonWord;
  /** How often it was given another go: 0 on its first. */
  readonly goes: number;
}

export interface SamplePage {
  /**
   * Only these outcomes; `unfinished` for those that have none yet, `for-person` for those of them that wait for a person,
   * `decided` for those that a person has decided on and no worker has taken up.
   */
  readonly outcomes?: readonly StatusWord[];
  /** Only samples after this place (keyset paging), default from the beginning. */
  readonly after?: number;
  readonly limit: number;
}

export interface NewRun {
  /** 1 to 200 characters, no slash. */
  readonly run: string;
  readonly graph: string;
  readonly plan: string;
  readonly planBody: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly at: number;
}

/** A reply that some run has had to a request, and which of its models gave it. */
export interface CachedReply {
  readonly run: string;
  readonly role: string;
  readonly reply: ChatReply;
}

/**
 * Working on one run from many processes. Each sample has a fence, a number that only grows:
 *
 *   claim(run, [a, b]) ──▶ fences [7, 3]   in one commit; whoever had a sample before has lost it from then on
 *   guard(run, a, 7)                       in every store that works on it (each thread opens its own)
 *   ... put, putWrites, append of a ...    committed only while a's fence is 7
 *   leave(run, a)                          its writes are no longer looked at
 *
 * The fence is checked in the transaction that would keep the write, on a locked row: after `claim` resolves nothing of an
 * older fence can appear any more, and what had appeared is there to be read. A write whose fence is an older one rejects
 * with `lost-sample`; nothing of it is kept, what others asked for in the same batch is, and the store goes on. What a
 * store writes of a sample that it does not guard is not looked at.
 */
export interface Sharing {
  /** The new fences, in the order asked. Throws `unknown-sample`. */
  claim(run: string, samples: readonly string[]): Promise<readonly number[]>;
  guard(run: string, sample: string, fence: number): void;
  /**
   * Ends the run for all who work on it, by exactly one of those who try: appends the event in one transaction with a look
   * at the run's locked row. False, and nothing is kept, where the run is not running, or where it is to be finished and a
   * sample has no outcome yet.
   */
  end(run: string, event: RunPaused | RunFinished): Promise<boolean>;
  /** Who works on the runs of this store, in the order in which they came; the dead, until somebody has their work. */
  members(): Promise<readonly Member[]>;
}

/** What stays of a finished sample: every checkpoint, the newest, or none. Its events stay in any case. */
export type Keep = "all" | "last" | "outcomes";

export interface Store {
  /** Creates a run in state `paused` with no samples. Throws `run-exists`. */
  createRun(run: NewRun): Promise<void>;
  /**
   * Adds samples in input order, with events in the same transaction; all of a call's or none. Throws `double-id` naming
   * both lines.
   */
  addSamples(run: string, samples: readonly NewSample[], events?: readonly RunEvent[]): Promise<void>;
  /** Its samples, events, checkpoints and counters. Throws `run-held`. The room is free for others; see `compact`. */
  deleteRun(run: string): Promise<void>;
  runs(): Promise<RunRecord[]>;
  findRun(run: string): Promise<RunRecord | undefined>;
  /** The JSON of a run's plan; of a former one with its number. */
  planBody(run: string, no?: number): Promise<string>;
  /** The run's plans in order, the newest last: more than one where its graph was edited. */
  plans(run: string): Promise<readonly RunPlan[]>;
  /** Makes this the run's plan from here on, as its next number, together with its `run.edited`. */
  editPlan(run: string, edited: { plan: string; planBody: string; at: number }): Promise<RunPlan>;

  /** Makes this process the run's only worker-parent. Throws `run-held`, naming the holder, if another lives. */
  hold(run: string, holder: Holder, options?: HoldOptions): Promise<void>;
  release(run: string, holder: Holder): Promise<void>;

  /** Appends events of a run; sample events of one sample keep their order. */
  append(run: string, events: readonly RunEvent[]): Promise<void>;
  /**
   * Keeps events until the sample's next `putWrites` (see above). A second call before that replaces the first: the step
   * was interrupted between the two and has run again. Where steps of one sample run side by side, `task` is LangGraph's
   * id of this one, and only the writes of that task take them.
   */
  stage(run: string, sample: string, events: readonly SampleEvent[], task?: string): void;
  /** LangGraph's checkpointer on the same file and the same transactions. */
  readonly saver: BaseCheckpointSaver;

  /**
   * Appends to what a sample has been through, and nobody comes in between: `next` is given its events, without its calls,
   * and says in the same transaction what to append. What it throws is the caller's, and appends nothing. Two who decide
   * the same thing at once are one after the other here.
   */
  appendNext(
    run: string,
    sample: string,
    next: (events: readonly SampleEvent[]) => readonly SampleEvent[],
  ): Promise<void>;
  /** Unfinished samples that wait for no person: first those already started, then by place in the input. `after` pages within each group. */
  unfinished(run: string, page: { started: boolean; after: number; limit: number }): Promise<StoredSample[]>;
  samples(run: string, page: SamplePage): Promise<StoredSample[]>;
  findSample(run: string, id: string): Promise<StoredSample | undefined>;
  /** A sample's events in order; without its calls, which hold most of the text, where nobody needs them. */
  sampleEvents(run: string, id: string, options?: { readonly calls?: boolean }): Promise<SampleEvent[]>;
  /** Events of the run itself, in order. */
  runEvents(run: string): Promise<RunEvent[]>;
  /**
   * Calls of a sample's unfinished steps: committed after its last `step.finished`, `fork.joined`, `sample.reopened` or
   * `sample.rewound`; in a fork also those before steps of other branches. What a resumed step need not ask.
   */
  openCalls(run: string, id: string): Promise<CallFinished[]>;
  /** The nth (from 0) committed reply to a request, anywhere in a run: what `recorded` replays. */
  findReply(run: string, requestHash: string, nth: number): Promise<ChatReply | undefined>;
  /** The first committed replies to a request in any run, at most a few: what a cache shared by runs answers with. */
  findCached(requestHash: string): Promise<readonly CachedReply[]>;
  /** The run's counters. One small read, whatever the run's size. */
  view(run: string): Promise<RunView>;

  /** Lists, counts and comparisons over many samples: what the studio asks for. */
  readonly look: Look;

  /** The sample has left this process for now: what is remembered of it to make its next step cheap may go. */
  leave(run: string, sample: string): void;
  /** Bounds what stays of a finished sample's checkpoints; does nothing for an unfinished one. */
  forget(run: string, sample: string, keep: Keep): Promise<void>;
  /** What is wrong with the file, a line each; empty if nothing is. Reads all of it. */
  check(): Promise<readonly string[]>;
  /** Removes texts that nothing refers to and gives free room back. Throws `run-held` while any run is worked on. */
  compact(): Promise<{ readonly bytesBefore: number; readonly bytesAfter: number }>;
  /** A whole copy of the store at one moment, while it is in use. Never half written under that name. */
  backup(to: string): Promise<void>;

  /** Only of a store that many processes can work on: one on PostgreSQL. */
  readonly sharing?: Sharing;

  /** Commits what waits and closes the file. */
  close(): Promise<void>;
}

/** LangGraph's thread of a sample. */
export function threadOf(run: string, sample: string): string {
  return `${run}/${sample}`;
}
