/** Final answers as Chinese chains state them, and what they may be equal to. */
import { describe, expect, test } from "vitest";
import { foldWidth } from "../../../src/core/fold-width.ts";
import { compareByRules, findFinalAnswer } from "../../../src/nodes/answers/index.ts";

const verdictOn = (text: string, gold: string) => {
  const found = findFinalAnswer(text);
  return found === undefined ? "none" : compareByRules(gold, found.text).verdict;
};

describe("a final answer in Chinese", () => {
  test.each([
    ["答案是12。", "12"],
    ["所以答案为：12。", "12"],
    ["**答案：** 12", "12"],
    ["### 最终答案\n\n12", "12"],
    ["因此，小明一共有12个苹果。", "12"],
    ["答：小明有 12 个苹果。", "12"],
    ["解得 x=5，所以原价是 5 元。", "5"],
    ["答案约为 3.14。", "3.14"],
    ["因此温度约等于 25 ℃。", "25"],
    ["\\boxed{12 \\text{ 厘米}}", "12"],
    ["故选 B。", "B"],
    ["故选：B", "B"],
    ["因此选择 B 选项。", "B"],
    ["选项 B 正确。", "B"],
    ["答案选（B）", "B"],
    ["故选B、D。", "BD"],
    ["故答案为：是。", "是"],
    ["所以143不是质数，答案为“否”。", "否"],
    ["所以这个判断是对的。", "正确"],
    ["因此该说法错误。", "错"],
    ["所以一共有十二个。", "12"],
    ["答案是三百零五。", "305"],
    ["答案是两千两百。", "2200"],
    ["答案是负三点一四。", "-3.14"],
    ["答案是三分之二", "2/3"],
    ["答案是百分之二十。", "20%"],
    ["答案是一半。", "1/2"],
    ["所以利润是 1.2 万元。", "12000元"],
    ["答案是 2 和 3。", "2, 3"],
    ["故 x = 3 或 x = -2。", "x=-2 或 x=3"],
    ["所以 x＝3 或 －2。", "3, -2"],
    ["综上所述，a≤－1 或 a≥3。", "a \\le -1 \\text{ or } a \\ge 3"],
    ["综上，a 的取值范围是 a＞2。", "a>2"],
    ["所以区间为（－∞，２］。", "(-∞,2]"],
    ["所以集合为｛1，2，3｝。", "{1,2,3}"],
    ["一共用了４＋０．５＝４．５小时。\n\n答：一共用了４．５小时。", "4.5"],
    ["需要 3 小时 30 分钟。", "3.5小时"],
    ["一共 5 元 8 角。", "5.8元"],
    ["答案是 5。等等，不对，重新算一下。所以答案是 6。", "6"],
    ["所以一共 12 个。验证：12 ÷ 3 = 4，符合题意。", "12"],
  ])("%j comes to %s", (text, gold) => {
    expect(verdictOn(text, gold)).toBe("equal");
  });

  test.each([
    ["故选 B。", "C"],
    ["故选B、D。", "B"],
    ["答案是：否。", "是"],
    ["所以一共有十二个。", "20"],
    ["所以利润是 1.2 万元。", "1.2"],
    ["所以 x＝3 或 －2。", "x=3"],
    ["需要 3 小时 30 分钟。", "3.3小时"],
    ["答案是二分之三。", "2/3"],
  ])("%j is not %s", (text, gold) => {
    expect(verdictOn(text, gold)).toBe("different");
  });

  test.each([
    "所以四人桌有 17 - 7 = 10 张，那么",
    "因此答案是",
    "接下来需要计算 3 × 4。",
    "答案不是 12。",
    "一共有 12 个，其中",
  ])("%j comes to none", (text) => {
    expect(findFinalAnswer(text)).toBeUndefined();
  });

  test("is given as it is written, at its place", () => {
    const text = "所以一共用了　４．５小时。";
    const found = findFinalAnswer(text)!;
    expect(found.text).toBe("４．５");
    expect(text.slice(found.start, found.end)).toBe("４．５");
  });

  test("folding the width of a text moves nothing in it", () => {
    const text = "（１，２）是点，共３．５个．完：ｘ＝１／２，y＞３％";
    expect(foldWidth(text)).toBe("(1,2)是点，共3.5个。完：x=1/2，y>3%");
    expect(foldWidth(text)).toHaveLength(text.length);
  });
});
