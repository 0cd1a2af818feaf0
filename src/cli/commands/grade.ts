/** `mezzo grade`: is each response's final answer the accepted one, does its program pass? No model is asked. */

import { readCodeTests } from "../../core/read-code-tests.ts";
import { writeOutput } from "../../data/output.ts";
import { describeProblem } from "../../data/read.ts";
import { type Pair, readPairs } from "../../data/read-pairs.ts";
import { type AnswerForm, createGrader, type Verdict } from "../../nodes/answers/index.ts";
import { createCodeRunner } from "../../nodes/code/index.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { plural } from "../words.ts";
import { parseMap } from "./mapping.ts";

export interface GradeFlags {
  readonly input: string;
  readonly out: string;
  readonly map: readonly string[];
  readonly only?: readonly AnswerForm[];
  readonly badRows: "stop" | "skip";
  /** The rows are JSON either way; asked for, the summary is too. */
  readonly json?: boolean;
}

/** One JSON object a line, in the order of the input: id, verdict, reason, the rule that decided, the answer found. */
export async function grade(io: Io, flags: GradeFlags): Promise<ExitCode> {
  const grader = createGrader();
  const runner = createCodeRunner();
  const counts = { equal: 0, different: 0, undecided: 0 } satisfies Record<Verdict["verdict"], number>;
  const name = flags.input === "-" ? "standard input" : flags.input;
  const stopped = new AbortController();
  const unhook = io.onInterrupt(() => stopped.abort(new Error("interrupted")));

  async function* rows(): AsyncGenerator<string> {
    const pairs = readPairs(
      { path: flags.input, stdin: io.stdin },
      {
        map: parseMap(flags.map),
        badRows: flags.badRows,
        onSkipped: (problem) => io.say(`left out ${describeProblem(problem, name)}`),
        signal: stopped.signal,
      },
    );
    for await (const pair of pairs) {
      const { verdict, reason, rule, found } = await verdictOn(pair);
      counts[verdict]++;
      yield `${JSON.stringify({ id: pair.id, verdict, reason, rule, found: found?.text ?? null })}\n`;
    }
  }

  /** Answers by rules; a program by its tests, in the sandbox. */
  async function verdictOn({
    gold,
    pred,
    tests,
    problem,
  }: Pair): Promise<Verdict & { readonly found?: { readonly text: string } }> {
    if (tests === undefined) return grader.check(pred, gold, { problem, ...(flags.only ? { forms: flags.only } : {}) });
    const read = readCodeTests(tests);
    if (typeof read === "string") return { verdict: "undecided", rule: "unreadable-tests", reason: read };
    return runner.check(pred, read, stopped.signal);
  }

  try {
    await writeOutput(rows(), { out: flags.out, signal: stopped.signal });
  } catch (thrown) {
    if (stopped.signal.aborted) return 130;
    throw thrown;
  } finally {
    unhook();
    await Promise.all([grader.close(), runner.close()]);
  }
  const graded = counts.equal + counts.different + counts.undecided;
  const words = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
  if (flags.json) io.say(JSON.stringify({ graded, ...counts }));
  else io.say(`graded ${plural(graded, "row")}: ${words.join(", ")}`);
  return 0;
}
