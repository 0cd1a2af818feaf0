/**
 * What a run may spend, in US dollars, tokens and calls, over all worker threads. A call reserves the most it can cost
 * before it is sent and settles what it did cost afterwards, so that
 *
 *     spent + reserved <= limit       at every moment, however many calls are in the air
 *
 * A reservation that fits into what is unspent, but not into what is unreserved, waits for calls to land; one that does
 * not fit at all throws BudgetSpent, and the run pauses. As in limiter.ts there is no lock: spent is one shared number,
 * reserved the sum of what each worker holds, and whoever takes counts afterwards and steps back if it was too much.
 *
 * Power can go at any moment. Before money is used, the parent is asked (`onLease`) to write down up to where spending
 * may go; that level, not what was settled, counts as spent after a crash. A lease is a hundredth of the limit, or a
 * few calls, so it is asked for seldom.
 *
 * Where the budget holds over many machines, this one has only what borrower.ts was granted of it: that is the limit then,
 * and the grant is the lease. A call that does not fit says how much it needs and waits for more, or for the word that
 * there is no more.
 */
import type { Clock } from "../core/clock.ts";
import type { Units } from "./lending.ts";

/** All three of one thing: what a call may cost, what a run has spent. */
export interface Amounts {
  readonly usd: number;
  readonly tokens: number;
  readonly calls: number;
}

export type BudgetLimits = Partial<Amounts>;

/** What the parent hands to its workers. */
export interface SharedBudget {
  readonly limits: BudgetLimits;
  readonly workers: number;
  readonly buffer: SharedArrayBuffer;
  readonly isBorrowed: boolean;
}

export interface BudgetView {
  readonly limits: BudgetLimits;
  readonly spent: Amounts;
  readonly reserved: Amounts;
}

/** Makes a level of spending durable. Once it resolves, the level counts as spent after a crash. */
export type OnLease = (upTo: Amounts) => Promise<void>;

export interface Reservation {
  /** Exactly one of these, exactly once. */
  settle(actual: Amounts): void;
  /** Nothing was used. */
  cancel(): void;
}

/** There is not enough left for the next call. The run pauses; nothing is wrong with the sample. */
export class BudgetSpent extends Error {
  readonly what: keyof Amounts;

  constructor(what: keyof Amounts, limit: number) {
    const amount = what === "usd" ? `$${limit}` : `${limit} ${what}`;
    super(`The budget of ${amount} is spent: what is left does not cover the next call`);
    this.name = "BudgetSpent";
    this.what = what;
  }
}

const KINDS = ["usd", "tokens", "calls"] as const;
const NANO = 1_000_000_000;
const LOOK_AGAIN_MS = 10;
const NO_LIMIT = 2n ** 62n;

/**
 * Words, 64 bit: spent x3, leased x3; granted x3, needed x3, over x3 where it is borrowed; then reserved x3 for each worker.
 * Dollars are counted in billionths.
 */
const SPENT = 0;
const LEASED = 3;
const GRANTED = 6;
const NEEDED = 9;
const OVER = 12;
const RESERVED = 15;

/** `spent` is what earlier sittings of the run used: after a crash, the last lease. */
export function shareBudget(
  limits: BudgetLimits,
  options: { workers: number; spent?: Amounts; isBorrowed?: boolean },
): SharedBudget {
  const { workers, spent, isBorrowed = false } = options;
  const buffer = new SharedArrayBuffer((RESERVED + 3 * workers) * 8);
  const words = new BigInt64Array(buffer);
  KINDS.forEach((kind, index) => {
    const units = toUnits(kind, spent?.[kind] ?? 0);
    words[SPENT + index] = units;
    words[LEASED + index] = units;
  });
  return { limits, workers, buffer, isBorrowed };
}

/** What a dead worker had reserved counts as spent: its calls may have been answered. Only after it is really gone. */
export function spendReserved(shared: SharedBudget, worker: number): void {
  const words = new BigInt64Array(shared.buffer);
  for (let index = 0; index < 3; index += 1) {
    const reserved = Atomics.exchange(words, RESERVED + 3 * worker + index, 0n);
    Atomics.add(words, SPENT + index, reserved);
  }
}

export class Budget {
  readonly #shared: SharedBudget;
  readonly #words: BigInt64Array;
  readonly #limits: readonly bigint[];
  readonly #mine: number;
  readonly #clock: Clock;
  readonly #onLease: OnLease | undefined;
  #leasing: Promise<void> | undefined;

  constructor(
    shared: SharedBudget,
    options: { readonly worker: number; readonly clock: Clock; readonly onLease?: OnLease },
  ) {
    this.#shared = shared;
    this.#words = new BigInt64Array(shared.buffer);
    this.#limits = KINDS.map((kind) => {
      const limit = shared.limits[kind];
      return limit === undefined ? NO_LIMIT : toUnits(kind, limit);
    });
    this.#mine = RESERVED + 3 * options.worker;
    this.#clock = options.clock;
    this.#onLease = this.isBounded && !shared.isBorrowed ? options.onLease : undefined;
  }

  /** False when nothing is limited: reserving is then a formality that always succeeds. */
  get isBounded(): boolean {
    return KINDS.some((kind) => this.#shared.limits[kind] !== undefined);
  }

  /** Throws BudgetSpent, or the signal's reason. At once when there is room and a lease, else a promise. */
  reserve(most: Amounts, signal: AbortSignal): Reservation | Promise<Reservation> {
    const units = KINDS.map((kind) => toUnits(kind, most[kind]));
    const taken = this.#take(units);
    return taken && this.#isLeased() ? this.#reservation(units) : this.#wait(units, taken, signal);
  }

  view(): BudgetView {
    const read = (at: (index: number) => bigint) =>
      Object.fromEntries(KINDS.map((kind, index) => [kind, fromUnits(kind, at(index))])) as unknown as Amounts;
    return {
      limits: this.#shared.limits,
      spent: read((index) => Atomics.load(this.#words, SPENT + index)),
      reserved: read((index) => this.#reserved(index)),
    };
  }

  /** Takes first and counts then, so that two threads can never both have the last dollar. */
  #take(units: readonly bigint[]): boolean {
    for (let index = 0; index < 3; index += 1) Atomics.add(this.#words, this.#mine + index, units[index]!);
    for (let index = 0; index < 3; index += 1) {
      if (this.#committed(index) <= this.#limit(index)) continue;
      this.#giveBack(units);
      return false;
    }
    return true;
  }

  async #wait(units: readonly bigint[], alreadyTaken: boolean, signal: AbortSignal): Promise<Reservation> {
    let taken = alreadyTaken;
    try {
      for (let ms = LOOK_AGAIN_MS; ; ms = Math.min(200, ms * 1.5)) {
        signal.throwIfAborted();
        taken ||= this.#take(units);
        if (taken && this.#isLeased()) return this.#reservation(units);
        if (taken) {
          this.#leasing ??= this.#lease(units);
          await this.#leasing;
        } else {
          this.#throwIfSpent(units);
          await this.#clock.sleep(ms, signal);
        }
      }
    } catch (thrown) {
      if (taken) this.#giveBack(units);
      throw thrown;
    }
  }

  #throwIfSpent(units: readonly bigint[]): void {
    if (this.#shared.isBorrowed) this.#need(units);
    KINDS.forEach((kind, index) => {
      const isOver = this.#shared.isBorrowed
        ? isWithin(units[index]!, Atomics.load(this.#words, OVER + index))
        : Atomics.load(this.#words, SPENT + index) + units[index]! > this.#limits[index]!;
      if (isOver) throw new BudgetSpent(kind, this.#shared.limits[kind]!);
    });
  }

  #need(units: readonly bigint[]): void {
    KINDS.forEach((_, index) => {
      if (this.#limits[index] !== NO_LIMIT) this.#raise(NEEDED + index, units[index]!);
    });
  }

  /** What this machine has, as whoever borrows for it tells the lender. What is needed is asked for once. */
  needs(): { readonly granted: Units; readonly spent: Units; readonly reserved: Units; readonly needs: Units } {
    return {
      granted: eachOf((index) => Atomics.load(this.#words, GRANTED + index)),
      spent: eachOf((index) => Atomics.load(this.#words, SPENT + index)),
      reserved: eachOf((index) => this.#reserved(index)),
      needs: eachOf((index) => Atomics.exchange(this.#words, NEEDED + index, 0n)),
    };
  }

  grant(granted: Units): void {
    granted.forEach((units, index) => {
      Atomics.store(this.#words, GRANTED + index, BigInt(units));
    });
  }

  /** Somebody waits for more than was granted. */
  get isAskedFor(): boolean {
    return KINDS.some((_, index) => Atomics.load(this.#words, NEEDED + index) > 0n);
  }

  /** Gives back what nobody has reserved; false where there is nothing of that. */
  lower(): boolean {
    const lowered = KINDS.map((_, index) => {
      const before = Atomics.load(this.#words, GRANTED + index);
      // Lowered before it is counted: whoever takes some meanwhile is seen, as takes count after they took.
      Atomics.store(this.#words, GRANTED + index, min(before, this.#committed(index)));
      const kept = min(before, this.#committed(index));
      Atomics.store(this.#words, GRANTED + index, kept);
      return kept < before;
    });
    return lowered.includes(true);
  }

  /** No call that may cost so much can be paid any more: it ends the run. */
  sayOver(kind: number, needed: number): void {
    Atomics.store(this.#words, OVER + kind, BigInt(needed));
  }

  #isLeased(): boolean {
    if (this.#onLease === undefined) return true;
    return KINDS.every(
      (_, index) =>
        this.#limits[index] === NO_LIMIT || this.#committed(index) <= Atomics.load(this.#words, LEASED + index),
    );
  }

  /** One at a time in a worker; several workers may ask at once, the highest level stands. */
  async #lease(units: readonly bigint[]): Promise<void> {
    try {
      const levels = KINDS.map((_, index) => {
        const limit = this.#limits[index]!;
        if (limit === NO_LIMIT) return this.#committed(index);
        const ahead = max(limit / 100n, units[index]! * 4n);
        return min(limit, this.#committed(index) + ahead);
      });
      const [usd, tokens, calls] = KINDS.map((kind, index) => fromUnits(kind, levels[index]!));
      await this.#onLease?.({ usd: usd!, tokens: tokens!, calls: calls! });
      levels.forEach((level, index) => {
        this.#raise(LEASED + index, level);
      });
    } finally {
      this.#leasing = undefined;
    }
  }

  #reservation(units: readonly bigint[]): Reservation {
    let open = true;
    const end = (actual: Amounts | undefined) => {
      if (!open) throw new Error("Internal error: a reservation was settled twice");
      open = false;
      // Spent before given back: in between too much is counted, never too little.
      if (actual !== undefined) this.#spend(actual);
      this.#giveBack(units);
    };
    return { settle: (actual) => end(actual), cancel: () => end(undefined) };
  }

  #spend(actual: Amounts): void {
    KINDS.forEach((kind, index) => {
      Atomics.add(this.#words, SPENT + index, toUnits(kind, actual[kind]));
    });
  }

  #giveBack(units: readonly bigint[]): void {
    for (let index = 0; index < 3; index += 1) Atomics.sub(this.#words, this.#mine + index, units[index]!);
  }

  #limit(index: number): bigint {
    const limit = this.#limits[index]!;
    return this.#shared.isBorrowed && limit !== NO_LIMIT ? Atomics.load(this.#words, GRANTED + index) : limit;
  }

  #committed(index: number): bigint {
    return Atomics.load(this.#words, SPENT + index) + this.#reserved(index);
  }

  #reserved(index: number): bigint {
    let sum = 0n;
    for (let worker = 0; worker < this.#shared.workers; worker += 1) {
      sum += Atomics.load(this.#words, RESERVED + 3 * worker + index);
    }
    return sum;
  }

  #raise(word: number, level: bigint): void {
    for (;;) {
      const before = Atomics.load(this.#words, word);
      if (before >= level || Atomics.compareExchange(this.#words, word, before, level) === before) return;
    }
  }
}

/** Costs are rounded up, so that a million calls cannot hide half a million billionths. */
function toUnits(kind: keyof Amounts, amount: number): bigint {
  return BigInt(Math.ceil(kind === "usd" ? Number((amount * NANO).toPrecision(15)) : amount));
}

function fromUnits(kind: keyof Amounts, units: bigint): number {
  return kind === "usd" ? Number(units) / NANO : Number(units);
}

/** A limit in units; so large that it is none where nothing is limited. */
export function limitUnits(limits: BudgetLimits): Units {
  return eachOf((index) => {
    const limit = limits[KINDS[index]!];
    return limit === undefined ? Number.MAX_SAFE_INTEGER : toUnits(KINDS[index]!, limit);
  });
}

export function unitsOf(amounts: Amounts): Units {
  return eachOf((index) => toUnits(KINDS[index]!, amounts[KINDS[index]!]));
}

function eachOf(of: (index: number) => bigint | number): Units {
  return [Number(of(0)), Number(of(1)), Number(of(2))];
}

/** `over` is 0 as long as nothing was refused. */
function isWithin(units: bigint, over: bigint): boolean {
  return over > 0n && units >= over;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
