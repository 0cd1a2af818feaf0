/**
 * Does a program pass its tests? Run in cells (cell.ts), judged where the program is not:
 *
 *   check, assert, function   the tests run in the referee's cell; each call they make is carried from there to the program's
 *                             cell and its result back, as lines of JSON. Neither cell can reach the other, or us.
 *   stdio                     the program gets a cell for each case, and what it printed is compared here.
 *
 *   idle ─▶ loading ─▶ asked ⇄ answering ─▶ the referee's verdict
 *             └───────────┴────────┴──────▶ the program's end, a limit, a line nobody asked for: decided here
 *
 * Invariants: what is expected is never in a program's cell, so nothing that a program does there (leave with code 0,
 * print, patch, forge a line) can be more than an answer. A program's cell serves one check. The referee's serves many, one at a
 * time, a forked process each, and is killed when a check did not end by its verdict.
 */
import { availableParallelism } from "node:os";
import type { CodeTests } from "../../core/code-tests.ts";
import { different, equal, undecided, type Verdict } from "../answers/index.ts";
import { type Cell, findSandbox, openCell, type Sandbox } from "./cell.ts";
import { createLines, TooMuch } from "./lines.ts";
import { sameOutput } from "./output.ts";
import { programIn, readingsOf } from "./program-text.ts";
import { PROGRAM, REFEREE, SCRIPT } from "./python.ts";

export interface CodeRunner {
  /** Runs the program in `text` against its tests. Never throws for what a program does; ends within the limit. */
  check(text: string, tests: CodeTests, signal?: AbortSignal): Promise<Verdict>;
  /** Kills whatever still runs. */
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** Most programs at a time. */
  readonly atOnce?: number;
  /** For all tests of one program, where they don't say. */
  readonly limitMs?: number;
  readonly sandbox?: typeof findSandbox;
}

const LIMIT_MS = 10_000;
const MOST_LIMIT_MS = 60_000;
const MOST_OUTPUT = 8 * 1024 * 1024;

export function createCodeRunner(options: RunnerOptions = {}): CodeRunner {
  const cells = new Set<Cell>();
  const idle: Cell[] = [];
  const waiting: (() => void)[] = [];
  let free = options.atOnce ?? Math.max(1, Math.min(4, availableParallelism()));
  let looked: ReturnType<typeof findSandbox> | undefined;
  let closed = false;

  function open(sandbox: Sandbox, source: string, forks = false): Cell {
    const cell = openCell(sandbox, { source, forks });
    cells.add(cell);
    void cell.gone.then(() => cells.delete(cell));
    return cell;
  }

  async function check(text: string, tests: CodeTests, signal?: AbortSignal): Promise<Verdict> {
    if (tests.language !== "python") return undecided("no-sandbox", "only Python programs are run");
    const program = programIn(text, tests);
    if (program.trim() === "") return undecided("no-program", "the text holds no program");
    looked ??= (options.sandbox ?? findSandbox)();
    const sandbox = await looked;
    if ("missing" in sandbox) return undecided("no-sandbox", `no program is run without a sandbox: ${sandbox.missing}`);
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      signal?.throwIfAborted();
      if (closed) return undecided("closed", "the check was called off");
      const limitMs = Math.min(tests.timeoutMs ?? options.limitMs ?? LIMIT_MS, MOST_LIMIT_MS);
      if (tests.style === "stdio") return await runScript(sandbox, program, tests.cases, limitMs, signal);
      return await runFunctions(sandbox, readingsOf(program, tests), tests, limitMs, signal);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  }

  async function runFunctions(
    sandbox: Sandbox,
    texts: readonly string[],
    tests: CodeTests,
    limitMs: number,
    signal?: AbortSignal,
  ): Promise<Verdict> {
    const kept = idle.pop();
    const referee = kept !== undefined && cells.has(kept) ? kept : open(sandbox, REFEREE, true);
    const program = open(sandbox, PROGRAM);
    const limits = watch([referee, program], limitMs, signal);
    const fromReferee = createLines(referee.stdout, MOST_OUTPUT * 4);
    const fromProgram = createLines(program.channel, MOST_OUTPUT);
    program.stdout.resume();
    program.stderr.resume();
    referee.stderr.resume();
    let settled = false;
    try {
      program.stdin.write(`${JSON.stringify({ id: 0, op: "load", texts })}\n`);
      const loaded = await fromProgram.next();
      if (loaded === undefined) return ended(limits, "while it was loaded");
      const trouble = troubleIn(loaded);
      if (trouble?.missing) return undecided("missing-module", `the sandbox has no module ${trouble.missing}`);
      if (trouble) return different("load", `the program can't be loaded: ${trouble.said}`);
      referee.stdin.write(`${JSON.stringify(tests)}\n`);
      for (let line = await fromReferee.next(); line !== undefined; line = await fromReferee.next()) {
        if (line.startsWith("V")) {
          settled = true;
          return verdictOf(line.slice(1));
        }
        if (fromProgram.waiting()) return different("forged", "the program wrote results that nobody had asked for");
        program.stdin.write(`${line.slice(1)}\n`);
        const reply = await fromProgram.next();
        if (reply === undefined) return ended(limits, "in a test");
        const missing = troubleIn(reply)?.missing;
        if (missing) return undecided("missing-module", `the sandbox has no module ${missing}`);
        referee.stdin.write(`${reply}\n`);
      }
      if (limits.passed()) return different("limit", limits.passed()!);
      return undecided("referee", "the tests ended without a verdict");
    } catch (thrown) {
      if (!(thrown instanceof TooMuch)) throw thrown;
      return different("limit", `the program gave a result of more than ${MOST_OUTPUT / 1024 / 1024} MB`);
    } finally {
      limits.end();
      fromReferee.end();
      fromProgram.end();
      program.kill();
      if (settled && !closed) idle.push(referee);
      else referee.kill();
      signal?.throwIfAborted();
    }
  }

  async function runScript(
    sandbox: Sandbox,
    text: string,
    cases: readonly { readonly input: string; readonly output: string }[],
    limitMs: number,
    signal?: AbortSignal,
  ): Promise<Verdict> {
    if (cases.length === 0) return undecided("no-tests", "there are no tests");
    const until = cases.length === 1 ? limitMs : Math.max(limitMs / 2, 1000);
    for (const [n, { input, output }] of cases.entries()) {
      const cell = open(sandbox, SCRIPT);
      const limits = watch([cell], until, signal);
      try {
        cell.channel.end(text);
        cell.stdin.end(input);
        const [got, complaint] = await Promise.all([textOf(cell, cell.stdout), textOf(cell, cell.stderr), cell.gone]);
        signal?.throwIfAborted();
        const wrong = (what: string) => different("output", `case ${n + 1} of ${cases.length}: ${what}`);
        const passed = limits.passed();
        if (passed) return wrong(passed);
        if (got.length > MOST_OUTPUT) return wrong(`it printed more than ${MOST_OUTPUT / 1024 / 1024} MB`);
        if (sameOutput(got, output)) continue;
        const last = complaint.trim().split("\n").at(-1) ?? "";
        const missing = /^ModuleNotFoundError: No module named '([\w.]+)'/.exec(last)?.[1];
        if (missing) return undecided("missing-module", `the sandbox has no module ${missing}`);
        const why = last === "" ? "" : ` (${short(last)})`;
        return wrong(`it printed ${short(got.trim())}, expected ${short(output.trim())}${why}`);
      } finally {
        limits.end();
        cell.kill();
      }
    }
    return equal("output", `printed what was expected in ${cases.length} of ${cases.length} cases`);
  }

  return {
    check,
    async close() {
      closed = true;
      const all = [...cells];
      for (const cell of all) cell.kill();
      await Promise.all(all.map((cell) => cell.gone));
    },
  };
}

interface Limits {
  /** What was passed, in a sentence. */
  passed(): string | undefined;
  end(): void;
}

/** Kills these cells when the time is over or the check is called off. */
function watch(cells: readonly Cell[], limitMs: number, signal?: AbortSignal): Limits {
  let passed: string | undefined;
  const killAll = () => {
    for (const cell of cells) cell.kill();
  };
  const timer = setTimeout(() => {
    passed = `it took longer than ${limitMs / 1000} s`;
    killAll();
  }, limitMs);
  signal?.addEventListener("abort", killAll, { once: true });
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", killAll);
  };
  return { passed: () => passed, end };
}

function ended(limits: Limits, when: string): Verdict {
  const passed = limits.passed();
  if (passed) return different("limit", passed);
  return different("ended", `the program ended ${when}, before it gave a result`);
}

/** All that comes, up to a bound; then the cell is killed. */
async function textOf(cell: Cell, stream: NodeJS.ReadableStream): Promise<string> {
  stream.setEncoding("utf8");
  let text = "";
  stream.on("data", (piece: string) => {
    if (text.length > MOST_OUTPUT) return;
    text += piece;
    if (text.length > MOST_OUTPUT) cell.kill();
  });
  await cell.gone;
  return text;
}

/** The program's line, which may be anything: read with care, believed only where it harms the program itself. */
function troubleIn(line: string): { readonly said: string; readonly missing?: string } | undefined {
  if (!line.includes('"error"')) return undefined;
  try {
    const { error } = JSON.parse(line) as { error?: { name?: unknown; text?: unknown; missing?: unknown } };
    if (typeof error !== "object" || error === null) return undefined;
    const missing = typeof error.missing === "string" ? short(error.missing) : undefined;
    return { said: short(`${error.name}: ${error.text}`), missing };
  } catch {
    return { said: "its results can't be read" };
  }
}

function verdictOf(text: string): Verdict {
  const { verdict, reason, asserts } = JSON.parse(text) as Pick<Verdict, "verdict" | "reason"> & { asserts: number };
  if (verdict === "equal") return equal("tests", `passes ${asserts} of ${asserts} tests`);
  return verdict === "different" ? different("tests", reason) : undecided("tests", reason);
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 157)}...` : line || "nothing";
}
