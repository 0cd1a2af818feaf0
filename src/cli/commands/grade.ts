/** `mezzo grade`: is each response's final answer the accepted one? By rules alone; no model is asked. */
import { writeOutput } from "../../data/output.ts";
import { describeProblem } from "../../data/read.ts";
import { readPairs } from "../../data/read-pairs.ts";
import { type AnswerForm, createGrader, type Verdict } from "../../nodes/answers/index.ts";
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
    for await (const { id, gold, pred } of pairs) {
      const { verdict, reason, rule, found } = await grader.check(pred, gold, flags.only ? { forms: flags.only } : {});
      counts[verdict]++;
      yield `${JSON.stringify({ id, verdict, reason, rule, found: found?.text ?? null })}\n`;
    }
  }

  try {
    await writeOutput(rows(), { out: flags.out, signal: stopped.signal });
  } catch (thrown) {
    if (stopped.signal.aborted) return 130;
    throw thrown;
  } finally {
    unhook();
    await grader.close();
  }
  const graded = counts.equal + counts.different + counts.undecided;
  const words = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
  if (flags.json) io.say(JSON.stringify({ graded, ...counts }));
  else io.say(`graded ${plural(graded, "row")}: ${words.join(", ")}`);
  return 0;
}
