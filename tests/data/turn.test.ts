import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { putAnswer, statesAnswer, turnsOf } from "../../src/data/turn.ts";
import { finished } from "./rig.ts";

describe("a trace states its answer when its last lines", () => {
  test.each([
    ["hold a box", "So we get\n\\[\n\\boxed{\\dfrac{1}{2}}\n\\]\n", "\\frac{1}{2}"],
    ["hold a box with the answer in another form", "Thus \\boxed{0.5}.", "1/2"],
    ["say what the answer is", "Therefore, the answer is 42 apples.\nThat matches.", "42"],
    ["say it in bold", "**Final Answer:** $\\dfrac{3}{4}$", "\\frac{3}{4}"],
    ["end with it", "Adding up, 40 + 2 = 42.", "42"],
    ["write thousands with a comma", "The answer is 12,345.", "12345"],
    ["say it in Chinese", "所以答案是：42。", "42"],
    [
      "repeat a long answer in words",
      "so it ends as Kinetic energy is conserved, as was to be shown",
      "kinetic energy is conserved",
    ],
    ["are code and the answer is a program", "```python\ndef g(x): return x\n```", "def f(x):\n    return x"],
  ])("%s", (_, trace, answer) => expect(statesAnswer(trace, answer)).toBe(true));
});

describe("a trace does not state its answer when", () => {
  test.each([
    ["a box is empty", "We write \\boxed{} at the end, later", "42"],
    ["the answer only happens to occur", "So 5 + 7 = 12.", "5"],
    ["another number ends with it", "We get x = 142.", "42"],
    ["the number has another sign", "We get x = -42.", "42"],
    ["the number goes on", "The answer is 42.5 metres and so on, at most", "42"],
    ["a fraction ends with it", "x = 3/4", "4"],
    ["it was said long before the end", `The answer is 42.\n${"Let me check.\n".repeat(8)}`, "42"],
    ["it says nothing of it", "Wait, let me think about this again.", "42"],
  ])("%s", (_, trace, answer) => expect(statesAnswer(trace, answer)).toBe(false));
});

describe("the answer is put", () => {
  test.each([
    ["42", "The answer is \\boxed{42}."],
    ["$\\frac{1}{2}$", "The answer is \\boxed{\\frac{1}{2}}."],
    ["\\boxed{7}", "The answer is \\boxed{7}."],
    ["C", "The answer is \\boxed{C}."],
    ["2\\sin x + \\text{const}", "The answer is \\boxed{2\\sin x + \\text{const}}."],
    ["no solution", "Answer: no solution"],
    ["$x=1$ or $x=2$", "Answer: $x=1$ or $x=2$"],
    ["{1", "Answer: {1"],
    ["def f(x):\n    return x", "Answer:\n\n```\ndef f(x):\n    return x\n```"],
  ])("%s", (answer, put) => expect(putAnswer(answer, "So we add.")).toBe(put));

  test("in Chinese after a Chinese trace", () => {
    expect(putAnswer("42", "首先计算 $x+1$，所以得到结果")).toBe("答案是 \\boxed{42}。");
    expect(putAnswer("无解", "首先计算，所以得到结果")).toBe("答案：无解");
  });
});

test("an answer that was put is stated, so exporting twice puts it once", () => {
  const part = fc.constantFrom(
    "4",
    "2",
    "-",
    ".",
    "x",
    "\\frac{1}{2}",
    " ",
    "km",
    "{",
    "}",
    "$",
    "*",
    "\u4e8c",
    "no",
    "\n",
    ":",
  );
  const answers = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("").trim());
  fc.assert(
    fc.property(answers, fc.constantFrom("So we add.", "\u6240\u4ee5\u76f8\u52a0\u3002"), (answer, trace) => {
      fc.pre(/[\p{L}\p{N}]/u.test(answer));
      expect(statesAnswer(`${trace}\n\n${putAnswer(answer, trace)}`, answer)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

describe("a sample's turns", () => {
  test("are the problem, and the trace with the answer after it", () => {
    const sample = finished({ state: { problem: "6*7?", trace: "\nSix sevens.\n", answer: "42" } });
    expect(turnsOf(sample)).toEqual({ problem: "6*7?", reply: "Six sevens.\n\nThe answer is \\boxed{42}." });
  });

  test("leave a trace alone whose answer nobody checked", () => {
    const sample = finished({ outcome: "exhausted", state: { problem: "6*7?", trace: "Hm, 41?", answer: "42" } });
    expect(turnsOf(sample)).toMatchObject({ reply: "Hm, 41?" });
  });

  test("are not made of nothing", () => {
    expect(turnsOf(finished({ state: { problem: "p", trace: " \n" } }))).toBe("no-trace");
    expect(turnsOf(finished({ state: { trace: "t" } }))).toBe("no-problem");
  });

  test("hold no half surrogate pairs and no U+0000", () => {
    const sample = finished({ state: { problem: "a\ud83d", trace: "b\u0000c\ud83d\ude00" } });
    expect(turnsOf(sample)).toEqual({ problem: "a\ufffd", reply: "bc\ud83d\ude00" });
  });
});
