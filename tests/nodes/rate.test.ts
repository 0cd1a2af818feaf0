import { afterAll, describe, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { rate } from "../../src/nodes/rate.ts";
import { verify } from "../../src/nodes/verify.ts";
import { type Scripted, stage, verdictText } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const problem = "What is 6 times 7?";
const trace = "Six times seven is 42.\n\nThe answer is \\boxed{42}.";
const unfinished = "Six times seven is something that we could find by adding, and so";

const run = async (kind: typeof rate, state: object, replies: Scripted[], more: object = {}) => {
  const scene = stage(grader, { problem, ...state }, replies);
  const params = kind.params.parse({ model: "m", prompt: "p.md", writes: "rating", ...more });
  return { writes: undefined, ...(await kind.run(scene.context, params)), asked: scene.asked };
};

describe("rate", () => {
  test("writes what the majority says, with its reason and its evidence", async () => {
    const result = await run(rate, { trace, answer: "42" }, [verdictText("easy"), verdictText("easy")], {
      votes: 3,
      keeps: "answer",
    });
    expect(result).toMatchObject({
      label: "easy",
      writes: { rating: "easy" },
      reason: "because it is easy",
      evidence: { restsOn: ["rules", "judge"], votes: ["easy", "easy"], answer: { verdict: "equal" } },
    });
  });

  test("asks nobody about a trace with a wrong answer, or with none", async () => {
    expect(await run(rate, { trace, answer: "43" }, [], { keeps: "answer" })).toMatchObject({
      label: "wrong-answer",
      asked: [],
    });
    expect(await run(rate, { trace: unfinished, answer: "42" }, [], { keeps: "answer" })).toMatchObject({
      label: "no-answer",
      asked: [],
    });
    expect(await run(rate, { answer: "42" }, [], { keeps: "answer" })).toMatchObject({ label: "no-answer", asked: [] });
    expect(await run(rate, {}, [])).toMatchObject({ label: "no-answer", asked: [] });
  });

  test("takes no number of a closing sentence for the answer of a trace that has no reference", async () => {
    const closing = "Run with the given inputs (batch_size=4096, num_classes=10), this should be faster than before.";
    expect(await run(rate, { trace: closing }, [], { keeps: "answer" })).toMatchObject({
      label: "no-answer",
      asked: [],
    });
  });

  test("never turns what can't be read into a rating", async () => {
    const result = await run(rate, { trace }, ["medium", "I think it fits.", '{"rating": "med'], { tries: 3 });
    expect(result).toMatchObject({ label: "undecided", writes: undefined, evidence: { votes: ["abstained"] } });
    expect(result.reason).toContain("no readable verdict in 3 replies");
  });

  test("rests on the judge alone where there is no reference", async () => {
    const result = await run(rate, { trace }, [verdictText("medium")], { keeps: "answer" });
    expect(result).toMatchObject({
      label: "medium",
      evidence: { restsOn: ["judge"], answer: { verdict: "undecided" } },
    });
  });

  test("measures how surprising the student finds the trace, before the votes, and both or none of its parameters", async () => {
    const told = JSON.stringify([20, ...[...trace].map(() => [1, 2, null])]);
    const more = { surprisal: "alone.md", student: "small" };
    const { evidence } = await run(rate, { trace }, [told, verdictText("medium")], more);
    expect(evidence?.surprisal).toMatchObject({ student: "small", mean: 2, rankSurprisal: [10.5, 50] });
    expect(rate.params.safeParse({ model: "j", prompt: "p.md", writes: "rating", surprisal: "alone.md" }).success).toBe(
      false,
    );
  });

  test("looks at no answer where it keeps none", async () => {
    expect(await run(rate, { trace, answer: "43" }, [verdictText("hard")])).toMatchObject({
      label: "hard",
      evidence: { restsOn: ["judge"] },
    });
  });
});

describe("verify", () => {
  test("checks the answer first, and says when a rewrite lost it", async () => {
    expect(await run(verify, { trace, answer: "43" }, [])).toMatchObject({ label: "answer-lost", asked: [] });
    expect(await run(verify, { trace: unfinished, answer: "42" }, [])).toMatchObject({
      label: "answer-lost",
      asked: [],
    });
  });

  test("then rates afresh", async () => {
    expect(await run(verify, { trace, answer: "42" }, [verdictText("medium")])).toMatchObject({
      label: "medium",
      writes: { rating: "medium" },
    });
  });
});
