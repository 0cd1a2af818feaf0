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
 *     (it goes on from its checkpoint in a later run), or because the worker died (it is handed out again).
 *   - At most `inFlight` samples are with workers; memory is bounded by that, not by the data set.
 *   - A sample that was with a dying worker LIVES times is `failed`, so that no sample can bring down a run.
 */
import { MezzoError } from "../core/errors.ts";
import type { Outcome } from "../core/sample.ts";
import type { RunTrouble } from "./messages.ts";

/** One place where samples are worked on: a thread, or for tests this thread. */
export interface WorkerHandle {
  take(samples: readonly string[]): void;
  drain(): void;
  abort(reason: string): void;
  close(): Promise<void>;
}

export interface WorkerEvents {
  finished(sample: string, outcome: Outcome): void;
  setAside(sample: string): void;
  trouble(sample: string, trouble: RunTrouble): void;
  /** The worker is gone; a new one is needed. */
  died(reason: string): void;
}

export interface SchedulerOptions {
  readonly workers: number;
  readonly inFlight: number;
  /** Enough accepted samples; the run stops there. */
  readonly accepted: number | undefined;
  readonly acceptedSoFar: number;
  readonly open: (worker: number, events: WorkerEvents) => WorkerHandle;
  /** The next unfinished samples, in order, none twice; an empty page ends it. */
  readonly nextPage: () => Promise<readonly string[]>;
  /** A sample that no worker survives: ends it as `failed`. */
  readonly giveUp: (sample: string, reason: string) => Promise<void>;
}

export type Ended = { readonly state: "finished" } | { readonly state: "paused"; readonly trouble: RunTrouble };

export interface Scheduler {
  /** Resolves when every sample has left the workers and they are closed. */
  readonly ended: Promise<Ended>;
  readonly inFlight: number;
  drain(trouble: RunTrouble): void;
  abort(trouble: RunTrouble): void;
}

/** How many dying workers a sample may have been with. */
const LIVES = 3;
/** Samples handed over at once: few enough to start smoothly, enough to keep messages rare. */
const BATCH = 16;

interface Seat {
  handle: WorkerHandle;
  readonly samples: Set<string>;
  /** Deaths since a sample last left this seat finished. */
  deathsInARow: number;
}

export function startScheduler(options: SchedulerOptions): Scheduler {
  const seats: Seat[] = [];
  const waiting: string[] = [];
  const deaths = new Map<string, number>();
  const { promise: ended, resolve, reject } = Promise.withResolvers<Ended>();
  let accepted = options.acceptedSoFar;
  let exhausted = false;
  let filling = false;
  let stopped: RunTrouble | undefined;
  let settled = false;

  for (let number = 0; number < options.workers; number++) {
    const seat: Seat = { handle: undefined as never, samples: new Set(), deathsInARow: 0 };
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
        seat.samples.delete(sample);
        seat.deathsInARow = 0;
        deaths.delete(sample);
        if (outcome === "accepted") accepted += 1;
        if (isEnough()) drain(ENOUGH);
        void fill();
      },
      setAside: (sample) => {
        seat.samples.delete(sample);
        void fill();
      },
      trouble: (sample, trouble) => {
        seat.samples.delete(sample);
        if (trouble.pauses) drain(trouble);
        else abort(trouble);
        void fill();
      },
      died: (reason) => {
        seat.deathsInARow += 1;
        if (seat.deathsInARow > LIVES) {
          const hint = "`mezzo doctor` tells what this machine has.";
          return fail(
            new MezzoError("worker-dies", `A worker died ${seat.deathsInARow} times in a row: ${reason}`, { hint }),
          );
        }
        const orphans = [...seat.samples];
        seat.samples.clear();
        seat.handle = options.open(number, eventsOf(seat, number));
        void rehome(orphans, reason).catch(fail);
      },
    };
  }

  async function rehome(orphans: readonly string[], reason: string): Promise<void> {
    for (const sample of orphans) {
      const died = (deaths.get(sample) ?? 0) + 1;
      deaths.set(sample, died);
      if (died >= LIVES) await options.giveUp(sample, `${died} workers died while they had this sample: ${reason}`);
      else waiting.unshift(sample);
    }
    await fill();
  }

  async function fill(): Promise<void> {
    if (filling || settled) return;
    filling = true;
    try {
      while (stopped === undefined && inFlight() < options.inFlight) {
        if (waiting.length === 0 && !exhausted) {
          const page = await options.nextPage();
          exhausted = page.length === 0;
          waiting.push(...page);
        }
        if (waiting.length === 0 || stopped !== undefined) break;
        const seat = seats.reduce((least, other) => (other.samples.size < least.samples.size ? other : least));
        const batch = waiting.splice(0, Math.min(BATCH, options.inFlight - inFlight()));
        for (const sample of batch) seat.samples.add(sample);
        seat.handle.take(batch);
      }
    } catch (thrown) {
      fail(thrown);
    } finally {
      filling = false;
    }
    if (inFlight() === 0 && (stopped !== undefined || (exhausted && waiting.length === 0))) finish();
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

const ENOUGH: RunTrouble = {
  code: "enough-accepted",
  message: "Enough samples are accepted",
  pauses: true,
};
