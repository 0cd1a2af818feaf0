import { afterAll, describe, expect, test } from "vitest";
import { accept } from "../../src/nodes/accept.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { type Scripted, stage, verdictText } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const trace = "Six times seven is 42.\n\nThe answer is \\boxed{42}.";
const [easy, medium, hard] = ["easy", "medium", "hard"].map((rating) => verdictText(rating)) as [
  string,
  string,
  string,
];
const run = async (replies: Scripted[], state: object = {}, more: object = {}) => {
  const scene = stage(grader, { problem: "What is 6 times 7?", trace, answer: "42", ...state }, replies);
  const params = accept.params.parse({ model: "judge", prompt: "accept.md", ...more });
  return { ...(await accept.run(scene.context, params)), asked: scene.asked };
};

describe("accept", () => {
  test("passes what most votes call medium, and writes nothing", async () => {
    const result = await run([medium, hard, medium, medium]);
    expect(result).toMatchObject({ label: "passed", evidence: { votes: ["medium", "hard", "medium", "medium"] } });
    expect(result.writes).toBeUndefined();
    expect(result.reason).toContain("accepted afresh by 3 of 4 (of at most 5) votes");
  });

  test("what fails it is undecided, with what spoke against it, as soon as that is settled", async () => {
    const result = await run([easy, medium, hard, easy]);
    expect(result).toMatchObject({ label: "undecided", reason: expect.stringContaining("easy: because it is easy") });
    expect(result.asked).toHaveLength(4);
  });

  test("abstentions do not let anything in", async () => {
    const result = await run(["no", "no", "no"], {}, { votes: 3, tries: 1, prompt: "accept.md" });
    expect(result).toMatchObject({ label: "undecided", evidence: { votes: ["abstained", "abstained"] } });
  });

  test("checks the answer first, by rules", async () => {
    expect(await run([], { answer: "43" })).toMatchObject({ label: "answer-lost", asked: [] });
  });

  test("several judges and several wordings take turns, and each word is kept with who said it", async () => {
    const result = await run(
      [medium, easy, medium, medium],
      {},
      {
        model: undefined,
        models: ["a", "b"],
        prompt: undefined,
        prompts: ["x.md", "y.md"],
      },
    );
    expect(result.evidence?.voters).toEqual([
      { model: "a", prompt: "x.md" },
      { model: "b", prompt: "y.md" },
      { model: "a", prompt: "y.md" },
      { model: "b", prompt: "x.md" },
    ]);
  });
});
