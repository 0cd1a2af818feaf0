/** A finished run is replayed from its own calls, without a network. */
import { expect, test } from "vitest";
import { appleRows, makeRig, type Rig } from "../rig.ts";

/** A run with a price and a seed of its own, whose server is gone and whose variables are no longer set. */
async function recordedRun(): Promise<{ rig: Rig; graph: string; ran: object }> {
  const rig = await makeRig();
  const server = await rig.serve();
  const more = ', temperature: 0.3, apiKey: "${KEY}", inFlight: 8, price: { inUsdPerMTok: 1, outUsdPerMTok: 1 }';
  const graph = await rig.distillAt("${BASE_URL}", more);
  await rig.write("in.jsonl", appleRows(12));
  const args = ["run", graph, "--input", "in.jsonl", "--run", "first", "--seed", "7", "--json"];
  const ended = await rig.startWith({ env: { BASE_URL: server.url, KEY: "k" } }, ...args).ended;
  expect(ended.stderr).not.toContain("error");
  await server.close();
  return { rig, graph, ran: JSON.parse(ended.stdout) as object };
}

const waysOf = async (rig: Rig, run: string) =>
  (await rig.json<{ id: string; outcome: string; steps: object[] }[]>("inspect", run)).map(
    ({ id, outcome, steps }) => ({
      id,
      outcome,
      steps,
    }),
  );

test("--replay answers every model from an earlier run: the same ways, no server, no key, no cost", async () => {
  const { rig, graph, ran } = await recordedRun();
  const args = ["--input", "in.jsonl", "--run", "again", "--replay", "first", "--budget-usd", "1"];
  const again = await rig.json("run", graph, ...args);
  expect(again).toEqual({ ...ran, run: "again", costUsd: 0 });
  expect(await waysOf(rig, "again")).toEqual(await waysOf(rig, "first"));
  const { stdout } = await rig.mezzo("inspect", "again", "apple-1", "--calls");
  expect(stdout).toContain("to judge (judge)");
});

test("one model alone is replayed by --set, whose old address, key, price and limits go by themselves", async () => {
  const { rig, graph } = await recordedRun();
  const recorded = ["teacher", "judge", "rewriter"].flatMap((role) => [
    ...["--set", `models.${role}.run=first`],
    ...["--set", `models.${role}.provider=recorded`],
  ]);
  const args = ["run", graph, "--input", "in.jsonl", "--seed", "7", "--run", "again", ...recorded];
  expect(await rig.json(...args)).toMatchObject({ outcomes: { accepted: 12 } });
});

test("a model that names no model finds the calls of whichever it was", async () => {
  const { rig, graph } = await recordedRun();
  const recorded = ["teacher", "judge", "rewriter"].flatMap((role) => [
    "--set",
    `models.${role}={ provider: recorded, run: first, temperature: 0.3 }`,
  ]);
  const args = ["run", graph, "--input", "in.jsonl", "--seed", "7", "--run", "again", ...recorded];
  expect(await rig.json(...args)).toMatchObject({ outcomes: { accepted: 12 } });
});

test("a request that was never made fails its sample, never guesses", async () => {
  const { rig, graph } = await recordedRun();
  const args = ["--input", "in.jsonl", "--run", "again", "--replay", "first", "--seed", "8"];
  expect(await rig.json("run", graph, ...args)).toMatchObject({ outcomes: { failed: 12 } });
  const { stdout } = await rig.mezzo("inspect", "again", "apple-1");
  expect(stdout).toContain('The run "first" never asked judge this (judge)');
});

test("replaying a run that is not there does not start", async () => {
  const { rig, graph } = await recordedRun();
  const { code, stderr } = await rig.mezzo("run", graph, "--input", "in.jsonl", "--replay", "nobody");
  expect(code).toBe(2);
  expect(stderr).toContain('There is no run "nobody"');
  expect(stderr).toContain("Runs: first.");
});
