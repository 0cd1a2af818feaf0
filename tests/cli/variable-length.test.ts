/** graphs/variable-length.yaml on the bundled samples, as it is. */
import { expect, test } from "vitest";
import { makeRig } from "../rig.ts";

test("the second recipe runs to the end, scores every chain it accepts, and keeps chunks that rejoin", async () => {
  const rig = await makeRig();
  const graphs = new URL("../../graphs/", import.meta.url).pathname;
  const ended = await rig.json(
    "run",
    `${graphs}variable-length.yaml`,
    "--input",
    `${graphs}samples.jsonl`,
    "--run",
    "v",
  );
  const outcomes = (ended as { outcomes: Record<string, number> }).outcomes;
  expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).toBe(36);
  expect(outcomes.accepted).toBeGreaterThan(10);
  await rig.mezzo("export", "v", "--format", "jsonl", "--out", "all.jsonl");
  for (const { state } of await rig.rows<{ state: Record<string, unknown> }>("all.jsonl")) {
    for (const scale of ["rv", "fit", "cd"]) expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(state[scale]);
    expect((state.chunks as string[]).join("")).toBe(state.trace);
    expect(state.depth).toBeLessThanOrEqual(6);
  }
});
