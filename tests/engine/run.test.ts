/** A run's beginning and end, whatever dies in between. The workers are played; the store is real. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { SampleEvent } from "../../src/core/events.ts";
import type { NewSample } from "../../src/core/sample.ts";
import { createRun, type RunSettings, spentSoFar, type WorkerFactory, workOn } from "../../src/engine/run.ts";
import { freezePlan } from "../../src/graph/plan.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

const plan = freezePlan({
  ...{ graph: "g", student: { name: "s" }, models: {}, prompts: {}, map: {}, start: "first" },
  state: { problem: { type: "string", optional: false } },
  nodes: { first: { kind: "generate", params: {}, then: { by: "one", to: "accepted" } } },
});
const settings: RunSettings = {
  ...{ seed: 1, inFlight: 4, workers: 1, budgetUsd: undefined, accepted: undefined, input: "", graphFile: "" },
};
const newRun = { run: "r", graph: "g", plan: plan.fingerprint, planBody: JSON.stringify(plan), settings: {}, at: 1 };

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  const store = openSqliteStore({ path: join(folder, "mezzo.db") });
  closers.push(
    () => rm(folder, { recursive: true }),
    () => store.close(),
  );
  return store;
}

function sampleOf(n: number): NewSample {
  return { id: `s${n}`, line: n + 1, state: { problem: "p" }, source: {} };
}

async function* samples(count: number): AsyncGenerator<NewSample> {
  for (let n = 0; n < count; n++) yield sampleOf(n);
}

const started = { type: "sample.started", at: 1, next: "first", skipped: [] } as const;

/** Works on the run with a worker that commits `commits` for each sample and then dies without a word. */
async function workWithDying(store: Store, commits: (sample: string) => readonly SampleEvent[]) {
  let once = true;
  const live = await workOn(store, "r", {
    settings,
    workers: 1,
    factory: {
      spent: () => undefined,
      open: (_worker, events) => ({
        take: async (batch) => {
          if (once) for (const sample of batch) await store.append("r", commits(sample));
          once = false;
          events.died("gone", { ready: true });
        },
        drain: () => undefined,
        abort: () => undefined,
        close: async () => undefined,
      }),
    },
  });
  return (await live.result).view;
}

test("a sample whose outcome was committed by a worker that could not tell any more is not ended again", async () => {
  const store = await openStore();
  await createRun(store, { run: "r", plan, settings, samples: samples(1) });
  const view = await workWithDying(store, (sample) => [
    { ...started, sample },
    { ...{ type: "sample.finished", at: 2, outcome: "accepted", reason: "", shapedBy: [] }, sample, ...tokens },
  ]);
  expect(view.outcomes).toMatchObject({ accepted: 1, failed: 0 });
  expect(await store.check()).toEqual([]);
});

const tokens = { tokensBefore: 0, tokensAfter: 0 };

test("a sample that is given up no longer waits at its node", async () => {
  const store = await openStore();
  await createRun(store, { run: "r", plan, settings, samples: samples(1) });
  const view = await workWithDying(store, (sample) => [{ ...started, sample }]);
  expect(view.outcomes).toMatchObject({ accepted: 0, failed: 1 });
  expect(view.nodes.first?.waiting).toBe(0);
  expect(await store.check()).toEqual([]);
});

test("a sample that is given up before it could be announced counts as started and as failed", async () => {
  const store = await openStore();
  await createRun(store, { run: "r", plan, settings, samples: samples(1) });
  const view = await workWithDying(store, () => []);
  expect(view).toMatchObject({ started: 1, outcomes: { failed: 1 }, edges: { "start>failed": 1 } });
  expect(await store.check()).toEqual([]);
});

test("a run that was killed while its input was read is begun afresh under its name", async () => {
  const store = await openStore();
  await store.createRun(newRun);
  await store.addSamples("r", [sampleOf(0), sampleOf(1)]);
  expect(await createRun(store, { run: "r", plan, settings, samples: samples(5) })).toEqual({ samples: 5 });
  expect((await store.samples("r", { limit: 10 })).length).toBe(5);
  await expect(createRun(store, { run: "r", plan, settings, samples: samples(5) })).rejects.toMatchObject({
    code: "run-exists",
  });
});

test("a run whose input is being read is held: nobody else begins or resumes it", async () => {
  const store = await openStore();
  const reading = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  async function* slow(): AsyncGenerator<NewSample> {
    reading.resolve();
    await go.promise;
    yield* samples(3);
  }
  const first = createRun(store, { run: "r", plan, settings, samples: slow() });
  await reading.promise;
  expect((await store.findRun("r"))?.holder?.pid).toBe(process.pid);
  await expect(createRun(store, { run: "r", plan, settings, samples: samples(5) })).rejects.toMatchObject({
    code: "run-exists",
  });
  go.resolve();
  expect(await first).toEqual({ samples: 3 });
  expect((await store.findRun("r"))?.holder).toBeUndefined();
});

test("a mistake in the input leaves no run behind", async () => {
  const store = await openStore();
  async function* broken(): AsyncGenerator<NewSample> {
    yield* samples(2);
    throw new Error("line 3");
  }
  await expect(createRun(store, { run: "r", plan, settings, samples: broken() })).rejects.toThrow("line 3");
  expect(await store.runs()).toEqual([]);
});

const usd = (amount: number) => ({ usd: amount, tokens: 0, calls: 0 });

test("of leases that two workers asked for at once, the highest counts as spent after a crash", async () => {
  const store = await openStore();
  await createRun(store, { run: "r", plan, settings, samples: samples(1) });
  for (const upTo of [usd(3), usd(5), usd(4)]) await store.append("r", [{ type: "run.leased", at: 1, upTo }]);
  expect(await spentSoFar(store, "r")).toEqual(usd(5));
});

test("what a run had spent when it paused takes the place of its leases, and later leases count from there", async () => {
  const store = await openStore();
  await createRun(store, { run: "r", plan, settings, samples: samples(1) });
  await store.append("r", [
    { type: "run.leased", at: 1, upTo: usd(5) },
    { type: "run.paused", at: 2, code: "interrupted", reason: "", spent: usd(2) },
  ]);
  expect(await spentSoFar(store, "r")).toEqual(usd(2));
  await store.append("r", [{ type: "run.leased", at: 3, upTo: usd(4) }]);
  expect(await spentSoFar(store, "r")).toEqual(usd(4));
});

test("a run that goes on is running, whether or not a sample had started before it paused", async () => {
  const store = await openStore();
  await createRun(store, { run: "r", plan, settings, samples: samples(1) });
  await store.append("r", [{ type: "run.paused", at: 1, code: "no-access", reason: "" }]);
  const live = await workOn(store, "r", { settings, workers: 1, factory: idle });
  expect((await store.findRun("r"))?.state).toBe("running");
  live.interrupt();
  live.interrupt();
  await live.result;
});

test("a run whose workers do not start is paused, with the reason", async () => {
  const store = await openStore();
  await createRun(store, { run: "r", plan, settings, samples: samples(1) });
  const open: WorkerFactory["open"] = (worker, events) => {
    setImmediate(() => events.died("no memory", { ready: false }));
    return idle.open(worker, events);
  };
  const live = await workOn(store, "r", { settings, workers: 1, factory: { ...idle, open } });
  await expect(live.result).rejects.toMatchObject({ code: "worker-dies" });
  expect(await store.findRun("r")).toMatchObject({ state: "paused", pausedBy: { code: "worker-dies" } });
});

/** Workers that take samples and set them aside when they are told to stop. */
const idle: WorkerFactory = {
  spent: () => undefined,
  open: (_worker, events) => {
    const taken: string[] = [];
    const setAside = () => {
      for (const sample of taken.splice(0)) events.setAside(sample);
    };
    const take = (batch: readonly string[]) => void taken.push(...batch);
    return { take, drain: setAside, abort: setAside, close: async () => undefined };
  },
};
