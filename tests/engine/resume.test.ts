/** A run against a model server over real sockets, whole, and killed in the middle: what it costs and what comes out. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { appleRows, expectedWay, makeRig, type Rig } from "../rig.ts";

const SAMPLES = 300;
const ways = Array.from({ length: SAMPLES }, (_, n) => expectedWay(n));
const NEEDED = ways.reduce((sum, way) => sum + way.calls, 0);

interface Listed {
  readonly id: string;
  readonly outcome: string | null;
  readonly steps: readonly { readonly node: string }[];
}

async function waysOf(rig: Rig, run: string): Promise<Record<string, string>> {
  const listed = await rig.json<Listed[]>("inspect", run, "--limit", "1000");
  return Object.fromEntries(
    listed.map(({ id, outcome, steps }) => [id, `${steps.map((step) => step.node).join(" ")} ${outcome}`]),
  );
}

const EXPECTED = Object.fromEntries(ways.map((way, n) => [`apple-${n}`, `${way.steps.join(" ")} accepted`]));

test("a run of 300 samples takes each the way the graph says, with exactly the calls that needs", async () => {
  const rig = await makeRig();
  const server = await rig.serve();
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(SAMPLES));
  const result = await rig.json<{ calls: number; outcomes: { accepted: number } }>(
    "run",
    graph,
    "--input",
    "in.jsonl",
    "--run",
    "r",
  );
  expect(result).toMatchObject({ run: "r", samples: SAMPLES, calls: NEEDED, outcomes: { accepted: SAMPLES } });
  const counts = await server.counts();
  expect(counts.requests).toBe(NEEDED);
  expect(await waysOf(rig, "r")).toEqual(EXPECTED);
});

test("a run killed half way resumes, loses nothing, and asks again at most for what was in the air", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 40, spread: 0.5 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(SAMPLES));
  const inFlight = 64;
  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", "--in-flight", String(inFlight));
  while ((await server.counts()).requests < NEEDED / 2) await sleep(5);
  going.child.kill("SIGKILL");
  await going.ended;

  const resumed = await rig.json<{ outcomes: { accepted: number } }>("resume", "r");
  expect(resumed).toMatchObject({ samples: SAMPLES, outcomes: { accepted: SAMPLES } });
  const { requests } = await server.counts();
  expect(requests).toBeGreaterThanOrEqual(NEEDED);
  expect(requests).toBeLessThanOrEqual(NEEDED + inFlight);
  expect(await waysOf(rig, "r")).toEqual(EXPECTED);
}, 60_000);

test("a run killed five times over still asks again at most for what was in the air each time", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 20, spread: 1 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(120));
  const needed = ways.slice(0, 120).reduce((sum, way) => sum + way.calls, 0);
  const inFlight = 16;
  let kills = 0;
  for (let round = 0; round < 5; round++) {
    const before = (await server.counts()).requests;
    const args = round === 0 ? ["run", graph, "--input", "in.jsonl", "--run", "r"] : ["resume", "r"];
    const going = rig.start(...args, "--in-flight", String(inFlight));
    while (going.child.exitCode === null && (await server.counts()).requests < before + 40) await sleep(3);
    if (going.child.exitCode !== null) break;
    going.child.kill("SIGKILL");
    await going.ended;
    kills += 1;
  }
  expect(kills).toBeGreaterThan(2);
  const resumed = await rig.json<{ outcomes: { accepted: number } }>("resume", "r");
  expect(resumed.outcomes.accepted).toBe(120);
  expect((await server.counts()).requests).toBeLessThanOrEqual(needed + kills * inFlight);
  expect(Object.entries(await waysOf(rig, "r"))).toEqual(Object.entries(EXPECTED).slice(0, 120));
}, 60_000);
