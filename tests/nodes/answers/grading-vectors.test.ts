/**
 * Test vectors of seven public graders. Where a vector's option asks for a boxed answer, only boxed answers count; the
 * other options choose what upstream's own parser may do and are not followed.
 */
import { expect, test } from "vitest";
import { createGrader, type Verdict } from "../../../src/nodes/answers/index.ts";
import { hasData, readVectors } from "./shared-data.ts";

/** Every vector that we see otherwise, told by a piece of its accepted answer, and why. */
const LEFT: Readonly<Record<string, string>> = {
  "1 - \\frac{1}{\\mathrm{e}}": "upstream wants 1 - 1/e and 1 + 1/e to be equal (marked suspect in the data)",
  "math.sqrt(17)": "the unfilled template of an upstream test, no answer at all",
  "x \\in [-2,7]": "the same pair is wanted equal and unequal, by an option that forbids an interval for an inequality",
};

test.skipIf(!hasData("grading_vectors.jsonl"))(
  "agrees with at least 222 of 230 grading vectors, each other one explained",
  async () => {
    await using grader = disposable();
    const vectors = readVectors().filter((each) => each.kind !== "eval_log_verdict");
    const [seen, times]: [{ gold: string; expected: boolean; verdict: Verdict["verdict"] }[], number[]] = [[], []];
    for (const { gold, pred, kind, expected, options } of vectors) {
      const begun = performance.now();
      const { verdict } =
        kind === "answer_pair"
          ? await grader.compare(gold, pred)
          : await grader.check(pred, gold, options?.needs_think_delimiter ? { forms: ["boxed"] } : {});
      times.push(performance.now() - begun);
      seen.push({ gold: String(gold), expected, verdict });
    }
    const other = seen.filter((each) => (each.verdict === "equal") !== each.expected);
    const wronglyEqual = other.filter((each) => each.verdict === "equal");
    const unexplained = other.filter((each) => !Object.keys(LEFT).some((piece) => each.gold.includes(piece)));
    const median = times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
    console.log(
      `grading vectors: ${vectors.length - other.length} of ${vectors.length}, ${wronglyEqual.length} wrongly equal, median ${median.toFixed(2)} ms`,
    );

    expect(vectors).toHaveLength(230);
    expect(unexplained).toEqual([]);
    expect(vectors.length - other.length).toBeGreaterThanOrEqual(222);
    expect(wronglyEqual.length).toBeLessThanOrEqual(2);
    expect(median).toBeLessThan(3);
  },
);

function disposable() {
  const grader = createGrader();
  return { ...grader, [Symbol.asyncDispose]: () => grader.close() };
}
