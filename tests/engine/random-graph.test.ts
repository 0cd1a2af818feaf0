/** Whatever valid graph: it compiles, draws, and takes every sample to one outcome, drained on the way or not. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { foldRun, type SampleEvent } from "../../src/core/events.ts";
import { placesOf, stateAfter } from "../../src/engine/history.ts";
import { createRun, type RunSettings } from "../../src/engine/run.ts";
import { createRunner, type Runner } from "../../src/engine/runner.ts";
import { drawMermaid } from "../../src/graph/diagram.ts";
import { drawGraph } from "../../src/graph/drawing.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { createGateway } from "../../src/models/gateway.ts";
import { SimulatedModel } from "../../src/models/simulated.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { createCodeRunner } from "../../src/nodes/code/index.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { planOf } from "./plan-of.ts";
import { linesOf, randomGraph } from "./random-graph.ts";

// The same graphs each time: a run of the suite tells of a change, not of luck. MEZZO_SEED=<n> looks elsewhere.
fc.configureGlobal({ seed: Number(process.env.MEZZO_SEED ?? 20261123) });

let folder: string;
let store: Store;
const grader = createGrader();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
});
afterAll(async () => {
  await store.close();
  await grader.close();
  await rm(folder, { recursive: true });
});

const SAMPLES = 4;
const TRACE = "Ann has 3 apples.\n\nShe buys 4 more apples, so 3 + 4 = 7.\n\nThe answer is \\boxed{7}.";

async function begin(run: string, plan: Plan): Promise<void> {
  const samples = (async function* () {
    for (let n = 0; n < SAMPLES; n++) {
      const state = {
        problem: `Ann has ${n} apples and buys 4 more apples. How many?`,
        ...(n % 2 && { trace: TRACE }),
      };
      yield { id: `s${n}`, state, source: {}, line: n + 1 };
    }
  })();
  const settings = { seed: 1, inFlight: 4, workers: 1, input: "", graphFile: "" } as unknown as RunSettings;
  await createRun(store, { run, plan, settings, samples });
}

function runnerOf(run: string, plan: Plan): Runner {
  const spec = { ...plan.models.m!, errors: 0, garbage: 0.1, lies: 0.3, medium: 0.5 } as never;
  const gateway = createGateway({ models: { m: { spec, model: new SimulatedModel(spec, systemClock) } } });
  return createRunner({ plan, run, seed: 1, store, gateway, grader, programs: createCodeRunner(), clock: systemClock });
}

/** Takes every sample; the first runner stops at the next steps, if it is told to, and a second one goes on. */
async function work(run: string, plan: Plan, drains: boolean): Promise<void> {
  for (const pass of drains ? ["drained", "whole"] : ["whole"]) {
    const runner = runnerOf(run, plan);
    const samples = await store.samples(run, { outcomes: ["unfinished"], limit: SAMPLES });
    const taken = samples.map((sample) => runner.take(sample));
    if (pass === "drained") setImmediate(() => runner.drain());
    await Promise.all(taken);
  }
}

const story = (events: readonly SampleEvent[]) =>
  events
    .flatMap((event) => (event.type === "step.finished" ? [`${event.node} ${event.visit} ${event.label}`] : []))
    .sort();

test("a random valid graph takes every sample to one outcome, the same whether it was stopped on the way or not", {
  timeout: 120_000,
}, async () => {
  let no = 0;
  let steps = 0;
  const forked = new Set<string>();
  await fc.assert(
    fc.asyncProperty(randomGraph, async (graph) => {
      const plan = planOf(linesOf(graph), graph.start);
      expect(drawMermaid(plan)).toContain("last");
      expect(drawGraph(plan).nodes.length).toBeGreaterThan(Object.keys(plan.nodes).length);
      no += 1;
      const ends: unknown[] = [];
      for (const run of [`r${no}`, `r${no}-stopped`]) {
        await begin(run, plan);
        await work(run, plan, run.endsWith("stopped"));
        const all: SampleEvent[] = [];
        for (const sample of await store.samples(run, { limit: SAMPLES })) {
          const events = await store.sampleEvents(run, sample.id);
          expect(events.filter(({ type }) => type === "sample.finished")).toHaveLength(1);
          expect(placesOf(events)).toEqual([]);
          ends.push([run, sample.id, sample.outcome, sample.reason, stateAfter(sample, events), story(events)]);
          if (events.some(({ type }) => type === "fork.joined")) forked.add(run);
          all.push(...events);
        }
        steps += all.filter(({ type }) => type === "step.finished").length;
        const view = await store.view(run);
        expect(Object.values(view.nodes).filter(({ waiting }) => waiting !== 0)).toEqual([]);
        expect({ ...foldRun(all), samples: SAMPLES }).toEqual(view);
      }
      const of = (run: string) =>
        ends.filter((end) => (end as string[])[0] === run).map((end) => (end as unknown[]).slice(1));
      expect(of(`r${no}-stopped`)).toEqual(of(`r${no}`));
    }),
    { numRuns: 40 },
  );
  // Not vacuous: graphs that do something, and a good part of them with forks.
  expect(steps).toBeGreaterThan(500);
  expect(forked.size).toBeGreaterThan(20);
});
