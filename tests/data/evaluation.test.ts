import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/core/clock.ts";
import { clusteredShare, pairedDifference, signTest, wilson } from "../../src/core/statistics.ts";
import { compareEvaluations, type Evaluation, evaluate } from "../../src/data/evaluation.ts";
import type { FinishedSample } from "../../src/data/finished.ts";
import { finished } from "./rig.ts";

interface Said {
  readonly id: string;
  readonly label?: string;
  readonly answer?: string;
  readonly group?: string;
  readonly out?: number;
}

function sampleOf({ id, label = "right", answer = "1", group, out = 100 }: Said): FinishedSample {
  const outcome = label === "right" ? "accepted" : label === "undecided" ? "undecided" : "rejected";
  const step = { node: "solve", visit: 1, label, next: outcome, ms: 500, costUsd: 0.01, tokens: { in: 10, out } };
  return finished({ id, outcome, state: { response: answer, group }, steps: [step] });
}

async function evaluateAll(said: readonly Said[]): Promise<Evaluation> {
  async function* samples() {
    for (const each of said) yield sampleOf(each);
  }
  return evaluate(samples(), { answerIn: (reply) => reply || undefined, isSame: (a, b) => Number(a) === Number(b) });
}

test("pass@1 is the mean over problems, whatever could not be graded counted as wrong and told apart", async () => {
  const result = await evaluateAll([
    { id: "a#1" },
    { id: "a#2", label: "wrong" },
    { id: "b#1", label: "undecided" },
    { id: "b#2", label: "cut-off", out: 900 },
  ]);
  expect(result).toMatchObject({ problems: 2, samples: 4, ungraded: 1, cutOff: 1, failed: 0, costUsd: 0.04 });
  expect(result.pass1.mean).toBe(0.25);
  expect(result.outputTokens).toEqual({ mean: 300, median: 100 });
});

test("the majority is the most frequent answer, however it is written; a tie counts by its share", async () => {
  const { majority } = await evaluateAll([
    { id: "a#1", answer: "0.50" },
    { id: "a#2", answer: "0.5" },
    { id: "a#3", answer: "7", label: "wrong" },
    { id: "b#1", answer: "3" },
    { id: "b#2", answer: "4", label: "wrong" },
  ]);
  expect(majority?.mean).toBe(0.75);
});

test("groups have their own figures", async () => {
  const { groups } = await evaluateAll([
    { id: "a#1", group: "algebra" },
    { id: "b#1", group: "algebra", label: "wrong" },
    { id: "c#1", group: "geometry" },
  ]);
  expect(groups.map(({ group, problems, pass1 }) => [group, problems, pass1.mean])).toEqual([
    ["algebra", 2, 0.5],
    ["geometry", 1, 1],
  ]);
});

describe("the interval covers the truth about 95 times of 100", () => {
  // Known skills: of all problems alike, or of each its own, asked several times.
  test.each([
    [300, 1, () => 0.7],
    [30, 5, (draw: number) => draw],
    [150, 4, (draw: number) => (draw < 0.4 ? 0.05 : 0.95)],
  ])("with %i problems asked %i times", (problems, times, skillOf) => {
    const random = seededRandom(11);
    const truth = 0.7;
    let covered = 0;
    for (let run = 0; run < 200; run++) {
      const shares = Array.from({ length: problems }, () => {
        const skill = skillOf(random());
        return Array.from({ length: times }, () => Number(random() < skill)).reduce((a, b) => a + b, 0) / times;
      });
      const { low, high } = clusteredShare(shares);
      const mean = skillOf(0.5) === 0.5 ? 0.5 : skillOf(0.5) === 0.95 ? 0.4 * 0.05 + 0.6 * 0.95 : truth;
      if (low <= mean && mean <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(182);
  });
});

describe("two models", () => {
  const of = (right: number, from = 0) =>
    Array.from({ length: 40 }, (_, n) => ({ id: `p${n + from}#1`, label: n < right ? "right" : "wrong" }));

  test("are not ranked where the difference could be chance", async () => {
    const comparison = compareEvaluations(await evaluateAll(of(20)), await evaluateAll(of(23)));
    expect(comparison).toMatchObject({ problems: 40, better: 3, worse: 0, isNoise: true });
    expect(comparison.difference.mean).toBeCloseTo(0.075);
  });

  test("are ranked where it could not, over the problems that both were asked", async () => {
    const comparison = compareEvaluations(await evaluateAll(of(5)), await evaluateAll(of(30)));
    expect(comparison).toMatchObject({ better: 25, worse: 0, isNoise: false });
    const half = compareEvaluations(await evaluateAll(of(5)), await evaluateAll(of(30, 20)));
    expect(half).toMatchObject({ problems: 20, onlyInOne: 40 });
  });
});

test("the statistics are those of the books", () => {
  const { low, high } = wilson(8, 10);
  expect([low.toFixed(4), high.toFixed(4)]).toEqual(["0.4902", "0.9433"]);
  expect(signTest(8, 2)).toBeCloseTo(0.109375);
  expect(signTest(5, 5)).toBe(1);
  expect(pairedDifference([1, 0, 1, 0]).mean).toBe(0.5);
});
