/**
 * A program run in cells (cell.ts), and judged where the program is not:
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
 * time, each apart from the others, and is killed when a check did not end by its verdict.
 */
import type { CodeCase, CodeTests } from "../../core/code-tests.ts";
import { type Came, failed, lacks, MOST_OUTPUT, short, verdictOf, wrongOutput } from "./came.ts";
import { type Cell, type CellOptions, openCell, type Sandbox } from "./cell.ts";
import * as javascript from "./javascript.ts";
import { createLines, TooMuch } from "./lines.ts";
import { sameOutput } from "./output.ts";
import * as python from "./python.ts";

export interface Bounds {
  /** For all tests of the program. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

export interface Cells {
  /** `texts`: the ways to read the program, the first that compiles counts. */
  judge(texts: readonly string[], tests: CodeTests, bounds: Bounds): Promise<Came>;
  /** Kills whatever still runs. */
  close(): Promise<void>;
}

const MOST_MB = MOST_OUTPUT >> 20;

export function openCells(sandbox: Sandbox): Cells {
  let prepared: Promise<readonly string[]> | undefined;
  const cells = new Set<Cell>();
  const idle: Cell[] = [];
  let closed = false;

  function open(source: string, role: CellOptions["role"], limitMs?: number): Cell {
    // The clock ends what takes too long; the processor's limit ends what nobody is left to end.
    const cpuSeconds = limitMs === undefined ? undefined : Math.ceil(limitMs / 1000) + 2;
    const cell = openCell(sandbox, { source, role, cpuSeconds });
    cells.add(cell);
    void cell.gone.then(() => cells.delete(cell));
    return cell;
  }

  /** PROGRAM, REFEREE, SCRIPT. */
  function sources(): Promise<readonly string[]> {
    prepared ??= sandbox.interpreter.prepare(sourcesOf(sandbox));
    return prepared;
  }

  async function judgeCalls(texts: readonly string[], tests: CodeTests, bounds: Bounds): Promise<Came> {
    const [PROGRAM = "", REFEREE = ""] = await sources();
    const kept = idle.pop();
    const referee = kept !== undefined && cells.has(kept) ? kept : open(REFEREE, "referee");
    const program = open(PROGRAM, "program", bounds.limitMs);
    const limits = watch([referee, program], bounds);
    const fromReferee = createLines(referee.stdout, MOST_OUTPUT * 4);
    const fromProgram = createLines(program.channel, MOST_OUTPUT);
    program.stdout.resume();
    program.stderr.resume();
    referee.stderr.resume();
    let settled = false;
    let passed = 0;
    try {
      program.stdin.write(`${JSON.stringify({ id: 0, op: "load", texts })}\n`);
      const loaded = await fromProgram.next();
      if (loaded === undefined) return ended(limits, "while it was loaded");
      const trouble = troubleIn(loaded);
      if (trouble !== undefined) return whyNotLoaded(trouble, sandbox);
      referee.stdin.write(`${JSON.stringify(tests)}\n`);
      for (let line = await fromReferee.next(); line !== undefined; line = await fromReferee.next()) {
        if (line.startsWith("V")) {
          settled = true;
          return verdictOf(line.slice(1));
        }
        if (fromProgram.waiting()) return failed("the program wrote results that nobody had asked for", passed);
        // "C", the tests passed so far, a space, the request.
        const at = line.indexOf(" ");
        passed = Number(line.slice(1, at)) || 0;
        program.stdin.write(`${line.slice(at + 1)}\n`);
        const reply = await fromProgram.next();
        if (reply === undefined) return ended(limits, "in a test", passed);
        const missing = troubleIn(reply)?.missing;
        if (missing) return lacks(missing, whoseOf(sandbox));
        referee.stdin.write(`${reply}\n`);
      }
      if (limits.passed()) return failed(limits.passed()!, passed);
      return { came: "undecided", rule: "referee", reason: "the tests ended without a verdict" };
    } catch (thrown) {
      if (!(thrown instanceof TooMuch)) throw thrown;
      return failed(`the program gave a result of more than ${MOST_MB} MB`, passed);
    } finally {
      limits.end();
      fromReferee.end();
      fromProgram.end();
      program.kill();
      if (settled && !closed) idle.push(referee);
      else referee.kill();
      bounds.signal?.throwIfAborted();
    }
  }

  async function judgeOutput(text: string, cases: readonly CodeCase[], bounds: Bounds): Promise<Came> {
    // One slow case may not take all of the time, but the first may be the only one.
    const SCRIPT = (await sources())[2]!;
    const limitMs = cases.length === 1 ? bounds.limitMs : Math.max(bounds.limitMs / 2, 1000);
    for (const [passed, { input, output }] of cases.entries()) {
      const cell = open(SCRIPT, "program", limitMs);
      const limits = watch([cell], { ...bounds, limitMs });
      try {
        cell.channel.end(text);
        cell.stdin.end(input);
        const [got, complaint] = await Promise.all([textOf(cell, cell.stdout), textOf(cell, cell.stderr), cell.gone]);
        bounds.signal?.throwIfAborted();
        const wrong = (what: string) => failed(`case ${passed + 1} of ${cases.length}: ${what}`, passed);
        const over = limits.passed();
        if (over) return wrong(over);
        if (got.length > MOST_OUTPUT) return wrong(`it printed more than ${MOST_MB} MB`);
        if (sameOutput(got, output)) continue;
        const missing = MISSING.exec(complaint)?.slice(1).find(Boolean);
        if (missing !== undefined) return lacks(missing, whoseOf(sandbox));
        const last = complaintIn(complaint);
        if (passed === 0 && got === "" && last.startsWith("SyntaxError")) return { came: "unreadable", reason: last };
        return wrongOutput({ passed, of: cases.length, printed: got, output, complaint: last });
      } finally {
        limits.end();
        cell.kill();
      }
    }
    return { came: "passed", passed: cases.length };
  }

  return {
    judge: (texts, tests, bounds) =>
      tests.style === "stdio" ? judgeOutput(texts[0]!, tests.cases, bounds) : judgeCalls(texts, tests, bounds),
    async close() {
      closed = true;
      const all = [...cells];
      for (const cell of all) cell.kill();
      await Promise.all(all.map((cell) => cell.gone));
    },
  };
}

/** As Python and Node complain of a package that is not there. */
const MISSING = /^ModuleNotFoundError: No module named '([\w.]+)'|^Error: Cannot find module '([^']+)'/m;

function sourcesOf({ language }: Sandbox): readonly string[] {
  return language === "python"
    ? [python.PROGRAM, python.REFEREE, python.SCRIPT]
    : [javascript.NODE_PROGRAM, javascript.NODE_REFEREE, javascript.NODE_SCRIPT];
}

interface Limits {
  /** What was passed, in a sentence. */
  passed(): string | undefined;
  end(): void;
}

/** Kills these cells when the time is over or the check is called off. */
function watch(cells: readonly Cell[], { limitMs, signal }: Bounds): Limits {
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

function ended(limits: Limits, when: string, passed = 0): Came {
  return failed(limits.passed() ?? `the program ended ${when}, before it gave a result`, passed);
}

function whoseOf({ language }: Sandbox) {
  return language === "python" ? "Python" : "Node";
}

function whyNotLoaded({ name, said, missing }: Trouble, sandbox: Sandbox): Came {
  if (missing !== undefined) return lacks(missing, whoseOf(sandbox));
  const reason = `the program can't be loaded: ${said}`;
  return ["SyntaxError", "IndentationError", "TabError"].includes(name)
    ? { came: "unreadable", reason }
    : failed(reason);
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

interface Trouble {
  readonly name: string;
  readonly said: string;
  readonly missing?: string;
}

/** The program's line, which may be anything: read with care, believed only where it harms the program itself. */
function troubleIn(line: string): Trouble | undefined {
  if (!line.includes('"error"')) return undefined;
  try {
    const { error } = JSON.parse(line) as { error?: { name?: unknown; text?: unknown; missing?: unknown } };
    if (typeof error !== "object" || error === null) return undefined;
    const missing = typeof error.missing === "string" ? short(error.missing) : undefined;
    return { name: String(error.name), said: short(`${error.name}: ${error.text}`), missing };
  } catch {
    return { name: "", said: "its results can't be read" };
  }
}

/** What stands last in what a program complained of: its error, as Python and Node print it. */
function complaintIn(text: string): string {
  const lines = text.trim().split("\n");
  const error = lines.findLast((line) => /^\w*(?:Error|Exception|Interrupt|Exit)\b/.test(line)) ?? lines.at(-1)!;
  return error === "" ? "" : short(error);
}
