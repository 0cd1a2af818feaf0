import { afterAll, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { difficulty, levelOf } from "../../src/nodes/difficulty.ts";
import { stage, stageWith } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const PARAMS = difficulty.params.parse({ model: "student", proxy: "cd", level: "level", target: "target" });
const STATE = { problem: "6 * 7?", answer: "42", cd: 5 };
const RIGHT = "So \\boxed{42}.";
const WRONG = "So \\boxed{41}.";

test.each([
  ["always", [1, 1, 1, 0, 1, 1, 1, 1], 8],
  ["always", [1, 1, 1, 1, 1, 1, 1], 7],
  ["rarely", [0, 0, 0, 0, 0, 0, 0], 7],
  ["rarely", [0, 1, 0, 0, 0, 0, 0, 0], 8],
  ["sometimes", [1, 0, 1, 0], 4],
  ["sometimes", [1, 1, 1, 1, 1, 0, 0], 7],
])("a student that is right like this solves it %s: %j", async (level, tries, asks) => {
  const { context, asked } = stage(
    grader,
    STATE,
    tries.map((right) => (right ? RIGHT : WRONG)),
  );
  const result = await difficulty.run(context, PARAMS);
  const target = { always: 300, sometimes: 1000, rarely: 4000 }[level];
  expect(result).toMatchObject({ label: level, writes: { level, target } });
  const right = tries.filter(Boolean).length;
  expect(result.evidence).toMatchObject({
    restsOn: ["rules", "student"],
    difficulty: { from: "student", level, student: "student", alone: { right, tries: asks } },
  });
  expect(asked).toHaveLength(asks);
  expect(asked.every(({ ofProblem, prompt }) => ofProblem && prompt === "alone.md")).toBe(true);
});

test("it stops early only where the tries that are left could change nothing", () => {
  const full = (flags: number[]) => {
    const right = flags.filter(Boolean).length;
    return right >= 7 ? "always" : right <= 1 ? "rarely" : "sometimes";
  };
  for (let mask = 0; mask < 256; mask++) {
    const flags = [...Array(8).keys()].map((bit) => (mask >> bit) & 1);
    const stopped = flags
      .map((_, at) => flags.slice(0, at + 1))
      .map((seen) => levelOf(seen.filter(Boolean).length, seen.filter((each) => !each).length, { times: 8, spare: 1 }))
      .find((level) => level !== undefined);
    expect(stopped).toBe(full(flags));
  }
});

test("a reply that ran out of room did not get there; one that the rules can't tell is no try", async () => {
  const replies = [...Array(7)].map(() => ({ text: "and then", finish: "length" as const }));
  const cut = await difficulty.run(stage(grader, STATE, replies).context, PARAMS);
  expect(cut.label).toBe("rarely");
});

test.each([
  [1, "always"],
  [3, "always"],
  [4, "sometimes"],
  [6, "sometimes"],
  [7, "rarely"],
])("without a student the proxy cd = %d says %s, and the evidence says that it is one", async (cd, level) => {
  const params = difficulty.params.parse({ proxy: "cd", level: "level" });
  const result = await difficulty.run(stage(grader, { ...STATE, cd }, []).context, params);
  expect(result).toMatchObject({ label: level, writes: { level } });
  expect(result.reason).toContain(`by the proxy cd = ${cd}: no student was asked`);
  expect(result.evidence?.difficulty).toEqual({ from: "proxy", level, field: "cd", value: cd });
});

test("without a reference the student can't be graded: the proxy decides, and without one nobody does", async () => {
  const { answer: _gone, ...state } = STATE;
  const asking = stageWith(grader, state, () => RIGHT);
  const result = await difficulty.run(asking.context, PARAMS);
  expect(result.label).toBe("sometimes");
  expect(asking.asked).toHaveLength(0);
  const params = difficulty.params.parse({ model: "student", level: "level" });
  expect(await difficulty.run(asking.context, params)).toMatchObject({ label: "undecided" });
});

test("where a program can't be run nobody is asked, and the proxy decides", async () => {
  const tests = { language: "python", style: "assert", asserts: ["assert f() == 1"] };
  const asking = stageWith(grader, { ...STATE, tests }, () => RIGHT);
  const context = { ...asking.context, cannotRun: async () => "there is no sandbox here" };
  const result = await difficulty.run(context, PARAMS);
  expect(result).toMatchObject({ label: "sometimes", evidence: { difficulty: { from: "proxy" } } });
  expect(result.reason).toContain("there is no sandbox here");
  expect(asking.asked).toHaveLength(0);
});

test.each([
  [{ level: "l" }, "a student to ask"],
  [{ level: "l", model: "s", times: 4, spare: 2 }, "less than half"],
  [{ level: "l", proxy: "cd", bounds: [6, 3] }, "the lower one first"],
  [{ level: "l", proxy: "cd", tokens: { always: 9, sometimes: 5, rarely: 7 } }, "no shorter for a harder problem"],
])("%j is refused", (params, why) => {
  expect(difficulty.params.safeParse(params).error?.message).toContain(why);
});
