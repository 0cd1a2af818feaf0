/**
 * graphs/variable-length.yaml over real chains, as the command line runs it: with the baseline in every part, at several
 * bounds on depth; and with servers as judge and student, whose skill at each problem is known here.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../../src/core/statistics.ts";
import { countTokens } from "../../src/core/tokens.ts";
import type { Grader } from "../../src/nodes/answers/index.ts";
import { drawFrom, type MockRequest } from "../../tests/mock-replies.ts";
import { startMockServer } from "../../tests/mock-server.ts";
import { readRows } from "./rows.ts";

const DATA = new URL("../../../shared/data/", import.meta.url).pathname;
const PROGRAM = new URL("../../dist/launch.js", import.meta.url).pathname;
const LEVELS = ["always", "sometimes", "rarely"] as const;
type Level = (typeof LEVELS)[number];

export interface Fitted {
  readonly outcome: string;
  readonly state: {
    readonly problem: string;
    readonly answer?: string;
    readonly trace: string;
    readonly difficulty?: Level;
    readonly target?: number;
    readonly weight?: number;
    readonly chunks?: readonly string[];
  };
  readonly source: { readonly reasoning: string; readonly problem_id: string };
}

/** The bounds of the curve; `none` is more chunks than any chain has. */
export const BOUNDS = { "3": 3, "4": 4, "6": 6, "8": 8, none: 1_000_000 } as const;

export async function fitAll(file: string, set: readonly string[]): Promise<{ rows: Fitted[]; seconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), "mezzo-length-"));
  const store = ["--store", join(folder, "m.db")];
  const began = performance.now();
  try {
    const words = ["graphs/variable-length.yaml", "--input", `${DATA}${file}`, "--map", "trace=reasoning"];
    await mezzo(["run", ...words, "--run", "r", ...store, ...set.flatMap((each) => ["--set", each])]);
    const seconds = (performance.now() - began) / 1000;
    const every = "accepted,exhausted,answer-lost,undecided,rejected,failed";
    await mezzo(["export", "r", "--format", "jsonl", "--out", join(folder, "r.jsonl"), "--outcome", every, ...store]);
    const lines = readFileSync(join(folder, "r.jsonl"), "utf8").trimEnd().split("\n");
    return { rows: lines.map((line) => JSON.parse(line) as Fitted), seconds: Math.round(seconds) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mezzo(words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`mezzo ${words[0]} ended with ${code}: ${said}`)),
    );
  });
}

/** What came out, and whether what was accepted still reaches its answer and rejoins from its chunks. */
export async function figuresOf({ rows, seconds }: { rows: Fitted[]; seconds: number }, grader: Grader) {
  const accepted = rows.filter(({ outcome }) => outcome === "accepted");
  let lost = 0;
  for (const { state } of accepted) {
    if (state.answer === undefined || state.answer === null) continue;
    if ((await grader.check(state.trace, state.answer, { problem: state.problem })).verdict !== "equal") lost++;
  }
  const lengths = accepted.map(({ state }) => countTokens(state.trace));
  const shares = accepted.map(({ source }, at) => lengths[at]! / countTokens(source.reasoning));
  const byLevel = LEVELS.map((level) => {
    const mine = accepted.flatMap(({ state }, at) => (state.difficulty === level ? [lengths[at]!] : []));
    const within = accepted.filter(({ state }, at) => state.difficulty === level && lengths[at]! <= state.target!);
    return [
      level,
      { chains: mine.length, medianTokens: mine.length === 0 ? null : median(mine), within: within.length },
    ];
  });
  return {
    outcomes: tally(rows.map(({ outcome }) => outcome)),
    medianShareOfTokens: round(median(shares)),
    answersLost: lost,
    torn: accepted.filter(({ state }) => state.chunks?.join("") !== state.trace).length,
    byDifficulty: Object.fromEntries(byLevel),
    medianWeight: round(median(accepted.flatMap(({ state }) => state.weight ?? []))),
    seconds,
  };
}

/**
 * A judge that scores by length and its own whim, and now and then says what can't be read; and a student that knows each
 * problem with a chance of its own: 0.98, 0.5 or 0.02, drawn from the problem.
 */
export async function withServers(file: string) {
  const answers = new Map<string, string>();
  for (const row of rowsOf(file)) if (typeof row.answer === "string") answers.set(row.problem, row.answer);
  const asked = { judge: 0, unreadable: 0, student: 0 };
  const judge = await startMockServer({
    faults: { "503": 0.02 },
    reply: (request) => {
      asked.judge++;
      const whim = drawFrom(`${request.hash}:${request.nth}`);
      if (whim < 0.05) {
        asked.unreadable++;
        return UNREADABLE[Math.floor(whim * 20 * UNREADABLE.length)]!;
      }
      return JSON.stringify(scoresOf(request.text, whim));
    },
  });
  const student = await startMockServer({
    faults: { "503": 0.02 },
    reply: (request) => {
      asked.student++;
      const problem = [...answers.keys()].find((text) => request.text.includes(text));
      if (problem === undefined || seedDraw(request) >= knows(problem)) return "I don't see how to go on.";
      return `I worked it out.\n\nThe answer is \\boxed{${answers.get(problem)}}.`;
    },
  });
  const set = [
    `models.judge={ provider: openai, model: judge, baseUrl: "${judge.url}", temperature: 0.3 }`,
    `models.student={ provider: openai, model: student, baseUrl: "${student.url}", temperature: 0.7 }`,
    "nodes.difficulty.model=student",
  ];
  try {
    const fitted = await fitAll(file, set);
    return { fitted, asked };
  } finally {
    await Promise.all([judge.close(), student.close()]);
  }
}

const UNREADABLE = ["-1", '{"rv": 12, "fit": 5, "cd": 5, "reason": ""}', "I would say 7 of 9.", '{"rv": 3, "fit"'];

function scoresOf(text: string, whim: number) {
  const chain = /<chain>\s*([\s\S]*?)\s*<\/chain>/.exec(text)?.[1] ?? text;
  const amount = Math.log2(Math.max(1, chain.length / 100));
  const within = (value: number) => Math.max(0, Math.min(9, Math.round(value)));
  const shift = Math.round(2 * whim) - 1;
  return {
    rv: within(amount + shift),
    fit: within(7 + 2 * shift),
    cd: within(amount / 2 + 2 + shift),
    reason: "by its length",
  };
}

function seedDraw({ body, nth }: MockRequest): number {
  return drawFrom(`${String(body.seed)}:${nth}`);
}

export function knows(problem: string): number {
  return [0.98, 0.5, 0.02][Math.floor(3 * drawFrom(problem))]!;
}

/** Measured level against the chance that the student really has, a problem counted once. */
export function confusionOf(rows: readonly Fitted[]): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {};
  const seen = new Set<string>();
  for (const { state } of rows) {
    if (state.difficulty === undefined || seen.has(state.problem)) continue;
    seen.add(state.problem);
    const known = String(knows(state.problem));
    const row = found[known] ?? {};
    found[known] = { ...row, [state.difficulty]: (row[state.difficulty] ?? 0) + 1 };
  }
  return found;
}

function rowsOf(file: string): { problem: string; answer: unknown }[] {
  return readRows(`${DATA}${file}`) as unknown as { problem: string; answer: unknown }[];
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
