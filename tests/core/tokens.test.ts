import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { countTokens as countWithEncoder } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { countTokens, estimateTokens } from "../../src/core/tokens.ts";

const encodersCount = (text: string) => countWithEncoder(text, { disallowedSpecial: new Set() });

describe("countTokens", () => {
  it("counts under o200k", () => {
    expect(countTokens("Hello, world!")).toBe(4);
    expect(countTokens("")).toBe(0);
  });

  it("gives the same count from memory", () => {
    const text = "The answer is 42. ".repeat(20);
    expect(countTokens(text)).toBe(countTokens(text));
  });

  it("counts a control token's name as text", () => {
    expect(countTokens("<|endoftext|>")).toBeGreaterThan(1);
  });

  it("is the encoder's own count, whatever the scripts and signs", () => {
    const words = [
      "a",
      "Z",
      "é",
      "5",
      "٣",
      " ",
      "\t",
      "\n",
      "\r",
      "'",
      "s",
      "ll",
      "VE",
      "/",
      "-",
      "(",
      "\u00a0",
      "好",
      "\u0301",
      "🎉",
    ];
    const text = fc.array(fc.constantFrom(...words, "don't", "word", "ABC", "\ud800", "<|endoftext|>"), {
      maxLength: 14,
    });
    const exact = (words: string[]) => countTokens(words.join("")) === encodersCount(words.join(""));
    fc.assert(fc.property(text, exact), { numRuns: 3_000 });
  });

  it("does not choke on a long run without white space", () => {
    const start = performance.now();
    expect(countTokens("=-".repeat(100_000))).toBeGreaterThan(1_000);
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});

describe("estimateTokens", () => {
  it("is 0 for the empty text and grows with it", () => {
    expect(estimateTokens("")).toBe(0);
    expect(estimateTokens("one two three")).toBe(3);
  });

  it.each([
    "小明有十五个苹果，吃了三个，还剩几个？",
    "今天天气很好，我们去公园散步。",
    "甲乙两人从相距三十千米的两地同时出发，相向而行，几小时后相遇？",
    "由题意得，圆心到直线的距离等于半径，因此该直线与圆相切。",
  ])("is near the real count of short plain Chinese: %s", (text) => {
    expect(Math.abs(estimateTokens(text) / countTokens(text) - 1)).toBeLessThan(0.25);
  });

  it("goes over 5 MB in one pass", () => {
    const start = performance.now();
    for (const piece of ["word ", "1234567890", "\n \n", "=+", "好"])
      estimateTokens(piece.repeat(5_000_000 / piece.length));
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  const files = ["math_long", "science_long", "code_long"].map((name) => `../shared/data/traces_${name}.jsonl.gz`);
  if (!files.every((file) => existsSync(file)))
    console.warn("SKIPPED: ../shared/data is missing, token estimates are not checked on real traces");
  it.runIf(files.every((file) => existsSync(file)))(
    "is within 5 % of the real count on average over real traces",
    () => {
      for (const file of files) {
        const rows = gunzipSync(readFileSync(file)).toString().trim().split("\n").slice(0, 40);
        const errors = rows.map((row) => {
          const text = (JSON.parse(row) as { reasoning: string }).reasoning.slice(0, 8_000);
          if (row.length % 4 === 0) expect(countTokens(text)).toBe(encodersCount(text));
          return Math.abs(estimateTokens(text) / countTokens(text) - 1);
        });
        expect(errors.reduce((a, b) => a + b, 0) / errors.length).toBeLessThan(0.05);
      }
    },
  );
});
