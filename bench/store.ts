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
import { MemorySaver } from "@langchain/langgraph-checkpoint";
import { openSqliteStore } from "../src/store/sqlite.ts";
import type { Store } from "../src/store/store.ts";
import { addSamples, measure, round, STEPS } from "./store/steps.ts";

const THREADS = Number(process.argv[2] ?? 1_000);
const SAMPLES = Number(process.argv[3] ?? 1_000_000);

async function openBench(folder: string, name: string, samples: number): Promise<Store> {
  const store = openSqliteStore({ path: join(folder, `${name}.db`) });
  await store.createRun({ run: "bench", graph: "bench", plan: "p", planBody: "{}", settings: {}, at: 0 });
  await addSamples(store, samples);
  return store;
}

const folder = mkdtempSync(join(tmpdir(), "mezzo-bench-"));
try {
  await measure(new MemorySaver(), { threads: THREADS });
  const memory = await measure(new MemorySaver(), { threads: THREADS });
  const warm = await openBench(folder, "warm", THREADS);
  await measure(warm.saver, { threads: THREADS, store: warm });
  await warm.close();
  const plain = await openBench(folder, "plain", THREADS);
  const alone = await measure(plain.saver, { threads: THREADS });
  await plain.close();
  const full = await openBench(folder, "full", THREADS);
  const withEvents = await measure(full.saver, { threads: THREADS, store: full });
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
