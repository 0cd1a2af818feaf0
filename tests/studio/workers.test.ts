import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { createRun } from "../../src/engine/run.ts";
import { type Crew, openCrew, selfAs } from "../../src/store/crew/crew.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { readPlace } from "../../src/store/where.ts";
import type { RunPage } from "../../src/studio/api.ts";
import { planOf } from "../engine/plan-of.ts";
import { startPostgres, type TestPostgres } from "../postgres.ts";
import { openStudio } from "./rig.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());

async function sharedRun(): Promise<{ address: string; store: Store; crew: Crew }> {
  const address = await postgres.newDatabase();
  const store = await openStore(readPlace(address, {}), { create: true });
  const crew = await openCrew(address, { clock: systemClock });
  onTestFinished(async () => {
    await crew.close();
    await store.close();
  });
  const settings = {
    seed: 0,
    inFlight: 4,
    workers: 1,
    budgetUsd: undefined,
    accepted: undefined,
    input: "i",
    graphFile: "g",
  };
  const samples = (async function* () {
    yield { id: "a", line: 1, state: { problem: "p" }, source: {} };
  })();
  await createRun(store, {
    run: "r",
    plan: planOf("  a: { kind: generate, model: m, prompt: p.md, writes: trace, then: accepted }"),
    settings,
    samples,
  });
  return { address, store, crew };
}

it("shows the workers of a shared run, silent ones too, and pauses the run for all of them", async () => {
  const { address, store, crew } = await sharedRun();
  const doing = { run: "r", queue: "q", inFlight: 3, finished: 7, perMinute: 40, jobs: [] };
  await crew.members.beat(selfAs("first", "v", "1"), doing);
  await crew.members.beat(selfAs("second", "v", "2"), doing);
  await crew.members.beat(selfAs("elsewhere", "v", "3"), { ...doing, run: "other" });
  await postgres.ask(address, "UPDATE mezzo.members SET beat = now() - interval '1 minute' WHERE id = '2'");
  const studio = await openStudio(undefined, { store, storePath: address });
  const page = await studio.get<RunPage>("/api/run?run=r");
  expect(page.workers).toMatchObject([
    { name: "first", inFlight: 3, perMinute: 40, isSilent: false },
    { name: "second", isSilent: true },
  ]);
  expect(page).toMatchObject({ state: "running", can: { pause: true, resume: false, retry: false } });
  await studio.post("/api/pause", { run: "r" });
  expect((await store.findRun("r"))?.state).toBe("paused");
  expect((await studio.get<{ store: string }>("/api/studio")).store).toContain(":***@");
});
