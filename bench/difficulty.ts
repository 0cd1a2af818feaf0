/**
 * Does the baseline know which problems are hard? Its scores against how often small models (7B to 9B) really solve the
 * problem, benchmark by benchmark: Spearman's rank correlation, with a 95 % interval by Fisher's transformation.
 *
 *   node bench/difficulty.ts          (reads ../shared/data; says so where it is missing)
 *
 *   problem   the demand (cd) of the problem's own text
 *   chain     the demand of a chain that solves it; the mean where there are several
 *   tokens    the length of that chain, the plainest measure of all
 *
 * Positive means that the small models fail more where the measure is higher. 0.5 is what large models judging for small
 * ones rarely reach (arXiv 2512.18880).
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { estimateTokens } from "../src/core/tokens.ts";
import { readTrace } from "../src/models/baseline/read.ts";
import { scoreTrace } from "../src/models/baseline/score.ts";

const FOLDER = new URL("../../shared/data/", import.meta.url);
const SMALL = /(?<!\d)(?:7|8|7-8|9)B/i;

interface Outcome {
  readonly problem_id: string;
  readonly benchmark: string;
  readonly model: string;
  readonly correct?: boolean | null;
  readonly accuracy?: number | null;
  readonly problem?: string;
}
interface Chain {
  readonly problem_id: string;
  readonly problem: string;
  readonly reasoning: string;
  readonly response: string;
  readonly correct: boolean | null;
}

function rowsOf<T>(file: string): T[] {
  const bytes = readFileSync(new URL(file, FOLDER));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

if (!existsSync(new URL("small_model_outcomes.jsonl.gz", FOLDER))) {
  console.error("SKIPPED: ../shared/data/small_model_outcomes.jsonl.gz is missing; nothing was measured");
  process.exit(1);
}

const texts = new Map<string, string>();
for (const file of [
  "bench_math500",
  "bench_aime2024",
  "bench_gsm8k_test",
  "bench_mmlu_pro_sample",
  "bench_humaneval",
  "bench_mbpp_sanitized",
])
  for (const row of rowsOf<{ problem_id: string; problem: string }>(`${file}.jsonl`))
    texts.set(row.problem_id, row.problem);
const chains = new Map<string, Chain[]>();
for (const file of ["traces_concise", "traces_math_long", "traces_science_long"])
  for (const row of rowsOf<Chain>(`${file}.jsonl.gz`))
    if (row.correct === true) chains.set(row.problem_id, [...(chains.get(row.problem_id) ?? []), row]);

const solved = new Map<string, { benchmark: string; shares: number[] }>();
for (const { problem_id, benchmark, model, correct, accuracy, problem } of rowsOf<Outcome>(
  "small_model_outcomes.jsonl.gz",
)) {
  if (problem !== undefined) texts.set(problem_id, problem);
  const share = accuracy ?? (typeof correct === "boolean" ? Number(correct) : undefined);
  if (share === undefined || !SMALL.test(model)) continue;
  const key = `${benchmark}\t${problem_id}`;
  solved.set(key, { benchmark, shares: [...(solved.get(key)?.shares ?? []), share] });
}

type Measure = "problem" | "chain" | "tokens";
const points = new Map<string, Record<Measure, [x: number, failed: number][]>>();
for (const [key, { benchmark, shares }] of solved) {
  const id = key.split("\t")[1]!;
  const failed = 1 - mean(shares);
  const at = points.get(benchmark) ?? { problem: [], chain: [], tokens: [] };
  points.set(benchmark, at);
  const problem = texts.get(id);
  if (problem !== undefined) at.problem.push([demandOf(problem, problem), failed]);
  const texts2 = (chains.get(id) ?? [])
    .map(({ response, reasoning }) => response || reasoning)
    .filter((text) => text !== "");
  if (problem === undefined || texts2.length === 0) continue;
  at.chain.push([mean(texts2.map((text) => demandOf(problem, text))), failed]);
  at.tokens.push([mean(texts2.map(estimateTokens)), failed]);
}

const figures = [];
for (const [benchmark, measures] of points) {
  for (const measure of ["problem", "chain", "tokens"] as const) {
    const pairs = measures[measure];
    if (pairs.length < 12) continue;
    const rho = spearman(pairs);
    // A measure that says the same of every problem orders nothing.
    if (Number.isNaN(rho)) continue;
    const [low, high] = fisher(rho, pairs.length);
    figures.push({ benchmark, measure, problems: pairs.length, rho: round(rho), low: round(low), high: round(high) });
    console.error(
      `${benchmark.padEnd(15)} ${measure.padEnd(8)} ${String(pairs.length).padStart(4)} problems  Spearman ${rho.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
    );
  }
}
console.log(JSON.stringify({ bench: "difficulty", figures }));

/** `scoreTrace`'s cd before it is rounded would order more finely; this is what a graph gets to see. */
function demandOf(problem: string, text: string): number {
  return scoreTrace(readTrace(problem, text)).cd;
}

function spearman(pairs: readonly (readonly [number, number])[]): number {
  const [x, y] = [ranks(pairs.map(([a]) => a)), ranks(pairs.map(([, b]) => b))];
  const [mx, my] = [mean(x), mean(y)];
  const dot = (a: number[], ma: number, b: number[], mb: number) =>
    a.reduce((sum, v, i) => sum + (v - ma) * (b[i]! - mb), 0);
  const length = Math.sqrt(dot(x, mx, x, mx) * dot(y, my, y, my));
  return length === 0 ? Number.NaN : dot(x, mx, y, my) / length;
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  const ranked: number[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (order[to]?.value === order[from]!.value) to += 1;
    for (let at = from; at < to; at++) ranked[order[at]!.at] = (from + to - 1) / 2;
    from = to;
  }
  return ranked;
}

/** The error of a rank correlation by Bonett and Wright (Psychometrika 65, 2000). */
function fisher(rho: number, n: number): [number, number] {
  const spread = 1.96 * Math.sqrt((1 + rho ** 2 / 2) / (n - 3));
  return [Math.tanh(Math.atanh(rho) - spread), Math.tanh(Math.atanh(rho) + spread)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
