/** Workers as threads: the parent's side. */
import { totalmem } from "node:os";
import { Worker } from "node:worker_threads";
import { type Clock, systemClock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Spent } from "../core/events.ts";
import { workerFile } from "../core/worker-file.ts";
import { checkKindFiles } from "../graph/own-kinds.ts";
import type { Plan } from "../graph/plan.ts";
import { releaseWorker, type SharedGateway, shareGateway, viewGateway } from "../models/share.ts";
import { releaseTurnOf } from "../store/turn.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./messages.ts";
import type { RunSettings, WorkerFactory } from "./run.ts";
import type { WorkerEvents, WorkerHandle } from "./scheduler.ts";
import { turnOfWorker } from "./turns.ts";

export interface ThreadsOptions {
  readonly plan: Plan;
  /** Which of the run's plans that is, from 1. */
  readonly planNo?: number;
  readonly run: string;
  readonly settings: RunSettings;
  readonly workers: number;
  readonly storePath: string;
  readonly env: WorkerStart["env"];
  readonly turn: SharedArrayBuffer;
  /** What earlier sittings of the run have spent. */
  readonly spent: Spent | undefined;
  /** Limits and budget are shared with other machines: somebody has to borrow for the gateway (models/borrower.ts). */
  readonly isBorrowed?: boolean;
  /** How long a worker's event loop may stand still before the worker is ended. */
  readonly silentMs?: number;
  /** Most megabytes of a worker's JavaScript heap. Left out: half of the machine's memory, shared by the workers. */
  readonly heapMb?: number;
  /** A worker's code. */
  readonly code?: URL;
  readonly clock?: Clock;
}

/** No step computes for so long; calls wait without standing still. */
const SILENT_MS = 60_000;
const SILENT_AFTER_ABORT_MS = 3_000;

/**
 * Room for new objects in a worker. On a machine with much memory Node takes up to 200 MB for them, of which a step lives
 * in the first few: bench/million.ts measures what less costs.
 */
const YOUNG_MB = 12;

/** Throws MezzoError for what is wrong with a model or an own kind before any thread starts: a missing variable, an edited file. */
export function workerThreads(options: ThreadsOptions): WorkerFactory & { readonly gateway: SharedGateway } {
  const { plan, planNo = 1, run, settings, workers, storePath, env, turn, spent, isBorrowed } = options;
  const { budgetUsd, inFlight } = settings;
  checkKindFiles(plan);
  const budget = budgetUsd === undefined ? undefined : { usd: budgetUsd };
  const gateway = shareGateway({ models: plan.models, env, workers, inFlight, budget, spent, isBorrowed });
  const start = {
    plan,
    planNo,
    run,
    seed: settings.seed,
    keep: settings.keep,
    cache: settings.cache,
    storePath,
    env: { ...env },
  };
  const heapMb = options.heapMb ?? heapShare(workers, Math.min(totalmem(), process.constrainedMemory() || Infinity));
  return {
    gateway,
    open: (worker, events) => {
      const beat = new SharedArrayBuffer(4);
      return openThread({ ...start, worker, shared: { turn, gateway, beat } }, events, {
        ...options,
        heapMb,
        released: () => {
          releaseWorker(gateway, worker);
          releaseTurnOf(turn, turnOfWorker(worker));
        },
      });
    },
    spent: () => (budgetUsd === undefined ? undefined : viewGateway(gateway).budget.spent),
  };
}

interface ThreadOptions extends Pick<ThreadsOptions, "silentMs" | "code" | "clock"> {
  readonly heapMb: number;
  readonly released: () => void;
}

function openThread(start: WorkerStart, events: WorkerEvents, options: ThreadOptions): WorkerHandle {
  const { released, heapMb, clock = systemClock } = options;
  const patience = { silentMs: options.silentMs ?? SILENT_MS };
  const worker = new Worker(options.code ?? workerFile("worker", import.meta.url), {
    workerData: start,
    name: `mezzo ${start.worker}`,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const closed = Promise.withResolvers<void>();
  const gone = new AbortController();
  let reason: string | undefined;
  let ready = false;
  let closing = false;
  worker.on("message", (message: FromWorker) => {
    switch (message.say) {
      case "finished":
        return events.finished(message.sample, message.outcome);
      case "set-aside":
        return events.setAside(message.sample, message.why);
      case "waits":
        return events.waits(message.sample);
      case "trouble":
        return events.trouble(message.sample, message.trouble);
      case "closed":
        return closed.resolve();
      case "ready":
        ready = true;
        return;
    }
  });
  worker.on("error", (thrown) => {
    reason ??= messageOf(thrown);
  });
  worker.on("exit", () => {
    gone.abort();
    released();
    closed.resolve();
    if (!closing) events.died(reason ?? "it ended without a word", { ready });
  });
  void untilSilent(new Int32Array(start.shared.beat), patience, { clock, signal: gone.signal }).then(
    () => {
      reason = `it stood still for ${Math.round(patience.silentMs / 1000)} seconds`;
      return worker.terminate();
    },
    () => undefined, // It has ended.
  );
  const say = (message: ToWorker) => worker.postMessage(message);
  return {
    take: (samples, fences) => say({ say: "take", samples, fences }),
    drain: () => say({ say: "drain" }),
    abort: (why) => {
      say({ say: "abort", reason: why });
      // Whoever interrupts twice does not want to wait a minute for a thread that hears nothing.
      patience.silentMs = Math.min(patience.silentMs, SILENT_AFTER_ABORT_MS);
    },
    close: async () => {
      closing = true;
      say({ say: "close" });
      await closed.promise;
      await worker.terminate();
    },
  };
}

const [LEAST_HEAP_MB, MOST_HEAP_MB] = [512, 4096];

/**
 * A worker that eats up its heap dies alone, and one sample is to blame; where the machine's memory ends before the
 * heap's bound, the whole process dies, and again after each resume.
 */
export function heapShare(workers: number, memoryBytes: number): number {
  const share = memoryBytes / 2 / workers / 1024 ** 2;
  return Math.round(Math.min(MOST_HEAP_MB, Math.max(LEAST_HEAP_MB, share)));
}

const LOOKS = 6;

/**
 * Resolves when a worker's beat has not changed in LOOKS looks. Looks are counted and not time: a machine that slept, or
 * a parent that stood still itself, is no worker's fault.
 */
async function untilSilent(
  cell: Int32Array,
  patience: { readonly silentMs: number },
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  let seen = 0;
  for (let still = 0; still < LOOKS; ) {
    await clock.sleep(patience.silentMs / LOOKS, signal);
    const beats = Atomics.load(cell, 0);
    // Before its first beat it loads its code, and has no sample in hand.
    still = beats === seen && beats > 0 ? still + 1 : 0;
    seen = beats;
  }
}
