/**
 * Does the answer check agree with the graders of the real traces, and where not, who is right? And how fast is it?
 *
 *   node bench/answers.ts
 *
 * Over ../shared/data/traces_math_long (the verdict `correct` is the source's own grader's, or a plain comparison where it
 * has none): the reply as a user gets it, and the chain alone, which its own grader never saw. Each disagreement with its
 * id, both answers, and the rule that decided. Over grading_vectors: agreement, and time a pair. For people the list goes to
 * standard error; who is right is written in docs/performance.md, by reading.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { createGrader } from "../src/nodes/answers/index.ts";

const DATA = new URL("../../shared/data/", import.meta.url).pathname;
if (!existsSync(`${DATA}traces_math_long.jsonl.gz`)) {
  console.error(`SKIPPED: the real traces are not here (${DATA}); nothing was measured`);
  process.exit(1);
}

interface Trace {
  readonly id: string;
  readonly problem: string;
  readonly answer: string | null;
  readonly correct: boolean | null;
  readonly reasoning: string;
  readonly response: string;
}
interface Vector {
  readonly gold: string | readonly string[];
  readonly pred: string;
  readonly expected: boolean;
  readonly kind: string;
  readonly options?: { readonly needs_think_delimiter?: boolean };
}

const grader = createGrader();
const traces = rows<Trace>("traces_math_long.jsonl.gz").filter(({ correct, answer }) => correct !== null && answer);
const figures = {
  bench: "answers",
  replies: await compareWith("response"),
  chains: await compareWith("reasoning"),
  vectors: await compareVectors(),
};
await grader.close();
console.log(JSON.stringify(figures));

async function compareWith(field: "response" | "reasoning") {
  let agree = 0;
  const other: object[] = [];
  for (const { id, problem, answer, correct, [field]: text } of traces) {
    const { verdict, rule, found } = await grader.check(text, answer!, { problem });
    if ((verdict === "equal") === correct) agree += 1;
    else {
      const line = {
        id,
        theirs: correct ? "right" : "wrong",
        ours: verdict,
        rule,
        found: short(found?.text),
        reference: short(answer!),
      };
      other.push(line);
      console.error(`  ${field} ${JSON.stringify(line)}`);
    }
  }
  const share = agree / traces.length;
  console.error(`${field}: ${agree} of ${traces.length} agree (${(100 * share).toFixed(1)} %)`);
  return { agree, of: traces.length, share: Number(share.toFixed(4)), other };
}

async function compareVectors() {
  const vectors = rows<Vector>("grading_vectors.jsonl").filter(({ kind }) => kind !== "eval_log_verdict");
  let [agree, wronglyEqual] = [0, 0];
  const times: number[] = [];
  for (const { gold, pred, expected, kind, options } of vectors) {
    const began = performance.now();
    const { verdict } =
      kind === "answer_pair"
        ? await grader.compare(gold, pred)
        : await grader.check(pred, gold, options?.needs_think_delimiter ? { forms: ["boxed"] } : {});
    times.push(performance.now() - began);
    if ((verdict === "equal") === expected) agree += 1;
    else if (verdict === "equal") wronglyEqual += 1;
  }
  times.sort((a, b) => a - b);
  const ms = {
    p50: round(times[times.length >> 1]!),
    p95: round(times[Math.floor(0.95 * times.length)]!),
    most: round(times.at(-1)!),
  };
  console.error(
    `vectors: ${agree} of ${vectors.length} agree, ${wronglyEqual} wrongly equal; ${JSON.stringify(ms)} ms`,
  );
  return { agree, of: vectors.length, wronglyEqual, ms };
}

function rows<T>(file: string): T[] {
  const bytes = readFileSync(`${DATA}${file}`);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

/** An answer is short; what is not is told by its beginning. */
function short(text: string | undefined): string | null {
  const line = text?.replace(/\s+/g, " ").trim();
  return line === undefined ? null : line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

function round(ms: number): number {
  return Math.round(100 * ms) / 100;
}
