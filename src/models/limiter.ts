/**
 * When a request may be sent, over all worker threads. Each endpoint (base URL and key) has one lane, shared by all roles
 * that use it; how a lane decides is in lane.ts. Everything shared is one SharedArrayBuffer, made by the parent.
 */
import type { Clock } from "../core/clock.ts";
import { beginLane, bytesPerLane, type EndpointLimits, emptyHands, Lane, type LaneView, type Permit } from "./lane.ts";

/** Which roles share which endpoint; plain data. */
export interface LimitPlan {
  readonly endpoints: readonly {
    readonly name: string;
    /** Tells endpoints of one address apart that have different keys, on every machine alike. Not the key. */
    readonly key?: string;
    readonly limits: EndpointLimits;
  }[];
  /** Role -> index into `endpoints`. */
  readonly roles: Readonly<Record<string, number>>;
}

/** What the parent hands to its workers. */
export interface SharedLimits {
  readonly plan: LimitPlan;
  readonly workers: number;
  readonly buffer: SharedArrayBuffer;
  /** The limits hold over many machines, and this one uses what it has borrowed (borrower.ts). */
  readonly isBorrowed: boolean;
}

/**
 * `inFlight` is the whole run's: an endpoint without a number of its own begins there, so a run that was told 300 need
 * not creep up to it, and never has more.
 */
export function shareLimits(
  plan: LimitPlan,
  options: {
    readonly workers: number;
    readonly clock: Clock;
    readonly inFlight?: number;
    readonly isBorrowed?: boolean;
  },
): SharedLimits {
  const { workers, clock, inFlight, isBorrowed = false } = options;
  const buffer = new SharedArrayBuffer(plan.endpoints.length * bytesPerLane(workers));
  plan.endpoints.forEach(({ limits }, index) => {
    beginLane({ buffer, workers, index }, { limits, inFlight, isBorrowed, clock });
  });
  return { plan, workers, buffer, isBorrowed };
}

/** What a worker that is gone held comes back. Only after it is really gone. */
export function giveBackPermits(shared: SharedLimits, worker: number): void {
  const { buffer, workers } = shared;
  shared.plan.endpoints.forEach((_, index) => {
    emptyHands({ buffer, workers, index }, worker);
  });
}

export class Limiter {
  readonly #lanes: readonly Lane[];
  readonly #roles: Readonly<Record<string, number>>;

  /** `worker` counts from 0 and is below `shared.workers`; each thread has its own. */
  constructor(shared: SharedLimits, options: { readonly worker: number; readonly clock: Clock }) {
    const { plan, buffer, workers, isBorrowed } = shared;
    this.#lanes = plan.endpoints.map(
      (endpoint, index) => new Lane({ buffer, workers, index }, { ...endpoint, ...options, isBorrowed }),
    );
    this.#roles = plan.roles;
  }

  /**
   * A permit at once when there is one, else a promise of it. `tokens` is what the request itself has; the reply is
   * guessed from those before. Throws the signal's reason.
   */
  acquire(role: string, tokens: number, signal: AbortSignal): Permit | Promise<Permit> {
    return this.#lane(role).acquire(tokens, signal);
  }

  view(): LaneView[] {
    return this.#lanes.map((lane) => lane.view());
  }

  /** In the order of the plan's endpoints: for whoever borrows for them. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  #lane(role: string): Lane {
    const lane = this.#lanes[this.#roles[role] ?? -1];
    if (lane === undefined) throw new Error(`Internal error: no endpoint for the role ${role}`);
    return lane;
  }
}
