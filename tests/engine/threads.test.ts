/** Samples that throw, hang, or eat their worker's memory, in real threads: each is one failed sample. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { NewSample } from "../../src/core/sample.ts";
import { createRun, type RunSettings, workOn } from "../../src/engine/run.ts";
import { heapShare, type ThreadsOptions, workerThreads } from "../../src/engine/threads.ts";
import { freezePlan } from "../../src/graph/plan.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { newTurn } from "../../src/store/turn.ts";

const plan = freezePlan({
  graph: "hostile",
  student: { name: "s" },
  models: {},
  state: { problem: { type: "string", optional: false } },
  start: "first",
  nodes: {
    first: { kind: "hostile", params: {}, then: { by: "one", to: "second" } },
    second: { kind: "hostile", params: {}, then: { by: "one", to: "accepted" } },
  },
  prompts: {},
  map: {},
});

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Runs problems to their ends; what became of each, with its reason. */
async function runThrough(problems: readonly string[], options: Partial<ThreadsOptions> = {}) {
  const { live, store } = await begin(problems, options);
  const { ended } = await live.result;
  const page = await store.samples("r", { limit: 1_000 });
  const outcomes = Object.fromEntries(page.map(({ id, outcome }) => [id, outcome]));
  const reasons = Object.fromEntries(page.map(({ id, reason }) => [id, reason]));
  expect(await store.check()).toEqual([]);
  return { ended, outcomes, reasons };
}

async function begin(problems: readonly string[], options: Partial<ThreadsOptions>) {
  const folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  const [turn, storePath] = [newTurn(), join(folder, "mezzo.db")];
  const store: Store = openSqliteStore({ path: storePath, turn: { shared: turn, workerNo: 1 } });
  closers.push(
    () => store.close(),
    () => rm(folder, { recursive: true }),
  );
  const settings: RunSettings = {
    ...{ seed: 1, inFlight: 64, workers: 1, budgetUsd: undefined, accepted: undefined, input: "", graphFile: "" },
  };
  async function* samples(): AsyncGenerator<NewSample> {
    for (const [n, problem] of problems.entries()) {
      yield { id: `s${n}`, line: n + 1, state: { problem }, source: {} };
    }
  }
  await createRun(store, { run: "r", plan, settings, samples: samples() });
  const code = new URL("./hostile-worker.ts", import.meta.url);
  const threads = { plan, run: "r", settings, workers: 1, storePath, env: {}, turn, spent: undefined, code };
  const factory = workerThreads({ ...threads, silentMs: 3_000, ...options });
  return { store, live: await workOn(store, "r", { settings, workers: 1, factory }) };
}

function expectOnly(failed: string, run: Awaited<ReturnType<typeof runThrough>>, samples: number): void {
  expect(run.ended).toEqual({ state: "finished" });
  const expected = Array.from({ length: samples }, (_, n) => [`s${n}`, `s${n}` === failed ? "failed" : "accepted"]);
  expect(run.outcomes).toEqual(Object.fromEntries(expected));
}

const SAMPLES = 6;
const among = (n: number, problem: string) =>
  Array.from({ length: SAMPLES }, (_, other) => (other === n ? problem : "well"));

test("a sample whose step throws is one failed sample", async () => {
  const run = await runThrough(among(4, "throws"));
  expectOnly("s4", run, SAMPLES);
  expect(run.reasons.s4).toBe("Internal error: I throw");
});

test("a sample that meets a bug of ours is one failed sample", async () => {
  const run = await runThrough(among(4, "returns nothing"));
  expectOnly("s4", run, SAMPLES);
  expect(run.reasons.s4).toMatch(/^Internal error: /);
});

test("a sample that throws where nobody catches kills its worker, and is one failed sample", async () => {
  const run = await runThrough(among(4, "throws later"));
  expectOnly("s4", run, SAMPLES);
  expect(run.reasons.s4).toMatch(/died 2 times .* alone: I throw where nobody catches/);
});

test("a sample that hangs its worker is one failed sample", async () => {
  const run = await runThrough(among(4, "hangs"), { silentMs: 1_500 });
  expectOnly("s4", run, SAMPLES);
  expect(run.reasons.s4).toMatch(/alone: it stood still for 2 seconds/);
}, 60_000);

test("a sample that eats its worker's memory is one failed sample", async () => {
  const run = await runThrough(among(4, "eats"), { heapMb: 96 });
  expectOnly("s4", run, SAMPLES);
  expect(run.reasons.s4).toMatch(/alone: .*memory/);
}, 60_000);

test("two interrupts end a run whose worker hangs, and leave it paused", async () => {
  const { live, store } = await begin(["well", "hangs"], { silentMs: 60_000 / 4 });
  while ((await store.view("r")).started < 2) await sleep(20);
  await sleep(500);
  live.interrupt();
  live.interrupt();
  expect((await live.result).ended).toMatchObject({ state: "paused", trouble: { code: "interrupted" } });
  expect((await store.view("r")).outcomes.failed).toBe(0);
}, 15_000);

test("workers share half of the machine's memory, each within sensible bounds", () => {
  const GB = 1024 ** 3;
  expect([heapShare(2, 8 * GB), heapShare(16, 4 * GB), heapShare(1, 64 * GB)]).toEqual([2048, 512, 4096]);
});

test("64 samples that compute for long are no hang", async () => {
  const run = await runThrough(
    Array.from({ length: 64 }, () => "heavy"),
    { silentMs: 2_000 },
  );
  expectOnly("none", run, 64);
}, 60_000);
