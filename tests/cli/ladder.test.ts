/** The ladder of graphs that come with Mezzo: each runs to the end on the bundled samples, with rules and no key. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRig } from "../rig.ts";

const ROOT = join(import.meta.dirname, "../..");

async function runAll(...graphs: string[]) {
  const rig = await makeRig();
  for (const name of ["graphs", "prompts"]) await cp(join(ROOT, name), rig.path(name), { recursive: true });
  const head = (await rig.read("graphs/distill.yaml")).split("start: collect")[0];
  const nodes = ["collect: { kind: graph, graph: stage-one.yaml, then: align }"];
  nodes.push("align: { kind: graph, graph: stage-two.yaml, then: accepted }");
  await rig.write("graphs/in-parts.yaml", `${head}start: collect\nnodes:\n  ${nodes.join("\n  ")}\n`);
  const results: { samples: number; outcomes: Record<string, number>; calls: number }[] = [];
  for (const graph of graphs) {
    const input = ["--input", "graphs/samples.jsonl", "--workers", "1"];
    results.push(await rig.json("run", `graphs/${graph}.yaml`, "--run", graph, ...input));
  }
  return results;
}

test("three nodes, and each stage alone, run to an outcome for every sample, and none fails", async () => {
  const results = await runAll("three-nodes", "stage-one", "stage-two");
  for (const { samples, outcomes } of results) {
    expect(samples).toBe(36);
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(36);
    expect(outcomes.failed ?? 0).toBe(0);
    expect(outcomes.accepted).toBeGreaterThanOrEqual(18);
  }
});

test("the two stages as nodes of one graph end as the same nodes written out, with as many calls", async () => {
  const [whole, inParts] = await runAll("distill", "in-parts");
  expect(inParts).toEqual({ ...whole, run: "in-parts" });
});
