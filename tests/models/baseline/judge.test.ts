import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../src/core/events.ts";
import { judgeTrace } from "../../../src/models/baseline/judge.ts";
import { measureTrace } from "../../../src/models/baseline/measure.ts";
import { readTrace } from "../../../src/models/baseline/read.ts";
import { limitsFor, readStudent } from "../../../src/models/baseline/student.ts";

const PROBLEM = "A van carries 17 crates with 48 jars each. On the way 16 jars break. How many jars arrive?";
const GOOD = [
  "The crates hold 17 * 48 = 816 jars.",
  "16 of them break, so 816 - 16 = 800 arrive.",
  "The answer is 800.",
];

describe("judgeTrace", () => {
  it("finds that a plain chain fits", () => {
    expect(judge(GOOD)).toMatchObject({ rating: "medium", step: null, missing: null, surplus: null });
  });

  it("calls a chain too heavy that mostly re-checks, and says how much and where", () => {
    const check = (n: number) =>
      `Wait, let me double-check that step ${n} once more, to be sure that I did not make any mistake with it.`;
    const verdict = judge([GOOD[0]!, ...Array.from({ length: 6 }, (_, n) => check(n)), ...GOOD.slice(1)]);
    expect(verdict).toMatchObject({ rating: "hard", step: 2, missing: null });
    expect(verdict.reason).toMatch(/6 of 9 steps/);
  });

  it("calls a chain too terse that does several operations at once", () => {
    const verdict = judge(["(17 * 48 - 16) * 3 / 8 = 300.", "The answer is 300."]);
    expect(verdict).toMatchObject({ rating: "easy", step: 1, surplus: null });
    expect(verdict.reason).toContain("(17 * 48 - 16) * 3 / 8 = 300");
    expect(verdict.missing).not.toBeNull();
  });

  it("calls a bare answer too terse", () => {
    expect(judge(["The answer is 800."]).rating).toBe("easy");
  });

  it("does not let a chain pass that is cut off", () => {
    const verdict = judge(["The crates hold 17 * 48 = 816 jars.", "16 of them break, and so the number that"]);
    expect(verdict.rating).toBe("easy");
    expect(verdict.reason).toMatch(/cut off/);
  });

  it("does not let a chain pass that never concludes", () => {
    const verdict = judge(["The crates are heavy.", "I wonder which way the van goes.", "Should I count them?"]);
    expect(verdict.rating).not.toBe("medium");
    expect(verdict.reason).toMatch(/conclusion/);
  });

  it("does not let a guess pass", () => {
    const verdict = judge([
      "The problem doesn't say how many jars fit in a crate, so there is not enough information.",
      "It cannot be determined. Perhaps the problem is incomplete.",
      "I'll go with 30 as my best guess.",
      "The answer is 30.",
    ]);
    expect(verdict.rating).toBe("hard");
    expect(verdict.reason).toMatch(/guess/);
  });

  it("does not let a chain pass that keeps supposing what its problem left out", () => {
    const guesses = ["17", "12", "20", "24", "30"].map(
      (n) => `Maybe the original condition was ${n} crates, so ${n} * 48.`,
    );
    const verdict = judge([
      "The user forgot to include how many crates there are, and I don't have the original text.",
      ...guesses,
      ...GOOD,
    ]);
    expect(verdict.rating).toBe("hard");
    expect(verdict.reason).toMatch(/lacks something/);
  });

  it("counts what a sentence concludes in words as a result", () => {
    const count = (text: string) => measureTrace(readTrace(PROBLEM, [text, ...GOOD].join("\n\n"))).results;
    const plain = "Whoever sits behind a pillar sees the same as the neighbour in front of it.";
    expect(count(`Therefore ${plain.toLowerCase()}`)).toBe(count(plain) + 1);
  });

  it("names a sum that is wrong as written", () => {
    const verdict = judge(["The crates hold 17 * 48 = 806 jars.", "So 806 - 6 = 800 arrive.", "The answer is 800."]);
    expect(verdict).toMatchObject({ rating: "hard", step: 1, surplus: "17 * 48 = 806" });
  });

  it("counts paragraphs inside of code as judges do", () => {
    const verdict = judge(["```py\na = 1\n\nb = 2\n```", "17 * 48 = 806.", "The answer is 800."]);
    expect(verdict.step).toBe(3);
  });

  it("does not let a chain pass that ends with another number than the reference", () => {
    const reading = readTrace(PROBLEM, GOOD.join("\n\n"));
    expect(judgeTrace(reading, "7B", "800").rating).toBe("medium");
    expect(judgeTrace(reading, "7B", "780")).toMatchObject({ rating: "hard", reason: expect.stringContaining("780") });
    expect(judgeTrace(reading, "7B", "eight hundred").rating).toBe("medium");
  });

  it("is stricter with a smaller student", () => {
    const words = "jacobian hessian lagrangian eigenvalue".split(" ");
    const trace = [...words.map((word) => `By the ${word} we may count the jars one by one.`), ...GOOD];
    expect(judge(trace, "Qwen2.5-1.5B-Instruct").rating).toBe("hard");
    expect(judge(trace, "Qwen2.5-32B-Instruct").rating).toBe("medium");
  });

  it("survives an empty trace", () => {
    expect(judge([]).rating).toBe("easy");
  });
});

describe("readStudent", () => {
  it.each([
    ["Qwen2.5-7B-Instruct (7B)", 7],
    ["Qwen2.5-1.5B-Instruct", 1.5],
    ["qwen2.5:0.5b", 0.5],
    ["SmolLM-360M", 0.36],
    ["a 14B model", 14],
    ["gpt-unknown", 7],
  ])("reads the size of %s", (text, size) => {
    expect(readStudent(text).size).toBe(size);
  });

  it("gives larger students more room in everything", () => {
    const [small, large] = [limitsFor({ name: "s", size: 1.5 }), limitsFor({ name: "l", size: 32 })];
    for (const key of Object.keys(small) as (keyof typeof small)[]) expect(large[key]).toBeGreaterThan(small[key]);
  });
});

function judge(paragraphs: string[], student = "Qwen2.5-7B-Instruct (7B)"): Verdict {
  return judgeTrace(readTrace(PROBLEM, paragraphs.join("\n\n")), student);
}
