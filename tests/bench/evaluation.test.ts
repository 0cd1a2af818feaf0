/** The short form of bench/evaluation.ts: the way of `mezzo eval` in one process, with students of known skill. */
import { afterAll, expect, test } from "vitest";
import { evaluateWith, openGraders } from "../../bench/evaluation/run.ts";
import {
  accuracyOf,
  type Known,
  KnownStudent,
  type Skill,
  sayAnswer,
  sayLetter,
  sayProgram,
} from "../../bench/evaluation/student.ts";
import type { NewSample } from "../../src/core/sample.ts";

const graders = openGraders();
afterAll(() => graders.close());

const SKILL: Skill = [
  { share: 0.5, chance: 0.9 },
  { share: 0.5, chance: 0.3 },
];
const known = new Map<string, Known>();
const samples = Array.from({ length: 40 }, (_, n): NewSample[] => {
  const problem = `What is ${n} plus 17?`;
  known.set(problem, sayAnswer(String(n + 17), String(n + 18), n));
  const state = { problem, instruction: "Box it.", benchmark: "math500", answer: String(n + 17) };
  return [1, 2].map((time) => ({ id: `p${n}#${time}`, state, source: {}, line: n + 1 }));
}).flat();

test("a student's accuracy, tokens and replies cut off come out as they were, and its interval mostly holds its skill", async () => {
  let held = 0;
  const times = 12;
  for (let time = 0; time < times; time++) {
    const student = new KnownStudent(`s${time}`, SKILL, known);
    const {
      pass1,
      outputTokens,
      cutOff,
      samples: asked,
      ungraded,
    } = await evaluateWith(student, samples, { graders, seed: time });
    expect([asked, ungraded, cutOff]).toEqual([80, 0, student.did.cutOff]);
    expect(pass1.mean * 80).toBeCloseTo(student.did.right, 6);
    expect(outputTokens.mean * 80).toBeCloseTo(student.did.tokens, 3);
    const truth = accuracyOf(SKILL);
    if (pass1.low <= truth && truth <= pass1.high) held++;
  }
  // Of 12 at 95 % fewer than 9 is a chance of one in five thousand; the seeds are fixed, so it is always the same 12.
  expect(held).toBeGreaterThanOrEqual(9);
});

test("what such a student says is graded as what it is: a letter, and programs by heart", async () => {
  const letter = sayLetter("C", 0);
  expect((await graders.grader.check(letter.right, "C", {})).verdict).toBe("equal");
  expect((await graders.grader.check(letter.wrong, "C", {})).verdict).toBe("different");
  const cases = [
    { input: "1 2\n", output: "3" },
    { input: "[4]\n2", output: "42" },
  ];
  for (const style of ["stdio", "function"] as const) {
    const tests = {
      language: "python",
      entryPoint: "f",
      style,
      cases: style === "stdio" ? cases : cases.slice(1),
    } as const;
    const { right, wrong } = sayProgram(tests, undefined);
    const verdict = (await graders.programs.check(right, tests)).verdict;
    if (verdict === "undecided") return console.warn("skipped: no sandbox here to run programs in");
    expect(verdict).toBe("equal");
    expect((await graders.programs.check(wrong, tests)).verdict).toBe("different");
  }
});
