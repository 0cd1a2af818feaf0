/**
 * Some servers never say "busy": beyond what they bear, everything just takes longer. So now and then the lane asks
 * itself whether fewer requests in flight would be any worse. By Little's law, throughput is requests in flight over
 * latency: if a step down in the one is answered by as large a step down in the other, nothing was lost, and the
 * server's memory, its queue and everybody's time-outs gain.
 *
 *   watching   latency is measured over groups of as many requests as the limit allows. When a group is slower by half
 *              than the quickest group so far, or after some quiet groups, one step is tried:
 *   trying     a tenth and a half fewer. No quicker: back, and longer quiet
 *   doubting   back to as many as before, for one group. Slow again: the step is kept, and a larger one tried. Not slow:
 *              it was the server's mood and not our doing; back, and longer quiet
 *
 * A try on a server that is well costs 15 % of one round trip. The mean is of the first four fifths of a group to land,
 * in both states, so the slow tail neither delays the answer nor tips it.
 */
import type { Growth } from "./growth.ts";

export const CROWDING_INTS = 10;
export const CROWDING_LONGS = 5;

const GROUP = 0;
const SIZE = 1;
const SENT = 2;
const LANDED = 3;
const GOOD = 4;
/** 0 while watching; while trying and doubting, the limit to go back to. */
const BACK_TO = 5;
/** Groups until a try without suspicion, and how many there will be after the next try that was for nothing. */
const QUIET = 6;
const NEXT_QUIET = 7;
/** Groups since the last try. */
const SINCE = 8;
/** While doubting, the limit that was tried; else 0. */
const TRIED = 9;

const SUM = 0;
const BEFORE = 1;
const QUICKEST = 2;
const BEGUN = 3;
/** Mean of the group that was tried. */
const TRY_MEAN = 4;

/** Too few, and chance decides; too quick, and it is our own processor that we measure. */
const FEWEST = 10;
const QUICKEST_WORTH_A_TRY_US = 150_000n;

const FIRST_STEP = 0.85;
const NEXT_STEP = 0.75;
const QUIET_AT_FIRST = 12;
const QUIET_AT_MOST = 100;

export class Crowding {
  readonly #ints: Int32Array;
  readonly #longs: BigInt64Array;
  readonly #growth: Growth;

  constructor(words: { readonly ints: Int32Array; readonly longs: BigInt64Array }, growth: Growth) {
    this.#ints = words.ints;
    this.#longs = words.longs;
    this.#growth = growth;
  }

  begin(nowUs: bigint): void {
    this.#ints[QUIET] = this.#ints[NEXT_QUIET] = QUIET_AT_FIRST;
    this.#newGroup(nowUs);
  }

  /** While a step is tried or doubted, the limit must not move for another reason. */
  get isTrying(): boolean {
    return Atomics.load(this.#ints, BACK_TO) !== 0;
  }

  /** A request was sent: the group it belongs to, or -1 when its group is full. */
  sent(): number {
    const group = Atomics.load(this.#ints, GROUP);
    return Atomics.add(this.#ints, SENT, 1) < Atomics.load(this.#ints, SIZE) ? group : -1;
  }

  /** A request of `group` is back after `tookUs`; undefined when its time tells nothing. */
  landed(group: number, tookUs: bigint | undefined, nowUs: bigint): void {
    if (group !== Atomics.load(this.#ints, GROUP)) return;
    if (tookUs !== undefined) {
      Atomics.add(this.#longs, SUM, tookUs);
      Atomics.add(this.#ints, GOOD, 1);
    }
    // Exactly one thread sees this number.
    const needed = Math.ceil(Atomics.load(this.#ints, SIZE) * 0.8);
    if (Atomics.add(this.#ints, LANDED, 1) + 1 === needed) this.#judge(nowUs);
  }

  /** The limit was cut, or a worker died with part of the group: what was measured means nothing. */
  startOver(nowUs: bigint): void {
    Atomics.store(this.#ints, BACK_TO, 0);
    Atomics.store(this.#ints, TRIED, 0);
    this.#newGroup(nowUs);
  }

  #judge(nowUs: bigint): void {
    const good = Atomics.load(this.#ints, GOOD);
    const wasFull = this.#growth.fullAt >= Atomics.load(this.#longs, BEGUN);
    const mean = good === 0 ? 0n : Atomics.load(this.#longs, SUM) / BigInt(good);
    const isSound = wasFull && good * 2 > Atomics.load(this.#ints, SIZE);
    if (Atomics.load(this.#ints, TRIED) !== 0) this.#judgeDoubt(mean, isSound);
    else if (this.isTrying) this.#judgeTry(mean, isSound);
    else if (wasFull && good > 0) this.#judgeWatch(mean);
    this.#newGroup(nowUs);
  }

  #judgeWatch(mean: bigint): void {
    const quickest = Atomics.load(this.#longs, QUICKEST);
    if (quickest === 0n || mean < quickest) Atomics.store(this.#longs, QUICKEST, mean);
    const since = Atomics.add(this.#ints, SINCE, 1) + 1;
    const isSlow = quickest !== 0n && mean * 2n > quickest * 3n && since >= 3;
    const isTime = since >= Atomics.load(this.#ints, QUIET);
    const { limit } = this.#growth;
    if (!(isSlow || isTime) || limit < FEWEST || mean < QUICKEST_WORTH_A_TRY_US) return;
    this.#try(limit, mean, FIRST_STEP);
  }

  #judgeTry(mean: bigint, isSound: boolean): void {
    const backTo = Atomics.load(this.#ints, BACK_TO);
    const { limit } = this.#growth;
    const before = Atomics.load(this.#longs, BEFORE);
    if (!isSound || !isWorthIt({ fewer: limit, mean }, { more: backTo, mean: before })) {
      this.#rest(backTo, before);
      return;
    }
    Atomics.store(this.#ints, TRIED, limit);
    Atomics.store(this.#longs, TRY_MEAN, mean);
    this.#growth.settleAt(backTo);
  }

  #judgeDoubt(mean: bigint, isSound: boolean): void {
    const [backTo, tried] = [Atomics.load(this.#ints, BACK_TO), Atomics.load(this.#ints, TRIED)];
    const tryMean = Atomics.load(this.#longs, TRY_MEAN);
    Atomics.store(this.#ints, TRIED, 0);
    if (!isSound || !isWorthIt({ fewer: tried, mean: tryMean }, { more: backTo, mean })) {
      this.#rest(backTo, mean);
      return;
    }
    Atomics.store(this.#ints, NEXT_QUIET, QUIET_AT_FIRST);
    if (tried >= FEWEST) this.#try(tried, tryMean, NEXT_STEP);
    else this.#rest(tried, tryMean);
  }

  /** Latency has its own reasons (longer texts, another hour): what was quick once is no measure for ever. */
  #rest(limit: number, mean: bigint): void {
    this.#growth.settleAt(limit);
    const quiet = Atomics.load(this.#ints, NEXT_QUIET);
    Atomics.store(this.#ints, QUIET, quiet);
    Atomics.store(this.#ints, NEXT_QUIET, Math.min(QUIET_AT_MOST, quiet * 2));
    Atomics.store(this.#ints, SINCE, 0);
    Atomics.store(this.#longs, QUICKEST, mean);
    Atomics.store(this.#ints, BACK_TO, 0);
  }

  #try(limit: number, mean: bigint, step: number): void {
    Atomics.store(this.#longs, BEFORE, mean);
    Atomics.store(this.#ints, BACK_TO, limit);
    this.#growth.settleAt(Math.floor(limit * step));
  }

  #newGroup(nowUs: bigint): void {
    Atomics.store(this.#ints, SIZE, this.#growth.limit);
    Atomics.store(this.#ints, SENT, 0);
    Atomics.store(this.#ints, LANDED, 0);
    Atomics.store(this.#ints, GOOD, 0);
    Atomics.store(this.#longs, SUM, 0n);
    Atomics.store(this.#longs, BEGUN, nowUs);
    Atomics.add(this.#ints, GROUP, 1);
  }
}

/** Half of the step must come back as latency, or throughput was lost. */
function isWorthIt(
  less: { readonly fewer: number; readonly mean: bigint },
  than: { readonly more: number; readonly mean: bigint },
): boolean {
  return Number(less.mean) < Number(than.mean) * ((less.fewer / than.more + 1) / 2);
}
