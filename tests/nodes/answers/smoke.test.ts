import { expect, test } from "vitest";
import { compareByRules, findFinalAnswer } from "../../../src/nodes/answers/index.ts";

test("takes the last complete box, nested braces and all", () => {
  const text = "So \\boxed{1}. No: \\boxed{\\frac{1}{2}}. Or \\boxed{\\frac{1}{";
  expect(findFinalAnswer(text)).toMatchObject({ text: "\\frac{1}{2}", form: "boxed" });
});

test("finds a fraction equal to its decimal", () => {
  expect(compareByRules("\\frac{1}{2}", "0.5").verdict).toBe("equal");
  expect(compareByRules("\\frac{1}{2}", "0.51").verdict).toBe("different");
});
