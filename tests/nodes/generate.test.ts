import { afterAll, describe, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { generate } from "../../src/nodes/generate.ts";
import { type Scripted, stage } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const problem = "What is the sum of the first 10 odd numbers?";
const right =
  "The sum of the first n odd numbers is n squared. For 10 of them that is 10^2 = 100.\n\nThe answer is \\boxed{100}.";
const wrong = right.replace("= 100", "= 110").replace("{100}", "{110}");
const open = "The odd numbers go on and on, and their sum grows with how many odd numbers there are, and so we might";

const run = async (state: object, replies: Scripted[], more: object = {}) => {
  const scene = stage(grader, { problem, ...state }, replies);
  const params = generate.params.parse({ model: "m", prompt: "p.md", writes: "trace", keeps: "answer", ...more });
  return { writes: undefined, ...(await generate.run(scene.context, params)), asked: scene.asked };
};

describe("a trace is collected", () => {
  test("by asking until one reaches the reference", async () => {
    const result = await run({ answer: "100" }, [wrong, "", right]);
    expect(result).toMatchObject({ label: "written", writes: { trace: right } });
    expect(result.asked).toHaveLength(3);
  });

  test("within its bound, and the sample has a wrong answer when none is right", async () => {
    const result = await run({ answer: "100" }, [wrong, wrong], { tries: 2 });
    expect(result).toMatchObject({ label: "wrong-answer", writes: undefined });
    expect(result.reason).toContain('it reaches "110", the reference is "100"');
  });

  test("never from replies that can't be used", async () => {
    expect(await run({ answer: "100" }, ["", "<html>100</html>", "!".repeat(600)])).toMatchObject({
      label: "undecided",
      writes: undefined,
    });
  });

  test("without a reference, if it comes to an answer at all", async () => {
    expect(await run({}, [open, wrong])).toMatchObject({ label: "written", writes: { trace: wrong } });
    expect(await run({}, [open], { tries: 1 })).toMatchObject({ label: "wrong-answer" });
  });

  test("as it comes where nothing is to be kept", async () => {
    expect(await run({ answer: "100" }, [open], { keeps: undefined })).toMatchObject({
      label: "written",
      writes: { trace: open },
    });
  });
});
