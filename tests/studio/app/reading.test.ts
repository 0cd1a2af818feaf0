/** How the page reads traces: nothing is lost in cutting, and what belongs together stands at the same height. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stepsOf } from "../../../src/core/prompt.ts";
import { cutSteps, cutTokens } from "../../../src/studio/app/sample/cut-steps.ts";
import { compareSteps, type Row } from "../../../src/studio/app/sample/differences.ts";

const kinds = (text: string) =>
  cutTokens(text).flatMap((token) => (token.kind === "word" ? [] : [[token.kind, token.text]]));
const compare = (before: string, after: string) => compareSteps(cutSteps(before), cutSteps(after));
const marked = (row: Row | undefined, side: "before" | "after") =>
  row?.kind === "changed"
    ? row[side].blocks
        .flatMap((block) => (block.kind === "prose" ? block.tokens : []))
        .flatMap(({ token, isMarked }) => (isMarked && token.text.trim() !== "" ? [token.text.trim()] : []))
    : [];

const text = fc.string({
  unit: fc.constantFrom(
    "a",
    "word ",
    " ",
    "\n",
    "$",
    "$$",
    "\\(",
    "\\)",
    "\\[",
    "\\boxed{",
    "}",
    "{",
    "`",
    "5",
    "é",
    "一步",
    "。",
  ),
});

describe("a trace that is cut for reading", () => {
  it("is itself again when its tokens are joined", () => {
    fc.assert(
      fc.property(
        text,
        (given) =>
          cutTokens(given)
            .map((token) => token.text)
            .join("") === given,
      ),
    );
  });

  it("has the steps that a judge counts, in their order", () => {
    fc.assert(
      fc.property(fc.array(text), (parts) => {
        const trace = parts.join("\n\n");
        expect(cutSteps(trace).map((step) => step.text)).toEqual(stepsOf(trace).map((step) => step.trim()));
      }),
    );
  });

  it("tells formulas from prices", () => {
    expect(kinds("It costs $5 or $6, and $x+1$ is $$y$$.")).toEqual([
      ["math", "$x+1$"],
      ["math", "$$y$$"],
    ]);
  });

  it("draws a boxed answer without dollars, braces and all", () => {
    expect(kinds("So \\boxed{\\frac{1}{2}} it is, by `x = 1`.")).toEqual([
      ["math", "\\boxed{\\frac{1}{2}}"],
      ["code", "`x = 1`"],
    ]);
  });

  it("keeps a fence open over blank lines", () => {
    const blocks = cutSteps("See:\n```python\na = 1\n\nb = 2\n```\nDone.").map((step) =>
      step.blocks.map((block) => block.kind),
    );
    expect(blocks).toEqual([
      ["prose", "listing"],
      ["listing", "prose"],
    ]);
  });

  it("takes time in proportion to its length, whatever it opens and never closes", () => {
    for (const piece of ["$a", "\\[", "\\boxed{", "`", "$$"]) {
      expect(cutTokens(piece.repeat(20_000)).length).toBeGreaterThan(0);
    }
  });
});

describe("two traces", () => {
  it("keep every step of both, in order", () => {
    fc.assert(
      fc.property(fc.array(text), fc.array(text), (one, other) => {
        const [before, after] = [cutSteps(one.join("\n\n")), cutSteps(other.join("\n\n"))];
        const { rows } = compareSteps(before, after);
        const steps = (side: "before" | "after") =>
          rows.flatMap((row) =>
            row.kind === "changed" ? [row[side].step.n] : row[side] === undefined ? [] : [row[side].n],
          );
        expect(steps("before")).toEqual(before.map((step) => step.n));
        expect(steps("after")).toEqual(after.map((step) => step.n));
      }),
    );
  });

  it("mark the words that changed, and a formula as one", () => {
    const { rows, changed } = compare("We take the sum $a+b$ of both.", "We take the product $a+b$ of $c$ both.");
    expect(changed).toBe(1);
    expect(marked(rows[0], "before")).toEqual(["sum"]);
    expect(marked(rows[0], "after")).toEqual(["product", "$c$"]);
  });

  it("set a step beside the one that it became, past others that were taken out", () => {
    const before = "First we add two and three.\n\nHmm, wait.\n\nOK so the total of it is five apples.";
    const { rows, removed, changed } = compare(
      before,
      "First we add two and three.\n\nSo the total of it is five apples.",
    );
    expect([removed, changed]).toEqual([1, 1]);
    expect(rows.map((row) => row.kind)).toEqual(["same", "other", "changed"]);
  });

  it("that have nothing in common are not called a change", () => {
    const { changed, removed, added } = compare("Consider the Jacobian of this map.", "Half of base times height.");
    expect([changed, removed, added]).toEqual([0, 1, 1]);
  });
});

describe("a Chinese trace", () => {
  it("is compared word by word, though no spaces part them", () => {
    const { rows } = compare("所以四人桌一共有十张。", "所以四人桌一共有九张。");
    expect(rows[0]!.kind).toBe("changed");
    expect([marked(rows[0], "before").join(""), marked(rows[0], "after").join("")]).toEqual(["十张", "九张"]);
  });

  it("has steps that share their characters paired, and others not", () => {
    const { rows } = compare(
      "先求末项，再用求和公式。\n\n答案是十。",
      "我们先求末项，然后用求和公式。\n\n换一种方法验算。",
    );
    expect(rows.map(({ kind }) => kind)).toEqual(["changed", "other"]);
  });
});
