import { describe, expect, test } from "vitest";
import type { FinishedSample } from "../../../src/data/finished.ts";
import { choose, type Selection } from "../../../src/data/selection/choose.ts";
import { finished } from "../rig.ts";

/** Sample `n` asks for n + 1, at a length of its own. */
function sample(n: number, parts: Partial<FinishedSample> = {}): FinishedSample {
  const trace = `To begin with ${n} we add one. ${`So far ${n} things were counted in round ${n}. `.repeat(n % 5)}The answer is ${n + 1}.`;
  return finished({
    id: `s${n}`,
    state: { problem: `What is ${n} plus one?`, trace, answer: String(n + 1) },
    ...parts,
  });
}

async function keptOf(samples: readonly FinishedSample[], selection: Selection) {
  async function* all() {
    yield* samples;
  }
  const chosen = await choose(all(), selection);
  const ids = (part: string) => samples.filter((_, n) => chosen.partOf(n) === part).map(({ id }) => id);
  return { train: ids("train"), validation: ids("validation"), removed: chosen.removed };
}

const judged = (agreement: number, rounds = 1): Partial<FinishedSample> => ({
  steps: [{ node: "judge", visit: 1, label: "medium", next: "accepted", ms: 1, agreement }],
  ratings: Array.from({ length: rounds }, () => "medium"),
});

test("without a filter everything with a problem and a trace is chosen", async () => {
  const { train, removed } = await keptOf([sample(1), sample(2, { state: { problem: "p" } })], {});
  expect(train).toEqual(["s1"]);
  expect(removed).toEqual([{ why: "no-trace", count: 1, firstIds: ["s2"] }]);
});

test("replies outside the range of tokens are left out and told apart", async () => {
  const { train, removed } = await keptOf([sample(5), sample(1), sample(4)], { minTokens: 20, maxTokens: 50 });
  expect(train).toEqual(["s1"]);
  expect(removed.map(({ why, firstIds }) => [why, ...firstIds])).toEqual([
    ["too-short", "s5"],
    ["too-long", "s4"],
  ]);
});

test("each condition counts what it took, and a sample without the field is told apart", async () => {
  const level = (n: number, cd?: number) =>
    sample(n, { state: { ...sample(n).state, ...(cd === undefined ? {} : { cd }) } });
  const above = (most: number) => ({
    text: `cd > ${most}`,
    holds: ({ state: { cd } }: FinishedSample) => (cd === undefined ? undefined : Number(cd) > most),
  });
  const samples = [level(1, 1), level(2, 5), level(3, 9), level(4)];
  const { train, removed } = await keptOf(samples, { where: [above(2), above(7)] });
  expect(train).toEqual(["s3"]);
  expect(removed.map(({ why, filter, firstIds }) => [why, filter, ...firstIds])).toEqual([
    ["not-where", "cd > 2", "s1"],
    ["not-where", "cd > 7", "s2"],
    ["where-unknown", "cd > 2", "s4"],
  ]);
});

test("of rows that are nearly the same the first stays", async () => {
  const first = sample(14);
  const again = sample(14, { id: "again", state: { ...first.state, trace: `${first.state.trace} Good.` } });
  const { train, removed } = await keptOf([first, sample(9), again], { nearDuplicates: 0.8 });
  expect(train).toEqual(["s14", "s9"]);
  expect(removed).toEqual([{ why: "near-duplicate", count: 1, firstIds: ["again"] }]);
});

describe("the best", () => {
  test("of one problem are those whose judges agreed, after fewer rounds", async () => {
    const same = sample(3).state;
    const rows = [
      sample(3, { id: "split", ...judged(0.67) }),
      sample(3, { id: "clear", state: { ...same, problem: "What is  3 plus ONE?" }, ...judged(1) }),
      sample(3, { id: "late", ...judged(1, 3) }),
      sample(8, judged(0.5)),
    ];
    const { train, removed } = await keptOf(rows, { mostPerProblem: 2 });
    expect(train).toEqual(["clear", "late", "s8"]);
    expect(removed).toEqual([{ why: "more-of-one-problem", count: 1, firstIds: ["split"] }]);
  });

  test("of all are as many as asked for, in their order", async () => {
    const rows = [sample(1, judged(0.5)), sample(2, judged(1)), sample(3, judged(0.8))];
    expect((await keptOf(rows, { best: 2 })).train).toEqual(["s2", "s3"]);
  });

  test("go by a number in the state where one is named", async () => {
    const scored = (n: number, score?: number) => sample(n, { state: { ...sample(n).state, score } });
    expect((await keptOf([scored(1, 2), scored(2, 9), scored(3)], { best: 1, rankBy: "score" })).train).toEqual(["s2"]);
  });
});

test("the parts are split by problem: no problem stands in both, and a larger file moves none over", async () => {
  const rows = Array.from({ length: 400 }, (_, n) => sample(n >> 1, { id: `s${n}` }));
  const { train, validation } = await keptOf(rows, { validation: 0.2 });
  const problems = (ids: string[]) => new Set(ids.map((id) => Number(id.slice(1)) >> 1));
  const trained = problems(train);
  expect([...problems(validation)].filter((problem) => trained.has(problem))).toEqual([]);
  expect(validation.length).toBeGreaterThan(40);
  expect(validation.length).toBeLessThan(130);
  const first = await keptOf(rows.slice(0, 100), { validation: 0.2 });
  expect(validation.slice(0, first.validation.length)).toEqual(first.validation);
});
