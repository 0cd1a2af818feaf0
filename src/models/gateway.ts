/**
 * The one way to call a model, and the one place that waits, retries and counts:
 *
 *   call -> permit (limiter) -> reservation (budget) -> ask once -> settle, release -> result
 *              ^                                           |
 *              '---------- back-off, full jitter ----------'   as TROUBLES says
 *
 * A cut-off answer (`finish: "length"`) is a result like any other: whoever asked knows whether more room helps.
 */
import type { ChatReply, ChatRequest, Sampling, Usage } from "../core/chat.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { type Amounts, Budget, type Reservation, shareBudget } from "./budget.ts";
import { guessMessages, mostTokens } from "./estimate.ts";
import type { Ending, Permit } from "./lane.ts";
import { Limiter, shareLimits } from "./limiter.ts";
import { type Model, ModelError, type ModelTrouble } from "./model.ts";
import { modelNameOf, requestHashOf } from "./request-hash.ts";
import type { ModelSpec, Price } from "./spec.ts";
import { ServerAway } from "./troubles.ts";

export { type Amounts, BudgetSpent } from "./budget.ts";

export interface TroubleRule {
  /** What it means, for people. */
  readonly meaning: string;
  /** How often and how long it is tried again; left out when trying again cannot help. */
  readonly retry?: {
    readonly firstMs: number;
    readonly mostMs: number;
    readonly attempts: number;
    /** From the first trouble of a call on. */
    readonly withinMs: number;
  };
  /** What ends when it stays. */
  readonly ends: "sample" | "run";
  /** Whether fewer requests may be in the air afterwards. */
  readonly cuts?: true;
}

/** What follows from each trouble: the whole policy. docs/operations.md is generated from it. */
export const TROUBLES: Readonly<Record<ModelTrouble | "server-away", TroubleRule>> = {
  busy: {
    meaning: "429, 503, 529 or a time-out: the server has too much to do",
    retry: { firstMs: 1000, mostMs: 60_000, attempts: 150, withinMs: 7_200_000 },
    ends: "sample",
    cuts: true,
  },
  broken: {
    meaning: "another 5xx, a reset, a cut stream, a reply that is no chat completion",
    retry: { firstMs: 500, mostMs: 60_000, attempts: 12, withinMs: 900_000 },
    ends: "sample",
  },
  "server-away": {
    meaning: "connection refused, no route, no connection in time: perhaps a restart",
    retry: { firstMs: 250, mostMs: 5000, attempts: 1000, withinMs: 60_000 },
    ends: "run",
  },
  "too-long": { meaning: "the request does not fit the model's context", ends: "sample" },
  refused: { meaning: "any other 4xx: this request is not acceptable", ends: "sample" },
  cannot: { meaning: "a rule-based model has no rule for this, or the call was never recorded", ends: "sample" },
  "no-access": { meaning: "401, 403, or an empty account: the key is wrong or not allowed", ends: "run" },
  "no-model": { meaning: "404, or a 400 that names the model", ends: "run" },
  "no-server": { meaning: "name not found, certificate wrong, redirected elsewhere, or away for long", ends: "run" },
};

export interface CallResult {
  readonly reply: ChatReply;
  /** Requests sent for it, the good one included. */
  readonly attempts: number;
  /** From the call to its reply, and the part of it in which no request was in the air: queue, budget, back-off. */
  readonly ms: number;
  readonly waitedMs: number;
  readonly costUsd: number;
  /** Names what was asked of whom: see `requestHashOf`. */
  readonly requestHash: string;
  readonly role: string;
  /** As the server named it. */
  readonly model: string;
}

export interface Gateway {
  /**
   * Throws the last ModelError when trying again is over (TROUBLES says whether sample or run ends), BudgetSpent, or the
   * signal's reason.
   */
  call(role: string, request: ChatRequest, options: CallOptions): Promise<CallResult>;
  /** The `requestHash` that a call would have. */
  hashOf(role: string, request: ChatRequest): string;
  /** Lets go of the models' sockets. */
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /** Longest time of one attempt, beside the model's own time-outs; what takes longer is `busy`, and tried again. */
  readonly timeoutMs?: number;
}

export interface RoleModel {
  readonly spec: ModelSpec;
  readonly model: Model;
}

export interface GatewayOptions {
  readonly models: Readonly<Record<string, RoleModel>>;
  /** Left out: nothing is limited but what the specs say, for this gateway alone. */
  readonly limits?: Limiter;
  /** Left out: nothing is limited. */
  readonly budget?: Budget;
  readonly clock?: Clock;
  readonly troubles?: typeof TROUBLES;
}

/** With a budget every call needs an upper bound; a request that states none is sent with this many tokens at most. */
export const MOST_TOKENS_UNDER_BUDGET = 16_384;

export function createGateway(options: GatewayOptions): Gateway {
  const { models, clock = systemClock, troubles = TROUBLES } = options;
  const limits = options.limits ?? ownLimiter(models, clock);
  const budget = options.budget ?? new Budget(shareBudget({}, { workers: 1 }), { worker: 0, clock });
  const find = (role: string): RoleModel => {
    const target = models[role];
    if (target === undefined) throw new Error(`Internal error: no model for the role ${role}`);
    return target;
  };
  return {
    call(role, asked, { signal, timeoutMs }) {
      const target = find(role);
      const effective = withSampling(target.spec, asked);
      const requestHash = requestHashOf(modelNameOf(target.spec), effective);
      // A replay costs nothing, and finds its request only as it was made.
      const isFree = target.spec.provider === "recorded";
      const request = budget.isBounded && !isFree ? withBound(effective) : effective;
      return new Call({ role, target, request, requestHash, limits, budget, clock, troubles, signal, timeoutMs }).run();
    },
    hashOf(role, asked) {
      const { spec } = find(role);
      return requestHashOf(modelNameOf(spec), withSampling(spec, asked));
    },
    async close() {
      await Promise.all(Object.values(models).map(({ model }) => model.close?.()));
    },
  };
}

/** What a trouble ends when it stays. */
export function consequenceOf(trouble: ModelTrouble): "ends-sample" | "ends-run" {
  return TROUBLES[trouble].ends === "run" ? "ends-run" : "ends-sample";
}

interface CallParts {
  readonly role: string;
  readonly target: RoleModel;
  readonly request: ChatRequest;
  readonly requestHash: string;
  readonly limits: Limiter;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly troubles: typeof TROUBLES;
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
}

class Call {
  readonly #parts: CallParts;
  readonly #begun: number;
  #askedMs = 0;
  #firstTrouble: number | undefined;
  readonly #triesOf = new Map<string, number>();

  constructor(parts: CallParts) {
    this.#parts = parts;
    this.#begun = parts.clock.elapsed();
  }

  async run(): Promise<CallResult> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await this.#attempt(attempts);
      } catch (thrown) {
        if (!(thrown instanceof ModelError)) throw thrown;
        await this.#backOff(thrown);
      }
    }
  }

  async #attempt(attempts: number): Promise<CallResult> {
    const { role, target, request, requestHash, limits, clock, signal } = this.#parts;
    const permit = await limits.acquire(role, guessMessages(request.messages), signal);
    const reservation = await this.#reserve(permit);
    const sent = clock.elapsed();
    let reply: ChatReply;
    try {
      reply = await this.#ask(request);
      this.#askedMs += clock.elapsed() - sent;
    } catch (thrown) {
      this.#askedMs += clock.elapsed() - sent;
      permit.release(this.#endingOf(thrown));
      this.#settleFailure(reservation, thrown);
      throw thrown;
    }
    const costUsd = costOf(reply.usage, target.spec.price);
    const tokens = reply.usage.in + reply.usage.out;
    reservation.settle({ usd: costUsd, tokens, calls: 1 });
    permit.release({ kind: "good", tokens });
    const ms = clock.elapsed() - this.#begun;
    return { reply, attempts, ms, waitedMs: ms - this.#askedMs, costUsd, requestHash, role, model: reply.model };
  }

  /** One attempt, cut where it takes longer than it may. */
  async #ask(request: ChatRequest): Promise<ChatReply> {
    const { target, clock, signal, timeoutMs } = this.#parts;
    if (timeoutMs === undefined) return target.model.ask(request, { signal });
    const own = new AbortController();
    const ended = new AbortController();
    const stop = () => own.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const late = () => own.abort(new ModelError("busy", `no whole reply in ${timeoutMs} ms (the node's timeoutMs)`));
    void clock.sleep(timeoutMs, ended.signal).then(late, () => undefined); // Ended in time.
    try {
      return await target.model.ask(request, { signal: own.signal });
    } finally {
      ended.abort();
      signal.removeEventListener("abort", stop);
    }
  }

  async #reserve(permit: Permit): Promise<Reservation> {
    const { target, request, budget, signal } = this.#parts;
    try {
      return await budget.reserve(mostOf(request, target.spec.price, budget.isBounded), signal);
    } catch (thrown) {
      permit.release({ kind: "other" });
      throw thrown;
    }
  }

  #endingOf(thrown: unknown): Ending {
    if (!(thrown instanceof ModelError)) return { kind: "other" };
    const rule = this.#ruleOf(thrown);
    if (rule.cuts) return { kind: "busy", retryAfterMs: thrown.retryAfterMs };
    return { kind: rule.retry === undefined ? "other" : "failed" };
  }

  /** A server that said no has done no work. Any other end leaves open what it will bill: then all of it is spent. */
  #settleFailure(reservation: Reservation, thrown: unknown): void {
    const { target, request, budget } = this.#parts;
    const saidNo = thrown instanceof ModelError && ((thrown.status ?? 0) >= 300 || NEVER_SENT.has(thrown.trouble));
    if (saidNo) reservation.cancel();
    else reservation.settle(mostOf(request, target.spec.price, budget.isBounded));
  }

  #ruleOf(error: ModelError): TroubleRule {
    return this.#parts.troubles[error instanceof ServerAway ? "server-away" : error.trouble];
  }

  /** Waits as long as the table says, or throws the error when that is over. */
  async #backOff(error: ModelError): Promise<void> {
    const { clock, signal } = this.#parts;
    const { retry } = this.#ruleOf(error);
    if (retry === undefined) throw this.#final(error);
    const now = clock.elapsed();
    this.#firstTrouble ??= now;
    const tries = (this.#triesOf.get(error.trouble) ?? 0) + 1;
    this.#triesOf.set(error.trouble, tries);
    const upTo = Math.min(retry.mostMs, retry.firstMs * 2 ** Math.min(tries - 1, 30));
    const ms = clock.random() * upTo;
    if (tries >= retry.attempts || now + ms - this.#firstTrouble > retry.withinMs) throw this.#final(error);
    // A pause that the server asked for is the lane's: every request waits for it there, and does not pay it twice.
    await clock.sleep(ms, signal);
  }

  /** Whoever reads it at three in the morning wants to know which of the models it was. */
  #final(error: ModelError): ModelError {
    const { role, target } = this.#parts;
    const { status, retryAfterMs } = error;
    const message = `${role} (${modelNameOf(target.spec)}): ${error.message}`;
    return new ModelError(error.trouble, message, { status, retryAfterMs, cause: error });
  }
}

const NEVER_SENT: ReadonlySet<ModelTrouble> = new Set(["no-server", "cannot"]);

export function costOf(usage: Usage, price: Price | undefined): number {
  if (price === undefined) return 0;
  const cached = usage.cachedIn ?? 0;
  const cachedPrice = price.cachedInUsdPerMTok ?? price.inUsdPerMTok;
  return (
    ((usage.in - cached) * price.inUsdPerMTok + cached * cachedPrice + usage.out * price.outUsdPerMTok) / 1_000_000
  );
}

function mostOf(request: ChatRequest, price: Price | undefined, isBounded: boolean): Amounts {
  if (!isBounded) return { usd: 0, tokens: 0, calls: 0 };
  const usage = { in: mostTokens(request.messages), out: request.sampling.maxTokens ?? 0 };
  return { usd: costOf(usage, price), tokens: usage.in + usage.out, calls: 1 };
}

function withBound(request: ChatRequest): ChatRequest {
  if (request.sampling.maxTokens !== undefined) return request;
  return { ...request, sampling: { ...request.sampling, maxTokens: MOST_TOKENS_UNDER_BUDGET } };
}

/** A node's own values win over its model's. */
function withSampling({ temperature, topP, maxTokens }: ModelSpec, asked: ChatRequest): ChatRequest {
  return { ...asked, sampling: { ...defined({ temperature, topP, maxTokens }), ...defined(asked.sampling) } };
}

function defined(sampling: Sampling): Sampling {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
}

function ownLimiter(models: GatewayOptions["models"], clock: Clock): Limiter {
  const roles = Object.keys(models);
  const endpoints = roles.map((name) => ({ name, limits: models[name]!.spec }));
  const plan = { endpoints, roles: Object.fromEntries(roles.map((role, index) => [role, index])) };
  return new Limiter(shareLimits(plan, { workers: 1, clock }), { worker: 0, clock });
}
