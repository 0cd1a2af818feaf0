import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutSegments, cutSentences, endsParagraph, joinSegments } from "../../src/core/segments.ts";

const PIECES = [
  "Wait. ",
  "x = 3\n",
  "\n\n",
  "```py\na = 1\n\nb\n```\n",
  "\\[ a\n",
  "\\]\n",
  "$5 and $x$. ",
  "- one\n",
  "1. two\n",
  "| a |\n",
  "# h\n",
  " ",
  "4! / 2! ",
  "好。",
  "(a. B",
  "def f(x):\n",
  "`",
  "\t",
  "…",
];
const anyText = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 12 })), { maxLength: 40 })
  .map((list) => list.join(""));

describe("cutSegments", () => {
  it("gives the text back byte for byte", () => {
    fc.assert(fc.property(anyText, (text) => joinSegments(cutSegments(text)) === text));
  });

  it("starts every segment where it says", () => {
    fc.assert(fc.property(anyText, (text) => cutSegments(text).every((one) => text.startsWith(one.body, one.start))));
  });

  it("keeps a code fence whole across blank lines", () => {
    const text = "Run:\n\n```py\na = 1\n\nb = 2\n```\n\nDone.";
    expect(kinds(text)).toEqual(["prose", "code", "prose"]);
  });

  it("keeps a display formula whole", () => {
    expect(cutSegments("So\n\\[\nx = 1\n\\]\nthen.").map((one) => one.body)).toEqual([
      "So",
      "\\[\nx = 1\n\\]",
      "then.",
    ]);
  });

  it("takes a formula that never closes for prose", () => {
    expect(kinds("\\[ x = 1\n\nDone.")).toEqual(["prose", "prose"]);
  });

  it("knows headings, items, tables and rules", () => {
    expect(kinds("# A\n- b\n2. c\n| d |\n| e |\n---\nf")).toEqual([
      "heading",
      "item",
      "item",
      "table",
      "rule",
      "prose",
    ]);
  });

  it("takes lines of a program without a fence for code", () => {
    const text = "The loop is\nfor (int i = 0; i < n; i++) {\n  total += x[i];\n}\nand that is all.";
    expect(kinds(text)).toEqual(["prose", "code", "prose"]);
  });

  it("does not take an equation for code", () => {
    expect(kinds("v_1 = 3 + 4\n\nx = 5\n\nf(x) = 2x + 1")).toEqual(["prose", "prose", "prose"]);
  });

  it("tells the end of a paragraph from the end of a line", () => {
    expect(cutSegments("- a\n- b\n\nc").map(endsParagraph)).toEqual([false, true, false]);
  });
});

describe("cutSentences", () => {
  it("gives the prose back byte for byte", () => {
    fc.assert(fc.property(anyText, (text) => cutSentences(text).join("") === text));
  });

  it.each([
    ["One. Two? Three! Four", ["One. ", "Two? ", "Three! ", "Four"]],
    ["It is 3.5 m, e.g. here, i.e. now. Next.", ["It is 3.5 m, e.g. here, i.e. now. ", "Next."]],
    ["So 5! / (2! 3!) = 10 and 4! is 24. Good.", ["So 5! / (2! 3!) = 10 and 4! is 24. ", "Good."]],
    ["Let $x. Y$ be. Then \\(a. B\\) holds.", ["Let $x. Y$ be. ", "Then \\(a. B\\) holds."]],
    ["He pays $5. She pays $6. Both pay.", ["He pays $5. ", "She pays $6. ", "Both pay."]],
    ["It holds (see above. Really). Next.", ["It holds (see above. Really). ", "Next."]],
    ["先算三。再算四！好", ["先算三。", "再算四！", "好"]],
    [
      'C is n! / k!, where "!" denotes the factorial. Next.',
      ['C is n! / k!, where "!" denotes the factorial. ', "Next."],
    ],
    ["a\nb", ["a\n", "b"]],
  ])("cuts %j", (prose, sentences) => {
    expect(cutSentences(prose)).toEqual(sentences);
  });
});

describe("hostile text", () => {
  it.each(["\\[ a\n", "$x ", "(", "`a ", "!?", "```\n", "\\(", "[(", "|a\n", "x = f("])(
    "takes time in proportion for %j",
    (piece) => {
      const text = piece.repeat(Math.floor(500_000 / piece.length));
      const start = performance.now();
      for (const segment of cutSegments(text)) cutSentences(segment.body);
      expect(performance.now() - start).toBeLessThan(2_000);
    },
  );
});

function kinds(text: string): string[] {
  return cutSegments(text).map((segment) => segment.kind);
}
