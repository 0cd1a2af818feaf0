/** Sending samples back, killed half way. The store is real; what is killed is its next commit. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunEvent, SampleEvent, StepFinished } from "../../src/core/events.ts";
import { editRun, finishEdit, surveyEdit } from "../../src/engine/rerun.ts";
import { createRun, type RunSettings } from "../../src/engine/run.ts";
import { freezePlan, type Plan, type PlanNode } from "../../src/graph/plan.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

const settings: RunSettings = {
  ...{ seed: 1, inFlight: 4, workers: 1, budgetUsd: undefined, accepted: undefined, input: "", graphFile: "" },
};
const nodes: Record<string, PlanNode> = {
  first: { kind: "generate", params: { tries: 1 }, then: { by: "one", to: "second" } },
  second: { kind: "generate", params: { tries: 1 }, limit: 1, then: { by: "one", to: "accepted" } },
};

function planWith(changed: Partial<Record<"first" | "second", Partial<PlanNode>>>): Plan {
  const edited = Object.entries(nodes).map(([name, node]) => [name, { ...node, ...changed[name as "first"] }]);
  return freezePlan({
    ...{ graph: "g", student: { name: "s" }, models: {}, prompts: {}, map: {}, start: "first" },
    state: { problem: { type: "string", optional: false } },
    nodes: Object.fromEntries(edited) as Plan["nodes"],
  });
}

const COUNT = 250;
let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
  const samples = (async function* () {
    for (let n = 0; n < COUNT; n++) yield { id: `s${n}`, line: n + 1, state: { problem: "p" }, source: {} };
  })();
  await createRun(store, { run: "r", plan: planWith({}), settings, samples });
  await store.append("r", Array.from({ length: COUNT }, (_, n) => wayOf(`s${n}`)).flat());
  await store.append("r", [{ type: "run.finished", at: 9 }]);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function wayOf(sample: string): SampleEvent[] {
  const step = (node: string, next: string): StepFinished => ({
    ...{ type: "step.finished", sample, at: 2, node, kind: "generate", visit: 1, label: "written", next, skipped: [] },
    ...{ writes: {}, calls: 2, ms: 1 },
  });
  return [
    { type: "sample.started", sample, at: 1, next: "first", skipped: [] },
    step("first", "second"),
    step("second", "accepted"),
    {
      ...{ type: "sample.finished", sample, at: 3, outcome: "accepted", reason: "", shapedBy: [] },
      ...{ tokensBefore: 4, tokensAfter: 3 },
    },
  ];
}

/** The store of a process that dies after so many appends. */
function dyingStore(appends: number): Store {
  let left = appends;
  const append = async (run: string, events: readonly RunEvent[]) => {
    if (left-- <= 0) throw new Error("killed");
    await store.append(run, events);
  };
  return new Proxy(store, {
    get: (target, key) => {
      const value = key === "append" ? append : Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function timesSentBack(): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < COUNT; n++) {
    const events = await store.sampleEvents("r", `s${n}`);
    times.push(events.filter(({ type }) => type === "sample.rewound").length);
  }
  return times;
}

const edited = planWith({ first: { params: { tries: 2 } } });

test.each([0, 1, 2, 3])(
  "an edit killed after %i pages is gone through to its end, and sends nobody back twice",
  async (pages) => {
    await expect(editRun(dyingStore(pages), "r", edited)).rejects.toThrow("killed");
    expect(await store.findRun("r")).toMatchObject({ state: "paused", plan: edited.fingerprint });
    const rerun = await finishEdit(store, "r");
    expect(rerun).toMatchObject({ samples: COUNT, untouched: Math.min(COUNT, pages * 100) });
    expect(new Set(await timesSentBack())).toEqual(new Set([1]));
    expect(await finishEdit(store, "r")).toBeUndefined();
    const { outcomes, nodes: at, edges, acceptedTokens } = await store.view("r");
    expect(outcomes.accepted).toBe(0);
    expect(at.first).toMatchObject({ waiting: COUNT, visits: COUNT });
    expect(at.second).toMatchObject({ waiting: 0, visits: COUNT });
    expect(edges).toEqual({ "start>first": COUNT });
    expect(acceptedTokens).toEqual({ before: 0, after: 0 });
    expect(await store.check()).toEqual([]);
  },
);

test("a second edit before the first was through counts from what each step was made under", async () => {
  await expect(editRun(dyingStore(1), "r", edited)).rejects.toThrow("killed");
  // Back to what it was: those sent back have no steps left, the others' steps stand again.
  const rerun = await editRun(store, "r", planWith({}));
  expect(rerun).toMatchObject({ untouched: COUNT });
  expect((await timesSentBack()).filter((times) => times === 1)).toHaveLength(100);
  expect(await store.plans("r")).toHaveLength(3);
});

test("a survey changes nothing, and tells what the edit then does", async () => {
  const told = await surveyEdit(store, "r", edited);
  expect(told).toMatchObject({
    back: [{ to: "first", samples: COUNT, calls: COUNT * 4 }],
    untouched: 0,
    calls: COUNT * 4,
  });
  expect(await store.plans("r")).toHaveLength(1);
  expect(await timesSentBack()).toEqual(Array.from({ length: COUNT }, () => 0));
  expect(await editRun(store, "r", edited)).toEqual(told);
});

test("a way that leads straight to an outcome is taken at once, and the run is finished again", async () => {
  const rerun = await editRun(store, "r", planWith({ first: { then: { by: "one", to: "rejected" } } }));
  expect(rerun).toMatchObject({ back: [{ to: "rejected", samples: COUNT, calls: 0 }], calls: 0 });
  expect(await store.findRun("r")).toMatchObject({ state: "finished" });
  const { outcomes, edges } = await store.view("r");
  expect(outcomes).toMatchObject({ accepted: 0, rejected: COUNT });
  expect(edges).toEqual({ "start>first": COUNT, "first>rejected": COUNT });
});
