/** What became of samples, read from their events: for export, inspect and whoever shows a sample's way. */
import type { SampleEvent } from "../core/events.ts";
import type { Outcome, Rating, State } from "../core/sample.ts";
import { estimateTokens } from "../core/tokens.ts";
import type { FinishedSample, FinishedStep } from "../data/finished.ts";
import type { Store, StoredSample } from "../store/store.ts";

/** The state that a sample's events lead to: what it came with, and what each step wrote. */
export function stateAfter(sample: Pick<StoredSample, "state">, events: readonly SampleEvent[]): State {
  const writes = events.map((event) => (event.type === "step.finished" ? event.writes : {}));
  return Object.assign({}, sample.state, ...writes) as State;
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
  const steps = events.filter((event) => event.type === "step.finished");
  return {
    id: sample.id,
    outcome: sample.outcome ?? "failed",
    reason: sample.reason ?? "",
    state,
    source: sample.source,
    ...lineage,
    steps: steps.map((step): FinishedStep => {
      const asked = calls.filter((call) => call.node === step.node && call.visit === step.visit);
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
