/** Working on a run while a person watches: progress, Ctrl-C, the summary at the end, and what to do next. */
import { existsSync } from "node:fs";
import { MezzoError } from "../../core/errors.ts";
import type { RunView } from "../../core/events.ts";
import {
  defaultWorkers,
  type LiveRun,
  type RunResult,
  type RunSettings,
  spentSoFar,
  WAITS_FOR_PERSON,
  workOn,
} from "../../engine/run.ts";
import { workerThreads } from "../../engine/threads.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Store } from "../../store/store.ts";
import { isServer } from "../../store/where.ts";
import { type ExitCode, explain } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { startProgress } from "../progress.ts";
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

export async function watchRun(io: Io, store: Store, watching: Watching): Promise<ExitCode> {
  const { run, plan, settings } = watching;
  const workers = settings.workers ?? defaultWorkers(watching.total);
  const spent = await spentSoFar(store, run);
  const { no: planNo } = (await store.plans(run)).at(-1)!;
  const factory = workerThreads({ ...watching, planNo, workers, env: io.env, spent });
  const live = await workOn(store, run, { settings, workers, factory });
  io.say(
    io.paint.faint(
      `run ${run}: ${plural(watching.total, "sample")}, graph ${plan.graph}, ${plural(workers, "worker")}`,
    ),
  );
  let stopped = false;
  const progress = startProgress(io, {
    run,
    nodes: Object.keys(plan.nodes),
    view: () => {
      if (!stopped && !isThere(watching.storePath)) {
        stopped = true;
        live.interrupt();
      }
      return store.view(run);
    },
    inFlight: () => live.inFlight,
  });
  const stopListening = io.onInterrupt(interrupter(live, progress.note));
  let result: RunResult;
  try {
    result = await live.result;
  } finally {
    stopListening();
    progress.stop();
  }
  if (!isThere(watching.storePath)) throw storeGone(watching);
  return report(io, watching, result);
}

/** A server says for itself when it is gone. */
function isThere(store: string): boolean {
  return isServer(store) || existsSync(store);
}

/** An open file goes on existing when its name is taken away, and every step after that is paid for in vain. */
function storeGone({ run, storePath }: Watching): MezzoError {
  const hint = "What it held cannot be resumed. Put a backup in its place, or run it again.";
  return new MezzoError("store-gone", `${storePath} was deleted or moved while run ${run} went on`, { hint });
}

/** First Ctrl-C drains, second aborts; each says so. */
function interrupter(live: LiveRun, note: (line: string) => void): () => void {
  let presses = 0;
  return () => {
    presses += 1;
    live.interrupt();
    if (presses === 1) {
      const waiting = plural(live.inFlight, "sample");
      note(`Stopping: ${waiting} under way, each ends its step first. Ctrl-C again cuts the calls in the air.`);
    } else if (presses === 2) note("Stopping now.");
  };
}

function report(io: Io, watching: Watching, { run, ended, view }: RunResult): ExitCode {
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
