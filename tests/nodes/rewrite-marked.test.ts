/** A rewrite of the place that a judge named, and one to a length: what goes to the model, and what comes of its reply. */
import { afterAll, describe, expect, test } from "vitest";
import { countTokens } from "../../src/core/tokens.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { rewrite } from "../../src/nodes/rewrite.ts";
import { type Scripted, stage } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const problem = "Anna has 3 bags with 14 apples each and gives 5 apples to Ben. How many apples does Anna have left?";
const STEPS = [
  "Anna has 3 bags of 14 apples each.",
  "So she has 42 apples at the beginning.",
  "She gives 5 of the apples to her friend Ben, so take 5 away from the 42 apples.",
  "That leaves 37 apples. The answer is \\boxed{37}.",
];
const trace = `${STEPS.join("\n\n")}\n`;
const mended = "Each bag has 14 apples, and there are 3 bags: 14 + 14 = 28, 28 + 14 = 42. So Anna has 42 apples.";
const whole = "Anna has 3 * 14 = 42 apples and gives 5 to Ben: 42 - 5 = 37 are left. The answer is \\boxed{37}.";

const run = async (replies: Scripted[], more: object = {}, step: number | null = 2) => {
  const scene = stage(grader, { problem, answer: "37", trace, at: 2 }, replies);
  const finding = { rating: "easy" as const, reason: "r", step, missing: null, surplus: null, confidence: null };
  const params = rewrite.params.parse({
    model: "m",
    prompt: "whole.md",
    marked: "part.md",
    writes: "trace",
    keeps: "answer",
    ...more,
  });
  return { writes: undefined, ...(await rewrite.run({ ...scene.context, finding }, params)), asked: scene.asked };
};

describe("a rewrite of a marked step", () => {
  test("asks for that step alone, and everything else stays byte for byte", async () => {
    const { asked, ...result } = await run([mended]);
    expect(result).toMatchObject({
      label: "written",
      evidence: { rewrite: { steps: [2, 2, 4] }, answer: { verdict: "equal" } },
    });
    expect(result.writes).toEqual({ trace: trace.replace(STEPS[1]!, mended) });
    expect(asked.map(({ prompt }) => prompt)).toEqual(["part.md"]);
    expect(asked[0]!.values).toEqual({
      marked: STEPS[1],
      before: `${STEPS[0]}\n\n`,
      after: `\n\n${STEPS[2]}\n\n${STEPS[3]}\n`,
      needed: "42",
    });
  });

  test("is asked for again where it lost what later steps use, came back as it was, or told the chain", async () => {
    const lost = "So she has a lot of apples at the beginning of all this.";
    const told = `${mended}\n\n${STEPS[2]}`;
    const result = await run([lost, STEPS[1]!, told, whole], { tries: 3 });
    expect(result).toMatchObject({ label: "written", writes: { trace: whole } });
    expect(result.asked.map(({ prompt }) => prompt)).toEqual(["part.md", "part.md", "part.md", "whole.md"]);
    expect(result.evidence?.rewrite?.whole).toBe(
      'step 2 alone would not do: none of 3 replies was good: the part no longer has what later steps use: 42; the reply is the part as it was; the reply holds more than the part: "She gives 5 of the apples to her friend " stands beside it',
    );
  });

  test("whose reply is the whole chain is taken for that, at no further call", async () => {
    const result = await run([whole]);
    expect(result).toMatchObject({ label: "written", writes: { trace: whole } });
    expect(result.evidence?.rewrite).toEqual({ whole: "asked for step 2, the model wrote the chain" });
  });

  test("takes the place from the state where the graph says so, with steps around it", async () => {
    const two = `${STEPS[0]} That is 14 + 14 + 14 = 42 apples.`;
    const result = await run([two], { place: "at", around: 1, tries: 1 }, null);
    expect(result.asked[0]!.values).toMatchObject({ marked: STEPS.slice(0, 3).join("\n\n"), before: "" });
    expect(result.writes).toEqual({ trace: `${two}\n\n${STEPS[3]}\n` });
  });

  test("is one of the whole where no place is known", async () => {
    for (const step of [null, 9]) {
      const result = await run([whole], {}, step);
      expect(result).toMatchObject({ label: "written", writes: { trace: whole } });
      expect(result.asked.map(({ prompt }) => prompt)).toEqual(["whole.md"]);
      expect(result.evidence?.rewrite).toBeUndefined();
    }
  });
});

test("a rewrite that refers to what is gone is asked for again, and nothing is known of the answer when none is good", async () => {
  const loose = "By equation (2) Anna has 42 apples, so 42 - 5 = 37 are left. The answer is \\boxed{37}.";
  expect(await run([loose, whole], { marked: undefined })).toMatchObject({
    label: "written",
    writes: { trace: whole },
  });
  const result = await run([loose], { marked: undefined, tries: 1 });
  expect(result).toMatchObject({ label: "undecided", writes: undefined });
  expect(result.reason).toBe(
    'the only reply was no good: the rewrite refers to what is gone: "equation (2)" stands nowhere in it',
  );
});

describe("a rewrite to a length", () => {
  const long = `Anna has 3 bags of 14 apples. ${"She counts the apples of each bag with care. ".repeat(4)}So 3 * 14 = 42. ${whole}`;

  test("counts real tokens, says what is wanted, and is asked for again until it is near", async () => {
    const length = { tokens: countTokens(whole), within: 0.1 };
    const result = await run([long, whole], { marked: undefined, length });
    expect(result).toMatchObject({ label: "written", writes: { trace: whole }, reason: undefined });
    expect(result.evidence?.rewrite).toEqual({ tokens: length.tokens, aimedAt: length.tokens });
    expect(result.asked[0]!.values?.length).toMatch(/^about \d+ tokens \(\d+ to \d+\)$/);
  });

  test("is the nearest of its tries where none is near, and says so", async () => {
    const result = await run([long, whole], { marked: undefined, length: { tokens: 5 }, tries: 2 });
    expect(result).toMatchObject({ label: "written", writes: { trace: whole } });
    expect(result.reason).toMatch(/^\d+ tokens where about 5 tokens \(3 to 7\) were wanted; no reply came nearer$/);
  });

  test("may be a share of what it was", async () => {
    const result = await run([whole], { marked: undefined, length: { share: 0.5, within: 1 } });
    expect(result.evidence?.rewrite?.aimedAt).toBe(Math.round(0.5 * countTokens(trace)));
  });
});
