/** JavaScript programs against tests of every style, alike in Node and in QuickJS. */
import { afterAll, describe, expect, it } from "vitest";
import type { CodeTests } from "../../../src/core/code-tests.ts";
import { readCodeTests } from "../../../src/core/read-code-tests.ts";
import { JAVASCRIPT } from "./runners.ts";

const asserts = (...lines: string[]): CodeTests => ({ language: "javascript", style: "assert", asserts: lines });
const DOUBLE = asserts("assert.equal(double(2), 4)", "assert.strictEqual(double(5), 10)");
const LATER = asserts("assert.equal(await later(3), 3)", "await assert.rejects(() => bad(), /no/)");
const stdio = (input: string, output: string): CodeTests => ({ style: "stdio", cases: [{ input, output }] });
const add = (test: string): CodeTests => ({ language: "javascript", style: "check", entryPoint: "add", test });
const ADD = "function add(a, b) { return a + b }";
const TWO_SUM = {
  style: "function",
  entryPoint: "twoSum",
  cases: [{ input: "[2,7,11]\n9", output: "[0,1]" }],
} as const satisfies CodeTests;
const SUM_BY_LOOP =
  "(n, t) { for (let i = 0; i < n.length; i++) { const j = n.indexOf(t - n[i], i + 1); if (j > 0) return [i, j] } }";

const RIGHT: Readonly<Record<string, readonly [program: string, tests: CodeTests]>> = {
  "a constant": ["const double = (x) => 2 * x;", DOUBLE],
  "an exported function": ["export function double(x) { return x + x }", DOUBLE],
  "what module.exports holds": ["module.exports = { double: (x) => 2 * x };", DOUBLE],
  "bare comparisons": [
    "function double(x) { return x + x }",
    asserts("double(2) === 4", "JSON.stringify(double(5)) === '10';"),
  ],
  "an argument changed in place": [
    "function sorted(a) { a.sort() }",
    asserts("const a = [3, 1, 2]; sorted(a); assert.deepEqual(a, [1, 2, 3])"),
  ],
  "a class with private state": [
    "class Stack { #a = []; push(x) { this.#a.push(x) } pop() { return this.#a.pop() } get size() { return this.#a.length } }",
    asserts("const s = new Stack(); s.push(1); s.push(2); assert(s.pop() === 2); assert.equal(s.size, 1)"),
  ],
  "a function of the tests called back": [
    "function mapIt(a, f) { return a.map((x) => f(x)) }",
    asserts("assert.deepEqual(mapIt([1, 2], x => ({ x })), [{ x: 1 }, { x: 2 }])"),
  ],
  "promises and timers": [
    "const later = async (x) => { await new Promise((r) => setTimeout(r, 20)); return x };\nasync function bad() { throw new Error('no') }",
    LATER,
  ],
  "a closure": [
    "function counter() { let n = 0; return () => ++n }",
    asserts("const c = counter(); c(); assert.equal(c(), 2)"),
  ],
  "a generator": [
    "function* gen(n) { for (let i = 0; i < n; i++) yield i }",
    asserts("assert.deepEqual([...gen(3)], [0, 1, 2])"),
  ],
  "values that JSON does not have": [
    "const f = () => new Map([[1, { a: undefined, b: NaN, c: -0, d: 10n, e: new Set([new Date(5)]) }]]);",
    asserts(
      "assert.deepStrictEqual(f(), new Map([[1, { a: undefined, b: NaN, c: -0, d: 10n, e: new Set([new Date(5)]) }]]))",
    ),
  ],
  "errors by class and message": [
    "function f() { throw new TypeError('bad') }",
    asserts("assert.throws(() => f(), TypeError)", "assert.throws(f, { message: 'bad' })"),
  ],
  "check(candidate)": [ADD, add("function check(candidate) { assert.equal(candidate(1, 2), 3); }")],
  "names that the tests' own code uses": [
    "const fs = 1, vm = 2, line = 3; function pack(x) { return x } function double(x) { return pack(x) * 2 }",
    DOUBLE,
  ],
  "a test file in Jest's words": [
    `${ADD}\nmodule.exports = { add };`,
    asserts(
      "const { add } = require('./add');\ndescribe('add', () => { test('adds', () => { expect(add(1, 2)).toBe(3) }) });",
    ),
  ],
  "a method of Solution": [`class Solution { twoSum${SUM_BY_LOOP} }`, TWO_SUM],
  "a function with JSON arguments": [`var twoSum = function ${SUM_BY_LOOP}`, TWO_SUM],
  "standard input as a file": [
    "const [n] = require('fs').readFileSync('/dev/stdin', 'utf8').split('\\n');\nconsole.log(Number(n) * 2)",
    stdio("4\n", "8\n"),
  ],
  "standard input line by line": [
    "import readline from 'readline';\nlet sum = 0;\nreadline.createInterface({ input: process.stdin }).on('line', (l) => (sum += Number(l))).on('close', () => console.log(sum));",
    stdio("4\n5\n", "9\n"),
  ],
  "standard input as it comes": [
    "let text = '';\nprocess.stdin.on('data', (d) => (text += d));\nprocess.stdin.on('end', () => { console.log([...text.trim()].reverse().join('')); process.exit(0) });",
    stdio("abc\n", "cba\n"),
  ],
};

const WRONG: Readonly<Record<string, readonly [program: string, tests: CodeTests, said: string]>> = {
  "a wrong value": [
    "const double = (x) => x * x",
    DOUBLE,
    "passes 1 of 2 tests: test 2, double(5): strictEqual: it came to 25, expected 10",
  ],
  "an error of its own": ["function double() { null.x }", DOUBLE, "test 1, double(2) raised TypeError"],
  "what does not compile": ["function double({ return }", DOUBLE, "can't be loaded: SyntaxError"],
  "a name that is not there": ["const triple = 3", DOUBLE, "there is no double in the program"],
  "a wrong line": ["console.log(5)", stdio("4\n", "8\n"), "case 1 of 1: it printed 5, expected 8"],
};

describe.each(JAVASCRIPT)("a JavaScript program in %s", (_name, open) => {
  const runner = open({ limitMs: 20_000 });
  afterAll(() => runner.close());
  const check = (program: string, tests: CodeTests) => runner.check(`\`\`\`js\n${program}\n\`\`\``, tests);

  it.each(Object.entries(RIGHT))("passes with %s", async (_what, [program, tests]) => {
    expect(await check(program, tests)).toMatchObject({ verdict: "equal", rule: "tests" });
  });

  it.each(Object.entries(WRONG))("fails with %s, and it is said where", async (_what, [program, tests, said]) => {
    const { verdict, rule, reason } = await check(program, tests);
    expect([verdict, rule]).toEqual(["different", "tests"]);
    expect(reason).toContain(said);
  });

  it("that needs a package is undecided and names it", async () => {
    const { verdict, reason } = await check("const _ = require('lodash'); const double = (x) => _.sum([x, x])", DOUBLE);
    expect(verdict).toBe("undecided");
    expect(reason).toMatch(/^needs the package lodash, which this \w+ does not have$/);
  });

  it("is not judged by tests that assert nothing, or that never call it", async () => {
    expect(await check(ADD, asserts("add(1, 2); if (0) assert(1)"))).toMatchObject({ verdict: "undecided" });
    expect(await check(ADD, asserts("assert(1 === 1)"))).toMatchObject({ verdict: "undecided" });
  });

  it("in a listing of another language is none", async () => {
    const tests = readCodeTests({ language: "js", style: "assert", asserts: ["assert(add(1, 2) === 3)"] }) as CodeTests;
    const { rule, reason } = await runner.check("```python\ndef add(a, b): return a + b\n```", tests);
    expect([rule, reason]).toEqual([
      "no-program",
      "there is no program: it has no listing in javascript (what there is: python)",
    ]);
  });
});
