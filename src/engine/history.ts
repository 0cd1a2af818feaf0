/** What became of samples, read from their events: for export, inspect and whoever shows a sample's way. */
import type { CallFinished, SampleEvent, StepFinished } from "../core/events.ts";
import { isOutcome, type Outcome, type Rating, type State } from "../core/sample.ts";
import { estimateTokens } from "../core/tokens.ts";
import type { FinishedSample, FinishedStep } from "../data/finished.ts";
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

/** Samples that have an outcome, in input order, each with its whole way. Memory is one page. */
export async function* finishedSamples(
  store: Store,
  run: string,
  options: { plan: string; outcomes: readonly Outcome[]; pageSize?: number },
): AsyncGenerator<FinishedSample> {
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
      };
    }),
    ratings: steps.flatMap((step): Rating[] => (step.evidence?.verdict ? [step.evidence.verdict.rating] : [])),
    models: [...new Set(calls.map((call) => call.model))],
    tokens: { before: traceTokens(firstTrace(sample, steps)), after: traceTokens(state.trace) },
  };
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
