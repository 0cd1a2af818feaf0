/** Fourteen ways in which published tools for this method spoil their data without a word, each tried on ours. */
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { countTokens, estimateTokens } from "../src/core/tokens.ts";
import { openGraph } from "../src/graph/open.ts";
import { createGrader, findFinalAnswer } from "../src/nodes/answers/index.ts";
import { rewrite } from "../src/nodes/rewrite.ts";
import { parseScores } from "../src/nodes/score.ts";
import { stage } from "./nodes/asking.ts";
import { appleReply, appleRows, appleSample, makeRig, type Rig } from "./rig.ts";

const grader = createGrader();
afterAll(() => grader.close());

const ROWS = 18;
const numberIn = (text: string) => Number(/Sample (\d+)/.exec(text)?.[1]);

interface Exported {
  readonly id: string;
  readonly state: { readonly problem: string; readonly answer?: string; readonly trace?: string };
  readonly source: { readonly answer?: string };
  readonly steps: readonly { readonly node: string }[];
}

describe("a run against a server that fails, cuts off and rambles", () => {
  test("1, 2, 3: each row holds its own problem, as it came, with its own chain, also where fields are missing", async () => {
    const lines = appleRows(ROWS).split("\n").slice(0, ROWS);
    // Every fourth row has no answer, and every third no trace.
    const gaps = lines.map((line, n) =>
      JSON.stringify({ ...JSON.parse(line), ...(n % 4 === 3 ? { answer: null } : {}) }),
    );
    const { rig } = await played(gaps.join("\n"));
    await rig.mezzo("export", "r", "--format", "alpaca", "--out", "t.jsonl");
    const rows = await rig.rows<{ id: string; instruction: string; output: string }>("t.jsonl");
    expect(rows.length).toBeGreaterThan(ROWS / 2);
    for (const { id, instruction, output } of rows) {
      const sample = appleSample(numberIn(instruction));
      expect([id, instruction]).toEqual([sample.id, sample.problem]);
      expect(numberIn(output)).toBe(numberIn(instruction));
      expect(output).toContain(`\\boxed{${sample.answer}}`);
    }
    await rig.mezzo("export", "r", "--format", "jsonl", "--out", "all.jsonl");
    for (const { id, state, source } of await rig.rows<Exported>("all.jsonl")) {
      const sample = appleSample(Number(id.split("-")[1]));
      expect([state.problem, state.answer ?? null]).toEqual([sample.problem, source.answer]);
    }
  });

  test("4, 5, 12, 14: sampling is sent as stated, faults are retried, what was cut off is no trace, and each way is told", async () => {
    const { rig, bodies } = await played(appleRows(ROWS), ", temperature: 0.8");
    expect(bodies.every((body) => body.temperature === 0.8 && body.top_k === undefined)).toBe(true);
    const seeds = bodies.filter(({ model }) => model === "judge").map(({ seed }) => seed);
    expect(new Set(seeds).size).toBeGreaterThan(seeds.length * 0.9);
    await rig.mezzo("export", "r", "--format", "jsonl", "--out", "all.jsonl");
    const rows = await rig.rows<Exported>("all.jsonl");
    expect(rows.length).toBeGreaterThan(ROWS * 0.8);
    for (const { state } of rows) expect(state.trace).toMatch(/\\boxed\{\d+\}\.$/);
    const ways = new Set(rows.flatMap(({ steps }) => steps.map(({ node }) => node)));
    expect([...ways]).toEqual(expect.arrayContaining(["judge", "expand", "condense", "verify", "accept"]));
    const { calls, tokens, costUsd } = await rig.json<{ calls: number; tokens: { in: number }; costUsd: number }>(
      "status",
      "r",
    );
    expect([calls > ROWS, tokens.in > 0, costUsd]).toEqual([true, true, 0]);
    // Each reply has some 50 tokens and 200 characters.
    const most = (tokens: number) => rig.mezzo("export", "r", "--out", "t.jsonl", "--max-tokens", String(tokens));
    expect((await most(80)).stderr).not.toContain("left out");
    expect((await most(45)).stderr).toMatch(/left out \d+ samples: more tokens than --max-tokens \(apple-/);
  });
});

test("6, 7: a score that can't be read is none: not -1, not the first number that stands somewhere, not beyond the scale", () => {
  const scale = { scales: ["rv"], from: 0, to: 9 };
  for (const text of ["no idea", "Of the 7 steps I think 3 are", '{"rv": -1}', '{"rv": 10}', '{"rv": "8"}', '{"rv": 4'])
    expect(parseScores(text, scale)).toHaveProperty("unreadable");
});

test("8: no edge of the second recipe waits for a score that its scale does not have", () => {
  const { plan } = openGraph(join(import.meta.dirname, "../graphs/variable-length.yaml"), { env: {} });
  const nodes = Object.values(plan!.nodes);
  expect(plan!.nodes.score!.params).toMatchObject({ from: 0, to: 9 });
  const ways = JSON.stringify(nodes.map(({ then, when }) => [then, when]));
  const bounds = [...ways.matchAll(/\b(?:rv|cd|fit) *[<>]=? *(\d+)/g)].map(([, bound]) => Number(bound));
  expect(bounds).not.toEqual([]);
  for (const bound of bounds) expect(bound).toBeLessThan(9);
});

test("9, 10: who rewrites is given problem, answer and chain, and every rewrite is held to the answer", () => {
  const { plan } = openGraph(join(import.meta.dirname, "../graphs/distill.yaml"), { env: {} });
  const rewrites = Object.values(plan!.nodes).filter(({ kind }) => kind === "rewrite");
  expect(rewrites).toHaveLength(3);
  for (const { params } of rewrites) {
    const { keeps, prompt } = params as { keeps: string; prompt: string };
    expect(keeps).toBe("answer");
    expect(plan!.prompts[prompt]!.variables).toEqual(expect.arrayContaining(["problem", "answer", "trace"]));
  }
});

const STATE = {
  problem: "What is half of 1?",
  answer: "1/2",
  trace: "One, halved, gives a half.\n\nThe answer is \\boxed{\\frac12}.",
};

async function rewritten(reply: Parameters<typeof stage>[2][number]) {
  const { context } = stage(grader, STATE, [reply]);
  return rewrite.run(
    context,
    rewrite.params.parse({ model: "m", prompt: "p.md", writes: "trace", keeps: "answer", tries: 1 }),
  );
}

test("10: the answer is held to by value, not by the letters it was written in", async () => {
  expect(await rewritten("Halving 1 gives 0.5.\n\nThe answer is \\boxed{0.5}.")).toMatchObject({ label: "written" });
  expect(await rewritten("Half of 1 was once 1/2.\n\nThe answer is \\boxed{2}.")).toMatchObject({
    label: "answer-lost",
  });
});

test("11: a reply that ran out of room is not cut to fit but thrown away, and tokens are not a fourth of the characters", async () => {
  const cut = { text: "Halving 1 gives 0.5.\n\nThe answer is \\boxed{0.5}. And", finish: "length" as const };
  expect((await rewritten(cut)).writes).toBeUndefined();
  const chinese =
    "由题意得，圆心到直线的距离等于半径，因此该直线与圆相切。设函数在区间上连续可导，求其最小值与极值点的个数，并说明理由。";
  const [real, estimated] = [countTokens(chinese), estimateTokens(chinese)];
  expect(real).toBeGreaterThan((2 * chinese.length) / 4);
  expect(Math.abs(estimated / real - 1)).toBeLessThan(0.4);
});

test("13: the last complete box counts, braces within it and all, and is compared by value", async () => {
  const text = "First I thought \\boxed{3}. No: it is \\boxed{\\frac{1}{\\sqrt{4}}}, and \\boxed{ was never closed";
  expect(findFinalAnswer("It was \\boxed{3}. No: \\boxed{\\frac{1}{2}}.")?.text).toBe("\\frac{1}{2}");
  expect(await grader.check("It was \\boxed{3}. No: \\boxed{\\frac{1}{2}}.", "0.5")).toMatchObject({
    verdict: "equal",
  });
  expect((await grader.check("It was \\boxed{0.5}. No: \\boxed{3}.", "1/2")).verdict).toBe("different");
  expect(findFinalAnswer(`${text}.`)?.text).not.toBe("3");
});

/** The samples through graphs/distill.yaml; the server fails now and then, and cuts every seventh rewrite off. */
async function played(rows: string, more = ""): Promise<{ rig: Rig; bodies: Readonly<Record<string, unknown>>[] }> {
  const rig = await makeRig();
  const bodies: Readonly<Record<string, unknown>>[] = [];
  const server = await rig.serve({ seed: 3, faults: { "500": 0.05, length: 0.05 } }, (request) => {
    bodies.push(request.body);
    return appleReply(request);
  });
  await rig.write("in.jsonl", rows);
  await rig.json("run", await rig.distillAt(server.url, more), "--input", "in.jsonl", "--run", "r");
  return { rig, bodies };
}
