import { describe, expect, test } from "vitest";
import { BenchmarkIndex } from "../../../src/data/selection/contamination.ts";

const TRAIN =
  "Mrs. Gonzales runs a bakery that sells 12 trays of muffins each morning, with 18 muffins on every tray. On Sunday she bakes 5 trays more than usual and gives 40 muffins to the school fair. How many muffins are left to sell on Sunday?";

function indexOf(...problems: string[]): BenchmarkIndex {
  const index = new BenchmarkIndex();
  for (const [n, problem] of problems.entries()) index.add("bench.jsonl", `p${n}`, problem);
  return index;
}

describe("a benchmark's problem is found", () => {
  test.each([
    ["as it stands", TRAIN],
    ["within an instruction", `Solve the following and box your answer.\n\n${TRAIN}\n\nLet's think step by step.`],
    ["in other spacing and case", TRAIN.toUpperCase().replaceAll(" ", "\n ")],
    [
      "lightly reworded",
      TRAIN.replace("Mrs. Gonzales runs", "Mr. Petrov owns")
        .replace("each morning", "every day")
        .replace("left to sell", "still for sale"),
    ],
  ])("%s", (_how, row) => {
    expect(indexOf(TRAIN).find(row)).toMatchObject({ benchmark: "bench.jsonl", id: "p0" });
  });

  test("in LaTeX of another dress", () => {
    const index = indexOf(
      "Compute $\\dfrac{3}{4} + \\left(\\frac{5}{6} - \\frac{7}{8}\\right)$ and give it in lowest terms.",
    );
    expect(index.find("compute $\\frac{3}{4}+(\\frac56-\\frac{7}{8})$ and give it in lowest terms")).toBeDefined();
  });

  test("in Chinese", () => {
    const index = indexOf("小明有12个苹果，他每天吃3个，问几天可以把所有的苹果吃完？请写出完整的过程。");
    expect(
      index.find("题目：小明有12个苹果，他每天吃3个，问几天可以把所有的苹果吃完？请写出完整的过程。"),
    ).toBeDefined();
  });
});

describe("another problem is let through", () => {
  test("that has the same sentence with other numbers", () => {
    const other = TRAIN.replace("12", "15").replace("18", "24").replace("40", "33");
    expect(
      indexOf(TRAIN).find(other.replace("Mrs. Gonzales", "Tom").replace("bakery that", "shop which")),
    ).toBeUndefined();
  });

  test("that only asks in a benchmark's own way", () => {
    const asks = "can be written as m/n, where m and n are relatively prime positive integers. Find m + n.";
    const index = indexOf(
      `The probability that a random walk of 7 steps on a hexagon ends where it began, given that it never visits two opposite corners one after the other, ${asks}`,
    );
    expect(
      index.find(
        `A jar holds 9 red and 4 green balls, and three are drawn without looking; the chance of two colours ${asks}`,
      ),
    ).toBeUndefined();
  });

  test("that shares a short question's words in another order", () => {
    expect(indexOf("Solve x^2 = 4.").find("If x = 4, solve for y in y = 2 + x^2.")).toBeUndefined();
  });
});

test("says which row it was, how it was found, and how much of it stands there", () => {
  const index = indexOf("What is the boiling point of water on the top of a mountain that is 4000 metres high?", TRAIN);
  expect(index.find(TRAIN)).toEqual({ benchmark: "bench.jsonl", id: "p1", how: "verbatim", share: 1 });
});
