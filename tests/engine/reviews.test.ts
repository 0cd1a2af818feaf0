/** Samples that wait for a person, at the moments that a process may be killed in. LangGraph and the store are real. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { reopenSamples } from "../../src/engine/back.ts";
import { decide } from "../../src/engine/decide.ts";
import { editRun, sendBackTo } from "../../src/engine/rerun.ts";
import { withdrawReview } from "../../src/engine/reviews.ts";
import { createRun, type RunSettings } from "../../src/engine/run.ts";
import { createRunner, type Runner } from "../../src/engine/runner.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { createGateway } from "../../src/models/gateway.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { createCodeRunner } from "../../src/nodes/code/index.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { planOf } from "./plan-of.ts";

const LOOP = `
  first: { kind: set, values: { rounds: visits(first) }, limit: 3, then: look }
  look: { kind: review, instructions: Is it right?, then: { approved: accepted, edited: accepted, rejected: first } }
`;
const FORK = `
  first: { kind: set, values: { short: "'4.'" }, then: { fork: [left, right], join: last } }
  left: { kind: review, edits: false, then: last }
  right: { kind: review, reads: short, then: last }
  last: { kind: set, values: { rounds: "7" }, then: accepted }
`;

let folder: string;
let store: Store;
const grader = createGrader();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
});
afterEach(async () => {
  expect(await store.check()).toEqual([]);
  await store.close();
  await rm(folder, { recursive: true });
});

async function begin(nodes = LOOP): Promise<Plan> {
  const plan = planOf(nodes, "first");
  const samples = (async function* () {
    yield { id: "s", state: { problem: "What is 2 + 2?", trace: "It is 4." }, source: {}, line: 1 };
  })();
  const settings = { seed: 1, inFlight: 4, workers: 1, input: "", graphFile: "" } as unknown as RunSettings;
  await createRun(store, { run: "r", plan, settings, samples });
  return plan;
}

function runnerOf(plan: Plan, planNo = 1): Runner {
  const gateway = createGateway({ models: {} });
  const services = { store, gateway, grader, programs: createCodeRunner(), clock: systemClock };
  return createRunner({ plan, planNo, run: "r", seed: 1, ...services });
}

/** As after a kill: with a runner that remembers nothing. */
const goOn = async (plan: Plan, planNo?: number) => runnerOf(plan, planNo).take((await store.findSample("r", "s"))!);
const say = async (plan: Plan, decision: Omit<Parameters<typeof decide>[3], "plan">) =>
  decide(store, "r", (await store.findSample("r", "s"))!, { plan, ...decision });
const types = async () => (await store.sampleEvents("r", "s")).map(({ type }) => type);
const standing = async () => {
  const { forPerson, decided, nodes } = await store.view("r");
  return { forPerson, decided, atLook: nodes.look?.forPerson, person: (await store.findSample("r", "s"))?.person };
};

test("a sample waits for a person without an outcome, and goes on as was decided", async () => {
  const plan = await begin();
  expect(await goOn(plan)).toEqual({ left: "waits" });
  expect(await standing()).toEqual({ forPerson: 1, decided: 0, atLook: 1, person: "for-person" });
  expect(await store.unfinished("r", { started: true, after: -1, limit: 9 })).toEqual([]);

  await say(plan, { decided: "rejected", reason: "too short", by: "mira", seconds: 4 });
  expect(await standing()).toEqual({ forPerson: 0, decided: 1, atLook: 0, person: "decided" });
  expect(await goOn(plan)).toEqual({ left: "waits" });
  await say(plan, { decided: "edited", text: "2 and 2 make 4." });
  expect(await goOn(plan)).toEqual({ left: "finished", outcome: "accepted" });

  const steps = (await store.sampleEvents("r", "s")).filter((event) => event.type === "step.finished");
  expect(steps.map(({ node, visit, label }) => [node, visit, label])).toEqual([
    ["first", 1, "written"],
    ["look", 1, "rejected"],
    ["first", 2, "written"],
    ["look", 2, "edited"],
  ]);
  expect(steps[1]!.evidence).toMatchObject({ restsOn: ["person"], review: { by: "mira", seconds: 4 } });
  expect(steps[3]!.writes).toEqual({ trace: "2 and 2 make 4." });
  expect((await standing()).forPerson).toBe(0);
});

test("a decision is made once, and taken back until the run has taken it up", async () => {
  const plan = await begin();
  await goOn(plan);
  await expect(say(plan, { decided: "rejected" })).rejects.toThrow("A reason is expected");
  await say(plan, { decided: "approved", by: "mira" });
  await expect(say(plan, { decided: "approved" })).rejects.toThrow("mira approved it");
  await withdrawReview(store, "r", "s");
  expect((await standing()).person).toBe("for-person");
  await expect(withdrawReview(store, "r", "s")).rejects.toThrow("nothing to take back");
  const both = await Promise.allSettled([say(plan, { decided: "approved" }), say(plan, { decided: "approved" })]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await goOn(plan)).toEqual({ left: "finished", outcome: "accepted" });
  await expect(withdrawReview(store, "r", "s")).rejects.toThrow("taken up");
});

test("a worker killed right after it took a decision up finds it again, and asks nobody twice", async () => {
  const plan = await begin();
  await goOn(plan);
  await say(plan, { decided: "approved" });
  // All that a worker does before LangGraph hears of it.
  await store.append("r", [
    { type: "review.taken", sample: "s", at: 1, places: [{ node: "look", visit: 1 }], open: [] },
  ]);
  expect((await store.findSample("r", "s"))!.person).toBeUndefined();
  expect(await goOn(plan)).toEqual({ left: "finished", outcome: "accepted" });
  expect((await types()).filter((type) => type === "review.asked")).toHaveLength(1);
});

test("a worker killed after LangGraph's interrupt and before it was told asks when it comes again", async () => {
  const plan = await begin();
  const { append } = store;
  store.append = async (run, events) => {
    if (events.some(({ type }) => type === "review.asked")) throw new Error("killed");
    return append.call(store, run, events);
  };
  await expect(goOn(plan)).rejects.toThrow("killed");
  store.append = append;
  expect((await store.findSample("r", "s"))!.person).toBeUndefined();
  expect(await goOn(plan)).toEqual({ left: "waits" });
  await say(plan, { decided: "approved" });
  expect(await goOn(plan)).toEqual({ left: "finished", outcome: "accepted" });
});

test("in a fork two people are asked side by side, and each decision is its own node's", async () => {
  const plan = await begin(FORK);
  expect(await goOn(plan)).toEqual({ left: "waits" });
  expect(await store.view("r")).toMatchObject({ forPerson: 1, decided: 0, nodes: { left: { forPerson: 1 } } });
  await expect(say(plan, { decided: "approved" })).rejects.toThrow("left and right");
  await expect(say(plan, { decided: "edited", text: "x", node: "left" })).rejects.toThrow("not edited");
  await say(plan, { decided: "edited", text: "It's 4.", node: "right" });
  expect(await goOn(plan)).toEqual({ left: "waits" });
  expect(await store.view("r")).toMatchObject({ forPerson: 1, decided: 0, nodes: { right: { forPerson: 0 } } });
  await say(plan, { decided: "approved" });
  expect(await goOn(plan)).toEqual({ left: "finished", outcome: "accepted" });
  expect(await store.view("r")).toMatchObject({ forPerson: 0, decided: 0 });
  const steps = (await store.sampleEvents("r", "s")).filter((event) => event.type === "step.finished");
  expect(steps.map(({ node, label }) => `${node} ${label}`).slice(1)).toEqual([
    "right edited",
    "left approved",
    "last written",
  ]);
});

test("an edited graph and a step wanted again close what was asked, whether it was decided or not", async () => {
  const plan = await begin();
  await goOn(plan);
  await say(plan, { decided: "approved" });
  await sendBackTo(store, "r", "s", { node: "first", visit: 1 });
  expect(await standing()).toEqual({ forPerson: 0, decided: 0, atLook: 0, person: undefined });
  expect(await goOn(plan)).toEqual({ left: "waits" });

  const edited = planOf(LOOP.replace("rounds: visits(first)", 'rounds: "5"'), "first");
  await editRun(store, "r", edited);
  expect(await standing()).toEqual({ forPerson: 0, decided: 0, atLook: 0, person: undefined });
  expect(await goOn(edited, 2)).toEqual({ left: "waits" });
  await say(edited, { decided: "approved" });
  expect(await goOn(edited, 2)).toEqual({ left: "finished", outcome: "accepted" });
});

test("an edit of what the person is told leaves the sample waiting, and its decision standing", async () => {
  const plan = await begin();
  await goOn(plan);
  await say(plan, { decided: "approved" });
  const edited = planOf(LOOP.replace("Is it right?", "Is it short?"), "first");
  expect(await editRun(store, "r", edited)).toMatchObject({ untouched: 1 });
  expect(await goOn(edited, 2)).toEqual({ left: "finished", outcome: "accepted" });
});

test("another go of what a person rejected asks again", async () => {
  const plan = await begin(LOOP.replace("rejected: first", "rejected: rejected").replace(", limit: 3", ""));
  await goOn(plan);
  await say(plan, { decided: "rejected", reason: "no" });
  expect(await goOn(plan)).toEqual({ left: "finished", outcome: "rejected" });
  await reopenSamples(store, "r", { plan, outcomes: ["rejected"] });
  expect(await goOn(plan)).toEqual({ left: "waits" });
  expect((await standing()).forPerson).toBe(1);
});
