/** The baseline on Chinese chains: what sentences are for, what goes, what is spelled out, what is judged. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Cues, readCues, stripHesitation } from "../../../src/models/baseline/cues.ts";
import { findDoubts } from "../../../src/models/baseline/doubts.ts";
import { findEquations } from "../../../src/models/baseline/equations.ts";
import { expandTrace } from "../../../src/models/baseline/expand.ts";
import { judgeTrace } from "../../../src/models/baseline/judge.ts";
import { readTrace } from "../../../src/models/baseline/read.ts";
import { contentWords } from "../../../src/models/baseline/repeats.ts";
import { condenseTrace, shortenTrace } from "../../../src/models/baseline/shorten.ts";
import { readUnits } from "../../../src/models/baseline/units.ts";

interface Sample {
  readonly id: string;
  readonly problem: string;
  readonly answer: string;
  readonly trace: string;
}
const samples = readFileSync(join(import.meta.dirname, "../../../graphs/samples-zh.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Sample);
const sample = (id: string) => samples.find((each) => each.id === id)!;
const rated = ({ problem, trace, answer }: Sample) => judgeTrace(readTrace(problem, trace), "7B", answer);

const cue = (sentence: string) =>
  Object.entries(readCues(sentence))
    .filter(([, is]) => is)
    .map(([name]) => name as keyof Cues);

describe("a Chinese sentence", () => {
  test.each([
    ["嗯，让我想想。", "filler"],
    ["好的，我们来看看这道题。", "filler"],
    ["结果一样。", "filler"],
    ["对的，和题目一致。", "filler"],
    ["没有问题。", "filler"],
    ["让我再验算一遍：", "check"],
    ["为了保险起见，再算一遍。", "check"],
    ["验证：10 × 4 = 40。", "check"],
    ["我们再核对答案。", "check"],
    ["把 x = 3 代回原方程，得 9 = 9。", "check"],
    ["换一种方法，设 x 为人数。", "alternative"],
    ["我们也可以换个角度来考虑。", "alternative"],
    ["不对，这里应该是 12。", "reject"],
    ["等等，我刚才算错了。", "reject"],
    ["接下来我们计算总面积。", "plan"],
    ["首先，求最后一排的座位数。", "plan"],
    ["这里为什么要除以 2 呢？", "question"],
    ["是不是漏了一种情况？", "question"],
    ["所以一共有 12 个。", "concludes"],
    ["综上，答案是 12。", "concludes"],
    ["这样就得到 12。", "leans"],
  ])("%j: %s", (sentence, name) => {
    expect(cue(sentence)).toContain(name);
  });

  test.each([
    "所以六人桌有 14 ÷ 2 = 7 张。",
    "设木块的体积为 V，密度为 ρ。",
    "143 是奇数，不能被 2 整除。",
    "由勾股定理得斜边长 15 厘米。",
    "对称轴是 x = 2。",
    "错位相减得 S = 2n - 1。",
    "每个因数都要检查的次数是 5。",
    "可以验证 f 在区间上单调递增。",
    "逐一检查每个数，能被 3 整除的有 4 个。",
    "再看一组数据，平均数是 12。",
    "这与 p 是质数矛盾，所以假设不成立。",
    "不可能三个都是奇数。",
  ])("%j is work", (sentence) => {
    const cues = readCues(sentence);
    expect([cues.filler, cues.check, cues.alternative, cues.reject, cues.question]).toEqual(Array(5).fill(false));
  });

  test("loses the hesitation at its head, and no step word", () => {
    expect(stripHesitation("嗯，等等，好的，四人桌有 10 张。")).toBe("四人桌有 10 张。");
    expect(stripHesitation("首先，四人桌有 10 张。")).toBe("首先，四人桌有 10 张。");
    expect(stripHesitation("好心人有 3 个。")).toBe("好心人有 3 个。");
  });

  test("has the pairs of its characters for words, without those that say nothing", () => {
    expect(contentWords("四人桌的张数，是 10。")).toEqual(["四人", "人桌", "桌的", "的张", "张数", "10"]);
    expect(contentWords("那么，就是了。")).toEqual([]);
  });

  test("has its sums found, also behind words and in full-width signs", () => {
    expect(findEquations("所以四人桌有 17 - 7 = 10 张。").map(({ text, holds }) => [text, holds])).toEqual([
      ["17 - 7 = 10", true],
    ]);
    expect(findEquations("一半的 3 + 4 = 7")).toEqual([]);
    const [unit] = readUnits("一共用了４＋０．５＝４．５小时。");
    expect([...unit!.terms]).toEqual(["4", "0.5", "4.5"]);
    expect([...unit!.results]).toEqual(["4.5"]);
  });

  test("that doubts the problem is found, and a supposition of the method is none", () => {
    const said = "题目没有给出足够的条件，无法确定。只能猜一个答案。题目可能有误。先假设全部都是四人桌。";
    expect(findDoubts(readUnits(said))).toMatchObject({ strong: [0, 1, 2], weak: [] });
  });
});

describe("a Chinese chain", () => {
  test.each([
    ["茶馆座位", "hard"],
    ["握手次数", "hard"],
    ["循环计数", "hard"],
    ["三角形面积", "hard"],
    ["果园收入", "easy"],
    ["运输队", "easy"],
    ["等差求和", "medium"],
    ["质数判断", "medium"],
    ["浮力选择", "medium"],
    ["全角数字", "medium"],
    ["密度不足", "medium"],
  ])("%s is %s for 7B", (id, rating) => {
    expect(rated(sample(id)).rating).toBe(rating);
  });

  test("is condensed to its steps: no check, no second way, no doubt is left, and the answer stays", () => {
    for (const id of ["茶馆座位", "握手次数", "循环计数"]) {
      const { problem, trace, answer } = sample(id);
      const short = condenseTrace(problem, trace);
      expect(short).not.toMatch(/验算|验证|检查|核对|等等|嗯|换一种|另一种|不对/);
      expect(short.length).toBeLessThan(0.8 * trace.length);
      expect(short.endsWith(`\\boxed{${answer}}`)).toBe(true);
      expect(rated({ ...sample(id), trace: short }).rating).toBe("medium");
    }
    expect(condenseTrace(sample("茶馆座位").problem, sample("茶馆座位").trace)).toContain("82 - 68 = 14");
  });

  test("is shortened by whole sentences: each that stays is as it was, with nothing put between", () => {
    const { problem, trace } = sample("等差求和");
    const paragraphs = shortenTrace(problem, trace).split("\n\n");
    expect(paragraphs.length).toBeGreaterThanOrEqual(4);
    for (const paragraph of paragraphs) expect(trace).toContain(paragraph);
  });

  test("is spelled out in Chinese, and fits then", () => {
    const { problem, trace } = sample("果园收入");
    const long = expandTrace(problem, trace);
    expect(long).toContain("题目说：“果园里有 24 排苹果树");
    expect(long).toContain("逐步计算：24 × 35 = 840，840 × 18 = 15120，15120 × 4 = 60480，60480 - 9600 = 50880。");
    expect(long.replace("boxed", "")).not.toMatch(/[A-Za-z]{2}/);
    expect(rated({ ...sample("果园收入"), trace: long }).rating).toBe("medium");
  });

  test("in traditional characters and in full width is read as well", () => {
    const trace =
      "嗯，讓我想想。\n\n一共有１２×３＝３６個。\n\n等等，再檢查一下：３６÷３＝１２。\n\n答：一共有３６個。";
    expect(readTrace("12 個一盒，3 盒一共幾個？", trace).conclusion?.value).toBe("36");
  });
});
