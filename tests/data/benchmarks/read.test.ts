import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readPackedTests } from "../../../src/core/packed-tests.ts";
import { BENCHMARK_NAMES, type BenchmarkName } from "../../../src/data/benchmarks/names.ts";
import { problemOf, readBenchmark } from "../../../src/data/benchmarks/read.ts";
import { errorOf, useFolder } from "../rig.ts";

const folder = useFolder();

async function readAs(benchmark: BenchmarkName, rows: readonly object[] | string, samples = 1) {
  const text = typeof rows === "string" ? rows : rows.map((row) => JSON.stringify(row)).join("\n");
  const path = await folder.write(typeof rows === "string" ? "rows.csv" : "rows.jsonl", text);
  const read = [];
  for await (const sample of readBenchmark({ path }, { benchmark, samples })) read.push(sample);
  return read;
}

test("each problem is asked as often as it is to be, under ids of its own", async () => {
  const samples = await readAs("aime2024", [{ ID: "2024-I-1", Problem: "p", Answer: 204 }], 3);
  expect(samples.map(({ id }) => id)).toEqual(["2024-I-1#1", "2024-I-1#2", "2024-I-1#3"]);
  expect(samples[0]!.state).toMatchObject({ problem: "p", answer: "204", benchmark: "aime2024" });
  expect(problemOf("a#b#2")).toBe("a#b");
});

describe("reads", () => {
  test("GSM8K's worked solutions for their answer", async () => {
    const [sample] = await readAs("gsm8k", [{ question: "p", answer: "3*20 = <<3*20=60>>60.\n#### 1,060" }]);
    expect(sample!.state.answer).toBe("1,060");
  });

  test("MMLU-Pro's options into the problem, and problems that have them already", async () => {
    const samples = await readAs("mmlu-pro", [
      { question_id: 7, question: "Which?", options: ["one", "two"], answer: "B", category: "law" },
      { id: "x", problem: "Which?\nA) one\nB) two", answer: "A" },
    ]);
    expect(samples[0]!.state).toMatchObject({ problem: "Which?\n\nA) one\nB) two", answer: "B", group: "law" });
    expect(samples[1]!.state.answer).toBe("A");
  });

  test("GPQA's own table, its options in an order that does not give the answer away", async () => {
    const header = "Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3";
    const rows = Array.from({ length: 40 }, (_, n) => `Question ${n}?,right ${n},wrong a,wrong b,wrong c`);
    const samples = await readAs("gpqa-diamond", [header, ...rows].join("\n"));
    for (const [n, { state }] of samples.entries()) expect(state.problem).toContain(`${state.answer}) right ${n}`);
    expect(new Set(samples.map(({ state }) => state.answer)).size).toBe(4);
  });

  test("LiveCodeBench's public and packed private tests, as functions or as standard input and output", async () => {
    const cases = (testtype: string) => JSON.stringify([{ input: "1\n", output: "2\n", testtype }]);
    const [stdio, func] = await readAs("livecodebench-v2", [
      { question_content: "p", public_test_cases: cases("stdin"), private_test_cases: packed(cases("stdin")) },
      {
        ...{ question_content: "q", public_test_cases: "[]", private_test_cases: packed(cases("functional")) },
        ...{ metadata: '{"func_name": "add"}', starter_code: "class Solution:\n    def add(self, a):" },
      },
    ]);
    expect(stdio!.state.tests).toMatchObject({ style: "stdio", cases: [{ output: "2\n" }, { output: "2\n" }] });
    expect(func!.state.tests).toMatchObject({ style: "function", entryPoint: "add", cases: [{ input: "1\n" }] });
  });
});

describe("packed tests", () => {
  test("are one pickled string and nothing else: a pickle that would call something is not run", () => {
    expect(readPackedTests(packed('[{"input": "1"}]'))).toEqual([{ input: "1" }]);
    const evil = Buffer.from("cos\nsystem\n(S'touch /tmp/owned'\ntR.");
    expect(readPackedTests(deflateSync(evil).toString("base64"))).toBeUndefined();
  });

  test.each(["", "!!", "aGVsbG8=", packed("not json")])("%j is none", (text) => {
    expect(readPackedTests(text)).toBeUndefined();
  });
});

/** A string as Python 3 pickles it (protocol 4), packed as LiveCodeBench does. */
function packed(text: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  const pickle = Buffer.concat([Buffer.from([0x80, 4, 0x58]), length, Buffer.from(text), Buffer.from([0x94, 0x2e])]);
  return deflateSync(pickle).toString("base64");
}

describe("a row of something else is an error that names the row and the columns there", () => {
  test.each<[BenchmarkName, object, string]>([
    ["math500", { text: "p" }, "there is no problem"],
    ["mmlu-pro", { problem: "p", answer: "A" }, "there are no options"],
    ["livecodebench-v2", { question_content: "p", public_test_cases: "[]" }, "there is no test"],
    ["humaneval", { prompt: "def f():" }, "there is no test"],
  ])("%s", async (benchmark, row, words) => {
    const error = await errorOf(readAs(benchmark, [row]));
    expect(error).toMatchObject({ code: "not-this-benchmark", exitCode: 2 });
    expect(error.message).toContain(`rows.jsonl: line 1: ${words}`);
  });
});

const SHARED = resolve("../shared/data");
const FILES: Readonly<Partial<Record<BenchmarkName, readonly [string, number]>>> = {
  aime2024: ["bench_aime2024.jsonl", 17],
  aime2025: ["bench_aime2025.jsonl", 22],
  math500: ["bench_math500.jsonl", 318],
  gsm8k: ["bench_gsm8k_test.jsonl", 788],
  "mmlu-pro": ["bench_mmlu_pro_sample.jsonl", 346],
  "livecodebench-v2": ["bench_leetcode_tests_sample.jsonl", 59],
  humaneval: ["bench_humaneval.jsonl", 96],
  mbpp: ["bench_mbpp_sanitized.jsonl", 150],
};
if (!existsSync(SHARED)) console.warn(`\n*** SKIPPED: real benchmark files, since ${SHARED} is not there ***\n`);

test
  .skipIf(!existsSync(SHARED))
  .each(BENCHMARK_NAMES.flatMap((name) => (FILES[name] ? [[name, ...FILES[name]] as const] : [])))(
  "every row of %s is read from a real file",
  async (benchmark, file, count) => {
    let read = 0;
    for await (const { state } of readBenchmark({ path: join(SHARED, file) }, { benchmark, samples: 1 })) {
      read++;
      expect(state.answer !== undefined || state.tests !== undefined).toBe(true);
    }
    expect(read).toBe(count);
  },
);
