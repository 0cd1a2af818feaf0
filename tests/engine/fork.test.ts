/** Nodes side by side, at the moments that a process may be killed in. The models are played; LangGraph and the store are real. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChatReply, ChatRequest } from "../../src/core/chat.ts";
import { systemClock } from "../../src/core/clock.ts";
import { reopenSamples } from "../../src/engine/back.ts";
import { stateAfter, wayOf } from "../../src/engine/history.ts";
import { editRun, surveyEdit } from "../../src/engine/rerun.ts";
import { createRun, type RunSettings } from "../../src/engine/run.ts";
import { createRunner, type Runner } from "../../src/engine/runner.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { createGateway } from "../../src/models/gateway.ts";
import { ModelError } from "../../src/models/model.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { createCodeRunner } from "../../src/nodes/code/index.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { planOf } from "./plan-of.ts";

const write = (role: string, field: string) => `kind: generate, model: ${role}, prompt: p.md, writes: ${field}`;
const PLAN = `
  first: { ${write("m", "trace")}, then: { fork: [left, right], join: last } }
  left: { ${write("left", "short")}, then: left-2 }
  left-2: { ${write("left", "short")}, then: last }
  right: { kind: rate, model: right, prompt: j.md, writes: rating, then: last }
  last: { ${write("m", "trace")}, then: accepted }
`;
const ROLES = ["m", "left", "right"];

let folder: string;
let store: Store;
let asked: string[];
const grader = createGrader();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
  asked = [];
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function begin(nodes = PLAN): Promise<Plan> {
  const plan = planOf(nodes, "first", ROLES);
  const samples = (async function* () {
    yield { id: "s", state: { problem: "What is 2 + 2?" }, source: {}, line: 1 };
  })();
  const settings = { seed: 1, inFlight: 4, workers: 1, input: "", graphFile: "" } as unknown as RunSettings;
  await createRun(store, { run: "r", plan, settings, samples });
  return plan;
}

type Playing = (role: string, nth: number, signal: AbortSignal) => Promise<string | undefined> | string | undefined;

/** A runner whose models write about 2 + 2 and find it easy, unless `play` says otherwise. */
function runnerOf(plan: Plan, play: Playing = () => undefined): Runner {
  const counts = new Map<string, number>();
  const ask = async (role: string, _request: ChatRequest, signal: AbortSignal): Promise<ChatReply> => {
    const nth = (counts.get(role) ?? 0) + 1;
    counts.set(role, nth);
    asked.push(role);
    const usual = role === "right" ? '{"rating":"easy","reason":"2 + 2 is left out."}' : `${role} ${nth}: 2 + 2 is 4.`;
    const text = (await play(role, nth, signal)) ?? usual;
    return { text, finish: "stop", usage: { in: 1, out: 1 }, model: role };
  };
  const models = Object.fromEntries(
    ROLES.map((role) => [
      role,
      {
        spec: plan.models[role]!,
        model: {
          ask: (request: ChatRequest, { signal }: { signal: AbortSignal }) => ask(role, request, signal),
        },
      },
    ]),
  );
  const gateway = createGateway({ models });
  return createRunner({
    plan,
    run: "r",
    seed: 1,
    store,
    gateway,
    grader,
    programs: createCodeRunner(),
    clock: systemClock,
  });
}

const sampleNow = async () => (await store.findSample("r", "s"))!;
const eventsNow = () => store.sampleEvents("r", "s");
const storyNow = async () =>
  (await eventsNow()).flatMap((event) => {
    if (event.type === "step.finished") return [event.node];
    return event.type === "call.finished" ? [] : [event.type.split(".")[1]];
  });
/** As a process that was killed leaves it: nothing more is committed, and the file is opened anew. */
async function killed(): Promise<void> {
  await store.close();
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
}
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
const waitingNow = async () =>
  Object.entries((await store.view("r")).nodes).flatMap(([node, { waiting }]) =>
    waiting === 0 ? [] : [[node, waiting]],
  );

test("branches run side by side, and the sample goes on once, with what both wrote", async () => {
  const plan = await begin();
  let together = 0;
  const running = new Set<string>();
  const runner = runnerOf(plan, async (role) => {
    running.add(role);
    together = Math.max(together, running.size);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    running.delete(role);
    return undefined;
  });
  expect(await runner.take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect(together).toBe(2);
  const story = await storyNow();
  expect(story.filter((step) => step === "last" || step === "joined" || step === "finished")).toHaveLength(3);
  expect(new Set(story.slice(2, 4))).toEqual(new Set(["left", "right"]));
  expect(story.slice(4)).toEqual(["left-2", "joined", "last", "finished"]);
  expect(stateAfter(await sampleNow(), await eventsNow())).toMatchObject({
    short: "left 2: 2 + 2 is 4.",
    rating: "easy",
  });
  const { edges } = await store.view("r");
  const once = [
    "start>first",
    "first>left",
    "first>right",
    "left>left-2",
    "left-2>last",
    "right>last",
    "last>accepted",
  ];
  expect(edges).toEqual(Object.fromEntries(once.map((edge) => [edge, 1])));
  expect(await waitingNow()).toEqual([]);
});

test("a branch that was done is not run again after a kill, and what the other had paid for is not paid again", async () => {
  const plan = await begin();
  const stuck = Promise.withResolvers<void>();
  const runner = runnerOf(plan, (role, nth, signal) => {
    if (role !== "left") return undefined;
    if (nth === 1) return ""; // Nobody can use it: it is asked again.
    stuck.resolve();
    return untilAborted(signal);
  });
  const taken = runner.take(await sampleNow());
  await stuck.promise;
  await vi.waitFor(async () => expect(await storyNow()).toContain("right"));
  expect(await waitingNow()).toEqual([["left", 1]]);
  runner.abort(new Error("killed"));
  expect(await taken).toEqual({ left: "set-aside" });
  await killed();

  asked = [];
  const again = runnerOf(plan);
  expect(await again.take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  // The first of the interrupted step is answered from the store, the one in the air is asked again.
  expect(asked).toEqual(["left", "left", "m"]);
  const events = await eventsNow();
  expect(events.filter(({ type }) => type === "sample.finished")).toHaveLength(1);
  expect(wayOf(events).map(({ step, calls }) => [step.node, calls.length])).toEqual([
    ["first", 1],
    ["right", 1],
    ["left", 2],
    ["left-2", 1],
    ["last", 1],
  ]);
});

test("a branch that waits at the join while the other is drained waits there after a kill, too", async () => {
  const plan = await begin();
  const runner: Runner = runnerOf(plan, (role, nth) => {
    if (role === "left" && nth === 1) runner.drain();
    return undefined;
  });
  expect(await runner.take(await sampleNow())).toEqual({ left: "set-aside" });
  expect(await waitingNow()).toEqual([["left-2", 1]]);
  await killed();
  asked = [];
  await runnerOf(plan).take(await sampleNow());
  expect(asked).toEqual(["left", "m"]);
});

test("what ends the run in one branch leaves the other time to end, and it is not asked again", async () => {
  const plan = await begin();
  const refused = Promise.withResolvers<void>();
  const runner = runnerOf(plan, async (role) => {
    if (role === "left") {
      refused.resolve();
      throw new ModelError("no-access", "the key is wrong");
    }
    if (role === "right") {
      await refused.promise;
      for (let turn = 0; turn < 20; turn++) await nextTurn();
    }
    return undefined;
  });
  await expect(runner.take(await sampleNow())).rejects.toThrow("the key is wrong");
  await killed();
  expect(await storyNow()).toEqual(["started", "first", "right"]);
  asked = [];
  await runnerOf(plan).take(await sampleNow());
  expect(asked).toEqual(["left", "left", "m"]);
});

test("a branch that ends in an outcome ends the sample once all are done; the first as written wins", async () => {
  const plan = await begin(
    PLAN.replace("then: left-2", "then: rejected")
      .replace(/ {2}left-2: .*\n/, "")
      .replace("writes: rating, then: last", "writes: rating, then: { easy: exhausted, medium: last, hard: last }")
      .replace("left: {", "left: { when: size(problem) > 0,")
      .replace("then: rejected", "then: { written: rejected, skipped: last }"),
  );
  expect(await runnerOf(plan).take(await sampleNow())).toEqual({ left: "finished", outcome: "rejected" });
  expect((await storyNow()).filter((step) => step === "finished" || step === "last")).toEqual(["finished"]);
  expect((await sampleNow()).reason).toBe('"left" ended with written');
  expect(await waitingNow()).toEqual([]);

  await reopenSamples(store, "r", { plan, outcomes: ["rejected"] });
  expect(new Map((await waitingNow()) as [string, number][])).toEqual(
    new Map([
      ["left", 1],
      ["right", 1],
    ]),
  );
  asked = [];
  await runnerOf(plan).take(await sampleNow());
  expect(new Set(asked)).toEqual(new Set(["left", "right"]));
  expect(
    wayOf(await eventsNow())
      .map(({ step }) => step.node)
      .sort(),
  ).toEqual(["first", "left", "right"]);
  expect(await waitingNow()).toEqual([]);
});

test("a sample that ended after its fork goes back behind the fork", async () => {
  const plan = await begin();
  const failing = runnerOf(plan, (role, nth) => {
    if (role === "m" && nth > 1) throw new ModelError("refused", "not that");
    return undefined;
  });
  expect(await failing.take(await sampleNow())).toEqual({ left: "finished", outcome: "failed" });
  await reopenSamples(store, "r", { plan, outcomes: ["failed"] });
  asked = [];
  expect(await runnerOf(plan).take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect(asked).toEqual(["m"]);
});

test("branches whose `when` is false are passed by; with none left, the fork costs nothing", async () => {
  const plan = await begin(
    PLAN.replace("left: {", "left: { when: has(rating),")
      .replace("left-2: {", "left-2: { when: has(rating),")
      .replace("right: {", "right: { when: has(rating),")
      .replace("last: {", "last: { when: visits(last) == 0,"),
  );
  expect(await runnerOf(plan).take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect(asked).toEqual(["m", "m"]);
  expect(await storyNow()).toEqual(["started", "first", "last", "finished"]);
  const { edges } = await store.view("r");
  const once = [
    "start>first",
    "first>left",
    "first>right",
    "left>left-2",
    "left-2>last",
    "right>last",
    "last>accepted",
  ];
  expect(edges).toEqual(Object.fromEntries(once.map((edge) => [edge, 1])));
});

test("an edit in a branch sends samples back to where the fork began, and the counters follow", async () => {
  const plan = await begin();
  await runnerOf(plan).take(await sampleNow());
  const same = await surveyEdit(store, "r", planOf(`${PLAN}  # Only a comment.\n`, "first", ROLES));
  expect(same).toMatchObject({ untouched: 1, back: [] });
  const edited = planOf(PLAN.replace("left: {", "left: { tries: 2,"), "first", ROLES);
  expect(await editRun(store, "r", edited)).toMatchObject({ untouched: 0, back: [{ samples: 1 }] });
  expect(new Map((await waitingNow()) as [string, number][])).toEqual(
    new Map(["left", "right"].map((node) => [node, 1])),
  );
  expect((await store.view("r")).edges).toEqual({ "start>first": 1, "first>left": 1, "first>right": 1 });
  asked = [];
  expect(await runnerOf(edited).take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect([...asked].sort()).toEqual(["left", "left", "m", "right"]);
  expect(wayOf(await eventsNow()).map(({ step }) => step.node)).toHaveLength(5);
  expect(await waitingNow()).toEqual([]);
  const ones = Object.values((await store.view("r")).edges);
  expect(new Set(ones)).toEqual(new Set([1]));
});
