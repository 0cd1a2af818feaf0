import { afterAll, describe, expect, test } from "vitest";
import { ModelError } from "../../src/models/model.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { follow } from "../../src/nodes/follow.ts";
import { BLANK } from "../../src/nodes/following/mask.ts";
import { type Asking, stageWith } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const problem = "Ann packs 6 boxes of 7 pears each, and eats 5 of the pears. How many are left?";
const trace = [
  "There are 6 boxes, and each of them holds 7 pears.",
  "So there are 6 * 7 = 42 pears in all.",
  "Ann eats 5 of them.",
  "That leaves 42 - 5 = 37 pears.",
  "The answer is \\boxed{37}.",
].join("\n\n");
const [right, wrong] = ["It is \\boxed{37}.", "It is \\boxed{35}."];

/** `student` says what it replies to a chain; "" is the problem without one. */
const run = async (student: (chain: string, nth: number) => string, state: object = {}, more: object = {}) => {
  const asked: string[] = [];
  const answer: Asking = ({ values }) => {
    asked.push(values?.chain ?? "");
    return student(values?.chain ?? "", asked.length);
  };
  const params = { model: "s", prompt: "follow.md", alone: "alone.md", writes: "rating", trials: "trials", ...more };
  const { context } = stageWith(grader, { problem, trace, answer: "37", ...state }, answer);
  const result = await follow.run(context, follow.params.parse(params));
  return { ...result, asked };
};
const isWhole = (chain: string) => chain.startsWith("There are 6") && chain.split("\n\n").length > 2;

describe("follow", () => {
  test("never shows the student the answer", async () => {
    const { asked } = await run(() => wrong);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.join()).not.toContain("37");
    expect(asked[0]).toBe(trace.slice(0, trace.lastIndexOf("\n\n")).replace("37", BLANK));
  });

  test("a chain is medium when the student reaches the answer along it and along nothing less", async () => {
    const result = await run((chain) => (isWhole(chain) ? right : wrong));
    expect(result).toMatchObject({
      label: "medium",
      writes: { rating: "medium" },
      evidence: {
        restsOn: ["rules", "student"],
        verdict: { rating: "medium" },
        probe: { found: "follows", chain: { right: 4, tries: 4, interval: [0.51, 1] }, alone: { right: 0, tries: 4 } },
      },
    });
    expect(result.asked).toHaveLength(16);
  });

  test("a student that needs no chain can't be fooled by a leak, and no control is asked for", async () => {
    const result = await run(() => right);
    expect(result).toMatchObject({ label: "medium", evidence: { probe: { found: "alone" } } });
    expect(result.asked).toHaveLength(8);
  });

  test("a last step that gives the answer away is taken out, and the rest has to do without it", async () => {
    const withoutLast = await run((chain) => (isWhole(chain) || chain.startsWith("That leaves") ? right : wrong));
    expect(withoutLast).toMatchObject({ label: "medium", evidence: { probe: { found: "follows", givenAway: [4] } } });
    const onlyLast = await run((chain) => (chain.includes("That leaves") ? right : wrong));
    expect(onlyLast).toMatchObject({ label: "undecided", evidence: { probe: { found: "leaks", givenAway: [4] } } });
    expect(onlyLast.reason).toContain("from step 4 alone: that it follows is not shown");
  });

  test("a chain whose order makes no difference is not being followed", async () => {
    const result = await run((chain) => (chain.split("\n\n").length > 2 ? right : wrong));
    expect(result).toMatchObject({
      label: "undecided",
      evidence: { probe: { found: "leaks", shuffled: { right: 4 } } },
    });
  });

  test("the ladder finds the step from which on the student is lost", async () => {
    const result = await run((chain) => (chain.split("\n\n").length === 2 ? right : wrong));
    expect(result).toMatchObject({
      evidence: {
        verdict: { step: 3 },
        probe: { found: "unable", breaksAt: 3, ladder: [{ share: 75 }, { share: 50 }] },
      },
    });
  });

  test("which of the two it is, is decided by trying: what does not help is taken back", async () => {
    const first = await run(() => wrong, { rating: "hard" });
    expect(first).toMatchObject({ label: "hard", writes: { rating: "hard", trials: { trying: "hard" } } });
    expect(first.writes).not.toHaveProperty("trace");

    const condensed = trace.replace("Ann eats 5 of them.\n\n", "");
    const second = await run(() => wrong, { ...first.writes, trace: condensed });
    expect(second).toMatchObject({ label: "easy", writes: { trace, rating: "easy", trials: { vain: ["hard"] } } });

    const expanded = `Let us see.\n\n${trace}`;
    const third = await run((_chain, nth) => (nth === 2 ? right : wrong), { ...second.writes, trace: expanded });
    expect(third).toMatchObject({ label: "easy", writes: { trials: { trying: "easy", vain: [] } } });

    const fourth = await run(() => wrong, { ...third.writes, trace: `And now.\n\n${expanded}` });
    expect(fourth).toMatchObject({ label: "hard", writes: { trace: expanded } });
    const fifth = await run(() => wrong, { ...fourth.writes, trace });
    expect(fifth).toMatchObject({ label: "exhausted", writes: { trace: expanded } });
    expect(fifth.reason).toContain("neither expanding nor condensing helped");
  });

  test("what the student can do alone is asked once a sample", async () => {
    const first = await run((chain) => (isWhole(chain) ? right : wrong));
    const second = await run((chain) => (isWhole(chain) ? right : wrong), { ...first.writes });
    expect(first.asked).toContain("");
    expect(second.asked).not.toContain("");
    expect(second.evidence?.probe?.alone).toMatchObject({ right: 0, tries: 4 });
  });

  test("a trace that is nothing but its answer is too terse, and nobody is asked", async () => {
    const result = await run(() => right, { trace: "The answer is \\boxed{37}." });
    expect(result).toMatchObject({ label: "easy", asked: [], reason: expect.stringContaining("nothing to follow") });
  });

  test("asks nobody where there is nothing to reach, or the trace reaches something else", async () => {
    expect(await run(() => right, { answer: "36" })).toMatchObject({ label: "wrong-answer", asked: [] });
    expect(await run(() => right, { trace: "" })).toMatchObject({ label: "no-answer", asked: [] });
    const program = "We write it down.\n\n```python\ndef f(x):\n    return x\n```";
    expect(await run(() => right, { trace: program, answer: undefined })).toMatchObject({
      label: "undecided",
      asked: [],
    });
  });

  test("without a reference the verdict does not claim that rules checked it", async () => {
    const result = await run((chain) => (isWhole(chain) ? right : wrong), { answer: undefined });
    expect(result).toMatchObject({ label: "medium", evidence: { restsOn: ["student"] } });
  });
});

describe("surprisal", () => {
  const weighed = async (say: () => string) => {
    const { context, asked } = stageWith(grader, { problem, trace, answer: "37" }, (question) =>
      question.form?.form === "surprisal" ? say() : right,
    );
    const params = { model: "s", prompt: "follow.md", alone: "alone.md", writes: "rating", trials: "trials" };
    const result = await follow.run(context, follow.params.parse({ ...params, surprisal: "alone.md" }));
    return { ...result, asked };
  };

  test("of the whole chain to the student is measured once a visit, step by step", async () => {
    const tokens = [...trace].map(() => [1, 0.5, 2]);
    const { asked, evidence } = await weighed(() => JSON.stringify([null, ...tokens]));
    expect(asked.filter(({ form }) => form?.form === "surprisal")).toMatchObject([
      { model: "s", prompt: "alone.md", form: { of: trace }, sampling: { maxTokens: 1 } },
    ]);
    const steps = [0.5, 0.5, 0.5, 0.5, 0.5];
    expect(evidence?.surprisal).toEqual({
      student: "s",
      tokens: trace.length,
      mean: 0.5,
      rankSurprisal: [4, 4],
      steps,
    });
  });

  test("that an endpoint does not tell is said, and the rating goes on without it", async () => {
    const none = await weighed(() => {
      throw new ModelError("cannot", "s (x): its server gives no log-probabilities of a text that it is given");
    });
    expect(none).toMatchObject({
      label: "medium",
      evidence: { surprisal: { student: "s", none: expect.stringContaining("no log-prob") } },
    });
    const words = await weighed(() => "I am not surprised.");
    expect(words).toMatchObject({ label: "medium", evidence: { surprisal: { none: "what it told can't be read" } } });
    await expect(
      weighed(() => {
        throw new ModelError("no-access", "401");
      }),
    ).rejects.toThrow("401");
  });
});

describe("follow, where the answer is a program", () => {
  const program = "def double(x):\n\n    return 2 * x";
  const listing = `\`\`\`python\n${program}\n\`\`\``;
  const chain = [
    "Doubling adds a number to itself.",
    `A first version:\n${listing}`,
    "It multiplies the argument by two.",
    listing,
  ].join("\n\n");
  const tests = { language: "python", style: "assert", asserts: ["assert double(2) == 4"] };

  const ask = async (student: (chain: string) => string) => {
    const asked: string[] = [];
    const scene = stageWith(grader, { problem: "Write double(x).", trace: chain, tests }, ({ values }) => {
      asked.push(values?.chain ?? "");
      return student(values?.chain ?? "");
    });
    const context = {
      ...scene.context,
      runTests: async (text: string) =>
        text.includes("2 * x")
          ? ({ verdict: "equal", rule: "tests", reason: "passes 1 of 1 tests" } as const)
          : ({ verdict: "different", rule: "tests", reason: "passes 0 of 1 tests" } as const),
    };
    const params = { model: "s", prompt: "follow.md", alone: "alone.md", writes: "rating", trials: "trials" };
    return { ...(await follow.run(context, follow.params.parse(params))), asked };
  };

  test("the listings are blanked out, and the student's own program must pass the tests", async () => {
    const masked = `Doubling adds a number to itself.\n\nA first version:\n${BLANK}\n\nIt multiplies the argument by two.`;
    const result = await ask((shown) => (shown === masked ? listing : "I can't tell."));
    expect(result).toMatchObject({
      label: "medium",
      evidence: { restsOn: ["rules", "student"], probe: { found: "follows", blanks: 2 } },
    });
    expect(result.asked[0]).toBe(masked);
    expect(result.asked.join()).not.toContain("2 * x");
  });

  test("a student that writes another program along it is unable", async () => {
    const result = await ask(() => "```python\ndef double(x):\n    return x * x\n```");
    expect(result).toMatchObject({ label: "easy", evidence: { probe: { found: "unable", chain: { right: 0 } } } });
  });
});
