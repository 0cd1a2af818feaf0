/** Python programs against tests of every style, what is said of them, and what is said where none can be run. */
import { afterAll, describe, expect, it } from "vitest";
import type { CodeTests } from "../../../src/core/code-tests.ts";
import { createCodeRunner } from "../../../src/nodes/code/index.ts";
import { hasSandbox } from "./has-sandbox.ts";

const fenced = (program: string, tag = "python") => `So:\n\n\`\`\`${tag}\n${program}\n\`\`\``;
const ADD = "def add(a, b):\n    return a + b";
const asserts: CodeTests = {
  language: "python",
  style: "assert",
  asserts: ["assert add(1, 2) == 3", "assert add(2, 2) == 4"],
};
const check: CodeTests = {
  language: "python",
  style: "check",
  entryPoint: "add",
  test: "def check(candidate):\n    assert candidate(1, 2) == 3\n    for n in range(5):\n        assert candidate(n, 1) == n + 1",
  before: "from typing import List\n\ndef add(a: int, b: int) -> int:\n    '''The sum.'''\n",
};
const stdio: CodeTests = {
  language: "python",
  style: "stdio",
  cases: [
    { input: "1 2\n", output: "3\n" },
    { input: "2 2\n", output: "4.0" },
  ],
};
const functions: CodeTests = {
  language: "python",
  style: "function",
  entryPoint: "add",
  cases: [
    { input: "1\n2", output: "3" },
    { input: "[1]\n[2]", output: "[1, 2]" },
  ],
};
const READ = "a, b = map(int, input().split())";

describe.skipIf(!hasSandbox)("a Python program", () => {
  const runner = createCodeRunner({ limitMs: 20_000 });
  afterAll(() => runner.close());

  it.each([
    ["asserts", fenced(ADD), asserts, 2],
    ["check(candidate), every assert of a loop counted", fenced(ADD), check, 6],
    ["check(candidate), as the completion of a prompt", "    return a + b", check, 6],
    ["standard input, numbers alike as numbers", fenced(`${READ}\nprint(a + b)`), stdio, 2],
    ["JSON arguments", fenced(ADD), functions, 2],
    ["a method of Solution", fenced("class Solution:\n    def add(self, a, b):\n        return a + b"), functions, 2],
    ["its last listing that defines what is called", `${fenced(ADD)}\n\n${fenced("print(add(1, 2))")}`, asserts, 2],
    [
      "a listing beside one of another language",
      `${fenced(ADD)}\n\n${fenced("int add(int a, int b);", "cpp")}`,
      asserts,
      2,
    ],
    ["a listing inside a list", `1. Add:\n\n   ${fenced(ADD).replaceAll("\n", "\n   ")}`, asserts, 2],
  ])("passes by %s", async (_style, text, tests, passed) => {
    const ran = await runner.check(text, tests);
    expect(ran).toMatchObject({ verdict: "equal", rule: "tests", tests: { passed, of: passed } });
    expect(ran.tests?.sandbox).toMatch(/^bubblewrap, Python 3\.\d+/);
  });

  it.each([
    [
      "asserts",
      fenced("def add(a, b):\n    return 3"),
      asserts,
      "passes 1 of 2 tests: test 2, add(2, 2) == 4: it came to 3, expected 4",
    ],
    [
      "check(candidate)",
      fenced("def add(a, b):\n    return a"),
      check,
      "test 1, candidate(1, 2) == 3: it came to 1, expected 3",
    ],
    [
      "standard input",
      fenced(`${READ}\nprint(3)`),
      stdio,
      "passes 1 of 2 tests: case 2 of 2: it printed 3, expected 4.0",
    ],
    ["an error in its output", fenced("print(1 / 0)"), stdio, "(ZeroDivisionError: division by zero)"],
    [
      "JSON arguments",
      fenced("def add(a, b):\n    return 3"),
      functions,
      "case 2 of add([1], [2]): it came to 3, expected [1, 2]",
    ],
    ["what it raises", fenced("def add(a, b):\n    raise KeyError(a)"), asserts, "test 1, add(1, 2) raised KeyError"],
  ])("fails by %s, and it is said where", async (_style, text, tests, said) => {
    const { verdict, rule, reason } = await runner.check(text, tests);
    expect([verdict, rule]).toEqual(["different", "tests"]);
    expect(reason).toContain(said);
  });

  it.each([
    ["", "the text is empty"],
    ["We add both numbers and are done.", "has no listing and is not code"],
    ["```python\ndef add(a, b):", "its only listing was cut off"],
    [fenced("fn add() {}", "rust"), "it has no listing in python (what there is: rust)"],
  ])("is not there in %j", async (text, said) => {
    const { verdict, rule, reason } = await runner.check(text, asserts);
    expect([verdict, rule]).toEqual(["undecided", "no-program"]);
    expect(reason).toContain(said);
  });

  it("that needs a package is undecided and names it", async () => {
    for (const tests of [asserts, stdio]) {
      const ran = await runner.check(fenced("import nowhere_to_be_found\ndef add(a, b): return a + b"), tests);
      expect(ran).toMatchObject({ verdict: "undecided", rule: "missing-module" });
      expect(ran.reason).toBe("needs the package nowhere_to_be_found, which this Python does not have");
    }
  });

  it("has processor time, memory and files bounded before it starts, and can't lift it", async () => {
    const program = [
      "import resource as r",
      "def limits():",
      "    try: r.setrlimit(r.RLIMIT_CPU, (-1, -1)); lifted = True",
      "    except (ValueError, OSError): lifted = False",
      "    return [r.getrlimit(n)[1] for n in (r.RLIMIT_CPU, r.RLIMIT_AS, r.RLIMIT_FSIZE, r.RLIMIT_CORE)] + [lifted]",
    ].join("\n");
    const wanted = "assert limits() == [9, 1 << 30, 16 << 20, 0, False]";
    const ran = await runner.check(program, {
      language: "python",
      style: "assert",
      asserts: [wanted],
      timeoutMs: 7000,
    });
    expect(ran.reason).toBe("passes 1 of 1 tests");
  });
});

describe("without a sandbox", () => {
  const runner = createCodeRunner({
    sandbox: async () => ({ missing: "there is no bwrap on the PATH: install the package bubblewrap" }),
  });

  it.each([asserts, check, stdio, functions])(
    "no Python program is run, and it is said why ($style)",
    async (tests) => {
      const reason =
        "no program is run without a sandbox: there is no bwrap on the PATH: install the package bubblewrap";
      expect(await runner.check(fenced(ADD), tests)).toEqual({ verdict: "undecided", rule: "no-sandbox", reason });
      expect(await runner.missing(tests)).toBe(reason);
    },
  );
});
