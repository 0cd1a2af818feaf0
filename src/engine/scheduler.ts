/**
 * What runs when: hands samples to workers, keeps as many in flight as allowed, and brings the run to its end.
 *
 *            ┌───────── fill: samples under way first, then in input order ─────────┐
 *   running ─┤                                                                       ├─▶ finished   no sample is left
 *            ├─ interrupt / budget spent / enough accepted ─▶ draining ─▶ paused     │
 *            └─ second interrupt / a wrong key, no server ──▶ aborting ─▶ paused ────┘
 *
 * Invariants:
 *   - A sample is with at most one worker at a time. It leaves a worker finished (its outcome is committed), set aside
 *     (it goes on from its checkpoint in a later run), because it waits for a person (that is committed, and it takes no
 *     room), or because the worker died (it is handed out again).
 *   - A sample that a person has decided on goes first, and nothing ends before the last look for one.
 *   - At most `inFlight` samples are with workers; memory is bounded by that, not by the data set.
 *
 * When a worker dies, any of its samples may be to blame. They are suspects, and go on in ever smaller groups:
 *
 *   died with 64 ─▶ 8 groups of 8, one after the other on a worker of their own ─▶ a group that dies: 8 groups of 1
 *   died with 1, LIVES times ─▶ that sample is `failed`; every other one goes its way
 *
 * So no sample can bring down a run, and samples that were only too much together get more room.
 */
import { MezzoError } from "../core/errors.ts";
import type { Outcome } from "../core/sample.ts";
import type { RunTrouble } from "./messages.ts";

/** One place where samples are worked on: a thread, or for tests this thread. */
export interface WorkerHandle {
  take(samples: readonly string[], fences?: readonly number[]): void;
  drain(): void;
  abort(reason: string): void;
  close(): Promise<void>;
}

export interface WorkerEvents {
  finished(sample: string, outcome: Outcome): void;
  /** `lost`: somebody else has it now, and nothing that is done here counts. */
  setAside(sample: string, why?: "lost"): void;
  /** A person is asked about it. */
  waits(sample: string): void;
  /** What ends or pauses the run; but `internal` is a bug, which concerns this sample. */
  trouble(sample: string, trouble: RunTrouble): void;
  /** The worker is gone; a new one is needed. `ready`: it had begun to work, so a sample may be to blame. */
  died(reason: string, had: { readonly ready: boolean }): void;
}

export interface SchedulerOptions {
  readonly workers: number;
  readonly inFlight: number;
  /** Enough accepted samples; the run stops there. */
  readonly accepted: number | undefined;
  readonly acceptedSoFar: number;
  readonly open: (worker: number, events: WorkerEvents) => WorkerHandle;
  /**
   * The next unfinished samples, in order, none twice; an empty page ends it. `later`: there are none just now, and
   * `lookAgain` will be called.
   */
  readonly nextPage: () => Promise<readonly string[] | "later">;
  /** Samples that a person has decided on, and no worker has taken up; those that are with one may be among them. */
  readonly nextDecided?: () => Promise<readonly string[]>;
  /** A sample that can't be worked on: ends it as `failed`, unless it has an outcome that the worker had no time to tell. */
  readonly giveUp: (sample: string, reason: string) => Promise<Outcome>;
}

export type Ended = { readonly state: "finished" } | { readonly state: "paused"; readonly trouble: RunTrouble };

export interface Scheduler {
  /** Resolves when every sample has left the workers and they are closed. */
  readonly ended: Promise<Ended>;
  readonly inFlight: number;
  /** There may be samples again, or it is known now that there will be none. */
  lookAgain(): void;
  /** A person may have decided meanwhile. */
  lookForDecided(): void;
  drain(trouble: RunTrouble): void;
  abort(trouble: RunTrouble): void;
}

/** How many workers may die that had this sample and no other. */
const LIVES = 2;
/** Suspects are parted into so many groups. */
const GROUPS = 8;
/** Workers that die before they are ready, in a row; and samples given up without one that finishes: then it is not them. */
const FALSE_STARTS = 3;
const GIVEN_UP = 10;
/** Samples handed over at once: few enough to start smoothly, enough to keep messages rare. */
const BATCH = 16;

interface Seat {
  handle: WorkerHandle;
  readonly samples: Set<string>;
  /** Has a group of suspects, and takes nothing else meanwhile. */
  apart: boolean;
}

export function startScheduler(options: SchedulerOptions): Scheduler {
  const seats: Seat[] = [];
  const waiting: string[] = [];
  const suspects: (readonly string[])[] = [];
  /** Workers that died with this sample alone. */
  const deaths = new Map<string, number>();
  const { promise: ended, resolve, reject } = Promise.withResolvers<Ended>();
  let accepted = options.acceptedSoFar;
  let exhausted = false;
  /** Nobody has decided on anything since the last look, as far as is known. */
  let looked = options.nextDecided === undefined;
  let filling = false;
  let stopped: RunTrouble | undefined;
  let settled = false;
  let falseStarts = 0;
  let givenUp = 0;
  let givingUp = 0;

  for (let number = 0; number < options.workers; number++) {
    const seat: Seat = { handle: undefined as never, samples: new Set(), apart: false };
    seat.handle = options.open(number, eventsOf(seat, number));
    seats.push(seat);
  }
  if (isEnough()) drain(ENOUGH);
  void fill();

  return {
    ended,
    get inFlight() {
      return inFlight();
    },
    lookAgain: () => void fill(),
    lookForDecided: () => {
      looked = options.nextDecided === undefined;
      void fill();
    },
    drain,
    abort,
  };

  function inFlight(): number {
    return seats.reduce((sum, seat) => sum + seat.samples.size, 0);
  }

  function isEnough(): boolean {
    return options.accepted !== undefined && accepted >= options.accepted;
  }

  function eventsOf(seat: Seat, number: number): WorkerEvents {
    return {
      finished: (sample, outcome) => {
        left(seat, sample);
        falseStarts = 0;
        givenUp = 0;
        count(sample, outcome);
        void fill();
      },
      setAside: (sample) => {
        left(seat, sample);
        void fill();
      },
      waits: (sample) => {
        left(seat, sample);
        deaths.delete(sample);
        falseStarts = 0;
        givenUp = 0;
        void fill();
      },
      trouble: (sample, trouble) => {
        left(seat, sample);
        if (trouble.code === "internal") return void lose(sample, trouble.message).catch(fail);
        if (trouble.pauses) drain(trouble);
        else abort(trouble);
        void fill();
      },
      died: (reason, { ready }) => {
        const orphans = [...seat.samples];
        seat.samples.clear();
        seat.apart = false;
        // What it had goes on from its checkpoints another time.
        if (stopped !== undefined) return void fill();
        falseStarts = ready ? 0 : falseStarts + 1;
        if (falseStarts >= FALSE_STARTS)
          return fail(cannotGoOn(`${falseStarts} workers died as they started: ${reason}`));
        seat.handle = options.open(number, eventsOf(seat, number));
        // Queued before anything is awaited: nobody may think meanwhile that no sample is left.
        if (!ready) suspects.unshift(...(orphans.length > 0 ? [orphans] : []));
        else if (orphans.length === 1) return void blame(orphans[0]!, reason).catch(fail);
        else suspects.unshift(...partition(orphans));
        void fill();
      },
    };
  }

  function left(seat: Seat, sample: string): void {
    seat.samples.delete(sample);
    if (seat.samples.size === 0) seat.apart = false;
  }

  function count(sample: string, outcome: Outcome): void {
    deaths.delete(sample);
    if (outcome === "accepted") accepted += 1;
    if (isEnough()) drain(ENOUGH);
  }

  /** A worker died with this sample alone. */
  async function blame(sample: string, reason: string): Promise<void> {
    const died = (deaths.get(sample) ?? 0) + 1;
    deaths.set(sample, died);
    if (died >= LIVES) return lose(sample, `the worker died ${died} times while it had this sample alone: ${reason}`);
    suspects.unshift([sample]);
    await fill();
  }

  /** The sample can't be worked on, whatever the reason; the others can, unless it is one after another. */
  async function lose(sample: string, reason: string): Promise<void> {
    givingUp += 1;
    count(sample, await options.giveUp(sample, reason));
    givingUp -= 1;
    givenUp += 1;
    if (givenUp >= GIVEN_UP) return fail(cannotGoOn(`${givenUp} samples in a row could not be worked on: ${reason}`));
    await fill();
  }

  async function fill(): Promise<void> {
    if (filling || settled) return;
    filling = true;
    try {
      while (stopped === undefined && !settled && inFlight() < options.inFlight) {
        const idle = suspects.length > 0 ? seats.find((seat) => seat.samples.size === 0) : undefined;
        if (idle !== undefined) {
          idle.apart = true;
          hand(idle, suspects.shift()!);
          continue;
        }
        if (!looked && waiting.length < BATCH) {
          const page = await decided();
          looked = page.length === 0;
          waiting.unshift(...page);
          continue;
        }
        if (waiting.length === 0 && !exhausted) {
          const page = await options.nextPage();
          if (page === "later") break;
          exhausted = page.length === 0;
          waiting.push(...page);
          continue;
        }
        // Suspects that wait for their turn were in flight and have their room kept.
        const room = options.inFlight - inFlight() - suspects.reduce((sum, group) => sum + group.length, 0);
        const open = seats.filter((seat) => !seat.apart);
        if (waiting.length === 0 && inFlight() === 0 && suspects.length === 0) {
          const late = await decided();
          waiting.push(...late);
          if (late.length > 0) continue;
        }
        if (waiting.length === 0 || room <= 0 || open.length === 0) break;
        const seat = open.reduce((least, other) => (other.samples.size < least.samples.size ? other : least));
        hand(seat, waiting.splice(0, Math.min(BATCH, room)));
      }
    } catch (thrown) {
      fail(thrown);
    } finally {
      filling = false;
    }
    if (inFlight() > 0 || givingUp > 0 || settled) return;
    if (stopped !== undefined || (exhausted && waiting.length === 0 && suspects.length === 0)) finish();
  }

  /** Those that are not on their way already. */
  async function decided(): Promise<readonly string[]> {
    const known = new Set([...waiting, ...suspects.flat(), ...seats.flatMap(({ samples }) => [...samples])]);
    return ((await options.nextDecided?.()) ?? []).filter((sample) => !known.has(sample));
  }

  function hand(seat: Seat, batch: readonly string[]): void {
    for (const sample of batch) seat.samples.add(sample);
    seat.handle.take(batch);
  }

  function drain(trouble: RunTrouble): void {
    if (stopped !== undefined) return;
    stopped = trouble;
    for (const { handle } of seats) handle.drain();
    void fill();
  }

  function abort(trouble: RunTrouble): void {
    stopped = stopped === undefined || stopped.pauses ? trouble : stopped;
    for (const { handle } of seats) handle.abort(trouble.message);
    void fill();
  }

  function finish(): void {
    if (settled) return;
    settled = true;
    const end: Ended = stopped === undefined ? { state: "finished" } : { state: "paused", trouble: stopped };
    Promise.all(seats.map(({ handle }) => handle.close())).then(() => resolve(end), reject);
  }

  function fail(thrown: unknown): void {
    if (settled) return;
    settled = true;
    for (const { handle } of seats) handle.abort("the run can't go on");
    void Promise.allSettled(seats.map(({ handle }) => handle.close())).then(() => reject(thrown));
  }
}

export const ENOUGH: RunTrouble = {
  code: "enough-accepted",
  message: "Enough samples are accepted",
  pauses: true,
};

/** Groups of about the same size, in order. */
function partition(samples: readonly string[]): (readonly string[])[] {
  const size = Math.ceil(samples.length / GROUPS);
  const groups: (readonly string[])[] = [];
  for (let at = 0; at < samples.length; at += size) groups.push(samples.slice(at, at + size));
  return groups;
}

function cannotGoOn(message: string): MezzoError {
  return new MezzoError("worker-dies", message, { hint: "`mezzo doctor` tells what this machine has." });
}
