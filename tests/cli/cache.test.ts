/** `--cache`: what any run in the store has asked before, word for word, is not asked again. */
import { expect, test } from "vitest";
import { appleRows, makeRig } from "../rig.ts";

interface Ran {
  readonly calls: number;
  readonly costUsd: number;
  readonly tokens: { readonly in: number };
}

async function ranOnce() {
  const rig = await makeRig();
  const server = await rig.serve();
  const price = ", price: { inUsdPerMTok: 1, outUsdPerMTok: 1 }";
  const graph = await rig.distillAt(server.url, price);
  await rig.write("in.jsonl", appleRows(12));
  const run = (name: string, ...flags: string[]) =>
    rig.json<Ran>("run", graph, "--input", "in.jsonl", "--run", name, ...flags);
  const first = await run("first");
  const asked = async () => (await server.counts()).requests;
  return { rig, graph, run, first, asked };
}

test("the same run again asks nobody and costs nothing, and its calls say where they came from", async () => {
  const { rig, run, first, asked } = await ranOnce();
  const again = await run("again", "--cache");
  expect(await asked()).toBe(first.calls);
  expect(again).toMatchObject({ calls: first.calls, costUsd: 0, tokens: { in: 0 }, outcomes: { accepted: 12 } });
  const { events } = await rig.json<{ events: { type: string; attempts?: number }[] }>("inspect", "again", "apple-1");
  const calls = events.filter((event) => event.type === "call.finished");
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.every((call) => call.attempts === 0)).toBe(true);
  expect((await rig.mezzo("inspect", "again", "apple-1", "--calls")).stdout).toContain(
    "to judge (judge): from the cache",
  );
});

test("after an edit only what it touches is asked: here the prompt of one node", async () => {
  const { rig, run, first, asked } = await ranOnce();
  await rig.write("prompts/verify.md", `${await rig.read("prompts/verify.md")}\nBe strict.\n`);
  await run("edited", "--cache");
  const status = await rig.json<{ nodes: Record<string, { visits: number }> }>("status", "edited");
  expect((await asked()) - first.calls).toBe(status.nodes.verify!.visits);
});

test("without the flag, with another seed, or with another extra, everything is asked", async () => {
  const { rig, graph, run, first, asked } = await ranOnce();
  const extra = (await rig.read("graphs/distill.yaml")).replaceAll(
    /(provider: openai,)/g,
    "$1 extra: { think: false },",
  );
  await rig.write("graphs/distill.yaml", extra);
  await run("other-extra", "--cache");
  expect(await asked()).toBe(2 * first.calls);
  await rig.write("graphs/distill.yaml", extra.replaceAll("extra: { think: false },", ""));
  await run("other-seed", "--cache", "--seed", "1");
  expect(await asked()).toBe(3 * first.calls);
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "plain");
  expect(await asked()).toBe(4 * first.calls);
});
