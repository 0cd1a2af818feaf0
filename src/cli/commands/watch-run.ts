/** Working on a run while a person watches: progress, Ctrl-C, the summary at the end, and what to do next. */
import { existsSync } from "node:fs";
import { MezzoError } from "../../core/errors.ts";
import { defaultWorkers, type LiveRun, type RunResult, spentSoFar, workOn } from "../../engine/run.ts";
import { workerThreads } from "../../engine/threads.ts";
import type { Store } from "../../store/store.ts";
import { isServer } from "../../store/where.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { startProgress } from "../progress.ts";
import { plural } from "../words.ts";
import { report, type Watching } from "./report-run.ts";
import { runTogether } from "./together.ts";

export async function watchRun(io: Io, store: Store, watching: Watching): Promise<ExitCode> {
  if (store.sharing !== undefined) return runTogether(io, store, watching);
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
