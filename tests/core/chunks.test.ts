import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { complexityOf, cutChunks, nestingOf } from "../../src/core/chunks.ts";

const RULE = { low: 0.25, base: 2, most: 6 };
const PLAIN = "We put the apples into the basket and count them again.\n\nThen we put the apples into the basket.";
const formulas = (lines: number) =>
  Array.from({ length: lines }, (_, n) => `$x_{${n}} = ${n}^2 - ${7 * n} + \\frac{${n}}{${n + 2}}$`).join("\n\n");

test("chunks put together again are the text, whatever it holds", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => cutChunks(text, RULE).chunks.join("") === text));
  const pieces = fc.constantFrom(
    "首先，",
    "因此 a = 1。",
    "\n",
    "\n\n",
    "```\n",
    "$$",
    "Case 1: ",
    "x = 1",
    "\t",
    " ",
    "\\[",
    "\\]",
    "# ",
    "- ",
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 60 }),
      (parts) => cutChunks(parts.join(""), RULE).chunks.join("") === parts.join(""),
    ),
  );
});

test("a plain trace is one step, and a complex one is cut", () => {
  expect(cutChunks(PLAIN, RULE).chunks).toEqual([PLAIN]);
  expect(cutChunks(formulas(12), RULE).chunks.length).toBeGreaterThan(1);
});

test("chunks grow with complexity, up to the bound", () => {
  const sizeAt = (low: number) => {
    const { chunks, paragraphs } = cutChunks(formulas(24), { ...RULE, low });
    return paragraphs / chunks.length;
  };
  expect(sizeAt(0.6)).toBeLessThan(sizeAt(0.3));
  expect(sizeAt(0.01)).toBe(RULE.most);
});

test("complexity lies between 0 and 1, and formulas are more complex than prose", () => {
  fc.assert(fc.property(fc.string(), (text) => complexityOf(text) >= 0 && complexityOf(text) <= 1));
  expect(complexityOf(formulas(10))).toBeGreaterThan(complexityOf(PLAIN.repeat(5)));
});

describe("nesting is how deep a trace reasons within its own reasoning", () => {
  test.each([
    ["First we add.\n\nThen we multiply.", 0],
    ["Case 1: n is even.\n\nCase 2: n is odd.", 1],
    ["Case 1: n is even.\n\nCase 1.2: n is also a square.\n\nCase 2: n is odd.", 2],
    ["Suppose x > 0.\n\nSuppose also y > 0, so this case works.\n\nTherefore z.", 1],
    ["Case 1: even.\n\nSuppose x > 0.\n\nSuppose y > 0.\n\nA contradiction.", 2],
    ["假设 x 大于零。\n\n矛盾，因此 x 小于零。", 1],
  ])("%j", (trace, depth) => {
    expect(nestingOf(trace)).toBeGreaterThanOrEqual(depth);
    expect(nestingOf(trace)).toBeLessThanOrEqual(depth + 1);
  });
});

describe("a Chinese trace", () => {
  const trace =
    "首先，求末项，18 + 24 × 2 = 66。这里一共增加了 24 次。然后求和，(18 + 66) × 25 ÷ 2 = 1050。因此一共有 1050 个座位。";

  test("in one go is cut where its words open a step, and rejoins byte for byte", () => {
    const { chunks, paragraphs } = cutChunks(trace, { low: 0.01, base: 1, most: 1 });
    expect(paragraphs).toBe(3);
    expect(chunks.map((chunk) => chunk.slice(0, 2))).toEqual(["首先", "然后", "因此"]);
    expect(chunks.join("")).toBe(trace);
  });

  test("with blank lines is cut at these, and an English one in one go stays whole", () => {
    const parted = trace.replace("然后", "\n\n然后");
    expect(cutChunks(parted, { low: 0.01, base: 1, most: 1 }).paragraphs).toBe(2);
    expect(cutChunks("First, 3 + 4 = 7. Then 7 * 2 = 14.", { low: 0.01, base: 1, most: 1 }).paragraphs).toBe(1);
  });

  test("reasons as deep as its cases and suppositions say", () => {
    expect(
      nestingOf("情况一：n 是偶数。\n\n情形 1.1：n 能被 4 整除。\n\n假设 n = 4k。\n\n综上，各种情况都成立。"),
    ).toBe(3);
    expect(nestingOf("第一种情况，x > 0。\n\n第二种情况，x < 0。")).toBe(1);
    expect(nestingOf("先求末项。\n\n再求和。")).toBe(0);
  });
});
