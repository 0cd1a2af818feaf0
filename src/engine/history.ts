/** What became of samples, read from their events: for export, inspect and whoever shows a sample's way. */
import type {
  CallFinished,
  ForkJoined,
  SampleEvent,
  SampleRewound,
  SampleStarted,
  StepFinished,
  WayOn,
} from "../core/events.ts";
import type { ReviewEvent } from "../core/reviews.ts";
import { isOutcome, type Outcome, type Rating, type State } from "../core/sample.ts";
import { estimateTokens } from "../core/tokens.ts";
import type { Attempt, FinishedSample, FinishedStep } from "../data/finished.ts";
import type { Store, StoredSample } from "../store/store.ts";

/** The state that a sample's events lead to: what it came with, and what each step wrote. */
export function stateAfter(sample: Pick<StoredSample, "state">, events: readonly SampleEvent[]): State {
  return Object.assign({}, sample.state, ...wayOf(events).map(({ step }) => step.writes)) as State;
}

/** The nodes that an unfinished sample is at: one, or in a fork one for each branch that is not done; none before its way. */
export function placesOf(events: readonly SampleEvent[]): string[] {
  const places = new Set<string>();
  for (const event of events) {
    if (event.type === "call.finished" || isReview(event)) continue;
    if (event.type === "step.finished") places.delete(event.node);
    else places.clear();
    if (event.type === "sample.finished") continue;
    const also = event.also ?? [];
    const first = "joins" in event && event.joins === true ? [] : [event.next];
    const others = also.filter(({ joins }) => joins !== true).map(({ next }) => next);
    for (const next of [...first, ...others]) if (!isOutcome(next)) places.add(next);
  }
  return [...places];
}

/** What people did: it moves no sample. */
function isReview(event: SampleEvent): event is ReviewEvent {
  return event.type.startsWith("review.");
}

/** A step on the way that led to where a sample is, and the calls that it was made of. */
export interface StepOfWay {
  readonly step: StepFinished;
  readonly calls: readonly CallFinished[];
  /** The last step of a fork to end: where the sample went on once its branches had joined. */
  readonly joined?: ForkJoined;
}

/**
 * The way that led to where a sample is. A step that ended it before it was given another go is not part of that, nor
 * are steps that were done anew, nor those that an edit of the graph made void; the last step before such an edit leads
 * where the edited graph leads.
 */
export function wayOf(events: readonly SampleEvent[]): StepOfWay[] {
  const way: StepOfWay[] = [];
  let calls: CallFinished[] = [];
  /** Steps of the way before the fork that the sample is in, or would be. */
  let beforeFork = 0;
  for (const event of events) {
    switch (event.type) {
      case "call.finished":
        calls.push(event);
        break;
      case "step.finished": {
        const before = way.findIndex(({ step }) => step.node === event.node && step.visit === event.visit);
        if (before >= 0) way.length = before;
        way.push({
          step: event,
          calls: calls.filter((call) => call.node === event.node && call.visit === event.visit),
        });
        // In a fork other steps are under way, and their calls stand among this one's.
        calls = event.branch === undefined ? [] : calls.filter((call) => call.node !== event.node);
        if (event.branch === undefined) beforeFork = way.length;
        break;
      }
      case "fork.joined":
        way.push({ ...way.pop()!, joined: event });
        if (!isOutcome(event.next)) beforeFork = way.length;
        break;
      case "sample.reopened": {
        const last = way.at(-1)?.step;
        if (last?.branch !== undefined && way.length > beforeFork) way.length = beforeFork;
        else if (last !== undefined && isOutcome(last.next)) way.pop();
        calls = [];
        break;
      }
      case "sample.rewound": {
        const { after, next, skipped, also } = event;
        way.length = way.findIndex(({ step }) => step.node === after?.node && step.visit === after.visit) + 1;
        const last = way.pop();
        if (last !== undefined) way.push({ ...last, step: { ...last.step, next, skipped, also } });
        beforeFork = way.length;
        calls = [];
        break;
      }
      default:
        break; // It begins or ends, or a person is asked: no step.
    }
  }
  return way;
}

/** Where a sample's way begins: as it was announced, or as the last edit that sent it to the start has it. */
export function startOf(events: readonly SampleEvent[]): WayOn | undefined {
  const start = events.findLast(
    (event) => event.type === "sample.started" || (event.type === "sample.rewound" && event.after === null),
  ) as SampleStarted | SampleRewound | undefined;
  return start && { from: "start", next: start.next, skipped: start.skipped, also: start.also };
}

export interface FinishedOptions {
  readonly outcomes: readonly Outcome[];
  readonly pageSize?: number;
}

/** Samples that have an outcome, in input order, each with its whole way. Can be gone through again. Memory is one page. */
export function finishedSamples(store: Store, run: string, options: FinishedOptions): AsyncIterable<FinishedSample> {
  return { [Symbol.asyncIterator]: () => pagesOfFinished(store, run, options) };
}

/** One of them; undefined where there is no such sample. */
export async function finishedSample(store: Store, run: string, id: string): Promise<FinishedSample | undefined> {
  const sample = await store.findSample(run, id);
  return sample && toFinished(sample, await store.sampleEvents(run, id), { run, plans: await printsOf(store, run) });
}

/** Ids of the samples that ended so, by the text of their problem. */
export async function idsByProblem(
  store: Store,
  run: string,
  outcomes: readonly Outcome[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = new Map<string, string[]>();
  for (let after = -1; ; ) {
    const page = await store.samples(run, { outcomes, after, limit: 200 });
    if (page.length === 0) return ids;
    for (const { id, state } of page) {
      const problem = String(state.problem);
      ids.set(problem, [...(ids.get(problem) ?? []), id]);
    }
    after = page.at(-1)!.n;
  }
}

async function* pagesOfFinished(store: Store, run: string, options: FinishedOptions): AsyncGenerator<FinishedSample> {
  const plans = await printsOf(store, run);
  let after = -1;
  for (;;) {
    const page = await store.samples(run, { outcomes: options.outcomes, after, limit: options.pageSize ?? 100 });
    if (page.length === 0) return;
    for (const sample of page) {
      yield toFinished(sample, await store.sampleEvents(run, sample.id), { run, plans });
    }
    after = page.at(-1)!.n;
  }
}

function toFinished(
  sample: StoredSample,
  events: readonly SampleEvent[],
  lineage: { run: string; plans: readonly string[] },
): FinishedSample {
  const state = stateAfter(sample, events);
  const calls = events.filter((event) => event.type === "call.finished");
  const way = wayOf(events);
  const steps = way.map(({ step }) => step);
  const plan = lineage.plans[planOf(events) - 1] ?? "";
  return {
    id: sample.id,
    outcome: sample.outcome ?? "failed",
    reason: sample.reason ?? "",
    state,
    source: sample.source,
    run: lineage.run,
    plan,
    steps: way.map(({ step, calls: asked }): FinishedStep => {
      const { node, visit, label, next, ms } = step;
      const under = lineage.plans[(step.plan ?? 1) - 1];
      return {
        node,
        visit,
        label,
        next,
        ms,
        ...(under === plan ? {} : { plan: under }),
        ...(asked[0] === undefined
          ? {}
          : {
              model: asked[0].model,
              tokens: { in: sum(asked, (call) => call.usage.in), out: sum(asked, (call) => call.usage.out) },
              costUsd: sum(asked, (call) => call.costUsd),
            }),
        ...agreementOf(step),
      };
    }),
    attempts: attemptsOf(sample, events),
    ratings: steps.flatMap((step): Rating[] => (step.evidence?.verdict ? [step.evidence.verdict.rating] : [])),
    models: [...new Set(calls.map((call) => call.model))],
    tokens: { before: traceTokens(firstTrace(sample, steps)), after: traceTokens(state.trace) },
  };
}

/** Of the votes that could be read: how many said what was decided. */
function agreementOf({ evidence }: StepFinished): { agreement?: number } {
  const { votes = [], verdict } = evidence ?? {};
  if (verdict === undefined || votes.length === 0) return {};
  return { agreement: votes.filter((vote) => vote === verdict.rating).length / votes.length };
}

/** All events count here, those of ways that were given up too: a chain that failed once is a chain that failed. */
function attemptsOf(sample: StoredSample, events: readonly SampleEvent[]): Attempt[] {
  const attempts: Attempt[] = [];
  if (typeof sample.state.trace === "string") attempts.push({ text: sample.state.trace, from: "input", cutOff: false });
  let calls: CallFinished[] = [];
  for (const event of events) {
    if (event.type === "call.finished") calls.push(event);
    if (event.type !== "step.finished") continue;
    const { kind, writes } = event;
    const written = typeof writes.trace === "string" ? writes.trace : undefined;
    if (kind === "generate" || kind === "rewrite") {
      for (const { text, finish } of calls) {
        if (text.trim() === "" || text.trim() === written) continue;
        attempts.push({ text: text.trim(), from: "thrown-away", cutOff: finish === "length" || finish === "filter" });
      }
    }
    const from = kind === "generate" ? "collected" : "rewritten";
    if (written !== undefined) attempts.push({ text: written, from, cutOff: false });
    else measure(attempts, writes);
    calls = [];
  }
  return attempts;
}

/** What a step measured of the chain as it stands: of the last that was written. */
function measure(attempts: Attempt[], writes: State): void {
  const numbers = Object.entries(writes).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  const at = attempts.findLastIndex(({ from }) => from !== "thrown-away");
  if (numbers.length === 0 || at < 0) return;
  attempts[at] = { ...attempts[at]!, measured: { ...attempts[at]!.measured, ...Object.fromEntries(numbers) } };
}

/** The fingerprints of a run's plans, in order. */
async function printsOf(store: Store, run: string): Promise<readonly string[]> {
  return (await store.plans(run)).map(({ plan }) => plan);
}

/** Under which of its run's plans a sample is where it is: its last step's, or that of the edit that sent it there. */
function planOf(events: readonly SampleEvent[]): number {
  const last = events.findLast((event) => event.type === "step.finished" || event.type === "sample.rewound");
  return last?.plan ?? 1;
}

function firstTrace(sample: StoredSample, steps: readonly { writes: State }[]): unknown {
  return sample.state.trace ?? steps.find((step) => typeof step.writes.trace === "string")?.writes.trace;
}

function traceTokens(trace: unknown): number | undefined {
  return typeof trace === "string" ? estimateTokens(trace) : undefined;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
