/** Stopping a run by signals, and who may work on it: one process at a time. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { MockOptions } from "../mock-server.ts";
import { appleRows, type Going, makeRig } from "../rig.ts";

const SAMPLES = 20;

/** A run under way: the server has been asked so often. */
async function underWay(mock: MockOptions, requests: number) {
  const rig = await makeRig();
  const server = await rig.serve(mock);
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(SAMPLES));
  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", "--in-flight", "8");
  while ((await server.counts()).requests < requests && going.child.exitCode === null) await sleep(5);
  return { rig, server, going };
}

async function endOf(going: Going): Promise<number | null> {
  return (await going.ended).code;
}

test("SIGTERM drains as Ctrl-C does: the steps under way end, nothing is paid twice, the run resumes", async () => {
  const { rig, server, going } = await underWay({ latencyMs: 100 }, 15);
  going.child.kill("SIGTERM");
  expect(await endOf(going)).toBe(130);
  expect((await going.ended).stderr).toContain("each ends its step first");
  expect(await rig.json("status", "r")).toMatchObject({ state: "paused", pausedBy: { code: "interrupted" } });
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: SAMPLES } });
  expect((await server.counts()).paidTwice).toEqual({});
});

test("a second signal cuts what the first one waits for, whichever they are", async () => {
  const { rig, server, going } = await underWay({ latencyMs: 60_000, spread: 0 }, 8);
  going.child.kill("SIGINT");
  await going.says("Ctrl-C again");
  going.child.kill("SIGTERM");
  expect(await endOf(going)).toBe(130);
  await server.set({ latencyMs: 0 });
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: SAMPLES } });
});

test("a signal while every call waits for its next try ends the run all the same", async () => {
  const { rig, server, going } = await underWay({ faults: { "429-retry-after": 1 }, retryAfterS: 600 }, 4);
  going.child.kill("SIGTERM");
  await going.says("Ctrl-C again");
  going.child.kill("SIGTERM");
  expect(await endOf(going)).toBe(130);
  await server.set({ faults: {} });
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: SAMPLES } });
});

test("two processes work on two runs in one store", async () => {
  const { rig, going } = await underWay({ latencyMs: 20 }, 1);
  const other = await rig.json("run", "graphs/distill.yaml", "--input", "in.jsonl", "--run", "other");
  expect(other).toMatchObject({ outcomes: { accepted: SAMPLES } });
  expect(await endOf(going)).toBe(0);
  const store = openSqliteStore({ path: rig.path("state/mezzo.db") });
  expect(await store.check()).toEqual([]);
  await store.close();
});

test("a run that was killed while it read its input does not resume with a part of it, but is begun again", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(5));
  const store = openSqliteStore({ path: rig.path("state/mezzo.db") });
  const settings = { graphFile: graph, input: "in.jsonl" };
  await store.createRun({ run: "r", graph: "distill", plan: "p", planBody: "{}", settings, at: 1 });
  await store.addSamples("r", [{ id: "apple-0", line: 1, state: { problem: "p" }, source: {} }]);
  await store.close();
  const { code, stderr } = await rig.mezzo("resume", "r");
  expect(code).toBe(2);
  expect(stderr).toContain("was ended while it read its input");
  expect(stderr).toContain("--input in.jsonl --run r");
  const begun = await rig.json("run", graph, "--input", "in.jsonl", "--run", "r");
  expect(begun).toMatchObject({ samples: 5, outcomes: { accepted: 5 } });
});

test("a run that was killed after its last sample and before it said so ends when it is resumed", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(3));
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "r");
  const store = openSqliteStore({ path: rig.path("state/mezzo.db") });
  await store.append("r", [{ type: "run.resumed", at: Date.now() }]);
  await store.close();
  expect(await rig.json("status", "r")).toMatchObject({ state: "paused" });
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: 3 } });
  expect(await rig.json("status", "r")).toMatchObject({ state: "finished" });
});

test("of two processes that resume a run at the same moment, one works on it and one is told", async () => {
  const { rig, server, going } = await underWay({ latencyMs: 50 }, 10);
  going.child.kill("SIGKILL");
  await going.ended;
  const ends = await Promise.all([rig.mezzo("resume", "r"), rig.mezzo("resume", "r")]);
  expect(ends.map((end) => end.code).sort()).toEqual([0, 2]);
  expect(ends.find((end) => end.code === 2)?.stderr).toContain("is being worked on by process");
  expect(await rig.json("status", "r")).toMatchObject({ state: "finished", outcomes: { accepted: SAMPLES } });
  const repeats = Object.values((await server.counts()).paidTwice).reduce((sum, answers) => sum + answers - 1, 0);
  expect(repeats).toBeLessThanOrEqual(8);
});
