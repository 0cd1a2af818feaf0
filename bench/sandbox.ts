/**
 * Do tests tell right programs from wrong ones, and how many a second? Runs every reference program of three benchmarks
 * beside the project in the sandbox (all must pass), then each with one operator flipped (most must be caught).
 *
 *   node bench/sandbox.ts [humaneval mbpp leetcode javascript] [--list]
 *
 * `javascript` runs 60 small programs of our own, in Node and in QuickJS: how long a check takes there.
 * `--list` names the programs that were judged against what is expected. A flipped one that passes may still be right
 * for all that the tests ask.
 */

import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { BENCHMARKS } from "../src/data/benchmarks/benchmarks.ts";
import { createCodeRunner, type RunnerOptions } from "../src/nodes/code/index.ts";
import { flipped } from "./flipped.ts";

const DATA = new URL("../../shared/data/", import.meta.url).pathname;
const FILES = {
  humaneval: ["humaneval", "bench_humaneval.jsonl"],
  mbpp: ["mbpp", "bench_mbpp_sanitized.jsonl"],
  leetcode: ["livecodebench-v2", "bench_leetcode_tests_sample.jsonl"],
} as const;

if (!existsSync(DATA)) {
  console.error(`The benchmarks are not here (${DATA}): nothing was measured.`);
  process.exit(1);
}
const words = process.argv.slice(2).filter((word) => word !== "--list");
const list = process.argv.includes("--list");
const runner = createCodeRunner();
for (const [name, [benchmark, file]] of Object.entries(FILES)) {
  if (words.length > 0 && !words.includes(name)) continue;
  const rows = readFileSync(`${DATA}${file}`, "utf8").trim().split("\n");
  const problems = rows.map((line) => {
    const row = JSON.parse(line) as { id: string; answer: string };
    const problem = BENCHMARKS[benchmark].read(row);
    if (typeof problem === "string" || problem.tests === undefined) throw new Error(`${row.id}: ${problem}`);
    return { id: row.id, program: row.answer, tests: problem.tests };
  });
  const began = performance.now();
  const right = await judge(problems, "equal");
  const seconds = (performance.now() - began) / 1000;
  const changed = problems.flatMap((each) => {
    const program = flipped(each.program);
    return program === undefined ? [] : [{ ...each, program }];
  });
  const caught = await judge(changed, "different");
  const rate = (problems.length / seconds).toFixed(1);
  console.log(
    `${name}: ${right} of ${problems.length} references pass, ${rate} checks a second ` +
      `(${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}); ` +
      `${caught} of ${changed.length} with an operator flipped are caught`,
  );
}
await runner.close();
if (words.length === 0 || words.includes("javascript")) {
  for (const sandbox of [undefined, async () => ({ missing: "" })]) await timeJavaScript({ sandbox });
}

async function timeJavaScript(options: RunnerOptions): Promise<void> {
  const scripts = createCodeRunner(options);
  const began = performance.now();
  const ran = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      scripts.check(`const add = (x) => x + ${n};`, {
        ...({ language: "javascript", style: "assert" } as const),
        asserts: [`assert.equal(add(1), ${n + 1})`, `assert.deepEqual([1, 2].map(add), [${n + 1}, ${n + 2}])`],
      }),
    ),
  );
  const rate = (ran.length / ((performance.now() - began) / 1000)).toFixed(1);
  const right = ran.filter(({ verdict }) => verdict === "equal").length;
  console.log(`javascript, ${ran[0]!.tests?.sandbox}: ${right} of 60 pass, ${rate} checks a second`);
  await scripts.close();
}

async function judge(
  problems: readonly { id: string; program: string; tests: Parameters<typeof runner.check>[1] }[],
  wanted: string,
): Promise<number> {
  const verdicts = await Promise.all(problems.map(({ program, tests }) => runner.check(program, tests)));
  for (const [n, { verdict, reason }] of verdicts.entries()) {
    if (list && verdict !== wanted) console.log(`  ${problems[n]!.id}: ${verdict}: ${reason}`);
  }
  return verdicts.filter(({ verdict }) => verdict === wanted).length;
}
