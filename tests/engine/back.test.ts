/** Another go, at the moments that a process may be killed in. The model is played; LangGraph and the store are real. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChatReply, ChatRequest } from "../../src/core/chat.ts";
import { systemClock } from "../../src/core/clock.ts";
import { reopenSamples } from "../../src/engine/back.ts";
import { createRun, type RunSettings } from "../../src/engine/run.ts";
import { createRunner, type Runner } from "../../src/engine/runner.ts";
import { openGraph } from "../../src/graph/open.ts";
import { createGateway } from "../../src/models/gateway.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { createCodeRunner } from "../../src/nodes/code/index.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import type { MockRequest } from "../mock-server.ts";
import { appleReply, appleSample } from "../rig.ts";

const plan = openGraph("graphs/distill.yaml", { env: {} }).plan!;
const settings: RunSettings = {
  ...{ seed: 1, inFlight: 4, workers: 1, budgetUsd: undefined, accepted: undefined, input: "", graphFile: "" },
};
/** Goes through collect, judge, condense, verify, condense, verify. */
const SAMPLE = "apple-3";

let folder: string;
let store: Store;
const grader = createGrader();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
  const { id, ...rest } = appleSample(3);
  const samples = (async function* () {
    yield { id, state: { ...rest }, source: {}, line: 1 };
  })();
  await createRun(store, { run: "r", plan, settings, samples });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

type Playing = (request: ChatRequest, role: string, signal: AbortSignal) => Promise<string | undefined>;

/** A runner whose models answer as the apple story goes, unless `play` says otherwise. */
function runnerThat(play: Playing = async () => undefined): Runner {
  const ask = async (role: string, request: ChatRequest, signal: AbortSignal): Promise<ChatReply> => {
    const text = request.messages.map((message) => message.content).join("\n\n");
    const said = (await play(request, role, signal)) ?? String(await appleReply({ model: role, text } as MockRequest));
    return { text: said, finish: "stop", usage: { in: 1, out: 1 }, model: role };
  };
  const models = Object.fromEntries(
    Object.entries(plan.models).map(([role, spec]) => [
      role,
      {
        spec,
        model: { ask: (request: ChatRequest, { signal }: { signal: AbortSignal }) => ask(role, request, signal) },
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

const sampleNow = async () => (await store.findSample("r", SAMPLE))!;
const stepsNow = async () =>
  (await store.sampleEvents("r", SAMPLE)).flatMap((event) =>
    event.type === "step.finished" ? [`${event.node} ${event.visit}`] : event.type === "sample.reopened" ? ["|"] : [],
  );
const WAY = ["collect 1", "judge 1", "condense 1", "verify 1", "condense 2", "verify 2", "accept 1"];

/** Garbage from the judge on its first verification: the sample ends undecided there. */
const muteAtVerify: Playing = async (request) =>
  request.task.purpose === "verify" && /version 1/.test(request.task.values.trace!) ? "no word" : undefined;

async function reopen() {
  return reopenSamples(store, "r", { plan, outcomes: ["failed", "undecided"] });
}

test("a sample given up on its way goes on where it was, and does no step again", async () => {
  const runner: Runner = runnerThat(async (request) => {
    if (request.task.purpose === "verify") runner.drain();
    return undefined;
  });
  expect(await runner.take(await sampleNow())).toEqual({ left: "set-aside" });
  expect(await stepsNow()).toEqual(WAY.slice(0, 4));
  const given = { type: "sample.finished", sample: SAMPLE, at: 1, outcome: "failed", reason: "workers died" } as const;
  await store.append("r", [{ ...given, during: "condense", shapedBy: [], tokensBefore: 0, tokensAfter: 0 }]);
  expect(await reopen()).toEqual({ samples: 1, fromStart: 0 });
  expect(await runnerThat().take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect(await stepsNow()).toEqual([...WAY.slice(0, 4), "|", ...WAY.slice(4)]);
  expect((await store.view("r")).nodes.condense).toMatchObject({ waiting: 0, visits: 2 });
});

test("a sample that was interrupted in its new go is not sent back a second time", async () => {
  expect(await runnerThat(muteAtVerify).take(await sampleNow())).toEqual({ left: "finished", outcome: "undecided" });
  await reopen();
  const cut: Runner = runnerThat((_request, _role, signal) => {
    setImmediate(() => cut.abort(new Error("killed")));
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  expect(await cut.take(await sampleNow())).toEqual({ left: "set-aside" });
  expect(await runnerThat().take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect(await stepsNow()).toEqual([...WAY.slice(0, 4), "|", ...WAY.slice(3)]);
  expect(await forks()).toBe(1);
});

test("a sample whose last checkpoint was cut off by a kill goes on at the node that ended it", async () => {
  await runnerThat(muteAtVerify).take(await sampleNow());
  await store.close();
  const db = new Database(join(folder, "mezzo.db"));
  expect(db.prepare("DELETE FROM checkpoints WHERE id = (SELECT max(id) FROM checkpoints)").run().changes).toBe(1);
  db.close();
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
  await reopen();
  expect(await runnerThat().take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  expect(await stepsNow()).toEqual([...WAY.slice(0, 4), "|", ...WAY.slice(3)]);
});

test("the same end three times over takes three goes, each with seeds of its own", async () => {
  const seeds: unknown[] = [];
  const play: Playing = async (request, role, signal) => {
    if (request.task.purpose === "verify") seeds.push(request.sampling.seed);
    return muteAtVerify(request, role, signal);
  };
  for (let go = 0; go < 3; go++) {
    expect(await runnerThat(play).take(await sampleNow())).toEqual({ left: "finished", outcome: "undecided" });
    await reopen();
  }
  expect(await sampleNow()).toMatchObject({ goes: 3 });
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(await runnerThat().take(await sampleNow())).toEqual({ left: "finished", outcome: "accepted" });
  const again = ["|", "verify 1"];
  expect(await stepsNow()).toEqual([...WAY.slice(0, 4), ...again, ...again, ...again, ...WAY.slice(4)]);
  expect(await store.check()).toEqual([]);
});

async function forks(): Promise<number> {
  let count = 0;
  for await (const { metadata } of store.saver.list({ configurable: { thread_id: `r/${SAMPLE}` } })) {
    if (metadata?.source === "update") count += 1;
  }
  return count;
}
