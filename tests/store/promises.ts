/** What a writer that was killed had promised, and whether a store has kept it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { threadOf } from "../../src/store/store.ts";
import { longText } from "./examples.ts";
import type { WriterTask } from "./writer.ts";

/** Runs the writer and kills it once it has promised `promises` steps. Gives back the last step promised of each sample. */
export async function writeAndKill(
  path: string,
  samples: readonly string[],
  promises: number,
): Promise<Map<string, number>> {
  const task: WriterTask = { path, samples, steps: 1_000 };
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

/** Every promised step is there once, in order, and its checkpoint with it. */
export async function expectKept(store: Store, sample: string, lastStep: number): Promise<void> {
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
