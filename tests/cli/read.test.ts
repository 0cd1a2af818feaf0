/** Looking at a run afterwards: inspect, export, graph, init. */
import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { appleRows, appleSample, makeRig, type Rig } from "../rig.ts";

async function finishedRun(rows = 12): Promise<Rig> {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(rows));
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "r");
  return rig;
}

test("inspect tells the way of a sample that went round as a story", async () => {
  const rig = await finishedRun();
  const { stdout } = await rig.mezzo("inspect", "r", "apple-3");
  expect(stdout).toMatch(/1\. collect\s+wrote a trace of \d+ tokens/);
  expect(stdout).toMatch(/2\. judge\s+too heavy \(hard\).*2 calls/);
  expect(stdout).toContain("Version 0 is not there yet. (step 2 of the trace)");
  expect(stdout).toMatch(/3\. condense\s+\d+ ▸ \d+ tokens/);
  expect(stdout).toMatch(/6\. verify.*\(visit 2\).*fits \(medium\)/);
  expect(stdout).toContain("accepted:");
});

test("inspect --calls shows each prompt as sent and each reply as received, and no raw control characters", async () => {
  const rig = await finishedRun();
  const { stdout } = await rig.mezzo("inspect", "r", "apple-3", "--calls");
  expect(stdout).toContain(appleSample(3).problem);
  expect(stdout).toContain('"rating":"hard"');
  expect(stdout).toContain("Qwen2.5-7B-Instruct (7B)");
  expect([...stdout].every((char) => char === "\n" || !/\p{Cc}/u.test(char))).toBe(true);
});

test("the messages export holds accepted samples only, one object a line, ending in the answer", async () => {
  const rig = await finishedRun();
  const { code } = await rig.mezzo("export", "r", "--format", "messages", "--out", "train.jsonl");
  expect(code).toBe(0);
  const rows = await rig.rows<{ messages: { role: string; content: string }[] }>("train.jsonl");
  expect(rows).toHaveLength(12);
  for (const [n, { messages }] of rows.entries()) {
    expect(messages.map((message) => message.role)).toEqual(["user", "assistant"]);
    expect(messages[0]!.content).toBe(appleSample(n).problem);
    expect(messages[1]!.content.trim().endsWith(`\\boxed{${appleSample(n).answer}}.`)).toBe(true);
  }
});

test("the jsonl export carries lineage: run, plan, steps, ratings, models, the row as it came", async () => {
  const rig = await finishedRun();
  await rig.mezzo("export", "r", "--format", "jsonl", "--out", "all.jsonl");
  const row = (await rig.rows<Record<string, unknown>>("all.jsonl"))[3];
  expect(row).toMatchObject({
    id: "apple-3",
    outcome: "accepted",
    run: "r",
    plan: expect.stringMatching(/^[0-9a-f]{32}$/),
    source: appleSample(3),
    ratings: ["hard", "hard", "medium", "medium"],
    models: ["teacher", "judge", "rewriter"],
    state: { problem: appleSample(3).problem, answer: appleSample(3).answer, rating: "medium" },
  });
  expect((row!.steps as { node: string }[]).map((step) => step.node)).toEqual([
    "collect",
    "judge",
    "condense",
    "verify",
    "condense",
    "verify",
    "accept",
  ]);
});

test("an export that fails leaves no half-written file", async () => {
  const rig = await finishedRun(1);
  const { code, stderr } = await rig.mezzo("export", "r", "--out", "state");
  expect(code).toBe(2);
  expect(stderr).toMatch(/state.*(folder|directory)/);
  expect(stderr).not.toContain("    at ");
  expect(await readdir(rig.path("."))).not.toContain("state.part");
});

test("graph draws the six nodes, the loop's bound, and with a run how many went each way", async () => {
  const rig = await finishedRun();
  const { stdout } = await rig.mezzo("graph", "graphs/distill.yaml", "--run", "r");
  for (const node of ["collect", "long-to-short", "judge", "expand", "condense", "verify", "accept"])
    expect(stdout).toContain(node);
  expect(stdout).toContain("at most 5 times");
  expect(stdout).toMatch(/"12"\| n2\n.*"12"\| n3\n.*medium: fits · 6"/);
});

test("init makes a folder that runs without a key, and keeps what is already there", async () => {
  const rig = await makeRig();
  await rig.write("demo/prompts/judge.md", "mine");
  const { code, stderr } = await rig.mezzo("init", "demo");
  expect(code).toBe(0);
  expect(stderr).toContain("kept  demo/prompts/judge.md");
  expect(await rig.read("demo/prompts/judge.md")).toBe("mine");
  await rig.mezzo("init", "fresh");
  const run = await rig.json<{ samples: number; outcomes: { accepted: number; failed: number } }>(
    ...(["run", "fresh/graphs/distill.yaml", "--input", "fresh/graphs/samples.jsonl"] as const),
  );
  expect(run.samples).toBe(36);
  expect(run.outcomes.accepted).toBeGreaterThan(20);
  expect(run.outcomes.failed).toBe(0);
});
