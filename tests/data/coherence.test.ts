import { describe, expect, test } from "vitest";
import { BREAKS, breakChain } from "../../src/data/coherence.ts";

const PROBLEM = "A shop sells 14 pens a day at 3 dollars. What does it take in 30 days, less 100 dollars of rent?";
const CHAIN = [
  "In a day it takes 14 * 3 = 42 dollars.",
  "In 30 days that is 42 * 30 = 1,260 dollars.",
  "The rent has to go: 1260 - 100 = 1160 dollars.",
  "The answer is \\boxed{1160}.",
].join("\n\n");

describe("a chain is broken", () => {
  test("by dropping a step that a later one rests on", () => {
    expect(breakChain(PROBLEM, CHAIN, "dropped")).toEqual({
      how: "dropped",
      text: CHAIN.split("\n\n").slice(1).join("\n\n"),
      step: 1,
      value: "42",
    });
  });

  test("by swapping it with the one that rests on it", () => {
    const broken = breakChain(PROBLEM, CHAIN, "swapped")!;
    const [one, two, ...rest] = CHAIN.split("\n\n");
    expect(broken).toMatchObject({ how: "swapped", text: [two, one, ...rest].join("\n\n"), value: "42" });
  });

  test("by giving it another value than the one that is gone on with", () => {
    const broken = breakChain(PROBLEM, CHAIN, "contradicted")!;
    const [one, ...rest] = broken.text.split("\n\n");
    expect(one).toMatch(/^In a day it takes 14 \* 3 = 4[4-9]|5\d dollars\.$/);
    expect(one).not.toContain("42");
    expect(rest.join("\n\n")).toBe(CHAIN.split("\n\n").slice(1).join("\n\n"));
  });
});

test("the same chain always breaks in the same way, and its last step is never touched", () => {
  for (const how of BREAKS) {
    const broken = breakChain(PROBLEM, CHAIN, how)!;
    expect(broken).toEqual(breakChain(PROBLEM, CHAIN, how));
    expect(broken.text.endsWith("The answer is \\boxed{1160}.")).toBe(true);
    expect(broken.text).not.toBe(CHAIN);
  }
});

test.each([
  [
    "a step that is told again before it is used",
    `It takes 42 dollars a day, that is = 42.\n\nSo the day = 42.\n\nA month: 42 * 30 = 1260.\n\nThat = 1260.\n\nNow 42 again.`,
  ],
  ["words", "First we look.\n\nThen we see.\n\nSo it holds.\n\nThe answer is yes."],
  [
    "values that the problem gives",
    "There are 14 pens.\n\nThey cost 14 * 3.\n\nIn 30 days 30 times that.\n\nDone with 100.",
  ],
])("what rests on %s is not broken by dropping it", (_what, chain) => {
  const broken = breakChain(PROBLEM, chain, "dropped");
  if (broken !== undefined) expect(broken.value).not.toBe("42");
  if (!chain.includes("42")) expect(broken).toBeUndefined();
});

test("where the wanted way is not possible another is taken", () => {
  const two = "So 14 * 3 = 42. Well. Now 42 + 5 = 47. The answer is 47.";
  expect(breakChain(PROBLEM, two, "swapped")).toMatchObject({ value: "42" });
});

test.each(["dropped", "swapped"] as const)("numbers that count the steps run on when one is %s", (how) => {
  const counted = CHAIN.split("\n\n")
    .map((step, at) => `**Step ${at + 1}:** ${step}`)
    .join("\n\n");
  const labels = (text: string) => [...text.matchAll(/Step (\d)/g)].map(([, n]) => Number(n));
  const { text } = breakChain(PROBLEM, counted, how)!;
  expect(labels(text)).toEqual(how === "dropped" ? [1, 2, 3] : [1, 2, 3, 4]);
});

test("a step that begins with a calculation has no number that counts it", () => {
  const chain = "3.5 * 12 = 42 is a day.\n\n12 * 42 = 504 is a year.\n\n504 - 4 = 500 is left.\n\nThe answer is 500.";
  expect(breakChain("3.5 for 12?", chain, "dropped")?.text).toBe(chain.split("\n\n").slice(1).join("\n\n"));
});
