/** Worker threads that are ended in the middle of whatever they do, in a run with real calls and a budget. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { createRun, type RunSettings, workOn } from "../../src/engine/run.ts";
import { workerThreads } from "../../src/engine/threads.ts";
import { openGraph } from "../../src/graph/open.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { newTurn } from "../../src/store/turn.ts";
import { type AppleSample, appleRows, expectedWay, makeRig } from "../rig.ts";

const threads = vi.hoisted(() => new Set<Worker>());
vi.mock("node:worker_threads", async (original) => {
  const real = await original<typeof import("node:worker_threads")>();
  class Watched extends real.Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      threads.add(this);
      this.on("exit", () => threads.delete(this));
    }
  }
  return { ...real, Worker: Watched };
});

const SAMPLES = 90;
const KILLS = 5;

test("workers that are ended at random are replaced, and each sample arrives once, for what it costs", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 40, spread: 1 });
  const price = "maxTokens: 500, price: { inUsdPerMTok: 1, outUsdPerMTok: 1 }";
  const plan = openGraph(await rig.distillAt(server.url, `, ${price}`), { env: {} }).plan!;
  const [turn, storePath] = [newTurn(), rig.path("mezzo.db")];
  const store = openSqliteStore({ path: storePath, turn: { shared: turn, workerNo: 1 } });
  const settings: RunSettings = {
    ...{ seed: 1, inFlight: 24, workers: 2, budgetUsd: 5, accepted: undefined, input: "", graphFile: "" },
  };
  async function* samples() {
    const rows = appleRows(SAMPLES).trim().split("\n");
    for (const [n, line] of rows.entries()) {
      const { id, ...state } = JSON.parse(line) as AppleSample;
      yield { id, line: n + 1, state: { ...state }, source: {} };
    }
  }
  await createRun(store, { run: "r", plan, settings, samples: samples() });
  const options = { plan, run: "r", settings, workers: 2, storePath, env: {}, turn, spent: undefined };
  const factory = workerThreads(options);
  const live = await workOn(store, "r", { settings, workers: 2, factory });

  let kills = 0;
  for (let finished = 5; kills < KILLS; finished += 12) {
    while ((await store.view("r")).outcomes.accepted < finished) await sleep(2);
    await sleep(20 * Math.random());
    await [...threads][kills % threads.size]!.terminate();
    kills += 1;
  }
  const { ended, view } = await live.result;
  expect(ended).toEqual({ state: "finished" });
  expect(view.outcomes).toMatchObject({ accepted: SAMPLES });
  expect(await store.check()).toEqual([]);
  const needed = Array.from({ length: SAMPLES }, (_, n) => expectedWay(n).calls).reduce((sum, calls) => sum + calls, 0);
  const { requests } = await server.counts();
  expect(requests).toBeGreaterThanOrEqual(needed);
  expect(requests).toBeLessThanOrEqual(needed + KILLS * 24);
  expect(factory.spent()!.usd).toBeGreaterThanOrEqual(view.costUsd);
  expect(factory.spent()!.usd).toBeLessThanOrEqual(5);
  await store.close();
}, 60_000);
