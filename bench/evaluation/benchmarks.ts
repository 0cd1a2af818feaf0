/** The shared benchmark files as `mezzo eval` reads them, with what a student that knows each problem would say. */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CodeTests } from "../../src/core/code-tests.ts";
import type { NewSample } from "../../src/core/sample.ts";
import { BENCHMARKS } from "../../src/data/benchmarks/benchmarks.ts";
import type { BenchmarkName } from "../../src/data/benchmarks/names.ts";
import { readBenchmark } from "../../src/data/benchmarks/read.ts";
import { compareByRules } from "../../src/nodes/answers/index.ts";
import { type Known, type Skill, sayAnswer, sayLetter, sayProgram } from "./student.ts";

export const DATA = new URL("../../../shared/data/", import.meta.url).pathname;

export interface Bench {
  readonly name: string;
  readonly benchmark: BenchmarkName;
  readonly file: string;
  /** How often each problem is asked. */
  readonly times: number;
  readonly skill: Skill;
}

const good: Skill = [
  { share: 0.2, chance: 0.05 },
  { share: 0.3, chance: 0.5 },
  { share: 0.5, chance: 0.95 },
];
const poor: Skill = [
  { share: 0.5, chance: 0.05 },
  { share: 0.4, chance: 0.5 },
  { share: 0.1, chance: 0.95 },
];

export const BENCHES: readonly Bench[] = [
  { name: "MATH-500", benchmark: "math500", file: "bench_math500.jsonl", times: 2, skill: good },
  { name: "AIME 2024", benchmark: "aime2024", file: "bench_aime2024.jsonl", times: 4, skill: poor },
  { name: "MMLU-Pro", benchmark: "mmlu-pro", file: "bench_mmlu_pro_sample.jsonl", times: 1, skill: good },
  { name: "HumanEval", benchmark: "humaneval", file: "bench_humaneval.jsonl", times: 1, skill: good },
  {
    name: "LiveCodeBench",
    benchmark: "livecodebench-v2",
    file: "bench_livecodebench_v2_sample.jsonl",
    times: 1,
    skill: poor,
  },
];

export interface Loaded {
  readonly samples: readonly NewSample[];
  readonly known: ReadonlyMap<string, Known>;
  /** Rows of the file that state no test: nothing can grade those, and `mezzo eval` would refuse the file. */
  readonly withoutTests: number;
}

export async function loadBench({ benchmark, file, times }: Bench, limit: number): Promise<Loaded> {
  const lines = readFileSync(`${DATA}${file}`, "utf8").trim().split("\n");
  const usable = lines.filter((line) => typeof BENCHMARKS[benchmark].read(JSON.parse(line)) !== "string");
  const folder = await mkdtemp(join(tmpdir(), "mezzo-bench-"));
  try {
    writeFileSync(join(folder, file), usable.slice(0, limit).join("\n"));
    const samples: NewSample[] = [];
    const source = { path: join(folder, file), stdin: process.stdin };
    for await (const sample of readBenchmark(source, { benchmark, samples: times })) samples.push(sample);
    return { samples, known: knownOf(benchmark, samples), withoutTests: lines.length - usable.length };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function knownOf(benchmark: BenchmarkName, samples: readonly NewSample[]): Map<string, Known> {
  const answers = samples.flatMap(({ state }) => (typeof state.answer === "string" ? [state.answer] : []));
  const known = new Map<string, Known>();
  for (const [n, { state, source }] of samples.entries()) {
    const problem = String(state.problem);
    if (state.tests !== undefined) {
      const reference = typeof source.answer === "string" ? source.answer : undefined;
      known.set(problem, sayProgram(state.tests as CodeTests, reference));
    } else if (benchmark === "mmlu-pro") known.set(problem, sayLetter(String(state.answer), n));
    else {
      const answer = String(state.answer);
      const other = answers
        .slice(n)
        .concat(answers)
        .find((each) => compareByRules(each, answer).verdict === "different");
      known.set(problem, sayAnswer(answer, other ?? "\\text{none}", n));
    }
  }
  return known;
}
