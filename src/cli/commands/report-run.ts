/** What a run came to, for whoever watched it, and what to do next. */
import { MezzoError } from "../../core/errors.ts";
import type { RunView } from "../../core/events.ts";
import { type RunResult, type RunSettings, WAITS_FOR_PERSON } from "../../engine/run.ts";
import type { Plan } from "../../graph/plan.ts";
import { type ExitCode, explain } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { summarise } from "../summary.ts";
import { plural } from "../words.ts";

export interface Watching {
  readonly run: string;
  readonly plan: Plan;
  readonly settings: RunSettings;
  readonly total: number;
  readonly turn: SharedArrayBuffer;
  readonly storePath: string;
  readonly json?: boolean;
  /** Commands to go on with once it is finished, instead of export and inspect. */
  readonly next?: readonly string[];
}

export function report(io: Io, watching: Watching, { run, ended, view, others }: RunResult): ExitCode {
  io.say("");
  for (const line of summarise(io, view)) io.say(line);
  if (watching.json) io.out(JSON.stringify(runJson(run, view)));
  const next = (words: string) => nextCommand(io, words, watching.storePath);
  io.say("");
  if (ended.state === "finished") {
    const words = watching.next ?? [`export ${run} --format messages --out ${run}.jsonl`, `inspect ${run}`];
    for (const [n, line] of words.entries()) io.say(`${n === 0 ? "next: " : "      "}${next(line)}`);
    const { failed } = view.outcomes;
    if (failed > 0) io.say(`      ${next(`retry ${run}`)}  gives ${plural(failed, "failed sample")} another go`);
    return 0;
  }
  const { code, message, hint } = ended.trouble;
  if (others !== undefined) {
    if (!ended.trouble.pauses) explain(io, new MezzoError(code, message, { hint }));
    io.say(`${io.paint.strong("left")}: the run goes on with ${plural(others, "other worker")}.`);
    io.say(`next: ${next(`status ${run}`)}`);
    return code === "interrupted" ? 130 : 1;
  }
  if (ended.trouble.pauses) io.say(`${io.paint.strong("paused")}: ${message}.`);
  else explain(io, new MezzoError(code, message, { hint }));
  if (code === WAITS_FOR_PERSON) {
    io.say(`next: ${next(view.forPerson > 0 ? `review ${run}` : `resume ${run}`)}`);
    return 0;
  }
  io.say(`next: ${next(`resume ${run}${code === "budget-spent" ? " --budget-usd <more>" : ""}`)}`);
  if (code === "interrupted") return 130;
  return code === "enough-accepted" ? 0 : 1;
}

/** The object that `run --json` ends with, and `status --json` begins with. */
export function runJson(run: string, view: RunView) {
  return {
    run,
    samples: view.samples,
    outcomes: view.outcomes,
    ...(view.forPerson + view.decided > 0 ? { forPerson: view.forPerson, decided: view.decided } : {}),
    calls: view.calls,
    tokens: { in: view.tokens.in, out: view.tokens.out },
    costUsd: view.costUsd,
  };
}
