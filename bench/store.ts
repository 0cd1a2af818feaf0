/**
 * What does the store cost? `node bench/store.ts [threads]`
 *
 *   superstep   CPU of put + putWrites (all threads of the process, user and system): a state of three short fields and
 *               a text of 6 KB that is new at every step; ours (alone, and with the step's two events), and MemorySaver
 *   disk        bytes of the file over bytes of distinct text, with every checkpoint kept
 *   samples     a million short samples added: seconds, and what the process grew by
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  type BaseCheckpointSaver,
  type Checkpoint,
  emptyCheckpoint,
  MemorySaver,
  type PendingWrite,
  uuid5,
  uuid6,
} from "@langchain/langgraph-checkpoint";
import { seededRandom } from "../src/core/clock.ts";
import type { SampleEvent } from "../src/core/events.ts";
import { fingerprint } from "../src/core/hash.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import { type Store, threadOf } from "../src/store/store.ts";

const THREADS = Number(process.argv[2] ?? 1_000);
const SAMPLES = Number(process.argv[3] ?? 1_000_000);
const STEPS = 6;
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

/** What LangGraph's loop asks of a saver on one sample's way; made before the clock runs. */
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

async function measure(saver: BaseCheckpointSaver, store?: Store) {
  const ways = Array.from({ length: THREADS }, (_, i) => wayOf(`s${i}`));
  const chars = ways.flat().reduce((sum, { checkpoint }) => sum + String(checkpoint.channel_values.trace).length, 0);
  const before = process.cpuUsage();
  const start = performance.now();
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < THREADS; i = next++) await walk(saver, ways[i]!, store);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const { user, system } = process.cpuUsage(before);
  const steps = THREADS * STEPS;
  return {
    cpuMs: round((user + system) / 1_000 / steps),
    wallMs: round((performance.now() - start) / steps),
    chars,
  };
}

async function openBench(folder: string, name: string, samples: number): Promise<Store> {
  const store = openSqliteStore({ path: join(folder, `${name}.db`) });
  await store.createRun({ run: "bench", graph: "bench", plan: "p", planBody: "{}", settings: {}, at: 0 });
  await addSamples(store, samples);
  return store;
}

async function addSamples(store: Store, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => {
      const row = { id: `s${from + i}`, problem: `What is ${from + i} + 1?`, answer: String(from + i + 1) };
      return { id: row.id, line: from + i + 1, state: { problem: row.problem, answer: row.answer }, source: row };
    });
    await store.addSamples("bench", rows);
  }
}

const round = (n: number) => Math.round(n * 1_000) / 1_000;

const folder = mkdtempSync(join(tmpdir(), "mezzo-bench-"));
try {
  await measure(new MemorySaver());
  const memory = await measure(new MemorySaver());
  const warm = await openBench(folder, "warm", THREADS);
  await measure(warm.saver, warm);
  await warm.close();
  const plain = await openBench(folder, "plain", THREADS);
  const alone = await measure(plain.saver);
  await plain.close();
  const full = await openBench(folder, "full", THREADS);
  const withEvents = await measure(full.saver, full);
  const { bytesBefore } = await full.compact();
  await full.close();
  const diskRatio = round(bytesBefore / withEvents.chars);

  const million = await openBench(folder, "million", 0);
  const [start, rss] = [performance.now(), process.memoryUsage().rss];
  await addSamples(million, SAMPLES);
  const seconds = round((performance.now() - start) / 1_000);
  const grownMb = Math.round((process.memoryUsage().rss - rss) / 1e6);
  await million.close();

  console.log(
    JSON.stringify({
      threads: THREADS,
      steps: STEPS,
      memory,
      alone,
      withEvents,
      diskRatio,
      samples: SAMPLES,
      seconds,
      grownMb,
    }),
  );
  console.log(
    `CPU per superstep: ${alone.cpuMs} ms, with its events ${withEvents.cpuMs} ms (MemorySaver ${memory.cpuMs} ms); ` +
      `file ${diskRatio} of its distinct text; ${SAMPLES} samples added in ${seconds} s, +${grownMb} MB`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
