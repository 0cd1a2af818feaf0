/**
 * Writes steps as an engine does, in a process or a thread of its own: for each of its samples, checkpoint, call, then the
 * step with its writes. Says `sample n` once step n of a sample is promised.
 */
import { writeSync } from "node:fs";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { uuid6 } from "@langchain/langgraph-checkpoint";
import { openStore } from "../../src/store/open.ts";
import { readPlace } from "../../src/store/where.ts";
import { call, longText, putCheckpoint, step } from "./examples.ts";

export interface WriterTask {
  /** A file, or a server's address. */
  readonly path: string;
  readonly samples: readonly string[];
  readonly steps: number;
  readonly turn?: { readonly shared: SharedArrayBuffer; readonly workerNo: number };
}

const task: WriterTask = isMainThread ? JSON.parse(process.argv[2]!) : workerData;
const say = (line: string) => (isMainThread ? writeSync(1, `${line}\n`) : parentPort?.postMessage(line));

const store = await openStore(readPlace(task.path, {}), { turn: task.turn });
await Promise.all(task.samples.map(writeSample));
await store.close();
say("done");

async function writeSample(sample: string): Promise<void> {
  let config: Awaited<ReturnType<typeof putCheckpoint>> | undefined;
  for (let n = 0; n < task.steps; n++) {
    config = await putCheckpoint(store, sample, { trace: longText(`${sample}/${n}`), rating: "hard" }, config);
    await store.append("r", [{ ...call(sample, n), text: longText(`${sample}:${n}`) }]);
    store.stage("r", sample, [{ ...step(sample), visit: n + 1, writes: { trace: longText(`${sample}/${n + 1}`) } }]);
    await store.saver.putWrites(config, [["trace", longText(`${sample}/${n + 1}`)]], uuid6(n));
    say(`${sample} ${n}`);
  }
}
