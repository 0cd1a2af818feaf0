/**
 * Tests as rows bring them. Every data set spells them in its own way, and all come to one of four styles:
 *
 *   { style: check | assert | stdio | function, ... }     Mezzo's own (code-tests.ts)
 *   { test_list: [...] }, ["assert ...", ...], "assert ..." MBPP
 *   { test: "def check(candidate): ...", entry_point }    HumanEval, LeetCodeDataset; a text beside the column entry_point
 *   { inputs: [...], outputs: [...], fn_name? }           APPS, TACO, DeepCoder
 *   { public_test_cases, private_test_cases, ... }        LiveCodeBench; a list of { input, output, testtype }
 *
 * Any of them may be JSON in a text. What can't be read is told in a sentence and never guessed at.
 */

import { CODE_LANGUAGES, type CodeCase, type CodeLanguage, type CodeTests, languageNamed } from "./code-tests.ts";
import { readPackedTests } from "./packed-tests.ts";

type Row = Readonly<Record<string, unknown>>;

const EXPECTED =
  "{ style: check | assert | stdio | function, ... } or the tests of MBPP, HumanEval, APPS or LiveCodeBench";

/** The tests, or in a sentence what is wrong with them. `row`: the columns beside them, for names that stand there. */
export function readCodeTests(value: unknown, row: Row = {}): CodeTests | string {
  const given = unpacked(value);
  if (typeof given === "string") return fromText(given, row);
  if (Array.isArray(given)) return fromList(given, row);
  if (!isRow(given)) return `${EXPECTED} is expected`;
  const stated = given.language ?? given.lang ?? row.language ?? row.lang;
  const language = typeof stated === "string" ? languageNamed(stated) : undefined;
  if (stated !== undefined && stated !== null && language === undefined) {
    return `language: ${JSON.stringify(stated)} is not one of those whose programs are run (${CODE_LANGUAGES.join(", ")})`;
  }
  const read = given.style === undefined ? fromColumns(given, row) : fromOwn(given);
  if (typeof read === "string") return read;
  const { timeoutMs } = given;
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs > 0))
    return "timeoutMs: a number above 0 is expected";
  return { ...read, ...(language && { language }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

function fromOwn(given: Row): CodeTests | string {
  const before = textIn(given, "before");
  const entryPoint = textIn(given, "entryPoint", "entry_point");
  const { style } = given;
  switch (style) {
    case "assert": {
      const asserts = textsOf(given.asserts);
      if (asserts === undefined) return "asserts: a list of statements is expected";
      return { style, language: scriptOf(asserts.join("\n")), asserts, before };
    }
    case "check": {
      const test = textIn(given, "test");
      if (test === undefined) return "test: code that defines check(candidate) is expected";
      if (entryPoint === undefined) return "entryPoint: the function's name is expected";
      return { style, language: scriptOf(test), entryPoint, test, before };
    }
    case "stdio":
    case "function": {
      const cases = casesIn(given.cases);
      if (cases.length === 0) return "cases: a list of { input, output } is expected";
      if (style === "stdio") return { style, cases };
      return entryPoint === undefined
        ? "entryPoint: the function's name is expected"
        : { style, entryPoint, cases, before };
    }
    default:
      return `style: check, assert, stdio or function is expected, found ${JSON.stringify(style)}`;
  }
}

function fromColumns(given: Row, row: Row): CodeTests | string {
  const beside = { ...row, ...given };
  if (given.inputs !== undefined || given.outputs !== undefined) return fromColumnsOfCases(given, beside);
  const cases = ["public_test_cases", "private_test_cases", "public_samples_parsed", "cases"].flatMap((name) =>
    casesIn(unpacked(given[name])),
  );
  if (cases.length > 0) return fromCases(cases, beside);
  for (const name of ["test_list", "asserts", "assert_list", "tests"]) {
    if (Array.isArray(given[name])) return fromList(given[name], beside);
  }
  const test = textIn(given, "test", "tests");
  return test === undefined
    ? `${EXPECTED} is expected; found ${Object.keys(given).slice(0, 8).join(", ") || "nothing"}`
    : fromText(test, beside);
}

function fromText(test: string, row: Row): CodeTests | string {
  const language = scriptOf(test);
  if (/\b(?:def|function)\s+check\s*\(|\bcheck\s*=/.test(test)) {
    const entryPoint = textIn(row, "entry_point", "entryPoint", "fn_name");
    if (entryPoint === undefined) return "tests that define check(candidate) need the function's name: entry_point";
    return { style: "check", language, entryPoint, test, before: beginningIn(row) };
  }
  if (!/\bassert\b|===/.test(test)) return `${EXPECTED} is expected, found a text that asserts nothing`;
  // A whole test file is one statement: its lines hang together.
  const lines = test.split("\n").filter((line) => line.trim() !== "");
  const isList = lines.every((line) => /^(?:await\s+)?(?:console\.)?assert\b/.test(line));
  return { style: "assert", language, asserts: isList ? lines : [test], before: beginningIn(row) };
}

function fromList(list: readonly unknown[], row: Row): CodeTests | string {
  const texts = textsOf(list);
  if (texts !== undefined)
    return { style: "assert", language: scriptOf(texts.join("\n")), asserts: texts, before: beginningIn(row) };
  const cases = casesIn(list);
  return cases.length === list.length && cases.length > 0
    ? fromCases(cases, row)
    : "a list of assert statements or of { input, output } is expected";
}

interface TypedCase extends CodeCase {
  readonly testtype?: unknown;
}

function fromCases(cases: readonly TypedCase[], row: Row): CodeTests {
  const entryPoint = functionIn(row);
  const bare = cases.map(({ input, output }) => ({ input, output }));
  const isFunction = cases.every(({ testtype }) => testtype === "functional") && entryPoint !== undefined;
  return isFunction ? { style: "function", entryPoint, cases: bare } : { style: "stdio", cases: bare };
}

/** APPS: with a function's name each input is a list of arguments, and each output mostly a list around the result. */
function fromColumnsOfCases({ inputs, outputs }: Row, row: Row): CodeTests | string {
  if (!Array.isArray(inputs) || !Array.isArray(outputs) || inputs.length !== outputs.length || inputs.length === 0) {
    return "inputs, outputs: two lists of the same length are expected";
  }
  const name = textIn(row, "fn_name", "entry_point", "entryPoint");
  const lines = (value: unknown) => (Array.isArray(value) ? value.map(String).join("\n") : String(value));
  if (name === undefined) {
    return { style: "stdio", cases: inputs.map((input, n) => ({ input: lines(input), output: lines(outputs[n]) })) };
  }
  const areWrapped = outputs.every((output) => Array.isArray(output) && output.length === 1);
  const cases = inputs.map((input, n) => ({
    input: (Array.isArray(input) ? input : [input]).map((each) => JSON.stringify(each)).join("\n"),
    output: JSON.stringify(areWrapped ? outputs[n][0] : outputs[n]),
  }));
  return { style: "function", entryPoint: name, cases, before: beginningIn(row) };
}

/** The method that LiveCodeBench's metadata or its starter code names. */
function functionIn(row: Row): string | undefined {
  const metadata = unpacked(row.metadata);
  const named = isRow(metadata) ? textIn(metadata, "func_name") : undefined;
  const started = /\bdef\s+(\w+)\s*\(\s*self/.exec(textIn(row, "starter_code") ?? "")?.[1];
  return named ?? textIn(row, "fn_name", "entry_point", "entryPoint") ?? started;
}

/** What a program goes on from: imports, or the beginning of a function. Prose is none. */
function beginningIn(row: Row): string | undefined {
  const imports = textsOf(row.test_imports)?.join("\n");
  const texts = [textIn(row, "before"), imports, textIn(row, "test_setup_code"), textIn(row, "prompt")];
  return texts.find((text) => text !== undefined && /^(?:from|import|def|class|const|let|function)\s/m.test(text));
}

/** The language that tests are written in: Python, unless they hold what only JavaScript has. */
function scriptOf(code: string): CodeLanguage {
  if (/^\s*(?:def\s+\w|assert\s+[^\s(])/m.test(code)) return "python";
  const isJavaScript = /===|\bassert\.\w+\(|\bconsole\.assert\b|\b(?:const|let|var)\s+\w+\s*=|=>|;\s*$/m;
  return isJavaScript.test(code) ? "javascript" : "python";
}

function casesIn(value: unknown): TypedCase[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each): TypedCase[] => {
    if (!isRow(each)) return [];
    const [input, output] = [each.input, each.output ?? each.expected_output];
    const isCase = typeof input === "string" && typeof output === "string";
    return isCase ? [{ input, output, testtype: each.testtype ?? each.type }] : [];
  });
}

function textsOf(value: unknown): string[] | undefined {
  const isTexts = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string");
  return isTexts ? value : undefined;
}

function textIn(row: Row, ...names: readonly string[]): string | undefined {
  return names.map((name) => row[name]).find((value) => typeof value === "string" && value.trim() !== "") as
    | string
    | undefined;
}

/** JSON in a text is what it holds, LiveCodeBench's packed tests are theirs; any other text is itself. */
function unpacked(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (!/^\s*[[{]/.test(value)) return readPackedTests(value) ?? value;
  try {
    return JSON.parse(value);
  } catch {
    return value; // Code may begin with a bracket, too.
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
