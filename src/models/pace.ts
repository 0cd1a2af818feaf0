/**
 * So many units a minute, as a token bucket kept in one shared number (the generic cell rate algorithm): the time, in
 * microseconds, at which the next unit is due. Any thread takes from it with one compare-and-swap; a thread that dies
 * half way leaves nothing locked.
 *
 * A server counts in windows that we cannot see, fixed or sliding. So units are paced evenly, a little below the rate,
 * and time that was missed (a late timer) may be caught up by `SLACK_US` at most. In any window of a minute that gives
 * at most floor((60 s + slack) / interval) + 1 starts, and with a margin of 2 % and 0.6 s that is never above the
 * limit, even when the network delays a request by another half second.
 */
const MINUTE_US = 60_000_000;
const SLACK_US = 600_000n;

export class Pace {
  readonly #words: BigInt64Array;
  readonly #at: number;
  readonly #unitUs: number;

  /** `margin` is the share of the rate that is left unused. */
  constructor(words: BigInt64Array, at: number, perMinute: number, margin: number) {
    this.#words = words;
    this.#at = at;
    this.#unitUs = MINUTE_US / (perMinute * (1 - margin));
  }

  /** Milliseconds until something can be taken; 0 when it can now. */
  dueIn(nowMs: number): number {
    const late = Atomics.load(this.#words, this.#at) - BigInt(Math.floor(nowMs * 1000));
    return late > 0n ? waitMs(late) : 0;
  }

  /** Takes `units`; 0 when they may be used now, else the milliseconds after which to ask again (nothing is taken). */
  take(units: number, nowMs: number): number {
    const now = BigInt(Math.floor(nowMs * 1000));
    const cost = this.#cost(units);
    for (;;) {
      const due = Atomics.load(this.#words, this.#at);
      if (due > now) return waitMs(due - now);
      const from = due < now - SLACK_US ? now - SLACK_US : due;
      if (Atomics.compareExchange(this.#words, this.#at, due, from + cost) === due) return 0;
    }
  }

  /** After the fact: `units` more were used than were taken (fewer, when negative). */
  correct(units: number): void {
    Atomics.add(this.#words, this.#at, this.#cost(units));
  }

  #cost(units: number): bigint {
    return BigInt(Math.round(units * this.#unitUs));
  }
}

/** A clock that was set back must not stop everything: nothing is ever due later than this. */
const LONGEST_WAIT_MS = 120_000;

function waitMs(us: bigint): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(1, Math.ceil(Number(us) / 1000)));
}
