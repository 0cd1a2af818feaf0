/** One run and many processes, as people meet them: who may take part, what is refused, how it is stopped for all. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { openCrew } from "../../src/store/crew/crew.ts";
import { startPostgres, type TestPostgres } from "../postgres.ts";
import { appleRows, makeRig } from "../rig.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());

const KEY = { JUDGE_KEY: "very-secret" };

test("a worker that can't do a run's work says why, leaves it to others, and one that can finishes it", async () => {
  const rig = await makeRig();
  const store = await postgres.newDatabase();
  const server = await rig.serve();
  await rig.write("in.jsonl", appleRows(6));
  const graph = await rig.distillAt(server.url, ', apiKey: "${JUDGE_KEY}"');
  const planner = rig.startWith({ env: KEY }, "run", graph, "--input", "in.jsonl", "--run", "r", "--store", store);
  await planner.says("more workers");
  planner.child.kill("SIGKILL");
  await planner.ended;
  const work = (env: Record<string, string>, ...more: string[]) =>
    rig.startWith({ env }, "work", "--run", "r", "--until-idle", "--workers", "1", "--store", store, ...more).ended;

  const keyless = await work({});
  expect(keyless).toMatchObject({ code: 2, stderr: expect.stringContaining("JUDGE_KEY is not set") });
  expect(keyless.stderr).toContain("leaves run r to others");

  const setVersion = async (version: string) => {
    const crew = await openCrew(store, { clock: systemClock });
    const [row] = await postgres.ask(
      store,
      "SELECT convert_from(name, 'UTF8') AS name FROM mezzo.books WHERE name LIKE 'terms%'",
    );
    await crew.change<{ version: string }, void>(String(row!.name), (terms) => ({
      body: { ...terms, version },
      result: undefined,
    }));
    await crew.close();
  };
  const { stdout: own } = await rig.mezzo("--version");
  await setVersion("0.0.7");
  const other = await work(KEY);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain(`planned by Mezzo 0.0.7, and this is Mezzo ${own.trim()}`);
  await setVersion(own.trim());

  const able = await work(KEY, "--name", "able");
  expect(able).toMatchObject({ code: 0, stderr: expect.stringContaining("run r is finished: 6 accepted") });
  const dump = await postgres.ask(store, "SELECT string_agg(m::text, '') AS all FROM mezzo.members m");
  expect(JSON.stringify(dump)).not.toContain("very-secret");
});

test("a run is shown with its workers, kept from being changed under their hands, and paused and gone on with for all", async () => {
  const rig = await makeRig();
  const store = await postgres.newDatabase();
  const server = await rig.serve({ latencyMs: 150 });
  await rig.write("in.jsonl", appleRows(40));
  const graph = await rig.distillAt(server.url);
  const own = ["--workers", "1", "--in-flight", "4", "--store", store];
  const planner = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", ...own);
  await planner.says("more workers");
  const worker = rig.start("work", "--name", "second", ...own);
  await worker.says("works on run r");

  type Status = { state: string; workers?: readonly { name: string; isSilent: boolean }[] };
  const status = () => rig.json<Status>("status", "r", "--store", store);
  const { state, workers = [] } = await status();
  expect(state).toBe("running");
  expect(workers.map(({ name }) => name)).toContain("second");
  const refused = await rig.mezzo("retry", "r", "--store", store);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/is being worked on by worker .*\n.*mezzo pause r/),
  });
  const dearer = await rig.mezzo("resume", "r", "--budget-usd", "5", "--store", store);
  expect(dearer).toMatchObject({ code: 2, stderr: expect.stringContaining("budgetUsd hold for all of them") });

  await rig.mezzo("pause", "r", "--store", store);
  expect(await planner.ended).toMatchObject({ code: 130, stderr: expect.stringContaining("paused: Paused by hand.") });
  await worker.says("run r is paused");
  expect((await status()).state).toBe("paused");
  const gone = await rig.mezzo("resume", "r", ...own);
  expect(gone.code, gone.stderr).toBe(0);
  worker.child.kill("SIGTERM");
  expect((await worker.ended).code).toBe(130);
  expect((await server.counts()).paidTwice).toEqual({});
  expect(planner.said() + worker.said()).not.toContain(encodeURIComponent(postgres.password));
});
