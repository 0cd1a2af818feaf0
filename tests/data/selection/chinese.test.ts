/** Near-duplicates and contamination in text without spaces. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BenchmarkIndex } from "../../../src/data/selection/contamination.ts";
import { NearDuplicates } from "../../../src/data/selection/near-duplicates.ts";

const problems = readFileSync(join(import.meta.dirname, "../../../graphs/samples-zh.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as { id: string; problem: string; trace: string });

const wide = (text: string) => text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
/** Without the spaces around numbers; those of a program part its words. */
const closed = (text: string) => (text.includes("```") ? text : text.replaceAll(" ", ""));
/** Other words for the same, as a careful copyist would put them. */
const reworded = (text: string) =>
  text
    .replace("一家", "有一家")
    .replace(/多少/g, "几")
    .replace(/一共/g, "总共")
    .replace(/。求/g, "。请求出")
    .replace("有 ", "共有 ")
    .replace(/每/g, "每一");

const index = () => {
  const known = new BenchmarkIndex();
  for (const { id, problem } of problems) known.add("自编", id, problem);
  return known;
};

test("a Chinese benchmark problem is found verbatim, also in full width, without spaces and in a longer text", () => {
  const known = index();
  for (const { id, problem } of problems) {
    for (const text of [problem, wide(problem), closed(problem), `下面是一道题。${problem}请写出过程。`]) {
      expect(known.find(text), text).toMatchObject({ id, how: "verbatim" });
    }
  }
});

test("a lightly reworded one is found in at least four of five", () => {
  const known = index();
  const found = problems.filter(({ id, problem }) => known.find(reworded(problem))?.id === id);
  expect(found.length).toBeGreaterThanOrEqual(0.8 * problems.length);
});

test("another problem in the same words, or of the same kind, is none", () => {
  const known = index();
  const others = problems.map(({ problem }) => problem.replace(/\d+/g, (digits) => String(Number(digits) + 1)));
  expect(others.filter((other) => /\d/.test(other) && known.find(other) !== undefined)).toEqual([]);
  for (const text of ["一个水池有两根管子，单开一根 6 小时注满，多少小时注满？", "求斜边的长。", "判断：91 是质数。"]) {
    expect(known.find(text)).toBeUndefined();
  }
});

test("Chinese rows that are nearly the same are one, and others stay", () => {
  const rows = new NearDuplicates(0.7);
  for (const { trace } of problems) expect(rows.add(trace)).toBeUndefined();
  for (const [at, { trace }] of problems.entries()) {
    if (trace.length > 60) expect(rows.add(wide(trace).replace("所以", "因此"))).toBe(at);
  }
});
