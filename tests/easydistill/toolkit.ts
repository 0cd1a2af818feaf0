/**
 * Jobs and data in the toolkit's forms, with the mistakes that it makes, all written here. `longToShort` does what its
 * first generation did with a file of chains: columns read apart and put side by side, batches under their last prompt.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../graph/folder.ts";

export const PROMPT = "Put this chain plainly enough for a pupil, and answer with the chain alone.";

export interface ChainRow {
  readonly instruction?: string;
  readonly output?: string;
  readonly [column: string]: unknown;
}

/** Sums with chains that reach them. */
export function chains(count: number): ChainRow[] {
  return Array.from({ length: count }, (_, at) => ({
    instruction: `What is ${at + 1} + ${at + 1}?`,
    output: `Adding ${at + 1} to itself.\n\nHmm, once more. So the answer is \\boxed{${2 * (at + 1)}}.`,
  }));
}

export function sentFor(problem: string, chain: string, verb: "Simplif" | "Extend" = "Simplif"): string {
  const [does, done] = verb === "Simplif" ? ["Simplify", "Simplified"] : ["Extend", "Extended"];
  return `${PROMPT} ${does} the reasoning process for the problem below.\n\nProblem:\n${problem}\n\nAnswer:\n${chain}\n\n${done} Reasoning Process:`;
}

/** What the job wrote; `batch: 1` is the form over the network, each row under its own prompt. */
export function longToShort(rows: readonly ChainRow[], batch: number): { instruction: string; output: string }[] {
  const problems = rows.flatMap(({ instruction }) => instruction ?? []);
  const outputs = rows.flatMap(({ output }) => output ?? []);
  const pairs = problems.slice(0, outputs.length).map((problem, at) => [problem, outputs[at]!] as const);
  return pairs.map(([, chain], at) => {
    const last = pairs[Math.min(pairs.length, (Math.floor(at / batch) + 1) * batch) - 1]!;
    return { instruction: sentFor(...last), output: `In short: ${chain.slice(-12)}` };
  });
}

export const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** A folder with these files; what is no text is written as JSON. */
export function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = makeFolder({});
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content, undefined, 1));
  }
  return folder;
}

/** A job of the first generation. */
export const older = (type: string, more: Record<string, unknown> = {}, inference: Record<string, unknown> = {}) => ({
  job_type: type,
  dataset: { input_path: "./in.json", output_path: "./out.jsonl" },
  inference: { base_url: "ENDPOINT", api_key: "TOKEN", prompt: PROMPT, max_new_tokens: 8192, ...inference },
  ...more,
});
