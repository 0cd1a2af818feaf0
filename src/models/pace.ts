/**
 * So many units a minute, as a token bucket kept in one shared number (the generic cell rate algorithm): the time, in
 * microseconds, at which the next unit is due. Any thread takes from it with one compare-and-swap; a thread that dies
 * half way leaves nothing locked.
 *
 * A server counts in windows that we cannot see, fixed or sliding. So units are paced evenly, a little below the rate,
 * and time that was missed (a late timer) may be caught up by `SLACK_US` at most. In any window of a minute that gives
 * at most floor((60 s + slack) / interval) + 1 starts, and with a margin of 2 % and 0.6 s that is never above the
 * limit, even when the network delays a request by another half second.
 *
 * Where the rate holds over many machines (lending.ts), units may be taken only up to the end of the slice of time that
 * this one has borrowed. What the last one took beyond it is owed.
 */
const MINUTE_US = 60_000_000;
const SLACK_US = 600_000n;

export class Pace {
  readonly #words: BigInt64Array;
  readonly #at: number;
  readonly #unitUs: number;
  readonly #until: number | undefined;

  /** `margin` is the share of the rate that is left unused; `until` the number that tells where a borrowed slice ends. */
  constructor(
    words: BigInt64Array,
    at: number,
    { perMinute, margin, until }: { readonly perMinute: number; readonly margin: number; readonly until?: number },
  ) {
    this.#words = words;
    this.#at = at;
    this.#unitUs = MINUTE_US / (perMinute * (1 - margin));
    this.#until = until;
  }

  /** Milliseconds until something can be taken; 0 when it can now. */
  dueIn(nowMs: number): number {
    const now = BigInt(Math.floor(nowMs * 1000));
    const due = Atomics.load(this.#words, this.#at);
    if (due > now) return waitMs(due - now);
    return this.#isUsedUp(due, now) ? LOOK_AGAIN_MS : 0;
  }

  /** How much of a borrowed slice is left, in milliseconds. */
  leftMs(nowMs: number): number {
    if (this.#until === undefined) return Number.POSITIVE_INFINITY;
    const from = max(Atomics.load(this.#words, this.#at), BigInt(Math.floor(nowMs * 1000)) - SLACK_US);
    return Math.max(0, Number(Atomics.load(this.#words, this.#until) - from) / 1000);
  }

  /** Takes what was used beyond the slice off this pace, for the lender's: milliseconds. */
  takeOwed(): number {
    if (this.#until === undefined) return 0;
    for (;;) {
      const due = Atomics.load(this.#words, this.#at);
      const until = Atomics.load(this.#words, this.#until);
      if (until === 0n || due <= until) return 0;
      if (Atomics.compareExchange(this.#words, this.#at, due, until) === due) return Number(due - until) / 1000;
    }
  }

  /** Another slice, in place of one that is used up. */
  lend(fromMs: number, toMs: number): void {
    if (this.#until === undefined) return;
    const [from, to] = [BigInt(Math.floor(fromMs * 1000)), BigInt(Math.floor(toMs * 1000))];
    const before = Atomics.load(this.#words, this.#until);
    // In this order: as long as the end is the old one, nobody takes anything.
    const due = Atomics.exchange(this.#words, this.#at, from);
    if (before !== 0n && due > before) Atomics.add(this.#words, this.#at, due - before);
    Atomics.store(this.#words, this.#until, to);
  }

  /** Nothing may be taken until another slice is lent. */
  close(): void {
    if (this.#until !== undefined) Atomics.store(this.#words, this.#until, 0n);
  }

  /** Takes `units`; 0 when they may be used now, else the milliseconds after which to ask again (nothing is taken). */
  take(units: number, nowMs: number): number {
    const now = BigInt(Math.floor(nowMs * 1000));
    const cost = this.#cost(units);
    for (;;) {
      const due = Atomics.load(this.#words, this.#at);
      if (due > now) return waitMs(due - now);
      if (this.#isUsedUp(due, now)) return LOOK_AGAIN_MS;
      const from = max(due, now - SLACK_US);
      if (Atomics.compareExchange(this.#words, this.#at, due, from + cost) === due) return 0;
    }
  }

  /** After the fact: `units` more were used than were taken (fewer, when negative). */
  correct(units: number): void {
    Atomics.add(this.#words, this.#at, this.#cost(units));
  }

  #isUsedUp(due: bigint, now: bigint): boolean {
    return this.#until !== undefined && max(due, now - SLACK_US) >= Atomics.load(this.#words, this.#until);
  }

  #cost(units: number): bigint {
    return BigInt(Math.round(units * this.#unitUs));
  }
}

/** A clock that was set back must not stop everything: nothing is ever due later than this. */
const LONGEST_WAIT_MS = 120_000;
/** How often somebody who waits looks whether another slice was lent. */
const LOOK_AGAIN_MS = 5;

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function waitMs(us: bigint): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(1, Math.ceil(Number(us) / 1000)));
}
