/** Real chains and replies of reasoning models, with the verdicts of their own graders. */
import { describe, expect, test } from "vitest";
import { createGrader, findFinalAnswer } from "../../../src/nodes/answers/index.ts";
import { hasData, readTraces, type Trace } from "./shared-data.ts";

/** Replies where their grader and we disagree, and who is right. */
const REPLIES: Readonly<Record<string, string>> = {
  "ta-271ebe615d41-f93130f8f4": "we are: boxes of 81 and of 256 are the accepted 81, 256",
};

describe.skipIf(!hasData("traces_math_long.jsonl.gz"))("long math traces", () => {
  const traces = hasData("traces_math_long.jsonl.gz")
    ? readTraces("math_long").filter((each) => each.correct !== null && each.answer)
    : [];

  test("agrees with at least 98.5 % of the verdicts on replies, each other one explained", async () => {
    const other = await disagreements(traces, "response");
    console.log(`replies: ${traces.length - other.length} of ${traces.length} agree`);
    expect(other.filter((each) => !(each.id in REPLIES))).toEqual([]);
    expect(1 - other.length / traces.length).toBeGreaterThanOrEqual(0.985);
  });

  test("agrees with at least 98 % on the chain alone, and never calls a good chain's answer wrong", async () => {
    const other = await disagreements(traces, "reasoning");
    console.log(`chains: ${traces.length - other.length} of ${traces.length} agree`);
    // What is left are chains that plan their last step and never state its value.
    expect(other.filter((each) => each.verdict === "different")).toEqual([]);
    expect(1 - other.length / traces.length).toBeGreaterThanOrEqual(0.98);
  });

  test("finds an answer in few chains that were cut off half-way", () => {
    const long = traces.filter((each) => each.reasoning.length >= 3000);
    const found = long.filter((each) => findFinalAnswer(each.reasoning.slice(0, each.reasoning.length / 2)));
    console.log(`cut chains: an answer in ${found.length} of ${long.length}`);
    expect(found.length / long.length).toBeLessThan(0.1);
  });
});

test.skipIf(!hasData("traces_edge.jsonl.gz"))("finds no answer in chains that never finish", () => {
  const endless = readTraces("edge").filter((each) => each.kind !== "missing_premise");
  expect(endless.length).toBeGreaterThan(5);
  expect(endless.filter((each) => findFinalAnswer(each.reasoning)).map((each) => each.id)).toEqual([]);
});

async function disagreements(traces: readonly Trace[], field: "response" | "reasoning") {
  const grader = createGrader();
  const other: { id: string; verdict: string }[] = [];
  for (const each of traces) {
    const { verdict } = await grader.check(each[field], each.answer ?? "", { problem: each.problem });
    if ((verdict === "equal") !== each.correct) other.push({ id: each.id, verdict });
  }
  await grader.close();
  return other;
}
