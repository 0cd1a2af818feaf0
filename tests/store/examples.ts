/** Runs, samples, events and checkpoints as tests need them. */
import type { RunnableConfig } from "@langchain/core/runnables";
import { emptyCheckpoint, uuid6 } from "@langchain/langgraph-checkpoint";
import type { CallFinished, SampleEvent, SampleFinished, StepFinished } from "../../src/core/events.ts";
import type { NewSample } from "../../src/core/sample.ts";
import { type Store, threadOf } from "../../src/store/store.ts";

export const HASH = "0123456789abcdef0123456789abcdef";
export const RUN = {
  graph: "g",
  plan: "f00d",
  planBody: `{"nodes":"${"x".repeat(500)}"}`,
  settings: { seed: 1 },
  at: 17,
};

/** Longer than a row holds, different for each name. */
export function longText(name: string): string {
  return Array.from({ length: 60 }, (_, i) => `Step ${i} of ${name}: ${(i * 7919) % 1000}.`).join("\n");
}

export function newSample(id: string): NewSample {
  const line = id.charCodeAt(0) - 96;
  return { id, line, state: { problem: `What is ${id}?` }, source: { id, problem: `What is ${id}?`, year: 2024 } };
}

export function started(sample: string): SampleEvent {
  return { type: "sample.started", sample, at: 100, next: "judge", skipped: ["collect"] };
}

export function call(sample: string, ask: number): CallFinished {
  return {
    ...{ type: "call.finished", sample, at: 101, node: "judge", visit: 1, ask, role: "judge", model: "qwq" },
    ...{
      requestHash: HASH,
      messages: [{ role: "user", pieces: ["Judge:\n", longText(sample)] }],
      text: longText(`r${ask}`),
    },
    ...{
      thinking: "hm",
      finish: "stop",
      usage: { in: 100, out: 50, thinking: 7 },
      costUsd: 0.25,
      ms: 12.5,
      waitedMs: 2,
    },
    attempts: 1,
  };
}

export function step(sample: string): StepFinished {
  return {
    ...{ type: "step.finished", sample, at: 102, node: "judge", kind: "rate", visit: 1, label: "medium" },
    ...{ next: "accepted", skipped: [], writes: { rating: "medium", trace: longText(sample) }, calls: 1, ms: 20.25 },
  };
}

export function finished(sample: string): SampleFinished {
  const shape = { shapedBy: ["condense"], tokensBefore: 900, tokensAfter: 300 };
  return { type: "sample.finished", sample, at: 103, outcome: "accepted", reason: "fits", ...shape };
}

export async function putCheckpoint(
  store: Store,
  sample: string,
  values: Record<string, unknown> = {},
  parent: RunnableConfig = { configurable: { thread_id: threadOf("r", sample) } },
): Promise<RunnableConfig> {
  const versions = Object.fromEntries(Object.keys(values).map((name) => [name, 1]));
  const checkpoint = { ...emptyCheckpoint(), id: uuid6(1), channel_values: values, channel_versions: versions };
  return store.saver.put(parent, checkpoint, { source: "loop", step: 1, parents: {} }, versions);
}
