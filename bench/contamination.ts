/**
 * `--decontaminate` on planted rows: 50 benchmark problems as they stand and 50 lightly reworded among 10,000 rows, of
 * which the others are real problems that are in no benchmark (with their numbers changed for each repetition), and how
 * long it takes. Run: node bench/contamination.ts   (reads ../shared/data)
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { seedFrom } from "../src/core/hash.ts";
import { BenchmarkIndex } from "../src/data/selection/contamination.ts";

interface Row {
  readonly id: string;
  readonly problem: string;
  readonly problem_id: string;
  readonly benchmark_overlap?: string | null;
}

const read = (file: string): Row[] => {
  const bytes = readFileSync(`../shared/data/${file}`);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
};

const BENCHMARKS = [
  "bench_math500.jsonl",
  "bench_aime2024.jsonl",
  "bench_gsm8k_test.jsonl",
  "bench_mmlu_pro_sample.jsonl",
];
const OTHERS = ["traces_math_long.jsonl.gz", "traces_concise.jsonl.gz", "traces_science_long.jsonl.gz"];

/** What a careless rewriter does: other names, other small words, a word left out here and there; no number changes. */
const REWORDED: readonly (readonly [RegExp, string])[] = [
  [/\b(?:John|James|Tom|Jack|Carlos|Marcus|Mark)\b/g, "Peter"],
  [/\b(?:Mary|Janet|Jill|Anna|Emily|Sarah|Jane)\b/g, "Laura"],
  [/\b(?:Find|Compute|Calculate|Determine)\b/g, "Work out"],
  [/\bhow many\b/gi, "what number of"],
  [/\bhas\b/g, "owns"],
  [/\beach\b/g, "every"],
  [/\bvalue\b/g, "amount"],
  [/\bbuys\b/g, "purchases"],
  [/\btotal\b/g, "overall"],
  [/\b(?:If|Suppose)\b/g, "Given that"],
];

function reword(problem: string, salt: string): string {
  const changed = REWORDED.reduce((text, [from, to]) => text.replace(from, to), problem);
  const words = changed.split(" ");
  return words.filter((word, at) => /\d|\\|\$/.test(word) || seedFrom(salt, at) % 14 !== 0).join(" ");
}

const index = new BenchmarkIndex();
const benchmark = BENCHMARKS.flatMap((file) => read(file).map((row) => ({ file, ...row })));
const known = new Set(benchmark.map((row) => row.problem_id));
for (const { file, id, problem } of benchmark) index.add(file, id, problem);

const clean = [...new Map(OTHERS.flatMap(read).map((row) => [row.problem_id, row])).values()].filter(
  (row) => !known.has(row.problem_id) && (row.benchmark_overlap ?? null) === null,
);
const drawn = benchmark.toSorted((a, b) => seedFrom("draw", a.id) - seedFrom("draw", b.id));
const rows: { problem: string; planted?: "verbatim" | "reworded" }[] = Array.from({ length: 9_900 }, (_, n) => {
  const { problem } = clean[n % clean.length]!;
  const round = Math.floor(n / clean.length);
  return { problem: round === 0 ? problem : problem.replace(/\d+/g, (digits) => String(Number(digits) + round)) };
});
for (const { problem } of drawn.slice(0, 50)) rows.push({ problem, planted: "verbatim" });
for (const { problem, id } of drawn.slice(50, 100)) rows.push({ problem: reword(problem, id), planted: "reworded" });

const began = performance.now();
const found = rows.map(({ problem }) => index.find(problem));
const seconds = (performance.now() - began) / 1000;
const count = (planted: string | undefined) =>
  rows.filter((row, n) => row.planted === planted && found[n] !== undefined).length;
const result = {
  benchmarkProblems: index.size,
  rows: rows.length,
  verbatimFound: count("verbatim"),
  rewordedFound: count("reworded"),
  falseAlarms: count(undefined),
  falseAlarmShare: count(undefined) / 9_900,
  cleanProblems: clean.length,
  seconds: Number(seconds.toFixed(2)),
};
console.log(JSON.stringify(result));
console.log(
  `${result.verbatimFound} of 50 verbatim, ${result.rewordedFound} of 50 reworded, ${result.falseAlarms} false alarms in 9,900 rows ` +
    `(${(100 * result.falseAlarmShare).toFixed(2)} %), ${result.seconds} s for ${rows.length} rows`,
);
