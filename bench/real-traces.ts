/**
 * What does the baseline make of real chains? Runs graphs/distill.yaml over the real traces beside the project, exports,
 * and reads the result with readers that had no part in writing it.
 *
 *   node bench/real-traces.ts [math_long science_long code_long edge] [--keep DIR]
 *
 * For each file: outcomes; over the samples whose chain reaches the reference answer, how many were accepted, whether
 * every accepted one still reaches it (the answer rules, and as a second reader a plain one written here), tokens now
 * as a share of tokens before (o200k, median), and numbers or symbols that a kept sentence uses without their having
 * been introduced although the original had introduced them (introduced.ts).
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countTokens } from "../src/core/tokens.ts";
import { createGrader, findFinalAnswer, type Grader } from "../src/nodes/answers/index.ts";
import { findUnintroduced } from "./introduced.ts";

const DATA = new URL("../../shared/data/", import.meta.url).pathname;
const PROGRAM = new URL("../dist/launch.js", import.meta.url).pathname;
const ALL = ["math_long", "science_long", "code_long", "edge"];

interface Row {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string;
  readonly state: { readonly problem: string; readonly answer?: string; readonly trace: string };
  readonly source: { readonly reasoning: string; readonly answer: string | null; readonly kind: string };
}

const words = process.argv.slice(2);
const keepAt = words.indexOf("--keep");
const keep = keepAt < 0 ? undefined : words.splice(keepAt, 2)[1];
if (!existsSync(DATA)) {
  console.error(`The real traces are not here (${DATA}): nothing was measured.`);
  process.exit(1);
}
const grader = createGrader();
for (const name of words.length > 0 ? words : ALL) await measure(name, grader);
await grader.close();

async function measure(name: string, grader: Grader): Promise<void> {
  const folder = keep ?? mkdtempSync(join(tmpdir(), "mezzo-traces-"));
  const store = join(folder, `${name}.db`);
  const out = join(folder, `${name}.jsonl`);
  const began = performance.now();
  mezzo(
    "run",
    "graphs/distill.yaml",
    "--input",
    `${DATA}traces_${name}.jsonl.gz`,
    "--map",
    "trace=reasoning",
    "--run",
    name,
    "--store",
    store,
  );
  const seconds = (performance.now() - began) / 1000;
  const every = "accepted,exhausted,answer-lost,undecided,rejected,failed";
  mezzo("export", name, "--format", "jsonl", "--out", out, "--outcome", every, "--store", store);
  const rows = readFileSync(out, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

  const reaching = await filterAsync(rows, (row) => reaches(grader, row.source.reasoning, row));
  const accepted = reaching.filter((row) => row.outcome === "accepted");
  const lost = await filterAsync(accepted, async (row) => !(await reaches(grader, row.state.trace, row)));
  const unseen = accepted.filter((row) => !plainlyHolds(row.state.trace, row.source.answer ?? ""));
  const shares = accepted
    .map((row) => countTokens(row.state.trace) / countTokens(row.source.reasoning))
    .sort((a, b) => a - b);
  const loose = accepted
    .map((row) => ({
      id: row.id,
      names: findUnintroduced({ problem: row.state.problem, original: row.source.reasoning, kept: row.state.trace }),
    }))
    .filter(({ names }) => names.length > 0);
  const figures = {
    file: name,
    samples: rows.length,
    outcomes: tally(rows),
    seconds: Number(seconds.toFixed(1)),
    reaching: reaching.length,
    acceptedOfReaching: accepted.length,
    acceptedOthers: rows.filter((row) => row.outcome === "accepted").length - accepted.length,
    stillReach: accepted.length - lost.length,
    notPlainlyThere: unseen.map((row) => row.id),
    medianShareOfTokens: Number((shares[Math.floor(shares.length / 2)] ?? Number.NaN).toFixed(3)),
    unintroduced: loose,
  };
  console.log(JSON.stringify(figures));
  console.error(
    `${name}: ${rows.length} chains in ${seconds.toFixed(1)} s; ${reaching.length} reach the reference, ${accepted.length} of them accepted ` +
      `(${lost.length} lost the answer, ${unseen.length} where a plain reader does not see it); median ${(100 * figures.medianShareOfTokens).toFixed(0)} % ` +
      `of the tokens; ${loose.length} use something not introduced; accepted though the chain does not reach it: ${figures.acceptedOthers}`,
  );
  if (keep === undefined) rmSync(folder, { recursive: true });
}

function mezzo(...args: string[]): void {
  execFileSync(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "ignore", "ignore"] });
}

async function reaches(grader: Grader, trace: string, row: Row): Promise<boolean> {
  if (row.source.answer === null) return findFinalAnswer(trace) !== undefined;
  return (await grader.check(trace, row.source.answer, { problem: row.state.problem })).verdict === "equal";
}

/** The second reader: does the end of the trace hold the reference, letter for letter or as the same number? */
function plainlyHolds(trace: string, answer: string): boolean {
  const squeeze = (text: string) =>
    text.replace(/\\(left|right|,|!|;|text|mathrm|dfrac|tfrac|frac)|[\s${}\\]/g, "").toLowerCase();
  const end = trace.slice(-400);
  if (answer === "" || squeeze(end).includes(squeeze(answer))) return true;
  const wanted = Number(answer.replace(/,/g, ""));
  const numbers = end.replace(/(\d),(?=\d{3})/g, "$1").match(/-?\d+(?:\.\d+)?/g) ?? [];
  return Number.isFinite(wanted) && numbers.some((number) => Number(number) === wanted);
}

function tally(rows: readonly Row[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of rows) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

async function filterAsync<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const item of items) if (await holds(item)) kept.push(item);
  return kept;
}
