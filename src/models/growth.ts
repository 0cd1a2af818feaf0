/**
 * How many requests an endpoint bears at once, found out as TCP finds out about a road (AIMD, with a memory):
 *
 *   first        one more for each reply, so double in a round trip, up to the cap
 *   told "busy"  half, once per round trip: what was sent before a cut says nothing about the time after it. Told again
 *                without one good reply in between: everybody stays away, twice as long each time, because a refusal
 *                takes a millisecond, and at one request in flight that is a thousand refusals a second
 *   then         back up quickly to just below where it hurt, and from there one step in ten round trips, each step
 *                that goes well twice as long as the one before (the server may have grown)
 *
 * A reply counts only if the limit was really used while its request was in the air: a trickle proves nothing about a
 * flood.
 * All numbers are shared by all threads. Two threads may both add one; the cap is kept elsewhere (limiter.ts).
 */
export interface GrowthWords {
  readonly ints: Int32Array;
  readonly longs: BigInt64Array;
  /** Where in `ints` the GROWTH_INTS numbers begin, and in `longs` the GROWTH_LONGS. */
  readonly int: number;
  readonly long: number;
}

export const GROWTH_INTS = 7;
export const GROWTH_LONGS = 3;

const LIMIT = 0;
const CAP = 1;
/** Where it last hurt; 0 as long as it never did. */
const CEILING = 2;
/** Good replies since the last step. */
const CREDIT = 3;
const STEP = 4;
const CUTS = 5;
/** Cuts and failures since the last good reply, one a round trip. */
const STREAK = 6;

/** When the limit was cut, and when it was last used to four fifths. Microseconds since the epoch, like all times. */
const CUT_AT = 0;
const FULL_AT = 1;
/** When a row of failures was last counted. */
const FAILED_AT = 2;

/** Round trips without trouble before the limit is tried a step above where it hurt. */
const ROUNDS_BEFORE_A_STEP = 10;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_AFTER_FAILURE_MS = 5_000;

export class Growth {
  readonly #ints: Int32Array;
  readonly #longs: BigInt64Array;
  readonly #int: number;
  readonly #long: number;

  constructor(words: GrowthWords) {
    this.#ints = words.ints;
    this.#longs = words.longs;
    this.#int = words.int;
    this.#long = words.long;
  }

  /** Before anybody uses it. */
  begin(start: number, cap: number): void {
    this.#put(CAP, cap);
    this.#put(LIMIT, Math.max(1, Math.min(start, cap)));
    this.#put(STEP, 1);
  }

  get limit(): number {
    return Math.min(this.#get(LIMIT), this.#get(CAP));
  }

  /** When the limit was last really used, in microseconds since the epoch. */
  get fullAt(): bigint {
    return this.#time(FULL_AT);
  }

  /** From here on it grows by small steps only. */
  settleAt(limit: number): void {
    this.#put(LIMIT, Math.max(1, limit));
    this.#put(CEILING, Math.max(1, limit));
    this.#put(CREDIT, 0);
    this.#put(STEP, 1);
  }

  get cuts(): number {
    return this.#get(CUTS);
  }

  /** A request was sent, and `inFlight` are in the air with it. */
  sent(nowUs: bigint, inFlight: number): void {
    if (inFlight >= this.#get(LIMIT) * 0.8) Atomics.store(this.#longs, this.#long + FULL_AT, nowUs);
  }

  /** A good reply came: whatever went wrong before is over. */
  calmDown(): void {
    if (this.#get(STREAK) !== 0) this.#put(STREAK, 0);
  }

  /** A good reply to a request that was sent at `sentUs` lets the limit grow. */
  succeeded(sentUs: bigint): void {
    const limit = this.#get(LIMIT);
    const cap = this.#get(CAP);
    if (limit >= cap || sentUs <= this.#time(CUT_AT) || sentUs > this.#time(FULL_AT)) return;
    const ceiling = this.#get(CEILING);
    if (ceiling === 0 || limit < Math.floor(ceiling * 0.95)) {
      this.#put(LIMIT, limit + 1);
      return;
    }
    const credit = Atomics.add(this.#ints, this.#int + CREDIT, 1) + 1;
    if (credit < limit * ROUNDS_BEFORE_A_STEP) return;
    const step = this.#get(STEP);
    this.#put(CREDIT, 0);
    this.#put(LIMIT, Math.min(cap, limit + step));
    if (limit + step <= ceiling) return;
    this.#put(CEILING, limit + step);
    this.#put(STEP, Math.min(step * 2, Math.max(1, limit >> 1)));
  }

  /**
   * The server had too much to do with a request that was sent at `sentUs`. For how long nobody should ask at all, in
   * milliseconds.
   */
  wasBusy(sentUs: bigint, nowUs: bigint, inFlight: number): number {
    const cutAt = this.#time(CUT_AT);
    if (sentUs <= cutAt) return 0;
    // One thread makes the cut; whoever loses the race saw the same trouble.
    if (Atomics.compareExchange(this.#longs, this.#long + CUT_AT, cutAt, nowUs) !== cutAt) return 0;
    const limit = Math.min(this.#get(LIMIT), Math.max(1, inFlight));
    const streak = Atomics.add(this.#ints, this.#int + STREAK, 1);
    // In a row of cuts only the first tells where it hurt.
    if (streak === 0) this.#put(CEILING, limit);
    this.#put(LIMIT, Math.max(1, limit >> 1));
    this.#put(CREDIT, 0);
    this.#put(STEP, 1);
    Atomics.add(this.#ints, this.#int + CUTS, 1);
    return pauseAfter(streak, LONGEST_PAUSE_MS);
  }

  /**
   * A request that was sent at `sentUs` failed for no reason of load. The limit stays; but where everything fails,
   * everybody stays away for a moment, as after refusals.
   */
  failed(sentUs: bigint, nowUs: bigint): number {
    const failedAt = this.#time(FAILED_AT);
    if (sentUs <= failedAt) return 0;
    if (Atomics.compareExchange(this.#longs, this.#long + FAILED_AT, failedAt, nowUs) !== failedAt) return 0;
    return pauseAfter(Atomics.add(this.#ints, this.#int + STREAK, 1), LONGEST_PAUSE_AFTER_FAILURE_MS);
  }

  #time(word: number): bigint {
    return Atomics.load(this.#longs, this.#long + word);
  }

  #get(word: number): number {
    return Atomics.load(this.#ints, this.#int + word);
  }

  #put(word: number, value: number): void {
    Atomics.store(this.#ints, this.#int + word, value);
  }
}

function pauseAfter(streak: number, longestMs: number): number {
  return streak === 0 ? 0 : Math.min(longestMs, FIRST_PAUSE_MS * 2 ** Math.min(streak - 1, 20));
}
