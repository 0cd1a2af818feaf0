/** `mezzo import easydistill`, as people come over: the job's graph checked, run against a server, and exported. */
import { createReadStream } from "node:fs";
import { expect, test } from "vitest";
import { chains, lines, older } from "../easydistill/toolkit.ts";
import { makeRig } from "../rig.ts";

test("import makes of a job what validate passes and run carries out", async () => {
  const rig = await makeRig();
  const rows = chains(5);
  const server = await rig.serve({}, ({ text }) => {
    const sum = rows.find(({ instruction }) => text.includes(instruction!))!.output!.slice(-11);
    return `Added up, that gives${sum.replace(/.*is/s, "")} So the answer is ${/\\boxed\{\d+\}/.exec(sum)![0]}.`;
  });
  await rig.write("jobs/shorter.json", JSON.stringify(older("cot_long2short_api", {}, { base_url: server.url })));
  await rig.write("jobs/in.json", JSON.stringify(rows));
  const made = await rig.mezzo("import", "easydistill", "jobs/shorter.json");
  expect(made.stderr).toContain("jobs/in.json  none of the known defects");
  expect(made.stderr).toContain("mezzo run shorter/graphs/shorter.yaml --input shorter/rows.jsonl");
  expect(made.code).toBe(0);
  const env = { TEACHER_API_KEY: "k", TEACHER_MODEL: "m" };
  const graph = "shorter/graphs/shorter.yaml";
  const ended = await rig.startWith({ env }, "validate", graph).ended;
  expect(ended.stderr).toMatch(/^ok/);
  const run = await rig.startWith({ env }, "run", graph, "--input", "shorter/rows.jsonl", "--json").ended;
  expect(JSON.parse(run.stdout)).toMatchObject({ samples: 5, outcomes: { accepted: 5 } });
});

test("import --json tells what was found in the data, row by row", async () => {
  const rig = await makeRig();
  await rig.write("out.jsonl", lines([{ instruction: "1+1?", output: "\\boxed{2}", cognitive_difficulty: -1 }]));
  const told = await rig.json<{ data: unknown[] }>("import", "easydistill", "out.jsonl", "--out", "over");
  expect(told.data).toMatchObject([{ rows: 1, findings: [{ code: "unread-score", count: 1, rows: "1" }] }]);
  expect(JSON.parse(await rig.read("over/import.json"))).toEqual(told);
  await rig.write("none.jsonl", lines([{ text: "no problem" }]));
  const none = await rig.mezzo("import", "easydistill", "none.jsonl");
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("No row can be used")]);
  expect((await rig.mezzo("import", "othertool", "out.jsonl")).stderr).toContain("Allowed choices are easydistill");
});

test("a file of any length is read as a stream, in flat memory", async () => {
  const rig = await makeRig();
  const long = "So the sum is what it was before. ".repeat(60);
  const rows = Array.from({ length: 30_000 }, (_, at) => ({
    instruction: `What is ${at} + 1?`,
    output: `${at}. ${long}`,
  }));
  await rig.write("big.jsonl", lines(rows));
  const flags = ["import", "easydistill", "big.jsonl", "--out", "over"];
  const { code, stderr } = await rig.startWith({ env: { NODE_OPTIONS: "--max-old-space-size=64" } }, ...flags).ended;
  expect(stderr).toContain("30,000 rows of big.jsonl");
  expect(code).toBe(0);
  let bytes = 0;
  for await (const chunk of createReadStream(rig.path("over/rows.jsonl"))) bytes += (chunk as Buffer).length;
  expect(bytes).toBeGreaterThan(60_000_000);
}, 60_000);
