/** What LangGraph's loop and the engine ask of a store on many samples' ways; made before the clock runs. */
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  type BaseCheckpointSaver,
  type Checkpoint,
  emptyCheckpoint,
  type PendingWrite,
  uuid5,
  uuid6,
} from "@langchain/langgraph-checkpoint";
import { seededRandom } from "../../src/core/clock.ts";
import type { SampleEvent } from "../../src/core/events.ts";
import { fingerprint } from "../../src/core/hash.ts";
import { type Store, threadOf } from "../../src/store/store.ts";

export const STEPS = 6;
const IN_FLIGHT = 64;
const NODES = ["collect", "long-to-short", "judge", "expand", "condense", "verify", "accept"];

const words = Array.from({ length: 3_000 }, (_, i) =>
  fingerprint(i)
    .slice(0, 2 + (i % 9))
    .replace(/\d/g, "e"),
);
const random = seededRandom(7);

function newText(chars: number): string {
  let text = "";
  // Squared, so that some words are frequent: compresses about as a chain of thought does.
  while (text.length < chars) text += `${words[Math.floor(random() ** 3 * words.length)]} `;
  return Buffer.from(text.slice(0, chars)).toString(); // One flat string, as a reply's is.
}

function eventsOf(sample: string, n: number, text: string): SampleEvent[] {
  const node = NODES[n % NODES.length]!;
  const at = 1_790_000_000_000 + n;
  return [
    {
      ...{ type: "call.finished", sample, at, node, visit: 1, ask: 0, role: "rewriter", model: "qwq-32b" },
      ...{ requestHash: fingerprint([sample, n]), messages: [{ role: "user", pieces: ["Problem:\n", sample, text] }] },
      ...{
        text,
        finish: "stop",
        usage: { in: 1800, out: 1700 },
        costUsd: 0.00123,
        ms: 812.25,
        waitedMs: 3.5,
        attempts: 1,
      },
    },
    {
      ...{ type: "step.finished", sample, at, node, kind: "rewrite", visit: 1, label: "written", next: "judge" },
      ...{ skipped: [], writes: { trace: text }, evidence: { restsOn: ["rules"] }, calls: 1, ms: 815.5 },
    },
  ];
}

interface Superstep {
  readonly config: RunnableConfig;
  readonly checkpoint: Checkpoint;
  readonly fresh: Record<string, number>;
  readonly written: RunnableConfig;
  readonly writes: PendingWrite[];
  readonly task: string;
  readonly path: string;
  readonly events: readonly SampleEvent[];
}

function wayOf(sample: string): Superstep[] {
  const thread = { thread_id: threadOf("bench", sample), checkpoint_ns: "" };
  const texts = Array.from({ length: STEPS }, () => newText(6_000));
  let config: RunnableConfig = { configurable: thread };
  let checkpoint: Checkpoint = { ...emptyCheckpoint(), channel_versions: { problem: 1, answer: 1 } };
  return texts.map((text, n) => {
    const node = NODES[n % NODES.length]!;
    const branch = `branch:to:${node}`;
    const version = n + 2;
    const fresh = { ...(n === 0 ? { problem: 1, answer: 1 } : {}), trace: version, rating: version, [branch]: version };
    checkpoint = {
      v: 4,
      id: uuid6(n),
      ts: new Date(1_790_000_000_000 + n).toISOString(),
      channel_values: { problem: `What is ${sample}?`, answer: "42", trace: text, rating: "hard", [branch]: null },
      channel_versions: { ...checkpoint.channel_versions, ...fresh },
      versions_seen: { ...checkpoint.versions_seen, [node]: { [branch]: version } },
    };
    const written = { configurable: { ...thread, checkpoint_id: checkpoint.id } };
    const superstep: Superstep = {
      ...{ config, checkpoint, fresh, written, task: uuid5(node, checkpoint.id), path: `~__pregel_pull, ${node}` },
      writes: [
        ["trace", texts[n + 1] ?? text],
        ["rating", "hard"],
        [branch, null],
      ],
      events: eventsOf(sample, n, text),
    };
    config = written;
    return superstep;
  });
}

async function walk(saver: BaseCheckpointSaver, way: readonly Superstep[], store?: Store): Promise<void> {
  await saver.getTuple(way[0]!.config);
  for (const [n, { config, checkpoint, fresh, written, writes, task, path, events }] of way.entries()) {
    const put = saver.put(config, checkpoint, { source: "loop", step: n, parents: {} }, fresh);
    store?.stage("bench", events[0]!.sample, events);
    await Promise.all([put, saver.putWrites(written, writes, task, path)]);
  }
}

/** CPU and time of one superstep, on average over so many samples' ways. */
export async function measure(saver: BaseCheckpointSaver, { threads, store }: { threads: number; store?: Store }) {
  const ways = Array.from({ length: threads }, (_, i) => wayOf(`s${i}`));
  const chars = ways.flat().reduce((sum, { checkpoint }) => sum + String(checkpoint.channel_values.trace).length, 0);
  const before = process.cpuUsage();
  const start = performance.now();
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < threads; i = next++) await walk(saver, ways[i]!, store);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const { user, system } = process.cpuUsage(before);
  const steps = threads * STEPS;
  return {
    cpuMs: round((user + system) / 1_000 / steps),
    wallMs: round((performance.now() - start) / steps),
    chars,
  };
}

export async function addSamples(store: Store, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => {
      const row = { id: `s${from + i}`, problem: `What is ${from + i} + 1?`, answer: String(from + i + 1) };
      return { id: row.id, line: from + i + 1, state: { problem: row.problem, answer: row.answer }, source: row };
    });
    await store.addSamples("bench", rows);
  }
}

export const round = (n: number) => Math.round(n * 1_000) / 1_000;
