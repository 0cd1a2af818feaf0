import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { parseVerdict, vote } from "../../src/nodes/verdict.ts";
import { type Scripted, stage, verdictText } from "./asking.ts";

const trace = "First step.\n\nSecond step.\n\nThird step: \\boxed{4}.";
const ratingOf = (text: string) => {
  const verdict = parseVerdict(text, trace);
  return "unreadable" in verdict ? verdict.unreadable : verdict.rating;
};

describe("a verdict is read from", () => {
  test.each([
    ["a bare object", verdictText("easy"), "easy"],
    ["a fenced object", `\`\`\`json\n${verdictText("hard")}\n\`\`\``, "hard"],
    ["an object with prose around it", `Let me see. ${verdictText("medium")} That is my verdict.`, "medium"],
    [
      "an object after LaTeX with braces",
      `In \\frac{1}{2} and {"a"} nothing is left out. ${verdictText("easy")}`,
      "easy",
    ],
    ["an object in an object", `{"verdict": ${verdictText("easy")}}`, "easy"],
    ["one whose reason has braces and quotes", verdictText("hard", { reason: 'it says "{x}" and } too' }), "hard"],
    [
      "one whose reason holds raw LaTeX",
      '{"rating": "easy", "reason": "the step \\(a\\) to \\sqrt{b} is missing"}',
      "easy",
    ],
    ["one whose reason breaks the line", '{"rating": "easy",\n "reason": "a step\nis missing"}', "easy"],
    ["two objects that agree", `${verdictText("easy")} So: ${verdictText("easy")}`, "easy"],
  ])("%s", (_what, text, rating) => {
    expect(ratingOf(text)).toBe(rating);
  });
});

describe("no verdict is read from", () => {
  test.each([
    ["the word alone", "easy", "not a JSON object"],
    ["prose", 'The rating is "medium", I am sure.', "not a JSON object"],
    ["an object that breaks off", '{"rating": "medium", "reason": "it fi', "broken JSON"],
    ["a rating that is none", verdictText("moderate"), "rating is wrong"],
    ["a rating in capitals", verdictText("EASY"), "rating is wrong"],
    ["a number", '{"rating": 1, "reason": "x"}', "rating is wrong"],
    ["an object without a reason", '{"rating": "easy"}', "reason is wrong"],
    ["an empty reason", '{"rating": "easy", "reason": " "}', "reason is wrong"],
    ["another object", '{"grade": "easy", "reason": "x"}', "broken JSON"],
    ["two objects that disagree", `${verdictText("easy")} No: ${verdictText("hard")}`, "disagree"],
    ["a rating that stands twice", '{"rating": "easy", "reason": "x", "rating": "hard"}', "broken JSON"],
    [
      "the form as the prompt shows it",
      '{"rating": "easy" or "medium" or "hard", "reason": one or two sentences}',
      "broken JSON",
    ],
    ["nothing", "", "not a JSON object"],
  ])("%s", (_what, text, reason) => {
    expect(ratingOf(text)).toContain(reason);
  });

  test("any text that does not hold the object, however close it comes", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      '"',
      "rating",
      ":",
      "easy",
      "medium",
      "hard",
      "reason",
      ",",
      " ",
      "\\",
      "[",
      "]",
      '"rating"',
      '"easy"',
      "\n",
      "```",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), fc.string(), (parts, noise) => {
        const text = parts.join("") + noise;
        const read = parseVerdict(text, trace);
        if ("unreadable" in read) return true;
        return /"rating"\s*:\s*"(easy|medium|hard)"/.test(text) && /"reason"\s*:/.test(text);
      }),
      { numRuns: 3_000 },
    );
  });

  test("hostile text takes no time to speak of", () => {
    const began = performance.now();
    for (const text of [
      '{"'.repeat(100_000),
      `{"rating":${"{".repeat(200_000)}`,
      '{ "'.repeat(50_000) + verdictText("easy"),
    ])
      ratingOf(text);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

test("a step beyond the trace is no place, and the verdict still stands", () => {
  expect(parseVerdict(verdictText("easy", { step: 3 }), trace)).toMatchObject({ rating: "easy", step: 3 });
  expect(parseVerdict(verdictText("easy", { step: 4 }), trace)).toMatchObject({ rating: "easy", step: null });
});

describe("votes", () => {
  const cast = async (votes: number, replies: Scripted[], tries = 3) => {
    const grader = createGrader();
    const { context, asked } = stage(grader, {}, replies);
    const result = await vote(
      context,
      { models: ["judge"], prompts: ["judge.md"], sampling: {} },
      { votes, tries, trace },
    );
    return { ...result, calls: asked.length, asked };
  };
  const [easy, medium, hard] = ["easy", "medium", "hard"].map((rating) => verdictText(rating)) as [
    string,
    string,
    string,
  ];

  test("stop as soon as the majority is settled", async () => {
    expect(await cast(5, [medium, medium, medium])).toMatchObject({ calls: 3, decided: { rating: "medium" } });
    expect(await cast(3, [easy, hard, easy])).toMatchObject({ calls: 3, decided: { rating: "easy" } });
  });

  test("stop as soon as no majority can come of them", async () => {
    const result = await cast(4, [easy, medium, hard]);
    expect(result).toMatchObject({ calls: 3, decided: undefined, votes: ["easy", "medium", "hard"] });
    expect(result.reason).toContain("settled nothing");
  });

  test("are not decided by those who abstain", async () => {
    const result = await cast(3, ["?", "?", "?", "?", medium], 2);
    expect(result).toMatchObject({ calls: 4, decided: undefined, votes: ["abstained", "abstained"] });
  });

  test("that are tied settle nothing", async () => {
    expect(await cast(2, [easy, hard])).toMatchObject({ decided: undefined });
  });

  test("are asked again when they can't be read, with more room when they were cut off", async () => {
    const result = await cast(1, [{ text: easy, finish: "length" }, { text: easy, finish: "filter" }, medium]);
    expect(result).toMatchObject({ calls: 3, votes: ["medium"] });
    expect(result.asked.map(({ room }) => room)).toEqual([1, 2, 2]);
  });

  test("say in the verdict of the surest of the majority why they fell", async () => {
    const sure = verdictText("easy", { confidence: 0.9, reason: "the sum is done silently" });
    expect((await cast(3, [easy, sure])).decided).toMatchObject({
      reason: "the sum is done silently",
      confidence: 0.9,
    });
  });
});
