import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOperations, evaluate, parseExpression } from "../../../src/models/baseline/arithmetic.ts";
import { findEquations } from "../../../src/models/baseline/equations.ts";
import { writeRational } from "../../../src/models/baseline/rational.ts";
import { spellOut } from "../../../src/models/baseline/spell.ts";

describe("parseExpression", () => {
  it.each([
    ["9 * 9 * 8 * 7", "4536"],
    ["16 - 3 - 4", "9"],
    ["2 + 3 × 4^2", "50"],
    ["(1,000 + 200) / 3", "400"],
    ["\\frac{3}{4} \\cdot 20", "15"],
    ["0.1 + 0.2", "0.3"],
    ["(2/8)*3", "0.75"],
    ["(3)(4)", "12"],
  ])("reads %s as %s", (text, value) => {
    expect(writeRational(evaluate(parseExpression(text)!)!, "decimal")).toBe(value);
  });

  it.each(["2x + 1", "3 cm", "2 3/4", "5!", "4 +", "", "sqrt(4)", "1 / ", "50 %"])("refuses %j", (text) => {
    expect(parseExpression(text)).toBeUndefined();
  });

  it("has no value for a division by zero", () => {
    expect(evaluate(parseExpression("1 / (2 - 2)")!)).toBeUndefined();
  });

  it("agrees with whole-number arithmetic", () => {
    const small = fc.integer({ min: 0, max: 999 });
    fc.assert(
      fc.property(small, small, small, (a, b, c) => {
        const expression = parseExpression(`${a} + ${b} * ${c} - ${a}`)!;
        return countOperations(expression) === 3 && writeRational(evaluate(expression)!, "fraction") === String(b * c);
      }),
    );
  });
});

describe("findEquations", () => {
  it.each([
    ["So 3 * 4 = 12 pens.", true],
    ["That is 2/3 = 0.667.", true],
    ["The total is 12 + 5 = 17.", true],
    ["We get 10 - 4 = 5.", false],
  ])("reads %j", (sentence, holds) => {
    expect(findEquations(sentence).map((one) => one.holds)).toEqual([holds]);
  });

  it.each([
    "C(11, 5) = 462",
    "20 % of 100 = 20",
    "f(18 + 2) = 7",
    "x = 3",
    "15 choose 6 = 5005",
    "3! = 6",
    "2x + 1 = 5",
  ])("calls nothing wrong in %j", (sentence) => {
    expect(findEquations(sentence).filter((one) => one.wrong)).toEqual([]);
  });

  it("does not call a sum wrong that goes on after the sign", () => {
    expect(findEquations("20 * 30 * 42 = 20*30 = 600").some((one) => one.wrong)).toBe(false);
  });
});

describe("spellOut", () => {
  const spell = (sentence: string) => findEquations(sentence).map((equation) => spellOut(equation));

  it("does one operation at a time", () => {
    expect(spell("9 * 9 * 8 = 648.")).toEqual(["Step by step: 9 × 9 = 81 and 81 × 8 = 648."]);
  });

  it("takes a large product apart by place value", () => {
    expect(spell("24 * 36 = 864.")).toEqual(["In parts: 36 × 20 = 720 and 36 × 4 = 144; together 720 + 144 = 864."]);
  });

  it("says nothing about what does not hold, is rounded, or is small", () => {
    expect(spell("9 * 9 * 8 = 640.")).toEqual([undefined]);
    expect(spell("10 / 3 / 2 = 1.67.")).toEqual([undefined]);
    expect(spell("3 * 4 = 12.")).toEqual([undefined]);
    expect(spell("12 * 4000 = 48000.")).toEqual([undefined]);
  });

  it("never writes an equation that does not hold", () => {
    const number = fc.integer({ min: 1, max: 500 });
    const sign = fc.constantFrom("+", "-", "*");
    fc.assert(
      fc.property(number, sign, number, sign, number, (a, s, b, t, c) => {
        const value = evaluate(parseExpression(`${a} ${s} ${b} ${t} ${c}`)!)!;
        if (value.top < 0n) return true;
        const text =
          spellOut(findEquations(`So ${a} ${s} ${b} ${t} ${c} = ${writeRational(value, "fraction")}.`)[0]!) ?? "";
        return findEquations(text.replaceAll(/\((-\d+)\)/g, "(0$1)")).every((one) => one.holds);
      }),
    );
  });
});
