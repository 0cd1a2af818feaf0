import { describe, expect, test } from "vitest";
import { findFinalAnswer } from "../../../src/nodes/answers/index.ts";

type Row = readonly [name: string, text: string, answer: string | undefined, form?: string];

function finds(rows: readonly Row[]): void {
  for (const [name, text, answer, form] of rows) {
    test(name, () => {
      const found = findFinalAnswer(text);
      expect(found?.text.trim()).toBe(answer);
      if (form) expect(found?.form).toBe(form);
      if (found && !found.text.includes("\\text{ and }")) expect(text.slice(found.start, found.end)).toBe(found.text);
    });
  }
}

describe("boxes", () => {
  finds([
    [
      "keeps the last complete box",
      "\\boxed{4}. No: \\boxed{\\frac{1}{\\sqrt{2}}}. Or \\boxed{\\frac{1",
      "\\frac{1}{\\sqrt{2}}",
      "boxed",
    ],
    ["joins boxes of one answer", "so $\\boxed{4}$ and $\\boxed{-4}$.", "4 \\text{ and } -4", "boxed"],
    ["does not join boxes of two sentences", "First \\boxed{4}. Then we get \\boxed{5}", "5", "boxed"],
    ["passes over an empty box", "\\boxed{12} in the form \\boxed{}", "12", "boxed"],
    ["prefers the box behind the thinking", "<think>\\boxed{1}</think> It is \\boxed{2}", "2", "boxed"],
    ["falls back on the box in the thinking", "<think>\\boxed{3}</think> As shown.", "3", "boxed"],
  ]);
});

describe("phrases", () => {
  finds([
    ["reads 'the answer is'", "We add them up. So the answer is 15. I hope that helps!", "15", "phrase"],
    ["reads a heading", "Long work.\n\n### Final Answer\n\n$$\n\\frac{3}{4}\n$$", "\\frac{3}{4}", "phrase"],
    ["reads a bold label with a sentence", "**Answer:** Mia keeps \\$12 of her savings.", "12", "phrase"],
    ["reads Chinese", "计算得到。所以答案是 42。", "42", "phrase"],
    ["reads a name", "She is the tallest. Therefore, the answer is Ruth.", "Ruth", "phrase"],
    ["takes the later of two", "The answer is 5. Wait, I forgot one. The answer is 6.", "6", "phrase"],
    ["follows a chain of equals signs", "So the answer is: det = 3 * 7 = 21.", "21", "phrase"],
    ["does not take a denial", "It is 9 in total. The answer is not 8.", "9"],
    ["does not take a question", "We have 9 in total. Is the answer 8?", "9"],
  ]);
});

describe("choices", () => {
  finds([
    ["reads a letter in brackets", "Therefore the correct answer is (C) because it is largest.", "C", "choice"],
    ["reads a belief at the end", "It can't be A, so I think it's B.", "B", "choice"],
    ["reads a leading letter", "D. None of the others fits.", "D", "choice"],
    ["does not take a quantity", "So the answer is A = 12.", "A = 12"],
  ]);
});

describe("code", () => {
  finds([
    ["takes the last complete block", "Try:\n```python\nx = 1\n```\nBetter:\n```python\nx = 2\n```\n", "x = 2", "code"],
    [
      "does not take a block that was cut off",
      "```python\ndef f():\n    return 1\n```\nAgain:\n```python\ndef g(",
      undefined,
    ],
    [
      "prefers a statement behind the block",
      "```python\nprint(6 * 7)\n```\nIt prints 42, so the answer is 42.",
      "42",
      "phrase",
    ],
  ]);
});

describe("conclusions of a chain", () => {
  const way = "First I count the rows. There are 4 rows. Each has 6 seats. That is 24 seats. ";
  finds([
    ["takes the last conclusion", `${way}Two are broken. So 24 - 2 = 22 seats are left.`, "22", "conclusion"],
    ["passes over a remark", `${way}So the total is 24. Yep, that seems right.`, "24", "conclusion"],
    ["passes over a check", `${way}So the total is 24. Let me check: 6 + 6 = 12 works.`, "24"],
    ["takes what an aside comes to", `${way}Thus the price is one third of 24, which is 8 euros.`, "8"],
    ["works out of words", "I know both. So the share is 3 divided by 7.", "3 divided by 7"],
    ["tells prices from formulas", "She paid $40 more. So her bill of $90 is lower than his $130 by $40.", "$40"],
    ["takes a formula's value", "We solve it. Hence \\(x = \\frac{5}{2}\\).", "x = \\frac{5}{2}"],
    ["takes a tuple", "Both fit. So the point is (3, -1/2, 0).", "(3, -1/2, 0)"],
    ["has none when it only plans", `${way}Finally, I'll multiply this by the price to find the income.`, undefined],
    [
      "has none when it is cut off",
      `${way.repeat(3)}Therefore, the number of seats in all of the halls together is 24 times the`,
      undefined,
    ],
    [
      "has none in a short text that breaks off after a number",
      "There are 4 rows. So the seats are 24 times the",
      undefined,
    ],
    ["has none when a sum goes on", "Each row has 6 seats. So all rows have 4 * 6 =", undefined],
    ["has none when a clause goes on", "Each row has 6 seats. So there are 24 seats, and of these", undefined],
    ["has none within a word", "There are 12 rows. She sits down on 6 seats an", undefined],
    [
      "does not take half of what it calls the answer",
      "There are 4 rows. Perhaps the answer is 2 times the",
      undefined,
    ],
    [
      "has none when another clause has begun",
      "There are 4 rows. So the whole is 4 multiplied by 6, which is 24 sea",
      undefined,
    ],
    ["keeps an answer that was stated before a text breaks off", "The answer is 24. There are 4 rows, and so", "24"],
    ["takes a short conclusion without its full stop", "Each row has 6 seats. So there are 24 seats in all", "24"],
    ["takes a measure without a full stop", "It is 9 times 5. So the length is 45 cm", "45 cm"],
    ["has none without any value", "I wonder how this goes. It seems hard. Perhaps a picture helps.", undefined],
  ]);
});

describe("bare answers", () => {
  finds([
    ["takes a number with its unit", "28 %", "28 %", "last-line"],
    ["takes an interval", "  [0, 9)\n", "[0, 9)", "last-line"],
    ["finds nothing in nothing", " \n ", undefined],
    ["distrusts a formula broken over lines", "Answer $ \n 9 \n $", undefined],
  ]);
});

test("counts only the forms that were asked for", () => {
  expect(findFinalAnswer("The answer is 4.", { forms: ["boxed"] })).toBeUndefined();
});
