/** What became of samples, read from their events: for export, inspect and whoever shows a sample's way. */
import type { CallFinished, SampleEvent, StepFinished } from "../core/events.ts";
import { isOutcome, type Outcome, type Rating, type State } from "../core/sample.ts";
import { estimateTokens } from "../core/tokens.ts";
import type { Attempt, FinishedSample, FinishedStep } from "../data/finished.ts";
import type { Store, StoredSample } from "../store/store.ts";

/** The state that a sample's events lead to: what it came with, and what each step wrote. */
export function stateAfter(sample: Pick<StoredSample, "state">, events: readonly SampleEvent[]): State {
  return Object.assign({}, sample.state, ...wayOf(events).map(({ step }) => step.writes)) as State;
}

/** A step on the way that led to where a sample is, and the calls that it was made of. */
export interface StepOfWay {
  readonly step: StepFinished;
  readonly calls: readonly CallFinished[];
}

/**
 * The way that led to where a sample is. A step that ended it before it was given another go is not part of that, nor
 * are steps that were done anew.
 */
export function wayOf(events: readonly SampleEvent[]): StepOfWay[] {
  const way: StepOfWay[] = [];
  let calls: CallFinished[] = [];
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
        calls = [];
        break;
      }
      case "sample.reopened": {
        const last = way.at(-1)?.step.next;
        if (last !== undefined && isOutcome(last)) way.pop();
        calls = [];
        break;
      }
      case "sample.started":
      case "sample.finished":
        break;
    }
  }
  return way;
}

export interface FinishedOptions {
  readonly plan: string;
  readonly outcomes: readonly Outcome[];
  readonly pageSize?: number;
}

/** Samples that have an outcome, in input order, each with its whole way. Can be gone through again. Memory is one page. */
export function finishedSamples(store: Store, run: string, options: FinishedOptions): AsyncIterable<FinishedSample> {
  return { [Symbol.asyncIterator]: () => pagesOfFinished(store, run, options) };
}

/** One of them; undefined where there is no such sample. */
export async function finishedSample(
  store: Store,
  run: string,
  id: string,
  options: { plan: string },
): Promise<FinishedSample | undefined> {
  const sample = await store.findSample(run, id);
  return sample && toFinished(sample, await store.sampleEvents(run, id), { run, plan: options.plan });
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
  let after = -1;
  for (;;) {
    const page = await store.samples(run, { outcomes: options.outcomes, after, limit: options.pageSize ?? 100 });
    if (page.length === 0) return;
    for (const sample of page) {
      yield toFinished(sample, await store.sampleEvents(run, sample.id), { run, plan: options.plan });
    }
    after = page.at(-1)!.n;
  }
}

function toFinished(
  sample: StoredSample,
  events: readonly SampleEvent[],
  lineage: { run: string; plan: string },
): FinishedSample {
  const state = stateAfter(sample, events);
  const calls = events.filter((event) => event.type === "call.finished");
  const way = wayOf(events);
  const steps = way.map(({ step }) => step);
  return {
    id: sample.id,
    outcome: sample.outcome ?? "failed",
    reason: sample.reason ?? "",
    state,
    source: sample.source,
    ...lineage,
    steps: way.map(({ step, calls: asked }): FinishedStep => {
      const { node, visit, label, next, ms } = step;
      return {
        node,
        visit,
        label,
        next,
        ms,
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
    calls = [];
  }
  return attempts;
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
