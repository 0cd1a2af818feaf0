import { describe, expect, test } from "vitest";
import type { Attempt, FinishedSample } from "../../src/data/finished.ts";
import { type CheckAnswer, pairsOf } from "../../src/data/pairs.ts";
import { finished } from "./rig.ts";

/** The last number of a text is its answer; a text without one can't be told. */
const check: CheckAnswer = async (text, reference) => {
  const last = text.match(/\d+/g)?.at(-1);
  if (last === undefined) return "undecided";
  return last === reference ? "equal" : "different";
};

const FITTED = "Six sevens, step by step, make 42";
const STATE = { problem: "6 * 7?", answer: "42", trace: FITTED };
const attempt = (text: string, from: Attempt["from"] = "input", cutOff = false): Attempt => ({ text, from, cutOff });

const withAttempts = (...attempts: Attempt[]) =>
  finished({ state: STATE, attempts: [...attempts, attempt(FITTED, "rewritten")] });

async function* none(): AsyncGenerator<FinishedSample> {
  // No other sample has this problem.
}

test("a fitted chain stands over its original by a small gap, both over a wrong chain by larger ones", async () => {
  const sample = withAttempts(attempt("obviously 42"), attempt("it is 41", "thrown-away"));
  expect(await pairsOf(sample, none, check)).toEqual([
    { gap: "small", problem: STATE.problem, chosen: FITTED, rejected: "obviously 42" },
    { gap: "medium", problem: STATE.problem, chosen: "obviously 42", rejected: "it is 41" },
    { gap: "large", problem: STATE.problem, chosen: FITTED, rejected: "it is 41" },
  ]);
});

test("a wrong chain of another sample with the same problem serves too", async () => {
  async function* others() {
    yield finished({ id: "other", outcome: "rejected", attempts: [attempt("surely 40")] });
  }
  expect(await pairsOf(withAttempts(), others, check)).toEqual([
    { gap: "large", problem: STATE.problem, chosen: FITTED, rejected: "surely 40" },
  ]);
});

describe("no pair is made of", () => {
  test.each([
    ["a chain that was cut off", withAttempts(attempt("it may be 41", "thrown-away", true)), "nothing-to-compare"],
    [
      "a chain whose last word is right after all",
      withAttempts(attempt("41? no, 42", "thrown-away")),
      "nothing-to-compare",
    ],
    ["a chain that nobody can tell", withAttempts(attempt("who knows", "thrown-away")), "nothing-to-compare"],
    ["a fitted chain that does not check", finished({ state: { ...STATE, trace: "so 41" } }), "answer-not-confirmed"],
    ["a sample without a reference", finished({ state: { problem: "p", trace: "42" } }), "no-reference"],
  ])("%s", async (_what, sample, why) => {
    const pairs = await pairsOf(sample, none, check);
    const found = typeof pairs === "string" ? pairs : pairs.filter(({ rejected }) => rejected !== "41? no, 42");
    expect(found.length === 0 ? "nothing-to-compare" : found).toBe(why);
  });
});

test("a program is held to its tests and not to the reference program beside them", async () => {
  const tests = { language: "python", style: "assert", asserts: ["assert f() == 42"] };
  const runs: CheckAnswer = async (text, held) => {
    expect(held).toEqual({ tests });
    return text.includes("return 42") ? "equal" : "different";
  };
  const program = (value: number) => `def f():\n    return ${value}`;
  const state = { problem: "Write f.", answer: program(42), tests, trace: program(42) };
  const sample = finished({
    state,
    attempts: [attempt(program(41), "thrown-away"), attempt(program(42), "rewritten")],
  });
  const pairs = await pairsOf(sample, none, runs);
  expect(pairs).toEqual([{ gap: "large", problem: "Write f.", chosen: program(42), rejected: program(41) }]);
});
