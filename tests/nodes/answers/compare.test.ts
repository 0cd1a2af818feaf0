import { describe, expect, test } from "vitest";
import { compareByRules } from "../../../src/nodes/answers/index.ts";

type Row = readonly [gold: string, pred: string, verdict: "equal" | "different" | "undecided"];

function holds(rows: readonly Row[]): void {
  test.each(rows)("%s | %s -> %s", (gold, pred, verdict) => {
    expect(compareByRules(gold, pred)).toMatchObject({ verdict });
  });
}

describe("numbers", () => {
  holds([
    ["3/8", "0.375", "equal"],
    ["3/8", "0.374", "different"],
    ["12,345", "12345.0", "equal"],
    ["12{,}345", "12 345", "equal"],
    ["0,75", "0.75", "equal"],
    ["2\\tfrac34", "2.75", "equal"],
    ["2 3/4", "11/4", "equal"],
    ["4.2 \\times 10^{3}", "4200", "equal"],
    ["4.2e3", "4200", "equal"],
    ["2^{900}", "2^{900}+1", "different"],
    ["-\\frac{2}{3}", "\\frac{2}{-3}", "equal"],
    ["\\sqrt[3]{-27}", "-3", "equal"],
    ["\\binom{6}{2}", "15", "equal"],
    ["132_4", "132", "equal"],
    ["132_4", "133_4", "different"],
    ["twenty-five", "25", "equal"],
    ["三分之二", "2/3", "equal"],
    ["１２", "12", "equal"],
    ["0.\\overline{3}", "1/3", "equal"],
    ["0.\\overline{3}", "0.3", "different"],
    ["0.1\\overline{6}", "\\frac{1}{6}", "equal"],
    ["2 : 3 : 5", "4:6:10", "equal"],
    ["2**5", "32", "equal"],
    ["€7.5", "7.50", "equal"],
  ]);
});

describe("rounding", () => {
  holds([
    ["\\sqrt{3}", "1.7321", "equal"],
    ["\\sqrt{3}", "1.73", "different"],
    ["1.73", "\\sqrt{3}", "equal"],
    ["7", "7.0004", "different"],
    ["2.718281828459045", "2.72", "equal"],
    ["12.34", "12.3", "different"],
  ]);
});

describe("percent, degrees, units", () => {
  holds([
    ["35\\%", "35", "equal"],
    ["35\\%", "0.35", "equal"],
    ["35\\%", "35 percent", "equal"],
    ["35\\%", "3.5", "different"],
    ["45^\\circ", "\\frac{\\pi}{4}", "equal"],
    ["18 \\text{ cm}", "18", "equal"],
    ["18 \\text{ cm}", "0.18 m", "equal"],
    ["18 \\text{ cm}", "18 kg", "different"],
    ["2 \\text{ hours}", "120 minutes", "equal"],
    ["7\\,\\mu\\text{m}", "0.007 mm", "equal"],
    ["\\$4.50", "4.5 dollars", "equal"],
    ["9平方厘米", "9", "equal"],
    ["Pull on the rope: 4.0e1 N", "40\\ \\text{N}", "equal"],
  ]);
});

describe("algebra", () => {
  holds([
    ["(a-b)(a+b)", "a^2-b^2", "equal"],
    ["(a-b)(a+b)", "a^2+b^2", "different"],
    ["\\frac{1}{\\sqrt5}", "\\frac{\\sqrt5}{5}", "equal"],
    ["4kmc^2", "4 k m \\cdot c^{2}", "equal"],
    ["4kmc^2", "4(kmc)^2", "different"],
    ["\\ln 9", "2 \\ln 3", "equal"],
    ["\\sin^2 x + \\cos^2 x", "1", "equal"],
    ["x^{20}", "x^{20} + 1", "different"],
    ["|t|", "t", "different"],
    ["|t|", "\\sqrt{t^2}", "equal"],
    ["\\frac{d}{dt} t^2", "2t", "undecided"],
    ["\\log 1000", "3", "equal"],
    ["T_1 - T_2", "T_h - T_c", "undecided"],
    ["9^{9^9}", "9^{9^9}+1", "undecided"],
  ]);
});

describe("equations and names", () => {
  holds([
    ["x = 7", "7", "equal"],
    ["7", "n = 7", "equal"],
    ["x = 3 + 4 = 7 \\approx 6.9", "7", "equal"],
    ["\\angle ABC = 40^\\circ", "40", "equal"],
    ["f(x) = 2x", "y = x + x", "equal"],
    ["3x - 6y = 9", "y = \\frac{x}{2} - \\frac32", "equal"],
    ["3x - 6y = 9", "y = \\frac{x}{2} - \\frac12", "different"],
    ["8", "4x = 32", "equal"],
    ["a + b = 8", "8", "undecided"],
    ["8", "a + b = 8", "equal"],
    ["1", "x^2 + 4y^2 = 1", "undecided"],
    ["x^2 = 9", "x = 4", "different"],
    ["x^2 = 9", "x = 3", "undecided"],
    ["(u, v) = (1, 5)", "(1, 5)", "equal"],
    ["u = 1, v = 5; u = 2, v = 3", "(1, 5), (2, 3)", "equal"],
    ["u = 1, v = 5", "v = 5, u = 1", "equal"],
    ["u = 1, v = 5", "v = 1, u = 5", "different"],
    ["E' = 2E + 1", "1 + 2E", "equal"],
  ]);
});

describe("inequalities and intervals", () => {
  holds([
    ["x \\ge 4", "[4, \\infty)", "equal"],
    ["x > 4", "[4, \\infty)", "different"],
    ["-2x < 6", "x > -3", "equal"],
    ["|x| \\le 2", "[-2, 2]", "equal"],
    ["x < 1 \\text{ or } x > 2", "(-\\infty, 1) \\cup (2, \\infty)", "equal"],
    ["\\mathbb{R} \\setminus \\{1\\}", "x \\ne 1", "equal"],
    ["all real numbers", "(-\\infty, \\infty)", "equal"],
    ["(0, 2]", "[0, 2]", "different"],
    ["\\{x | x > 2\\}", "(2, \\infty)", "equal"],
    ["(0.5, 2]", "(\\frac12, 2]", "equal"],
    ["no solution", "\\varnothing", "equal"],
  ]);
});

describe("several values", () => {
  holds([
    ["\\{4, 5\\}", "5, 4", "equal"],
    ["4 \\text{ and } 5", "5, 4", "equal"],
    ["1 \\pm \\sqrt6", "1 - \\sqrt6, 1 + \\sqrt6", "equal"],
    ["4, 5", "5, 4", "undecided"],
    ["4, 5", "4, 6", "different"],
    ["4", "4, 5", "different"],
    ["(4, 5)", "(5, 4)", "different"],
    ["\\infty", "10", "different"],
    ["-\\infty", "\\infty", "different"],
    ["x = \\frac{k\\pi}{2}, k \\in \\mathbb{Z}", "\\frac{\\pi k}{2}", "equal"],
    ["\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "[[1, 2], [3, 4]]", "equal"],
    ["(4, 5)", "\\begin{pmatrix} 4 \\\\ 5 \\end{pmatrix}", "equal"],
    ["(1,2), (3,4)", "(3,4) \\text{ and } (1,2)", "equal"],
    ["\\{4, 5\\}", "(4, 5)", "undecided"],
    ["\\begin{bmatrix} 1 & 0 \\\\ 0 & 2 \\end{bmatrix}", "\\begin{pmatrix} 1 & 0 \\\\ 0 & 4/2 \\end{pmatrix}", "equal"],
    [
      "\\begin{bmatrix} 1 & 0 \\\\ 0 & 2 \\end{bmatrix}",
      "\\begin{bmatrix} 1 & 0 \\\\ 1 & 2 \\end{bmatrix}",
      "different",
    ],
    ["\\begin{cases} x = 1 \\\\ y = 2 \\end{cases}", "x = 1, y = 2", "equal"],
  ]);

  test("lets the problem say whether the order of a bare list matters", () => {
    expect(compareByRules("4, 5", "5, 4", { problem: "Find all roots." }).verdict).toBe("equal");
    expect(compareByRules("4, 5", "5, 4", { problem: "List them in increasing order." }).verdict).toBe("different");
  });
});

describe("words", () => {
  holds([
    ["\\text{(B)}", "b", "equal"],
    ["B", "(C) Carla", "different"],
    ["B", "copper", "undecided"],
    ["B", "100 times", "undecided"],
    ["A, C", "A, D", "different"],
    ["A, C and D", "CDA", "equal"],
    ["Yes", "true", "equal"],
    ["是", "否", "different"],
    ["\\text{odd}", "Odd", "equal"],
    ["\\text{odd}", "even", "different"],
    ["10:30", "10:30 a.m.", "equal"],
    ["10:30", "11:30", "different"],
    ["a smooth round stone", "a stone without edges", "undecided"],
    ["\\text{the middle one}", "12", "undecided"],
  ]);

  const problem = "Which metal is liquid at room temperature?\n(A) iron\n(B) mercury\n(C) zinc";
  test("knows a choice by its text", () => {
    expect(compareByRules("B", "mercury", { problem }).verdict).toBe("equal");
    expect(compareByRules("B", "Zinc.", { problem }).verdict).toBe("different");
    expect(compareByRules("mercury", "(B)", { problem }).verdict).toBe("equal");
  });
});

describe("what can't be read", () => {
  holds([
    ["", "5", "undecided"],
    ["5", "\\frac{1}{", "undecided"],
    ["x = \\frac{1}{", "0.5", "undecided"],
    ["\\oint \\heartsuit", "3", "undecided"],
  ]);
});

describe("rates, measures of several parts, clock times", () => {
  holds([
    ["20 m/s", "72 km/h", "equal"],
    ["45 mph", "45 miles per hour", "equal"],
    ["60 km/h", "60 mph", "different"],
    ["1 hour 15 minutes", "75 min", "equal"],
    ["5 feet 3 inches", "63 in", "equal"],
    ["2 hours 30 minutes", "2.3 hours", "different"],
    ["3 hours and 5 hours", "4 hours and 4 hours", "different"],
    ["2小时", "120分钟", "equal"],
    ["二小时", "120分钟", "equal"],
    ["4:30 PM", "16:30", "equal"],
    ["4:30 pm", "4:30 am", "different"],
    ["6.02 x 10^23", "6.02\\cdot 10^{23}", "equal"],
  ]);
});

describe("vectors by their parts, relations and mixed numbers in Chinese", () => {
  holds([
    ["2\\mathbf{i}+3\\mathbf{j}", "\\langle 2, 3 \\rangle", "equal"],
    ["\\hat{i} - \\hat{j} + 4\\hat{k}", "(1, -1, 4)", "equal"],
    ["3\\hat{i}-4\\hat{j}", "(3, 4)", "different"],
    ["x大于3", "x > 3", "equal"],
    ["x 不小于 2", "[2, \\infty)", "equal"],
    ["x小于3", "x > 3", "different"],
    ["一又二分之一", "3/2", "equal"],
    ["四又三分之一", "13/3", "equal"],
  ]);
});

describe("a choice by letter against a value, where the problem lists its options", () => {
  const sums = "What is the sum?\n(A) 1/2  (B) 0.75  (C) \\frac{5}{4}  (D) 2";
  const money = "How much is left?\nA. $1,200\nB. $1,500\nC. $12\nD. none of these";
  const long = "Which? $\\textbf{(A)}\\ 5\\qquad\\textbf{(B)}\\ 10\\qquad\\textbf{(C)}\\ 15\\qquad\\textbf{(D)}\\ 20$";
  test.each([
    ["C", "1.25", sums, "equal"],
    ["C", "\\boxed{\\frac54}", sums, "equal"],
    ["A", "0.75", sums, "different"],
    ["B", "7", sums, "different"],
    ["1.25", "(C)", sums, "equal"],
    ["1.25", "(B)", sums, "different"],
    ["B", "1500 dollars", money, "equal"],
    ["D", "none of these", money, "equal"],
    // Words are among these options: 7 may be meant by them.
    ["B", "7", money, "undecided"],
    ["C", "15", long, "equal"],
    ["15", "C", long, "equal"],
    ["15", "C", "How many are there?", "undecided"],
  ] as const)("%s | %s of %j -> %s", (gold, pred, problem, verdict) => {
    expect(compareByRules(gold, pred, { problem })).toMatchObject({ verdict });
  });
});
