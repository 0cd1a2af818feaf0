/** One gateway for all workers of a run: the parent makes what is shared, each worker opens its own gateway on it. */
import { type Clock, systemClock } from "../core/clock.ts";
import {
  type Amounts,
  Budget,
  type BudgetLimits,
  type BudgetView,
  type OnLease,
  type SharedBudget,
  shareBudget,
  spendReserved,
} from "./budget.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import type { LaneView } from "./lane.ts";
import { giveBackPermits, Limiter, type SharedLimits, shareLimits } from "./limiter.ts";
import { type Environment, openModel, planLimits } from "./open.ts";
import type { Learned } from "./openai.ts";
import type { RecordedCalls } from "./recorded.ts";
import type { ModelSpec } from "./spec.ts";

/** Plain data and shared memory: goes to a worker as it is. No key is in it. */
export interface SharedGateway {
  readonly limits: SharedLimits;
  readonly budget: SharedBudget;
}

export interface ShareOptions {
  readonly models: Readonly<Record<string, ModelSpec>>;
  readonly env: Environment;
  readonly workers: number;
  /** The whole run's requests in the air: an endpoint without a number of its own begins there. */
  readonly inFlight?: number;
  readonly budget?: BudgetLimits;
  /** What earlier sittings of this run spent; after a crash, the last lease. */
  readonly spent?: Amounts;
  /** Limits and budget hold over many machines: nothing is sent before something was borrowed (borrower.ts). */
  readonly isBorrowed?: boolean;
  readonly clock?: Clock;
}

/** Throws MezzoError for what is wrong with a model before anything is started. */
export function shareGateway(options: ShareOptions): SharedGateway {
  const { models, env, workers, inFlight, budget = {}, spent, isBorrowed, clock = systemClock } = options;
  return {
    limits: shareLimits(planLimits(models, env), { workers, clock, inFlight, isBorrowed }),
    budget: shareBudget(budget, { workers, spent, isBorrowed }),
  };
}

export interface OpenGatewayOptions {
  readonly models: Readonly<Record<string, ModelSpec>>;
  readonly env: Environment;
  readonly worker: number;
  readonly lookup?: (run: string) => RecordedCalls;
  readonly onLease?: OnLease;
  readonly clock?: Clock;
}

export function openGateway(shared: SharedGateway, options: OpenGatewayOptions): Gateway {
  const { models, env, worker, lookup, onLease, clock = systemClock } = options;
  const opening = { env, lookup, clock, learned: new Map<string, Learned>() };
  const opened = Object.entries(models).map(
    ([role, spec]) => [role, { spec, model: openModel(spec, opening) }] as const,
  );
  return createGateway({
    models: Object.fromEntries(opened),
    limits: new Limiter(shared.limits, { worker, clock }),
    budget: new Budget(shared.budget, { worker, clock, onLease }),
    clock,
  });
}

/** A worker is gone: its permits come back, and what it had reserved counts as spent. */
export function releaseWorker(shared: SharedGateway, worker: number): void {
  giveBackPermits(shared.limits, worker);
  spendReserved(shared.budget, worker);
}

/** What is going on just now, for progress and pages; from any thread. */
export function viewGateway(
  shared: SharedGateway,
  clock: Clock = systemClock,
): { readonly lanes: readonly LaneView[]; readonly budget: BudgetView } {
  return {
    lanes: new Limiter(shared.limits, { worker: 0, clock }).view(),
    budget: new Budget(shared.budget, { worker: 0, clock }).view(),
  };
}
