import { afterEach, beforeEach, expect, it } from "vitest";
import { newSample, RUN } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";
import { expectKept, writeAndKill } from "./promises.ts";

const SAMPLES = Array.from("abcdefghijklmnopqrst");

let stores: TemporaryStores;
beforeEach(() => {
  stores = temporaryStores();
});
afterEach(() => stores.dispose());

it.each([40, 333])("keeps everything promised to a process that is killed after %i steps", async (promises) => {
  const before = stores.open();
  await before.createRun({ ...RUN, run: "r" });
  await before.addSamples("r", SAMPLES.map(newSample));
  await before.close();
  const promised = await writeAndKill(stores.path, SAMPLES, promises);
  const store = stores.open();
  for (const [sample, lastStep] of promised) await expectKept(store, sample, lastStep);
  expect(await store.check()).toEqual([]);
});
