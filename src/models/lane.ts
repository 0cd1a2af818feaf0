/**
 * One endpoint's lane: requests in flight (adaptive: growth.ts, crowding.ts), requests and tokens a minute (pace.ts), and
 * one pause for everybody when the server asks for it.
 *
 * Its numbers are shared by all worker threads. There is no lock among them: a thread that is killed cannot leave one
 * behind. What is in flight is the sum of what each worker holds, so the parent can give back what a dead worker held.
 *
 *   64 bit, microseconds since the epoch:   requests due, tokens due, paused until, ends of borrowed slices, growth's,
 *                                           crowding's
 *   32 bit:                                 growth's, crowding's, mean reply, borrowed slots, held by each worker, waiting in
 *                                           each worker
 *
 * Where the endpoint's limits hold over many machines, this lane has what borrower.ts has borrowed for it: so many slots,
 * and slices of the paces. Then nothing goes before the first loan.
 *
 * In a worker, requests wait in one line. A release serves the own line at once; what other workers release is seen by
 * looking again every few milliseconds.
 */
import type { Clock } from "../core/clock.ts";
import { CROWDING_INTS, CROWDING_LONGS, Crowding } from "./crowding.ts";
import { GROWTH_INTS, GROWTH_LONGS, Growth } from "./growth.ts";
import { REQUESTS_MARGIN, TOKENS_MARGIN } from "./lending.ts";
import { Pace } from "./pace.ts";
import { WaitingLine } from "./waiting-line.ts";

export interface EndpointLimits {
  /** Most requests in the air. Also where it begins: whoever states a number has thought about it. */
  readonly inFlight?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** False where there is no server to get to know: the number of requests in the air stays as it is. */
  readonly adapts?: boolean;
}

export interface LaneView {
  readonly endpoint: string;
  /** Requests in flight allowed just now. */
  readonly limit: number;
  readonly inFlight: number;
  readonly waiting: number;
  readonly pausedForMs: number;
  /** How often the limit was halved. */
  readonly cuts: number;
}

/** How a request ended, as far as the endpoint's load is concerned. */
export type Ending =
  | { readonly kind: "good"; readonly tokens: number }
  | { readonly kind: "busy"; readonly retryAfterMs: number | undefined }
  /** The server, or the way to it, is not well. */
  | { readonly kind: "failed" }
  | { readonly kind: "other" };

export interface Permit {
  /** Exactly once. */
  release(ending: Ending): void;
}

/** What a lane has to say to whoever borrows for it. */
export interface LaneNeeds {
  readonly held: number;
  readonly waiting: number;
  readonly slots: number;
  /** Left of the borrowed slices, in milliseconds. */
  readonly requestsMs: number;
  readonly tokensMs: number;
  /** Of an average reply. */
  readonly meanReply: number;
  readonly pausedUntil: number;
}

/** Where a lane's numbers are: the `index`-th of its kind. */
export interface LanePlace {
  readonly buffer: SharedArrayBuffer;
  readonly workers: number;
  readonly index: number;
}

const REQUESTS_DUE = 0;
const TOKENS_DUE = 1;
const PAUSED_UNTIL = 2;
const REQUESTS_UNTIL = 3;
const TOKENS_UNTIL = 4;
const GROWTH_AT = 5;
const CROWDING_AT = GROWTH_AT + GROWTH_LONGS;
const LONGS = CROWDING_AT + CROWDING_LONGS;
const MEAN_REPLY = GROWTH_INTS + CROWDING_INTS;
const SLOTS = MEAN_REPLY + 1;
const HELD = SLOTS + 1;
const ALL_SLOTS = 0x7fffffff;

/** Without a number from the graph or the command line: enough for any server of one's own, no flood for others. */
const CAP = 4096;
const START = 64;

/** How often a worker looks whether another one has released. */
const LOOK_AGAIN_MS = 5;

/** Before any worker uses it. */
export function beginLane(
  place: LanePlace,
  options: {
    readonly limits: EndpointLimits;
    readonly inFlight?: number;
    readonly isBorrowed: boolean;
    readonly clock: Clock;
  },
): void {
  const { limits, inFlight, isBorrowed, clock } = options;
  const { ints, longs } = wordsOf(place);
  longs[REQUESTS_DUE] = longs[TOKENS_DUE] = nowUs(clock);
  ints[MEAN_REPLY] = 512;
  ints[SLOTS] = isBorrowed && limits.inFlight !== undefined ? 0 : ALL_SLOTS;
  const cap = Math.min(limits.inFlight ?? CAP, inFlight ?? CAP);
  growthOf(place).begin(limits.inFlight ?? inFlight ?? START, cap);
  crowdingOf(place).begin(nowUs(clock));
}

/** What a worker that is gone held, and who waited in it. */
export function emptyHands(place: LanePlace, worker: number): void {
  const { ints } = wordsOf(place);
  Atomics.store(ints, HELD + worker, 0);
  Atomics.store(ints, HELD + place.workers + worker, 0);
  // Requests that never land would leave a group unfinished for ever.
  crowdingOf(place).startOver(0n);
}

export function bytesPerLane(workers: number): number {
  return LONGS * 8 + intsPerLane(workers) * 4;
}

export interface LaneOptions {
  readonly name: string;
  readonly limits: EndpointLimits;
  readonly isBorrowed: boolean;
  readonly worker: number;
  readonly clock: Clock;
}

/** What a permit stands for: the request's own tokens, what was taken from the token pace, and when. */
interface Taken {
  readonly tokens: number;
  readonly guess: number;
  readonly sentUs: bigint;
  readonly group: number;
}

export class Lane {
  readonly #ints: Int32Array;
  readonly #longs: BigInt64Array;
  readonly #growth: Growth;
  readonly #crowding: Crowding;
  readonly #name: string;
  readonly #requests: Pace | undefined;
  readonly #tokens: Pace | undefined;
  readonly #adapts: boolean;
  readonly #workers: number;
  readonly #worker: number;
  readonly #clock: Clock;
  readonly #line: WaitingLine<number, Permit>;

  constructor(place: LanePlace, options: LaneOptions) {
    const { ints, longs } = wordsOf(place);
    const { requestsPerMinute, tokensPerMinute } = options.limits;
    this.#ints = ints;
    this.#longs = longs;
    this.#name = options.name;
    this.#growth = growthOf(place);
    this.#crowding = crowdingOf(place);
    const pace = (at: number, perMinute: number | undefined, margin: number, until: number) =>
      perMinute ? new Pace(longs, at, { perMinute, margin, until: options.isBorrowed ? until : undefined }) : undefined;
    this.#requests = pace(REQUESTS_DUE, requestsPerMinute, REQUESTS_MARGIN, REQUESTS_UNTIL);
    this.#tokens = pace(TOKENS_DUE, tokensPerMinute, TOKENS_MARGIN, TOKENS_UNTIL);
    this.#adapts = options.limits.adapts ?? true;
    this.#workers = place.workers;
    this.#worker = options.worker;
    this.#clock = options.clock;
    this.#line = new WaitingLine({
      take: (requestTokens) => this.#take(requestTokens),
      onLength: (length) => Atomics.store(ints, HELD + place.workers + options.worker, length),
      clock: options.clock,
    });
  }

  acquire(tokens: number, signal: AbortSignal): Permit | Promise<Permit> {
    signal.throwIfAborted();
    if (this.#line.length === 0) {
      const taken = this.#take(tokens);
      if (typeof taken !== "number") return taken;
    }
    return this.#line.join(tokens, signal);
  }

  view(): LaneView {
    let waiting = 0;
    for (let worker = 0; worker < this.#workers; worker += 1) {
      waiting += Atomics.load(this.#ints, HELD + this.#workers + worker);
    }
    const pausedUs = Atomics.load(this.#longs, PAUSED_UNTIL) - nowUs(this.#clock);
    return {
      endpoint: this.#name,
      limit: this.#limit(),
      inFlight: this.#inFlight(),
      waiting,
      pausedForMs: pausedUs > 0n ? Math.ceil(Number(pausedUs) / 1000) : 0,
      cuts: this.#growth.cuts,
    };
  }

  needs(): LaneNeeds {
    const { inFlight, waiting } = this.view();
    const nowMs = this.#clock.now();
    return {
      held: inFlight,
      waiting,
      slots: Atomics.load(this.#ints, SLOTS),
      requestsMs: this.#requests?.leftMs(nowMs) ?? Number.POSITIVE_INFINITY,
      tokensMs: this.#tokens?.leftMs(nowMs) ?? Number.POSITIVE_INFINITY,
      meanReply: Atomics.load(this.#ints, MEAN_REPLY),
      pausedUntil: Number(Atomics.load(this.#longs, PAUSED_UNTIL)) / 1000,
    };
  }

  takeOwedTokens(): number {
    return this.#tokens?.takeOwed() ?? 0;
  }

  lendRequests(fromMs: number, toMs: number): void {
    this.#requests?.lend(fromMs, toMs);
  }

  lendTokens(fromMs: number, toMs: number): void {
    this.#tokens?.lend(fromMs, toMs);
  }

  lendSlots(slots: number): void {
    Atomics.store(this.#ints, SLOTS, slots);
  }

  /** Fewer slots: as many as that, or as are in the air. Gives how many it has now. */
  lowerSlots(slots: number): number {
    // Lowered before it is counted: whoever takes one meanwhile is seen, as takes count after they took.
    Atomics.store(this.#ints, SLOTS, slots);
    const held = this.#inFlight();
    if (held > slots) Atomics.store(this.#ints, SLOTS, held);
    return Math.max(held, slots);
  }

  /** What was borrowed of the paces has run out, and nobody can be asked for more. */
  closePaces(): void {
    this.#requests?.close();
    this.#tokens?.close();
  }

  pauseUntil(ms: number): void {
    this.#pauseUntil(BigInt(Math.ceil(ms * 1000)));
  }

  #limit(): number {
    return Math.min(this.#growth.limit, Atomics.load(this.#ints, SLOTS));
  }

  /** A permit, or the milliseconds after which to look again. */
  #take(tokens: number): Permit | number {
    const nowMs = this.#clock.now();
    const paused = Number(Atomics.load(this.#longs, PAUSED_UNTIL)) / 1000 - nowMs;
    if (paused > 0) return paused;
    const due = Math.max(this.#requests?.dueIn(nowMs) ?? 0, this.#tokens?.dueIn(nowMs) ?? 0);
    if (due > 0) return due;
    if (!this.#takeRoom()) return LOOK_AGAIN_MS;
    const guess = tokens + (this.#tokens === undefined ? 0 : Atomics.load(this.#ints, MEAN_REPLY));
    const later = this.#requests?.take(1, nowMs) ?? 0;
    const latest = later === 0 ? (this.#tokens?.take(guess, nowMs) ?? 0) : later;
    if (latest === 0) return this.#permit({ tokens, guess, sentUs: this.#sent(nowMs), group: this.#crowding.sent() });
    // Another thread was faster.
    if (later === 0) this.#requests?.correct(-1);
    Atomics.sub(this.#ints, HELD + this.#worker, 1);
    return latest;
  }

  /**
   * Takes first and counts then: two threads at the last place may both step back, but never both go. While others
   * wait, nobody holds more than a fair share, or a busy worker's own releases would feed it for ever.
   */
  #takeRoom(): boolean {
    const held = Atomics.add(this.#ints, HELD + this.#worker, 1) + 1;
    const limit = this.#limit();
    if (this.#inFlight() <= limit && (this.#workers === 1 || held <= this.#fairShare(limit))) return true;
    Atomics.sub(this.#ints, HELD + this.#worker, 1);
    return false;
  }

  #sent(nowMs: number): bigint {
    const sentUs = BigInt(Math.floor(nowMs * 1000));
    this.#growth.sent(sentUs, this.#inFlight());
    return sentUs;
  }

  #fairShare(limit: number): number {
    let active = 1;
    let othersWait = false;
    for (let worker = 0; worker < this.#workers; worker += 1) {
      if (worker === this.#worker) continue;
      const waits = Atomics.load(this.#ints, HELD + this.#workers + worker) > 0;
      othersWait ||= waits;
      if (waits || Atomics.load(this.#ints, HELD + worker) > 0) active += 1;
    }
    return othersWait ? Math.ceil(limit / active) : limit;
  }

  #inFlight(): number {
    let sum = 0;
    for (let worker = 0; worker < this.#workers; worker += 1) sum += Atomics.load(this.#ints, HELD + worker);
    return sum;
  }

  #permit(taken: Taken): Permit {
    let released = false;
    return {
      release: (ending) => {
        if (released) throw new Error("Internal error: a permit was released twice");
        released = true;
        this.#learn(ending, taken);
        Atomics.sub(this.#ints, HELD + this.#worker, 1);
        if (this.#line.length > 0) this.#line.serve();
      },
    };
  }

  #learn(ending: Ending, { tokens, guess, sentUs, group }: Taken): void {
    const now = nowUs(this.#clock);
    if (this.#adapts) this.#crowding.landed(group, ending.kind === "good" ? now - sentUs : undefined, now);
    switch (ending.kind) {
      case "good": {
        this.#growth.calmDown();
        if (this.#adapts && !this.#crowding.isTrying) this.#growth.succeeded(sentUs);
        if (this.#tokens === undefined) return;
        this.#tokens.correct(ending.tokens - guess);
        const mean = Atomics.load(this.#ints, MEAN_REPLY);
        const reply = Math.max(0, ending.tokens - tokens);
        Atomics.store(this.#ints, MEAN_REPLY, Math.round(mean * 0.95 + reply * 0.05));
        return;
      }
      case "busy":
        this.#crowding.startOver(now);
        this.#pause(Math.max(this.#growth.wasBusy(sentUs, now, this.#inFlight()), ending.retryAfterMs ?? 0));
        this.#tokens?.correct(-guess);
        return;
      case "failed":
        this.#pause(this.#growth.failed(sentUs, now));
        return;
      case "other":
        return;
    }
  }

  #pause(ms: number): void {
    if (ms > 0) this.#pauseUntil(nowUs(this.#clock) + BigInt(Math.ceil(ms * 1000)));
  }

  #pauseUntil(until: bigint): void {
    for (;;) {
      const before = Atomics.load(this.#longs, PAUSED_UNTIL);
      if (before >= until) return;
      if (Atomics.compareExchange(this.#longs, PAUSED_UNTIL, before, until) === before) return;
    }
  }
}

function intsPerLane(workers: number): number {
  // Even, so that the next lane's 64-bit numbers stay aligned.
  return (HELD + 2 * workers + 1) & ~1;
}

function wordsOf({ buffer, workers, index }: LanePlace): { readonly ints: Int32Array; readonly longs: BigInt64Array } {
  const at = index * bytesPerLane(workers);
  return {
    longs: new BigInt64Array(buffer, at, LONGS),
    ints: new Int32Array(buffer, at + LONGS * 8, intsPerLane(workers)),
  };
}

function crowdingOf(place: LanePlace): Crowding {
  const { ints, longs } = wordsOf(place);
  const words = {
    ints: ints.subarray(GROWTH_INTS, GROWTH_INTS + CROWDING_INTS),
    longs: longs.subarray(CROWDING_AT, CROWDING_AT + CROWDING_LONGS),
  };
  return new Crowding(words, growthOf(place));
}

function growthOf(place: LanePlace): Growth {
  const { ints, longs } = wordsOf(place);
  return new Growth({ ints, longs, int: 0, long: GROWTH_AT });
}

/** The epoch, because clocks that never jump begin anew in each thread. */
function nowUs(clock: Clock): bigint {
  return BigInt(Math.floor(clock.now() * 1000));
}
