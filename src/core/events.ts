/**
 * Everything that happens in a run is one of these events, and everything people see (terminal, status, report, export,
 * studio) is read from them.
 *
 * A sample's events, in the order in which they are committed:
 *
 *   sample.started   (call.finished* step.finished)*   sample.finished   [sample.reopened ...]
 *
 * At a fork the steps and calls of its branches come in any order, until all are done:
 *
 *   ... step.finished, with `also`   (call.finished | step.finished, of a `branch`)*   fork.joined   ...
 *
 * `sample.rewound` may stand anywhere after `sample.started`: the run's graph was edited, and the sample goes on from an
 * earlier step (engine/rerun.ts).
 *
 * Where a person is asked (kind `review`; engine/reviews.ts governs these):
 *
 *   ... review.asked   (review.decided | review.withdrawn)*   review.taken   step.finished ...
 *
 *
 * Invariants:
 *   - A `call.finished` is committed as soon as it can be, so that a step interrupted between two calls asks only for
 *     what was in the air; the last calls of a step may share the step's transaction.
 *   - `step.finished`, the checkpoint's writes and (where the way ends) `sample.finished` are one transaction.
 *   - A sample has at most one `sample.finished` after its last `sample.started`, `sample.reopened` or `sample.rewound`.
 *   - `tallies` turns each event into counter steps; a run's view is the sum of them, so the store can keep the sums
 *     (status of a million samples is one small read) and nobody else counts. What was done stays counted (visits, calls,
 *     tokens, money); where samples are and how they came there (outcomes, edges) is taken back by `sample.rewound`.
 */
import type { Finish, Message, Usage } from "./chat.ts";
import type { Evidence } from "./evidence.ts";
import { type ReviewEvent, reviewTallies, type Unasked, unasked } from "./reviews.ts";
import type { Outcome, State } from "./sample.ts";
import { OUTCOMES } from "./sample.ts";

export * from "./evidence.ts";

/** A text, or a trace that was sent with its steps numbered (prompt.ts): so the store keeps one text and not two. */
export type Piece = string | { readonly numbered: string };

/** One prompt message as sent, in the pieces it was put together from: joined they are the text, byte for byte. */
export interface SentMessage {
  readonly role: Message["role"];
  readonly pieces: readonly Piece[];
}

export interface RunStarted {
  readonly type: "run.started";
  readonly at: number;
  readonly plan: string;
  readonly samples: number;
}
/** Worked on again, by a new process. */
export interface RunResumed {
  readonly type: "run.resumed";
  readonly at: number;
}
/** What a run has used up, where it has a budget. */
export interface Spent {
  readonly usd: number;
  readonly tokens: number;
  readonly calls: number;
}
/**
 * Spending may go up to here from now on, committed before any of it is used. What is leased when the power goes counts
 * as spent: the budget can't be exceeded by forgetting.
 */
export interface RunLeased {
  readonly type: "run.leased";
  readonly at: number;
  readonly upTo: Spent;
}
/** Stopped before its end and ready to go on. `code` is a MezzoError's or one of ours: interrupted, budget, ... */
export interface RunPaused {
  readonly type: "run.paused";
  readonly at: number;
  readonly code: string;
  readonly reason: string;
  readonly spent?: Spent;
}
/** Every sample has an outcome, or enough were accepted. */
export interface RunFinished {
  readonly type: "run.finished";
  readonly at: number;
  readonly spent?: Spent;
}

/** Its graph was edited: from here on `plan` holds, the run's `no`th, counted from 1. */
export interface RunEdited {
  readonly type: "run.edited";
  readonly at: number;
  readonly plan: string;
  readonly no: number;
}
/** Every sample that the edit touches has been sent back. Nothing of the run goes on between `run.edited` and this. */
export interface RunRewound {
  readonly type: "run.rewound";
  readonly at: number;
  readonly no: number;
  readonly samples: number;
}
/** Rows were added to its samples. */
export interface RunExtended {
  readonly type: "run.extended";
  readonly at: number;
  readonly samples: number;
  /** Where they came from. */
  readonly input: string;
  /** Not the last of them: more were to come when this was committed. */
  readonly more?: true;
}

/** Numbers for the asks of one piece, where a step asks over the pieces of a text (`each`). */
export const ASKS_OF_A_PIECE = 1_000;

export interface OfSample {
  /** The sample's id. */
  readonly sample: string;
  readonly at: number;
}
/** Where a branch of a fork begins: like `next` and `skipped` of a step. `joins`: it was passed by from end to end. */
export interface Beginning {
  readonly next: string;
  readonly skipped: readonly string[];
  readonly joins?: true;
}
/** Where a sample goes on; `also`: at a fork, where the other branches begin. */
export interface Onward extends Beginning {
  readonly also?: readonly Beginning[];
}
export interface SampleStarted extends OfSample {
  readonly type: "sample.started";
  /** The first node whose `when` holds, or an outcome if there is none. */
  readonly next: string;
  readonly skipped: readonly string[];
  readonly also?: readonly Beginning[];
}
export interface CallFinished extends OfSample {
  readonly type: "call.finished";
  readonly node: string;
  readonly visit: number;
  /** Which call of the step, from 0; over pieces of a text, piece 1 counts from ASKS_OF_A_PIECE, and so on. With node, visit and requestHash it finds a reply again after a crash. */
  readonly ask: number;
  /** The graph's name for the model, and the name the server gave. */
  readonly role: string;
  readonly model: string;
  readonly requestHash: string;
  readonly messages: readonly SentMessage[];
  readonly text: string;
  readonly thinking?: string;
  readonly finish: Finish;
  readonly usage: Usage;
  readonly costUsd: number;
  /** From first attempt to reply; and the part of it spent waiting for a turn. */
  readonly ms: number;
  readonly waitedMs: number;
  readonly attempts: number;
}
export interface StepFinished extends OfSample {
  readonly type: "step.finished";
  readonly node: string;
  readonly kind: string;
  /** How often this sample has been to this node, this time included. */
  readonly visit: number;
  /** What the node found: a rating, `written`, `answer-lost`, ... The edges are chosen by it. */
  readonly label: string;
  /** Where the sample goes: a node or an outcome. */
  readonly next: string;
  /** Nodes passed over on the way there, because their `when` was false. */
  readonly skipped: readonly string[];
  /** At a fork: where the other branches begin. */
  readonly also?: readonly Beginning[];
  /** A step in a branch of a fork: the branch's first node. */
  readonly branch?: string;
  /** `next` is the fork's join: the sample waits there for its other branches. */
  readonly joins?: true;
  readonly writes: State;
  readonly reason?: string;
  readonly evidence?: Evidence;
  readonly calls: number;
  readonly ms: number;
  /** Which of the run's plans it was made under, from 1; left out for the first. */
  readonly plan?: number;
}
/** Every branch of a fork has come to its end: the sample goes on. */
export interface ForkJoined extends OfSample {
  readonly type: "fork.joined";
  /** The node that forked, and where its branches come together. */
  readonly node: string;
  readonly join: string;
  /** Where the sample goes: the join, where that leads if its `when` is false, or the outcome that a branch ended in. */
  readonly next: string;
  readonly skipped: readonly string[];
  readonly also?: readonly Beginning[];
}
export interface SampleFinished extends OfSample {
  readonly type: "sample.finished";
  readonly outcome: Outcome;
  readonly reason: string;
  /** The rewriting nodes that changed the trace, in order, each once: how the sample came to be what it is. */
  readonly shapedBy: readonly string[];
  /** Tokens of the trace as it came and as it left, estimated (core/tokens.ts); 0 where there was none. */
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  /** The node whose step never ended, of a sample that brought down its workers; and others, in a fork. */
  readonly during?: string;
  readonly duringAlso?: readonly string[];
  readonly unasked?: Unasked;
}
/** Given another go; its history stays. */
export interface SampleReopened extends OfSample {
  readonly type: "sample.reopened";
  readonly was: Outcome;
  /** Where it goes on; and the other branches, where that is a fork. */
  readonly next: string;
  readonly also?: readonly Beginning[];
}

/** A way on: from a node (or `start`) past others whose `when` is false to a node or an outcome. */
export interface WayOn extends Onward {
  readonly from: string;
  /** The join of a fork that it passed by first, because its `when` was false. */
  readonly passes?: string;
}
/**
 * The graph was edited, or a person wants a step again, and the sample goes on from an earlier step; what it did after that
 * stays readable.
 */
export interface SampleRewound extends OfSample {
  readonly type: "sample.rewound";
  /** The run's plan that sent it back, from 1. */
  readonly plan: number;
  /** The last step that stays; null where none does. */
  readonly after: { readonly node: string; readonly visit: number } | null;
  /** Where it goes on, under that plan. */
  readonly next: string;
  readonly skipped: readonly string[];
  readonly also?: readonly Beginning[];
  /** Not for an edit: the same replies would come again. */
  readonly freshSeeds?: true;
  /** Where it was, in a fork: more than one place, or not where its last step led. */
  readonly waited?: readonly string[];
  /** The ways it had gone after that step, in order: no longer its own. */
  readonly left: readonly WayOn[];
  /** The outcome that it no longer has. */
  readonly was?: Pick<SampleFinished, "outcome" | "shapedBy" | "tokensBefore" | "tokensAfter">;
  readonly unasked?: Unasked;
}

export type SampleEvent =
  | SampleStarted
  | CallFinished
  | StepFinished
  | ReviewEvent
  | ForkJoined
  | SampleFinished
  | SampleReopened
  | SampleRewound;
export type RunEvent =
  | RunStarted
  | RunResumed
  | RunLeased
  | RunPaused
  | RunFinished
  | RunEdited
  | RunRewound
  | RunExtended
  | SampleEvent;

export type RunState = "running" | "paused" | "finished";

/** A run as everybody sees it. */
export interface RunView {
  readonly samples: number;
  readonly started: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Unfinished samples that wait for a person; and those that a person has decided on, for the run to take up. */
  readonly forPerson: number;
  readonly decided: number;
  readonly calls: number;
  readonly attempts: number;
  readonly tokens: { readonly in: number; readonly out: number; readonly cachedIn: number; readonly thinking: number };
  readonly costUsd: number;
  readonly nodes: Readonly<Record<string, NodeView>>;
  /** Samples that went each way, by `from>to`. The start is `start`. */
  readonly edges: Readonly<Record<string, number>>;
  /** Accepted samples by what shaped them: "" as they came, "condense", "long-to-short+condense", ... */
  readonly shapedBy: Readonly<Record<string, number>>;
  /** Tokens of the accepted samples' traces, as they came and as they left (estimates). */
  readonly acceptedTokens: { readonly before: number; readonly after: number };
}

export interface NodeView {
  readonly visits: number;
  /** Samples that are at this node or on their way to it. */
  readonly waiting: number;
  /** Of these: samples that wait for a person. */
  readonly forPerson: number;
  readonly skipped: number;
  readonly calls: number;
  readonly tokens: { readonly in: number; readonly out: number };
  readonly costUsd: number;
  /** Sum of the visits' times, in milliseconds. */
  readonly ms: number;
  readonly labels: Readonly<Record<string, number>>;
}

/** One counter step: the counter's path, and what to add. */
export type Tally = readonly [path: string, add: number];

const SEPARATOR = "\t";
const path = (...words: string[]): string => words.join(SEPARATOR);

/** The counter steps of one event. The only place where events are counted. */
export function tallies(event: RunEvent): Tally[] {
  switch (event.type) {
    case "run.started":
    case "run.extended":
      return [["samples", event.samples]];
    case "run.edited":
    case "run.rewound":
    case "run.resumed":
    case "run.leased":
    case "run.paused":
    case "run.finished":
      return [];
    case "sample.started":
      return [["started", 1], ...arrivals("start", event)];
    case "call.finished":
      return [
        ["calls", 1],
        ["attempts", event.attempts],
        ["tokensIn", event.usage.in],
        ["tokensOut", event.usage.out],
        ["cachedIn", event.usage.cachedIn ?? 0],
        ["thinking", event.usage.thinking ?? 0],
        ["costUsd", event.costUsd],
        [path("node", event.node, "calls"), 1],
        [path("node", event.node, "tokensIn"), event.usage.in],
        [path("node", event.node, "tokensOut"), event.usage.out],
        [path("node", event.node, "costUsd"), event.costUsd],
      ];
    case "step.finished":
      return [
        [path("node", event.node, "visits"), 1],
        [path("node", event.node, "waiting"), -1],
        [path("node", event.node, "ms"), event.ms],
        [path("node", event.node, "label", event.label), 1],
        ...arrivals(event.node, event),
      ];
    case "fork.joined":
      return joinings(event);
    case "review.asked":
    case "review.decided":
    case "review.withdrawn":
    case "review.taken":
      return reviewTallies(event);
    case "sample.finished":
      return [
        ...ending(event),
        ...(event.unasked === undefined ? [] : unasked(event.unasked)),
        ...[...(event.during === undefined ? [] : [event.during]), ...(event.duringAlso ?? [])].map(
          (node): Tally => [path("node", node, "waiting"), -1],
        ),
      ];
    case "sample.reopened":
      return [[path("outcome", event.was), -1], ...waitingAt({ ...event, skipped: [] })];
    case "sample.rewound":
      return [
        ...takenBack([...event.left.flatMap(edges), ...(event.was === undefined ? [] : ending(event.was))]),
        ...(event.was === undefined ? takenBack(placesBefore(event).flatMap(waiting)) : []),
        ...(event.unasked === undefined ? [] : unasked(event.unasked)),
        ...arrivals(event.after?.node ?? "start", event),
      ];
  }
}

/** What an outcome counts for; without the place of a sample that was given up on its way. */
function ending({ outcome, shapedBy, tokensBefore, tokensAfter }: NonNullable<SampleRewound["was"]>): Tally[] {
  if (outcome !== "accepted") return [[path("outcome", outcome), 1]];
  return [
    [path("outcome", outcome), 1],
    [path("shapedBy", shapedBy.join("+")), 1],
    ["tokensBefore", tokensBefore],
    ["tokensAfter", tokensAfter],
  ];
}

function arrivals(from: string, to: Onward): Tally[] {
  const { next, skipped, also } = to;
  return [...edges({ from, next, skipped, also }), ...waitingAt(to)];
}

/** The edges to the join were counted as its branches came there. */
function joinings(event: ForkJoined): Tally[] {
  const { join, next } = event;
  if (next === join) return waiting(next);
  const passing = passingOf(event);
  return passing === undefined ? [] : [...edges(passing), ...waitingAt(passing)];
}

/** The way on from a fork's join, where it was passed by. */
export function passingOf({ join, next, skipped, also }: ForkJoined): WayOn | undefined {
  return skipped[0] === join ? { from: join, passes: join, next, skipped: skipped.slice(1), also } : undefined;
}

function waitingAt({ next, joins, also = [] }: Onward): Tally[] {
  return [...(joins === true ? [] : waiting(next)), ...also.flatMap((beginning) => waitingAt(beginning))];
}

function edges({ from, next, skipped, also = [], passes }: WayOn): Tally[] {
  const others = also.flatMap((beginning) => edges({ from, ...beginning }));
  const passed: Tally[] = passes === undefined ? [] : [[path("node", passes, "skipped"), 1]];
  return [...passed, ...edgesOf(from, next, skipped), ...others];
}

function edgesOf(from: string, next: string, skipped: readonly string[]): Tally[] {
  const steps: Tally[] = [];
  let at = from;
  for (const node of skipped) {
    steps.push([path("edge", at, node), 1], [path("node", node, "skipped"), 1]);
    at = node;
  }
  return [...steps, [path("edge", at, next), 1]];
}

function waiting(next: string | undefined): Tally[] {
  if (next === undefined || (OUTCOMES as readonly string[]).includes(next)) return [];
  return [[path("node", next, "waiting"), 1]];
}

function placesBefore({ waited, left }: SampleRewound): readonly string[] {
  return waited ?? left.slice(-1).map(({ next }) => next);
}

function takenBack(tallies: readonly Tally[]): Tally[] {
  return tallies.map(([counter, add]) => [counter, -add]);
}

/** Folds events into a run's view. */
export function foldRun(events: Iterable<RunEvent>): RunView {
  const sums = new Map<string, number>();
  for (const event of events) addTallies(sums, event);
  return viewOf(sums);
}

/** Adds an event's counter steps to running sums. */
export function addTallies(sums: Map<string, number>, event: RunEvent): void {
  for (const [key, add] of tallies(event)) if (add !== 0) sums.set(key, (sums.get(key) ?? 0) + add);
}

/** The view that a set of summed counters stands for. */
export function viewOf(sums: ReadonlyMap<string, number>): RunView {
  const total = (key: string) => sums.get(key) ?? 0;
  const nodes: Record<string, { -readonly [K in keyof NodeView]: NodeView[K] }> = {};
  const edges: Record<string, number> = {};
  const shapedBy: Record<string, number> = {};
  for (const [key, sum] of sums) {
    const [group, first = "", second = "", third = ""] = key.split(SEPARATOR);
    // A way that every sample has been sent back from is as if it had never been taken.
    if (group === "edge" && sum !== 0) edges[`${first}>${second}`] = sum;
    if (group === "shapedBy" && sum !== 0) shapedBy[first] = sum;
    if (group !== "node") continue;
    nodes[first] ??= emptyNode();
    const node = nodes[first];
    if (second === "label") node.labels = { ...node.labels, [third]: sum };
    else if (second === "tokensIn") node.tokens = { ...node.tokens, in: sum };
    else if (second === "tokensOut") node.tokens = { ...node.tokens, out: sum };
    else node[second as "visits" | "waiting" | "forPerson" | "skipped" | "calls" | "costUsd" | "ms"] = sum;
  }
  return {
    samples: total("samples"),
    started: total("started"),
    outcomes: Object.fromEntries(OUTCOMES.map((o) => [o, total(path("outcome", o))])) as Record<Outcome, number>,
    forPerson: total("forPerson"),
    decided: total("decided"),
    calls: total("calls"),
    attempts: total("attempts"),
    tokens: {
      in: total("tokensIn"),
      out: total("tokensOut"),
      cachedIn: total("cachedIn"),
      thinking: total("thinking"),
    },
    costUsd: total("costUsd"),
    nodes,
    edges,
    shapedBy,
    acceptedTokens: { before: total("tokensBefore"), after: total("tokensAfter") },
  };
}

function emptyNode(): NodeView {
  return {
    visits: 0,
    waiting: 0,
    forPerson: 0,
    skipped: 0,
    calls: 0,
    tokens: { in: 0, out: 0 },
    costUsd: 0,
    ms: 0,
    labels: {},
  };
}

/** How many samples have an outcome. */
export function finishedCount(view: RunView): number {
  return Object.values(view.outcomes).reduce((sum, n) => sum + n, 0);
}
