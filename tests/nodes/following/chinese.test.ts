/** What gives a Chinese chain's answer away is taken out of it. */
import { expect, test } from "vitest";
import { joinSteps, maskAnswer } from "../../../src/nodes/following/mask.ts";

const masked = (trace: string, answer: string, problem = "多少？") =>
  joinSteps(maskAnswer(trace, [answer], problem).steps);

test.each([
  [
    "12",
    "首先，3 × 4 = 12。\n\n所以一共有十二个，答案就是十二。",
    "首先，3 × 4 = ____。\n\n所以一共有____个，答案就是____。",
  ],
  ["1/2", "概率是二分之一，也就是一半，0.5。\n\n所以答案是 ½。", "概率是____，也就是____，____。\n\n所以答案是 ____。"],
  ["12000", "共 1.2 万元。\n\n所以是 12000 元，也就是一万二千元。", "共 ____元。\n\n所以是 ____ 元，也就是____元。"],
  ["2200", "这样就有两千二百人。", "这样就有____人。"],
  ["１２", "共１２个。\n\n答：共１２个。", "共____个。\n\n答：共____个。"],
  ["4.5", "所以一共用了４＋０．５＝４．５小时。", "所以一共用了４＋０．５＝____小时。"],
  [
    "对",
    "因为 2 整除 4，所以这个说法是正确的。\n\n答案：对。",
    "因为 2 整除 4，所以这个说法是____的。\n\n答案：____。",
  ],
  ["B", "乙更重，是 5 千克。\n\n故选 B。", "乙更重，是 5 千克。\n\n故选 ____。"],
])("%s is blanked out wherever it is told", (answer, trace, wanted) => {
  expect(masked(trace, answer)).toBe(wanted);
});

test("a numeral that is part of another, and what the problem gives, stays", () => {
  expect(masked("先有二十人，又来了二十五人。\n\n所以一共 45 人。", "45", "先有 20 人，又来了 25 人。")).toBe(
    "先有二十人，又来了二十五人。\n\n所以一共 ____ 人。",
  );
  expect(masked("三分之二是女生。\n\n所以女生有 2 人。", "2", "多少？")).toBe(
    "三分之二是女生。\n\n所以女生有 ____ 人。",
  );
});

test("a sentence that calculates back from the answer is dropped", () => {
  expect(masked("所以 x = 25。验证：25 - 8 = 17，正确。", "25", "x - 8 = 17，x 是几？")).not.toContain("17，正确");
});
