import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { threadOf } from "../../src/store/store.ts";
import { longText, newSample, RUN } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";
import type { WriterTask } from "./writer.ts";

const SAMPLES = Array.from("abcdefghijklmnopqrst");

let stores: TemporaryStores;
beforeEach(() => {
  stores = temporaryStores();
});
afterEach(() => stores.dispose());

/** Runs the writer and kills it once it has promised `promises` steps. Gives back the last step promised of each sample. */
async function writeAndKill(promises: number): Promise<Map<string, number>> {
  const task: WriterTask = { path: stores.path, samples: SAMPLES, steps: 1_000 };
  const writer = spawn(process.execPath, [fileURLToPath(new URL("writer.ts", import.meta.url)), JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  writer.stdout.on("data", (chunk) => {
    output += chunk;
    if (output.split("\n").length > promises) writer.kill("SIGKILL");
  });
  const [, signal] = await once(writer, "close");
  expect(signal).toBe("SIGKILL");
  const lines = output.split("\n").slice(0, -1); // The last line may be cut.
  return new Map(lines.map((line) => [line.split(" ")[0]!, Number(line.split(" ")[1])]));
}

async function expectKept(store: Store, sample: string, lastStep: number): Promise<void> {
  const events = await store.sampleEvents("r", sample);
  const visits = events.flatMap((event) => (event.type === "step.finished" ? [event.visit] : []));
  expect(visits.length).toBeGreaterThan(lastStep);
  expect(visits).toEqual(visits.map((_, i) => i + 1));
  const tuple = await store.saver.getTuple({ configurable: { thread_id: threadOf("r", sample) } });
  const newest = Number(String(tuple?.checkpoint.channel_values.trace).match(/\/(\d+):/)?.[1]);
  // The newest checkpoint has its step's writes exactly if the step's event is there.
  expect(tuple?.pendingWrites).toHaveLength(visits.length > newest ? 1 : 0);
  if (visits.length > newest) expect(tuple?.pendingWrites?.[0]?.[2]).toBe(longText(`${sample}/${newest + 1}`));
}

it.each([40, 333])("keeps everything promised to a process that is killed after %i steps", async (promises) => {
  const before = stores.open();
  await before.createRun({ ...RUN, run: "r" });
  await before.addSamples("r", SAMPLES.map(newSample));
  await before.close();
  const promised = await writeAndKill(promises);
  const store = stores.open();
  for (const [sample, lastStep] of promised) await expectKept(store, sample, lastStep);
  expect(await store.check()).toEqual([]);
});
