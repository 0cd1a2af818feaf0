import { afterAll, describe, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { parseScores, score } from "../../src/nodes/score.ts";
import { stage } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const SCALES = { scales: ["rv", "cd"], from: 0, to: 9 };
const params = { ...SCALES, model: "judge", prompt: "score.md", reads: "trace", tries: 2, votes: 1, keeps: "answer" };
const STATE = { problem: "6 * 7?", answer: "42", trace: "Six sevens.\n\nThe answer is \\boxed{42}." };

describe("scores are read strictly", () => {
  test.each([
    ['{"rv": 3, "cd": 0, "reason": "short"}', { rv: 3, cd: 0 }],
    ['Here you are:\n```json\n{"rv": 9, "cd": 1, "reason": "uses \\frac"}\n```', { rv: 9, cd: 1 }],
    ['{"rv": 3, "cd": 1} and again {"rv": 3, "cd": 1}', { rv: 3, cd: 1 }],
  ])("%s", (text, scores) => {
    expect(parseScores(text, SCALES)).toEqual({ scores });
  });

  test.each([
    ["7", "there is no JSON object"],
    ["I give it rv 7 and cd 3 of 9", "there is no JSON object"],
    ['{"rv": 10, "cd": 1}', '"rv" is 10, outside 0 to 9'],
    ['{"rv": -1, "cd": 1}', '"rv" is -1, outside 0 to 9'],
    ['{"rv": 3.5, "cd": 1}', '"rv" is not a whole number'],
    ['{"rv": "3", "cd": 1}', '"rv" is not a whole number'],
    ['{"rv": 3}', '"cd" is not a whole number'],
    ['{"rv": 3, "cd": 1} or {"rv": 4, "cd": 1}', "disagree"],
  ])("%s is none", (text, why) => {
    expect(parseScores(text, SCALES)).toEqual({ unreadable: expect.stringContaining(why) });
  });
});

test("a reply that can't be read is asked for again, and what is written is what the next one says", async () => {
  const { context, asked } = stage(grader, STATE, ["seven", '{"rv": 2, "cd": 1, "reason": "plain"}']);
  const result = await score.run(context, params);
  expect(result).toMatchObject({ label: "scored", writes: { rv: 2, cd: 1 }, reason: "rv 2, cd 1" });
  expect(asked).toHaveLength(2);
  expect(asked[0]!.form).toMatchObject({ form: "json", schema: { required: ["rv", "cd", "reason"] } });
});

test("where none can be read the sample is undecided, and no number is made up", async () => {
  const { context } = stage(grader, STATE, ["-1", '{"rv": 12, "cd": 1}']);
  const result = await score.run(context, params);
  expect(result).toMatchObject({ label: "undecided", reason: expect.stringContaining("outside 0 to 9") });
  expect(result.writes).toBeUndefined();
});

test("of several votes each scale takes its median", async () => {
  const replies = [1, 8, 3].map((rv) => JSON.stringify({ rv, cd: 9 - rv }));
  const { context } = stage(grader, STATE, replies);
  expect((await score.run(context, { ...params, votes: 3 })).writes).toEqual({ rv: 3, cd: 6 });
});

test("correctness is a gate: a wrong chain is not scored, and nobody is asked", async () => {
  const { context, asked } = stage(grader, { ...STATE, trace: "So it is \\boxed{41}." }, []);
  expect(await score.run(context, params)).toMatchObject({ label: "wrong-answer" });
  expect(asked).toHaveLength(0);
});
