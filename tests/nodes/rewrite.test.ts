import { afterAll, describe, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { rewrite } from "../../src/nodes/rewrite.ts";
import { type Scripted, stage } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const problem = "Anna has 12 apples and gives 5 to Ben. How many apples does Anna have left?";
const long =
  "Anna starts with 12 apples. She gives 5 apples to Ben. Wait, is it 5? Yes. So 12 - 5 = 7 apples are left.\n\nThe answer is \\boxed{7}.";
const short = "Anna has 12 apples and gives away 5, so 12 - 5 = 7 are left. The answer is \\boxed{7}.";
const lost = short.replace("= 7", "= 8").replace("{7}", "{8}");
const endless =
  "Anna has a dozen apples and gives some of them to Ben. Let me think how many apples Anna may then have, because";

const run = async (state: object, replies: Scripted[], more: object = {}) => {
  const scene = stage(grader, { problem, ...state }, replies);
  const params = rewrite.params.parse({ model: "m", prompt: "p.md", writes: "trace", keeps: "answer", ...more });
  return { writes: undefined, ...(await rewrite.run(scene.context, params)), asked: scene.asked };
};

describe("a rewrite", () => {
  test("is written when it keeps the answer", async () => {
    const result = await run({ answer: "7", trace: long }, [short]);
    expect(result).toMatchObject({ label: "written", writes: { trace: short }, evidence: { restsOn: ["rules"] } });
  });

  test("that loses the answer is asked again, and the sample is answer-lost when none keeps it", async () => {
    expect(await run({ answer: "7", trace: long }, [lost, short])).toMatchObject({ label: "written" });
    const result = await run({ answer: "7", trace: long }, [lost, lost], { tries: 2 });
    expect(result).toMatchObject({ label: "answer-lost", evidence: { answer: { verdict: "different" } } });
    expect(result.writes).toBeUndefined();
    expect(result.reason).toContain('"8"');
  });

  test("that comes to no answer is answer-lost", async () => {
    expect(await run({ answer: "7", trace: long }, [endless], { tries: 1 })).toMatchObject({ label: "answer-lost" });
  });

  test("that can't be used is asked again, and the sample is undecided when none can", async () => {
    const result = await run({ answer: "7", trace: long }, ["", '{"answer": 7}', "I cannot help with that."]);
    expect(result).toMatchObject({ label: "undecided", writes: undefined });
    expect(result.reason).toBe(
      "none of 3 replies was good: the reply was empty; the reply is JSON where a trace was asked for; the model declined to answer",
    );
  });

  test("that was cut off is asked again with more room, and only then", async () => {
    const cut = { text: short, finish: "length" as const };
    const result = await run({ answer: "7", trace: long }, [cut, cut, short]);
    expect(result.asked.map(({ room }) => room)).toEqual([1, 2, 4]);
    const other = await run({ answer: "7", trace: long }, ["", short]);
    expect(other.asked.map(({ room }) => room)).toEqual([1, 1]);
  });

  test("costs no call where the trace before it is wrong, comes to nothing, or is not there", async () => {
    expect(await run({ answer: "9", trace: long }, [])).toMatchObject({ label: "wrong-answer", asked: [] });
    expect(await run({ answer: "7", trace: endless }, [])).toMatchObject({ label: "no-answer", asked: [] });
    expect(await run({ trace: endless }, [])).toMatchObject({ label: "no-answer", asked: [] });
    expect(await run({ answer: "7" }, [])).toMatchObject({ label: "no-answer", asked: [] });
  });

  test("of a sample without a reference is held to what the trace itself concluded", async () => {
    expect(await run({ trace: long }, [short])).toMatchObject({ label: "written" });
    const result = await run({ trace: long }, [lost], { tries: 1 });
    expect(result).toMatchObject({ label: "answer-lost" });
    expect(result.reason).toContain("before the rewrite it reached");
  });

  test("may reach any of several references, and a number", async () => {
    expect(await run({ answer: ["seven apples", "7"], trace: long }, [short])).toMatchObject({ label: "written" });
    expect(await run({ answer: 7, trace: long }, [short])).toMatchObject({ label: "written" });
    expect(await run({ answer: ["8", "9"], trace: long }, [])).toMatchObject({ label: "wrong-answer" });
  });

  test("that keeps nothing is only asked to be a trace", async () => {
    expect(await run({ answer: "7", trace: long }, [lost], { keeps: undefined })).toMatchObject({ label: "written" });
  });
});
