/** docs/own-kind: the documented example, run as its page says, from a folder with nothing else in it. */
import { appendFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appleRows, makeRig } from "../rig.ts";

const DOCS = join(import.meta.dirname, "../../docs/own-kind");

test("the documented kind is validated and run; an edited file stops a resume with a clear line", async () => {
  const rig = await makeRig();
  await cp(DOCS, rig.path("own-kind"), { recursive: true });
  // Every third sample comes without a trace, and this graph wants one.
  const rows = appleRows(12)
    .split("\n")
    .filter((row) => row.includes('"trace"'));
  await rig.write("samples.jsonl", `${rows.join("\n")}\n`);
  const validated = await rig.mezzo("validate", "own-kind/graph.yaml");
  expect(validated.stderr).toMatch(/^ok {2}own-kind\/graph.yaml {2}2 nodes/);

  const run = [
    "run",
    "own-kind/graph.yaml",
    "--input",
    "samples.jsonl",
    "--run",
    "r",
    "--accepted",
    "1",
    "--in-flight",
    "1",
  ];
  const first = await rig.mezzo(...run);
  expect(first.stderr).toMatch(/Enough samples are accepted/);
  await appendFile(rig.path("own-kind/repeats.ts"), "// edited\n");
  const refused = await rig.mezzo("resume", "r", "--accepted", "99");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('The file of the kind "repeats" is not what it was when this run was started');

  await cp(DOCS, rig.path("own-kind"), { recursive: true });
  const resumed = await rig.json<{ outcomes: Record<string, number> }>("resume", "r", "--accepted", "99");
  expect(resumed.outcomes).toMatchObject({ accepted: rows.length, failed: 0 });
});
