import { afterAll, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { weigh } from "../../src/nodes/weigh.ts";
import { stage } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const PARAMS = weigh.params.parse({ chain: "sound", efficiency: "lean", score: "weight" });
const STATE = { problem: "6 * 7?", answer: "42", trace: "Six sevens.\n\nThe answer is \\boxed{42}." };
const run = (state: object, params = PARAMS) => weigh.run(stage(grader, { ...STATE, ...state }, []).context, params);

test.each([
  [{ sound: 1, lean: 1 }, 1],
  [{ sound: 0, lean: 0 }, 0.4],
  [{ sound: 0.5, lean: 1 }, 0.85],
])("a right chain with %j scores %d", async (shares, weight) => {
  expect(await run(shares)).toMatchObject({ label: "weighed", writes: { weight } });
});

test("a wrong chain scores 0 however good and short it is: below every right one", async () => {
  const wrong = await run({ sound: 1, lean: 1, trace: "The answer is \\boxed{41}." });
  expect(wrong).toMatchObject({ label: "wrong-answer", writes: { weight: 0 } });
  const worstRight = await run({ sound: 0, lean: 0 });
  expect(Number(worstRight.writes?.weight)).toBeGreaterThan(0);
});

test("without a reference there is no gate, and no score is made up", async () => {
  const result = await run({ sound: 1, lean: 1, answer: undefined });
  expect(result.label).toBe("unweighed");
  expect(result.writes).toBeUndefined();
});

test("a share that is none fails the step with its name", async () => {
  expect(await run({ sound: 3, lean: 1 })).toMatchObject({
    label: "failed",
    reason: '"sound" is 3, and a number from 0 to 1 is expected',
  });
});

test("weights that do not add up to 1 are refused", () => {
  const params = { ...PARAMS, weights: { answer: 0.5, chain: 0.3, efficiency: 0.3 } };
  expect(weigh.params.safeParse(params).success).toBe(false);
});
