/** What the parent and a worker say to each other. Small: samples and results go through the store, not through here. */
import type { Outcome } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import type { SharedGateway } from "../models/share.ts";
import type { Keep } from "../store/store.ts";

/** Everything a worker needs to know to begin. Goes to the worker only; holds the environment, and so the keys. */
export interface WorkerStart {
  readonly plan: Plan;
  /** Which of the run's plans that is, from 1. */
  readonly planNo: number;
  readonly run: string;
  readonly seed: number;
  /** What stays of a finished sample's checkpoints. */
  readonly keep?: Keep;
  /** Take replies of other runs to the very same requests. */
  readonly cache?: boolean;
  readonly storePath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly worker: number;
  /** Memory shared by all workers of a run: turns at the file, and the gateway's limits and budget. */
  readonly shared: SharedMemory;
}

export interface SharedMemory {
  readonly turn: SharedArrayBuffer;
  readonly gateway: SharedGateway;
  /** One number that this worker raises every BEAT_MS, as long as its event loop turns. */
  readonly beat: SharedArrayBuffer;
}

export const BEAT_MS = 1_000;

export type ToWorker =
  | {
      readonly say: "take";
      readonly samples: readonly string[];
      /** Of a shared run: the fences under which they are ours. */
      readonly fences?: readonly number[];
    }
  | { readonly say: "drain" }
  | { readonly say: "abort"; readonly reason: string }
  | { readonly say: "close" };

/** What ends or pauses the whole run, in a form that crosses threads. */
export interface RunTrouble {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Not a mistake: a budget is spent. The run pauses and can go on. */
  readonly pauses: boolean;
}

export type FromWorker =
  | { readonly say: "ready" }
  | { readonly say: "finished"; readonly sample: string; readonly outcome: Outcome }
  | { readonly say: "set-aside"; readonly sample: string; readonly why?: "lost" }
  | { readonly say: "waits"; readonly sample: string }
  | { readonly say: "trouble"; readonly sample: string; readonly trouble: RunTrouble }
  | { readonly say: "closed" };
