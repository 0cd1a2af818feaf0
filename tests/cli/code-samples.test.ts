/** Samples whose answer is a program, through graphs/distill.yaml: the tests decide, and the event says so. */
import { expect, test } from "vitest";
import type { StepFinished } from "../../src/core/events.ts";
import type { MockHandler } from "../mock-options.ts";
import { hasSandbox } from "../nodes/code/has-sandbox.ts";
import { makeRig, type Rig } from "../rig.ts";

const DOUBLE = "def double(x):\n    return 2 * x";
const trace = (program: string, words = "Doubling adds a number to itself.") =>
  `${words}\n\nSo the function returns twice its argument x.\n\n\`\`\`python\n${program}\n\`\`\``;
const row = (id: string, program: string) => ({
  id,
  problem: `Case ${id}: write a function double(x) that gives twice its argument x.`,
  test_list: ["assert double(2) == 4", "assert double(5) == 10", "assert double(-3) == -6"],
  trace: trace(program),
});
const ROWS = [
  row("right", DOUBLE),
  row("wrong", "def double(x):\n    return x * x"),
  row("broken", DOUBLE),
  row("dropped", DOUBLE),
  row("mended", DOUBLE),
];

/** The judge finds `right` medium and the others too terse, until they are rewritten; the rewriter is told by the case. */
const reply: MockHandler = ({ model, text }) => {
  const id = /Case (\w+):/.exec(text)?.[1];
  if (model === "rewriter") {
    if (id === "broken") return trace("def double(x):\n    return 2 + x", "In other words, x plus x.");
    if (id === "dropped")
      return "Doubling adds a number to itself, so double(x) gives twice its argument x, as before.";
    return trace(DOUBLE, "In other words, twice an argument x is x plus x.");
  }
  const rating = id === "right" || text.includes("In other words") ? "medium" : "easy";
  return JSON.stringify({ rating, reason: "It says why.", step: null, missing: null, surplus: null, confidence: 0.9 });
};

async function distilled(rig: Rig, env: Record<string, string> = {}) {
  const server = await rig.serve({}, reply);
  await rig.distillAt(server.url);
  await rig.write("in.jsonl", ROWS.map((each) => JSON.stringify(each)).join("\n"));
  const words = [
    "run",
    "graphs/distill.yaml",
    "--input",
    "in.jsonl",
    "--map",
    "tests=test_list",
    "--run",
    "r",
    "--json",
  ];
  const { code, stdout, stderr } = await rig.startWith({ env }, ...words).ended;
  expect(stderr).not.toContain("Internal error");
  expect(code).toBe(0);
  return {
    ...(JSON.parse(stdout) as { outcomes: Record<string, number>; calls: number }),
    asked: server.requests.length,
  };
}

async function lastStep(rig: Rig, id: string) {
  const { events, reason, outcome } = await rig.json<{ events: StepFinished[]; reason: string; outcome: string }>(
    ...["inspect", "r", id],
  );
  const steps = events.filter(({ type }) => type === "step.finished");
  return { outcome, reason, answer: steps.at(-1)?.evidence?.answer, nodes: steps.map(({ node }) => node) };
}

test.skipIf(!hasSandbox)("a sample is accepted, rejected or answer-lost by what its program does", async () => {
  const rig = await makeRig();
  const { outcomes } = await distilled(rig);
  expect(outcomes).toMatchObject({ accepted: 2, rejected: 1, "answer-lost": 2 });
  const right = await lastStep(rig, "right");
  expect(right.nodes).toEqual(["judge", "accept"]);
  expect(right.answer).toMatchObject({ verdict: "equal", rule: "tests", tests: { passed: 3, of: 3 } });
  expect(right.answer?.tests?.sandbox).toMatch(/^bubblewrap, Python 3/);
  const wrong = await lastStep(rig, "wrong");
  expect(wrong.answer).toMatchObject({ verdict: "different", rule: "tests", tests: { passed: 1, of: 3 } });
  expect(wrong.reason).toContain("double(5) == 10: it came to 25, expected 10");
  expect((await lastStep(rig, "broken")).answer).toMatchObject({ verdict: "different", rule: "tests" });
  expect((await lastStep(rig, "dropped")).reason).toContain("there is no program");
  expect((await lastStep(rig, "mended")).nodes).toEqual(["judge", "expand", "verify", "accept"]);

  const told = await rig.mezzo("inspect", "r", "right");
  expect(told.stdout).toMatch(/program passes its tests, 3 of 3, in bubblewrap, Python 3/);
  const report = await rig.json<{ programs: object }>("report", "r", "--out", "r.html");
  expect(report.programs).toMatchObject({ checked: 5, passed: 2, failed: 2, noProgram: 1, undecided: 0 });
  await rig.mezzo("export", "r", "--format", "messages", "--out", "out.jsonl");
  const rows = await rig.rows<{ messages: { content: string }[] }>("out.jsonl");
  expect(rows.map(({ messages }) => messages[1]!.content.includes(DOUBLE))).toEqual([true, true]);
});

test("without a sandbox every such sample is undecided and says so, and nobody is asked", async () => {
  const rig = await makeRig();
  const { outcomes, asked } = await distilled(rig, { PATH: "/nowhere" });
  expect(outcomes).toMatchObject({ undecided: 5 });
  expect(asked).toBe(0);
  const { reason, answer } = await lastStep(rig, "right");
  expect(reason).toBe("no program is run without a sandbox: there is no python3 on the PATH: install Python 3");
  expect(answer).toMatchObject({ verdict: "undecided", rule: "no-sandbox" });
  const doctor = await rig.startWith({ env: { PATH: "/nowhere" } }, "doctor").ended;
  expect(doctor.stdout).toContain("Without a sandbox no program is run");
});

test("tests that can't be read are a bad row, with its line", async () => {
  const rig = await makeRig();
  await rig.write("in.jsonl", JSON.stringify({ problem: "p", tests: { style: "asserts" } }));
  const graph = new URL("../../graphs/distill.yaml", import.meta.url).pathname;
  const { code, stderr } = await rig.mezzo("run", graph, "--input", "in.jsonl", "--run", "r");
  expect(code).toBe(2);
  expect(stderr).toContain(
    "in.jsonl:1: `tests` holds tests that can't be read: style: check, assert, stdio or function",
  );
});
