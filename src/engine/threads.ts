/** Workers as threads: the parent's side. */
import { Worker } from "node:worker_threads";
import { messageOf } from "../core/errors.ts";
import type { Spent } from "../core/events.ts";
import { workerFile } from "../core/worker-file.ts";
import type { Plan } from "../graph/plan.ts";
import { releaseWorker, shareGateway, viewGateway } from "../models/share.ts";
import { releaseTurnOf } from "../store/turn.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./messages.ts";
import type { RunSettings, WorkerFactory } from "./run.ts";
import type { WorkerEvents, WorkerHandle } from "./scheduler.ts";
import { turnOfWorker } from "./turns.ts";

export interface ThreadsOptions {
  readonly plan: Plan;
  readonly run: string;
  readonly settings: RunSettings;
  readonly workers: number;
  readonly storePath: string;
  readonly env: WorkerStart["env"];
  readonly turn: SharedArrayBuffer;
  /** What earlier sittings of the run have spent. */
  readonly spent: Spent | undefined;
}

/** Throws MezzoError for what is wrong with a model (a missing variable, an impossible address) before any thread starts. */
export function workerThreads(options: ThreadsOptions): WorkerFactory {
  const { plan, run, settings, workers, storePath, env, turn, spent } = options;
  const { budgetUsd, inFlight } = settings;
  const budget = budgetUsd === undefined ? undefined : { usd: budgetUsd };
  const gateway = shareGateway({ models: plan.models, env, workers, inFlight, budget, spent });
  const start = { plan, run, seed: settings.seed, storePath, env: { ...env }, shared: { turn, gateway } };
  return {
    open: (worker, events) =>
      openThread({ ...start, worker }, events, () => {
        releaseWorker(gateway, worker);
        releaseTurnOf(turn, turnOfWorker(worker));
      }),
    spent: () => (budgetUsd === undefined ? undefined : viewGateway(gateway).budget.spent),
  };
}

function openThread(start: WorkerStart, events: WorkerEvents, released: () => void): WorkerHandle {
  const worker = new Worker(workerFile("worker", import.meta.url), {
    workerData: start,
    name: `mezzo ${start.worker}`,
  });
  const closed = Promise.withResolvers<void>();
  let reason = "it ended without a word";
  let closing = false;
  worker.on("message", (message: FromWorker) => {
    switch (message.say) {
      case "finished":
        return events.finished(message.sample, message.outcome);
      case "set-aside":
        return events.setAside(message.sample);
      case "trouble":
        return events.trouble(message.sample, message.trouble);
      case "closed":
        return closed.resolve();
      case "ready":
        return;
    }
  });
  worker.on("error", (thrown) => {
    reason = messageOf(thrown);
  });
  worker.on("exit", () => {
    released();
    closed.resolve();
    if (!closing) events.died(reason);
  });
  const say = (message: ToWorker) => worker.postMessage(message);
  return {
    take: (samples) => say({ say: "take", samples }),
    drain: () => say({ say: "drain" }),
    abort: (why) => say({ say: "abort", reason: why }),
    close: async () => {
      closing = true;
      say({ say: "close" });
      await closed.promise;
      await worker.terminate();
    },
  };
}
