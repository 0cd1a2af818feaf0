import { describe, expect, test } from "vitest";
import { stepsOf } from "../../../src/core/prompt.ts";
import { BLANK, joinSteps, maskAnswer } from "../../../src/nodes/following/mask.ts";

const PROBLEM = "Ann packs 6 boxes of 7 pears each. How many pears is that?";
const masked = (trace: string, answer = "42", problem = PROBLEM) =>
  joinSteps(maskAnswer(trace, [answer], problem).steps);

describe("a masked trace", () => {
  test.each([
    ["in a box", "So it is \\boxed{42}."],
    ["in a sentence", "So the answer is 42 pears."],
    ["at the end of an equation", "We get 6 \\times 7 = 42"],
    ["in words", "That makes forty-two pears."],
    ["in Chinese", "因此答案是四十二。"],
    ["with decimals", "That is 42.0 pears, or 42.00 to be exact."],
    ["in bold", "**Answer:** **42**"],
    ["before its calculation", "42 = 6 * 7"],
    ["in the middle", "Ann has 42 pears, which fill the cart."],
  ])("does not have the answer %s", (_where, line) => {
    const text = masked(`Each box holds 7 pears, and there are 6.\n\n${line}\n\nThe boxes are full.`);
    expect(text).not.toMatch(/42|forty|四十二/);
    expect(text).toContain("Each box holds 7 pears");
  });

  test.each([
    ["1490", "The total is 1,490.", "1,490"],
    ["1490", "In all \\$1{,}490 were paid.", "490"],
    ["0.75", "So \\frac{3}{4} of it is left.", "frac"],
    ["\\frac{3}{4}", "So 75% of it is left.", "75"],
    ["3/4", "It comes to \\dfrac34 then.", "34"],
    ["25%", "A share of 0.25 remains.", "0.25"],
    ["2\\sqrt{3}", "Hence x = 2 \\sqrt 3 holds.", "sqrt"],
    ["\\left(3, \\frac{\\pi}{2}\\right)", "Polar: (3,\\frac{\\pi}{2}).", "pi"],
    ["x^2+2x+1", "Thus f(x) = (x+1)^2.", "(x+1)"],
    ["-53.4", "The change is \\( -53.40 \\) eu.", "53"],
    ["Evelyn", "By then evelyn was ahead.", "evelyn"],
  ])("knows %s again in: %s", (answer, line, left) => {
    expect(masked(`We work it out.\n\n${line}\n\nDone with that part.`, answer, "A problem.")).not.toContain(left);
  });

  test("keeps the calculation that leads to the answer", () => {
    expect(masked("There are 6 boxes of 7 pears.\n\nSo 6 * 7 = 42.\n\nThe answer is \\boxed{42}.")).toBe(
      `There are 6 boxes of 7 pears.\n\nSo 6 * 7 = ${BLANK}.`,
    );
  });

  test("drops a sentence that calculates back from the answer", () => {
    const text = masked("6 * 7 = 42. To check, 42 / 7 = 6, as it should. And 42 - 7 - 7 = 28.\n\nIt fits.");
    expect(text).toBe(`6 * 7 = ${BLANK}.\n\nIt fits.`);
  });

  test("leaves a small number alone where it is not what comes out", () => {
    const text = masked(
      "We have x + 6 = 9 and 2x = 6, so we halve 6.\n\nThen x = 3.",
      "3",
      "Solve x + 6 = 9 for 3 points.",
    );
    expect(text).toContain("x + 6 = 9 and 2x = 6");
    expect(text).toContain(`x = ${BLANK}`);
  });

  test("hides a chosen option by letter and by text", () => {
    const problem = "What is the change? A) -7.2eu B) -10.2eu C) 0eu D) - 53.4eu E) 60.4eu";
    const trace = "60.4 - 113.8 = -53.4 eu.\n\nThat corresponds to option **D**.\n\nAnswer: D";
    const text = masked(trace, "D", problem);
    expect(text).not.toMatch(/53\.4|\bD\b/);
    expect(text).toContain("60.4 - 113.8");
  });

  test("has nothing left of a trace that is only its answer", () => {
    expect(maskAnswer("The answer is \\boxed{42}.", ["42"], PROBLEM).steps).toEqual([]);
    expect(maskAnswer("**Final Answer**\n\n42", ["42"], PROBLEM).steps).toEqual([]);
  });

  test("hides what the trace concludes even where the accepted answer is written otherwise", () => {
    expect(masked("Half of it is left.\n\nThe answer is \\boxed{\\frac{1}{2}}.", "50 \\%", "A problem.")).not.toContain(
      "frac",
    );
  });

  test("knows which step of the trace each of its steps is", () => {
    const trace = "First.\n\n\\boxed{42}\n\nThen 6 * 7 = 42.\n\nLast words follow here.";
    expect(stepsOf(trace)).toHaveLength(4);
    expect(maskAnswer(trace, ["42"], PROBLEM).steps.map(({ step }) => step)).toEqual([1, 3, 4]);
  });

  test("is made in time in proportion to a hostile text", () => {
    const hostile = ["(".repeat(50_000), "= 42 ".repeat(20_000), "\\boxed{".repeat(10_000), "1,".repeat(40_000)];
    for (const text of hostile) expect(maskAnswer(`${text}\n\nThe end.`, ["2\\sqrt{3}", "42"], PROBLEM)).toBeDefined();
  });
});
