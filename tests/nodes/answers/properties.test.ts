import fc from "fast-check";
import { expect, test } from "vitest";
import { compareByRules, findFinalAnswer } from "../../../src/nodes/answers/index.ts";

/** Expressions in x, y and numbers, as LaTeX. */
const expression: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.integer({ min: 1, max: 99 }).map(String),
    fc.constantFrom("x", "y", "\\pi", "2.5"),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `${a} + ${b}`),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `\\frac{${a}}{${b}}`),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a})(${b})`),
    tie("tree").map((a) => `\\sqrt{${a}}`),
    tie("tree").map((a) => `-(${a})`),
    tie("tree").map((a) => `(${a})^2`),
  ),
})).tree;

/** Without roots and pi: worked out exactly, so that no size hides a change. */
const rational = expression.filter((each) => !/sqrt|pi/.test(each));

const number = fc.oneof(
  fc.integer({ min: -9999, max: 9999 }).map(String),
  fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: 1, max: 99 })).map(([a, b]) => `\\frac{${a}}{${b}}`),
);

/** Whatever a model may write: pieces of answers in any order. */
const scribble = fc
  .array(
    fc.constantFrom(
      ..."( ) [ ] { } \\{ \\} \\frac \\sqrt \\boxed{ \\left \\right \\text{ ^ _ , ; = < > \\le + - * / | ! % $ $$ \\[ \\] \\( x 12 0.5 π ∞ and 或 is so \\pm \\begin{pmatrix} & \\\\ \\end{pmatrix} \\cup : . 元 A".split(
        " ",
      ),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(" "));

const verdict = (gold: string, pred: string) => compareByRules(gold, pred).verdict;

test("calls every expression equal to itself", () => {
  fc.assert(
    fc.property(expression, (one) => verdict(one, `${one} `) === "equal" && verdict(one, `{${one}}`) === "equal"),
  );
});

test("compares expressions the same way round and back", () => {
  fc.assert(fc.property(expression, expression, (one, other) => verdict(one, other) === verdict(other, one)));
});

test("is unharmed by spaces, left and right, dfrac, dollars and a box", () => {
  fc.assert(
    fc.property(expression, (one) => {
      const dressed = one.replaceAll("(", " \\left( ").replaceAll(")", " \\right) ").replaceAll("\\frac", "\\dfrac ");
      expect(verdict(one, dressed)).toBe("equal");
      expect(verdict(`$${one}$`, `\\boxed{${one}}`)).toBe("equal");
    }),
  );
});

test("sees a value that was changed", () => {
  fc.assert(fc.property(rational, (one) => verdict(one, `${one} + 1`) !== "equal"));
  fc.assert(fc.property(number, (one) => verdict(one, `${one} + 1`) === "different"));
});

test("knows a fraction by its parts however it is written", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -999, max: 999 }),
      fc.integer({ min: 1, max: 99 }),
      fc.integer({ min: 2, max: 9 }),
      (a, b, k) => {
        expect(verdict(`\\frac{${a}}{${b}}`, `${a * k}/${b * k}`)).toBe("equal");
      },
    ),
  );
});

test("takes a set in any order, and a tuple only in its own", () => {
  const values = fc.uniqueArray(number, { minLength: 2, maxLength: 6, selector: (each) => valueOfNumber(each) });
  fc.assert(
    fc.property(values, (items) => {
      const turned = [...items.slice(1), items[0]];
      expect(verdict(`\\{${items.join(", ")}\\}`, `\\{${turned.join(", ")}\\}`)).toBe("equal");
      expect(verdict(`(${items.join(", ")}, 7)`, `(${turned.join(", ")}, 7)`)).toBe("different");
    }),
  );
});

test("never throws, and keeps an answer's place, whatever is written", () => {
  fc.assert(
    fc.property(scribble, scribble, (one, other) => {
      expect(["equal", "different", "undecided"]).toContain(verdict(one, other));
      const found = findFinalAnswer(`${one}. So the answer is ${other}`);
      if (found) expect(found.start).toBeLessThanOrEqual(found.end);
    }),
    { numRuns: 500 },
  );
});

function valueOfNumber(text: string): number {
  const match = /^\\frac\{(-?\d+)\}\{(\d+)\}$/.exec(text);
  return match ? Number(match[1]) / Number(match[2]) : Number(text);
}
