/** Tests of programs, in the forms that data sets bring them in. */
import { describe, expect, it } from "vitest";
import { readCodeTests } from "../../src/core/read-code-tests.ts";

const ASSERTS = ["assert f(1) == 2", "assert f(2) == 3"];
const CHECK = "def check(candidate):\n    assert candidate(1) == 2";
const CASES = [{ input: "1\n", output: "2\n" }];

describe("tests are read from", () => {
  it.each([
    ["Mezzo's own form", { style: "stdio", cases: CASES }, {}, { style: "stdio", cases: CASES }],
    ["a language by another name", { style: "stdio", language: "node", cases: CASES }, {}, { language: "javascript" }],
    ["the row's column of the language", { cases: CASES }, { lang: "py" }, { style: "stdio", language: "python" }],
    ["MBPP's list", ASSERTS, {}, { style: "assert", language: "python", asserts: ASSERTS }],
    [
      "MBPP's row",
      { test_list: ASSERTS, test_imports: ["import math"] },
      {},
      { asserts: ASSERTS, before: "import math" },
    ],
    ["lines in a text", ASSERTS.join("\n"), {}, { style: "assert", asserts: ASSERTS }],
    ["a list in a text", JSON.stringify(ASSERTS), {}, { asserts: ASSERTS }],
    ["HumanEval's object", { test: CHECK, entry_point: "f" }, {}, { style: "check", entryPoint: "f", test: CHECK }],
    [
      "a column beside entry_point",
      CHECK,
      { entry_point: "f", prompt: "def f(x):\n" },
      { style: "check", before: "def f(x):\n" },
    ],
    ["APPS' standard input", { inputs: ["1\n"], outputs: ["2\n"] }, {}, { style: "stdio", cases: CASES }],
    [
      "APPS' functions, with their results wrapped",
      { fn_name: "f", inputs: [[1, "a"]], outputs: [[2]] },
      {},
      { style: "function", entryPoint: "f", cases: [{ input: '1\n"a"', output: "2" }] },
    ],
    [
      "LiveCodeBench's functional cases",
      {
        public_test_cases: JSON.stringify([{ input: "1", output: "2", testtype: "functional" }]),
        metadata: '{"func_name":"f"}',
      },
      {},
      { style: "function", entryPoint: "f", cases: [{ input: "1", output: "2" }] },
    ],
    ["LiveCodeBench's contest cases", [{ input: "1", output: "2", testtype: "stdin" }], {}, { style: "stdio" }],
    ["asserts of JavaScript", ["assert.deepEqual(f(1), 2);"], {}, { style: "assert", language: "javascript" }],
    ["bare comparisons of JavaScript", { style: "assert", asserts: ["f(1) === 2"] }, {}, { language: "javascript" }],
    ["asserts of Python in brackets", ["assert (f(1) == 2)"], {}, { language: "python" }],
  ])("%s", (_form, value, row, wanted) => {
    expect(readCodeTests(value, row)).toMatchObject(wanted);
  });

  it("what they came to, to the same", () => {
    const once = readCodeTests({ test: CHECK, entry_point: "f" });
    expect(readCodeTests(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });
});

describe("what can't be read is told:", () => {
  it.each([
    [{ style: "asserts" }, 'style: check, assert, stdio or function is expected, found "asserts"'],
    [{ style: "assert", asserts: [] }, "asserts: a list of statements is expected"],
    [{ style: "check", test: CHECK }, "entryPoint: the function's name is expected"],
    [{ style: "stdio", cases: [{ input: 1, output: "2" }] }, "cases: a list of { input, output } is expected"],
    [
      { style: "stdio", cases: CASES, language: "rust" },
      'language: "rust" is not one of those whose programs are run (python, javascript)',
    ],
    [{ style: "stdio", cases: CASES, timeoutMs: -1 }, "timeoutMs: a number above 0 is expected"],
    [{ inputs: ["1"], outputs: [] }, "inputs, outputs: two lists of the same length are expected"],
    [CHECK, "tests that define check(candidate) need the function's name: entry_point"],
    ["print(f(1))", "found a text that asserts nothing"],
    [{ level: 3 }, "found level"],
    [[1, 2], "a list of assert statements or of { input, output } is expected"],
    [7, "is expected"],
  ])("%j", (value, said) => {
    expect(readCodeTests(value)).toContain(said);
  });
});
