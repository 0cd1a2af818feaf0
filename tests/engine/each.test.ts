/** Nodes that set fields, and nodes over pieces of a text, in a run: what is stored, and what a kill costs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChatRequest } from "../../src/core/chat.ts";
import { systemClock } from "../../src/core/clock.ts";
import { stateAfter } from "../../src/engine/history.ts";
import { createRun, type RunSettings } from "../../src/engine/run.ts";
import { createRunner } from "../../src/engine/runner.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { createGateway } from "../../src/models/gateway.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { createCodeRunner } from "../../src/nodes/code/index.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { planOf } from "./plan-of.ts";

let folder: string;
let store: Store;
const grader = createGrader();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function begin(nodes: string, state: object): Promise<Plan> {
  const plan = planOf(nodes);
  const samples = (async function* () {
    yield { id: "s", state: { problem: "What is 2 + 2?", ...state }, source: {}, line: 1 };
  })();
  const settings = { seed: 1, inFlight: 4, workers: 1, input: "", graphFile: "" } as unknown as RunSettings;
  await createRun(store, { run: "r", plan, settings, samples });
  return plan;
}

function runnerOf(plan: Plan, reply: (piece: string, signal: AbortSignal) => string | Promise<string>) {
  const ask = async (request: ChatRequest, { signal }: { signal: AbortSignal }) => {
    const text = await reply(request.task.values.trace ?? "", signal);
    return { text, finish: "stop", usage: { in: 1, out: 1 }, model: "m" } as const;
  };
  const gateway = createGateway({ models: { m: { spec: plan.models.m!, model: { ask } } } });
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
const stateNow = async () => stateAfter(await sampleNow(), await store.sampleEvents("r", "s"));

test("fields are set from expressions, round after round", async () => {
  const plan = await begin(
    `
  a: { kind: set, values: { rounds: "visits(a) + tokens(problem) * 0", short: "has(trace) ? trace : 'none yet'", rating: "visits(a) > 1 ? 'hard' : 'easy'" }, limit: 3, then: [{ when: rounds >= 2, to: b }, { to: a }] }
  b: { kind: set, values: { rounds: 0.5 }, then: accepted }
`,
    {},
  );
  expect(await runnerOf(plan, () => "").take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect(await stateNow()).toMatchObject({ rounds: 0.5, short: "none yet", rating: "hard" });
});

test("an expression that a sample has no answer to, or no fit one, fails its step and not the run", async () => {
  const plan = await begin(
    `
  a: { kind: set, values: { short: trace }, onError: b, then: accepted }
  b: { kind: set, values: { rating: "problem" }, then: accepted }
`,
    {},
  );
  expect(await runnerOf(plan, () => "").take(await sampleNow())).toEqual({ left: "finished", outcome: "failed" });
  const steps = (await store.sampleEvents("r", "s")).flatMap((event) =>
    event.type === "step.finished" ? [event.reason] : [],
  );
  expect(steps).toEqual([
    'the expression "trace" needs "trace", which this sample does not have',
    '"rating" takes one of easy, medium, hard, and `problem` came to "What is 2 + 2?"',
  ]);
});

test("a step over pieces that is killed between two asks for none of them twice", async () => {
  const nodes = `  a: { kind: rewrite, model: m, prompt: t.md, writes: trace, each: { size: 1, parallel: 2 }, then: accepted }`;
  const pieces = ["First, 2 + 2.", "Then 4.", "Then 4 again.", "So 4."];
  const plan = await begin(nodes, { trace: pieces.join("\n\n") });
  const stuck = Promise.withResolvers<void>();
  let asked: string[] = [];
  const runner = runnerOf(plan, (piece, signal) => {
    asked.push(piece);
    if (piece !== "So 4.") return `${piece} Yes, 2 + 2.`;
    stuck.resolve();
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const taken = runner.take(await sampleNow());
  await stuck.promise;
  await vi.waitFor(async () => expect(await store.openCalls("r", "s")).toHaveLength(3));
  runner.abort(new Error("killed"));
  await taken;
  expect(asked).toEqual(pieces);
  asked = [];
  const again = runnerOf(plan, (piece) => {
    asked.push(piece);
    return `${piece} Yes, 2 + 2.`;
  });
  expect(await again.take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect(asked).toEqual(["So 4."]);
  expect((await stateNow()).trace).toBe(pieces.map((piece) => `${piece} Yes, 2 + 2.`).join("\n\n"));
  const calls = (await store.sampleEvents("r", "s")).flatMap((event) =>
    event.type === "call.finished" ? [event.ask] : [],
  );
  expect(new Set(calls)).toEqual(new Set([1000, 2000, 3000, 4000]));
});
