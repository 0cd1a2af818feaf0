/**
 * The benchmarks that small reasoning models are measured on: how each is asked, how often, and which columns of its own
 * files hold what. The user brings the files; nothing of them is in this repository.
 *
 * Instructions are our own words of what the field asks for: a boxed answer for mathematics, a letter for choices, a
 * fenced program for code. Samples and temperatures: one AIME run of one sample has a standard error of nine points, so
 * OpenThoughts takes five at 0.7; LiveCodeBench's reference is ten at 0.2; the large ones are asked once, greedily.
 */
import type { CodeTests } from "../../core/code-tests.ts";
import { seedFrom } from "../../core/hash.ts";
import { readCodeTests } from "../../core/read-code-tests.ts";
import type { BenchmarkName } from "./names.ts";

export interface BenchmarkProblem {
  /** Undefined where the file has none: its place in the file names it. */
  readonly id?: string;
  readonly problem: string;
  readonly answer?: string;
  readonly tests?: CodeTests;
  /** What results are grouped by: a subject or level. */
  readonly group?: string;
}

export interface Benchmark {
  readonly title: string;
  readonly instruction: string;
  readonly samples: number;
  readonly temperature: number;
  /** Most tokens of a reply, thinking included. */
  readonly maxTokens: number;
  /** One row of the benchmark's own file; a text says what is wrong with it. */
  read(row: Row): BenchmarkProblem | string;
}

type Row = Readonly<Record<string, unknown>>;

const BOXED = "Reason step by step, and put your final answer within \\boxed{}.";
const LETTER = "Reason step by step, then end with the letter of the right option within \\boxed{}.";
const PROGRAM = "Think it through, then give the whole program in one fenced Python code block.";

export const BENCHMARKS: Readonly<Record<BenchmarkName, Benchmark>> = {
  aime2024: { title: "AIME 2024", instruction: BOXED, samples: 5, temperature: 0.7, maxTokens: 32_768, read: readMath },
  aime2025: { title: "AIME 2025", instruction: BOXED, samples: 5, temperature: 0.7, maxTokens: 32_768, read: readMath },
  math500: { title: "MATH-500", instruction: BOXED, samples: 1, temperature: 0, maxTokens: 32_768, read: readMath },
  gsm8k: { title: "GSM8K", instruction: BOXED, samples: 1, temperature: 0, maxTokens: 8_192, read: readMath },
  "gpqa-diamond": {
    ...{ title: "GPQA-Diamond", instruction: LETTER, samples: 4, temperature: 0.7, maxTokens: 32_768 },
    read: readGpqa,
  },
  "mmlu-pro": {
    ...{ title: "MMLU-Pro", instruction: LETTER, samples: 1, temperature: 0, maxTokens: 16_384 },
    read: readChoices,
  },
  "livecodebench-v2": {
    ...{ title: "LiveCodeBench V2", instruction: PROGRAM, samples: 10, temperature: 0.2, maxTokens: 32_768 },
    read: readLiveCodeBench,
  },
  humaneval: {
    ...{ title: "HumanEval", instruction: PROGRAM, samples: 1, temperature: 0, maxTokens: 8_192 },
    read: readHumanEval,
  },
  mbpp: { title: "MBPP", instruction: PROGRAM, samples: 1, temperature: 0, maxTokens: 8_192, read: readMbpp },
};

/** The first of these columns that holds a text (or a number). Data sets differ in case only. */
function textIn(row: Row, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const key = Object.keys(row).find((column) => column.toLowerCase() === name);
    const value = key === undefined ? undefined : row[key];
    if (typeof value === "string" && value.trim() !== "") return value;
    if (typeof value === "number") return String(value);
  }
  return undefined;
}

function missing(what: string, row: Row, ...names: readonly string[]): string {
  return `there is no ${what} (looked for ${names.join(", ")}); columns there: ${Object.keys(row).slice(0, 12).join(", ")}`;
}

function idOf(row: Row): string | undefined {
  return textIn(row, "id", "unique_id", "question_id", "task_id", "record id");
}

function metaOf(row: Row): Row {
  return typeof row.meta === "object" && row.meta !== null ? (row.meta as Row) : {};
}

function readMath(row: Row): BenchmarkProblem | string {
  const problem = textIn(row, "problem", "question", "prompt");
  if (problem === undefined) return missing("problem", row, "problem", "question", "prompt");
  const written = textIn(row, "answer", "solution");
  if (written === undefined) return missing("answer", row, "answer", "solution");
  // GSM8K's own files end a worked solution with "#### 42".
  const answer = /####\s*(\S[^\n]*)\s*$/.exec(written)?.[1] ?? written;
  const group = textIn({ ...metaOf(row), ...row }, "subject", "level", "category");
  return { id: idOf(row), problem, answer, group };
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** MMLU-Pro's own form (question, options, answer) or a problem that has its options in it already. */
function readChoices(row: Row): BenchmarkProblem | string {
  const answer = textIn(row, "answer");
  if (answer === undefined) return missing("answer", row, "answer");
  const group = textIn({ ...metaOf(row), ...row }, "category", "subject");
  const options = row.options;
  if (Array.isArray(options)) {
    const question = textIn(row, "question", "problem");
    if (question === undefined) return missing("question", row, "question", "problem");
    return { id: idOf(row), problem: withOptions(question, options.map(String)), answer, group };
  }
  const problem = textIn(row, "problem", "question");
  if (problem === undefined) return missing("problem", row, "problem", "question");
  if (!/^\s*\(?B[).:]/m.test(problem))
    return "there are no options: a list `options`, or lines A), B), ... in the problem";
  return { id: idOf(row), problem, answer, group };
}

/** GPQA's own CSV names the right answer; the options are put in an order drawn from the question. */
function readGpqa(row: Row): BenchmarkProblem | string {
  const right = textIn(row, "correct answer");
  if (right === undefined) return readChoices(row);
  const question = textIn(row, "question");
  if (question === undefined) return missing("question", row, "question");
  const wrong = [1, 2, 3].map((n) => textIn(row, `incorrect answer ${n}`));
  if (wrong.some((each) => each === undefined)) return missing("wrong option", row, "incorrect answer 1, 2, 3");
  const options = [right, ...(wrong as string[])]
    .map((option) => option.trim())
    .toSorted((a, b) => seedFrom("option", question, a) - seedFrom("option", question, b));
  const answer = LETTERS[options.indexOf(right.trim())]!;
  const group = textIn(row, "high-level domain", "subdomain");
  return { id: idOf(row), problem: withOptions(question.trim(), options), answer, group };
}

function withOptions(question: string, options: readonly string[]): string {
  return `${question}\n\n${options.map((option, n) => `${LETTERS[n]}) ${option}`).join("\n")}`;
}

function readHumanEval(row: Row): BenchmarkProblem | string {
  const meta = { ...row, ...metaOf(row) };
  const problem = textIn(row, "prompt", "problem");
  const entryPoint = textIn(meta, "entry_point");
  const test = textIn(meta, "test", "tests");
  if (problem === undefined) return missing("prompt", row, "prompt", "problem");
  if (entryPoint === undefined || test === undefined) return missing("test", meta, "entry_point", "test");
  const asked = `Complete this Python function:\n\n\`\`\`python\n${problem.trimEnd()}\n\`\`\``;
  return {
    id: idOf(row),
    problem: asked,
    tests: { language: "python", style: "check", entryPoint, test, before: problem },
  };
}

function readMbpp(row: Row): BenchmarkProblem | string {
  const meta = { ...row, ...metaOf(row) };
  const problem = textIn(row, "prompt", "text", "problem");
  const written = [meta.test_list, meta.asserts, meta.test].find(
    (each) => Array.isArray(each) || typeof each === "string",
  );
  const asserts = Array.isArray(written)
    ? written.map(String)
    : written?.split("\n").filter((line) => line.trim() !== "");
  if (problem === undefined) return missing("prompt", row, "prompt", "text", "problem");
  if (asserts === undefined || asserts.length === 0) return missing("test", meta, "test_list");
  const imports = [meta.test_imports].find(Array.isArray)?.map(String).join("\n");
  const asked = `${problem.trim()}\n\nIt must pass:\n\n\`\`\`python\n${asserts.join("\n")}\n\`\`\``;
  return { id: idOf(row), problem: asked, tests: { language: "python", style: "assert", asserts, before: imports } };
}

function readLiveCodeBench(row: Row): BenchmarkProblem | string {
  const problem = textIn(row, "question_content", "problem");
  if (problem === undefined) return missing("problem", row, "question_content", "problem");
  const meta: Row = { ...metaOf(row), ...row };
  // LeetCode problems in HumanEval's form (`check(candidate)`) stand in for hidden tests.
  if (textIn(meta, "test") !== undefined && textIn(meta, "entry_point") !== undefined)
    return readLeetCode(row, problem, meta);
  const columns = ["public_test_cases", "private_test_cases", "public_samples_parsed"];
  const given = Object.fromEntries(columns.map((name) => [name, meta[name]]));
  const read = readCodeTests({ ...given, metadata: row.metadata, starter_code: meta.starter_code });
  if (typeof read === "string") return missing("test", row, "public_test_cases", "private_test_cases");
  const tests: CodeTests = { ...read, language: "python" };
  const starter = textIn(meta, "starter_code");
  const asked = starter === undefined ? problem : `${problem}\n\nBegin with:\n\n\`\`\`python\n${starter}\n\`\`\``;
  return { id: idOf(row), problem: asked, tests, group: textIn(meta, "difficulty") };
}

function readLeetCode(row: Row, problem: string, meta: Row): BenchmarkProblem {
  const starter = textIn(meta, "lang_code", "starter_code");
  const asked = starter === undefined ? problem : `${problem}\n\nBegin with:\n\n\`\`\`python\n${starter}\n\`\`\``;
  const [entryPoint, test] = [textIn(meta, "entry_point")!, textIn(meta, "test")!];
  const tests = { language: "python", style: "check", entryPoint, test, before: textIn(meta, "prompt") } as const;
  return { id: idOf(row), problem: asked, tests, group: textIn(meta, "difficulty") };
}
