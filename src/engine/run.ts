/**
 * Runs: making one, and working on one until it ends or pauses.
 *
 * A run's life in the store:   (created, filled) ─▶ running ─▶ finished
 *                                                     │  ▲
 *                                                     ▼  │ resume
 *                                                    paused
 *
 * The input is read to its end before the first call is paid for: a broken line 900,000 is found while nothing has been
 * spent, and from then on the run needs the file no more.
 */
import { availableParallelism, hostname } from "node:os";
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import type { RunView, SampleEvent, Spent } from "../core/events.ts";
import type { NewSample } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import type { Holder, Keep, RunRecord, Store } from "../store/store.ts";
import { placesOf } from "./history.ts";
import type { RunTrouble } from "./messages.ts";
import { unaskedBy } from "./reviews.ts";
import { type Ended, type Scheduler, startScheduler, type WorkerEvents, type WorkerHandle } from "./scheduler.ts";
import { toTrouble } from "./take.ts";

/** What a run was asked to do; kept with it, so that `resume` needs no flags. */
export interface RunSettings {
  readonly seed: number;
  readonly inFlight: number;
  readonly workers: number | undefined;
  readonly budgetUsd: number | undefined;
  readonly accepted: number | undefined;
  /** What stays of a finished sample's checkpoints; everything when left out. */
  readonly keep?: Keep;
  /** Take replies of other runs in the store to the very same requests. */
  readonly cache?: boolean;
  /** Where samples and graph came from: for people. */
  readonly input: string;
  readonly graphFile: string;
  /** Columns that fill state fields, beside what the graph says of them. */
  readonly map?: Readonly<Record<string, string>>;
  /** The program that made the run. */
  readonly version?: string;
}

/** Makes the workers of a run. Threads for the command line (threads.ts), this thread for tests (inline.ts). */
export interface WorkerFactory {
  open(worker: number, events: WorkerEvents): WorkerHandle;
  /** What has been spent, where there is a budget. */
  spent(): Spent | undefined;
}

export interface RunResult {
  readonly run: string;
  readonly ended: Ended;
  readonly view: RunView;
  /** Other processes that go on with it. */
  readonly others?: number;
}

/** A run that is going on. */
export interface LiveRun {
  readonly run: string;
  readonly result: Promise<RunResult>;
  /** Samples with workers right now. */
  readonly inFlight: number;
  /** First call drains, second aborts. Both leave a run that resumes. */
  interrupt(): void;
}

/**
 * Creates a run and fills it. On any mistake in the input nothing of it stays; and what is left of one that was killed
 * before its input was read to the end gives way.
 */
export async function createRun(
  store: Store,
  options: { run: string; plan: Plan; settings: RunSettings; samples: AsyncIterable<NewSample>; clock?: Clock },
): Promise<{ samples: number }> {
  const { run, plan, settings } = options;
  const at = (options.clock ?? systemClock).now();
  const planBody = JSON.stringify(plan);
  if (await isUnfilled(store, run)) await store.deleteRun(run);
  await store.createRun({ run, graph: plan.graph, plan: plan.fingerprint, planBody, settings: { ...settings }, at });
  const holder = { pid: process.pid, host: hostname(), since: at };
  await store.hold(run, holder);
  try {
    const samples = await fillRun(store, run, options.samples);
    if (samples === 0) throw new MezzoError("no-samples", "The input holds no samples", { exitCode: 2 });
    await store.append(run, [{ type: "run.started", at, plan: plan.fingerprint, samples }]);
    await store.release(run, holder);
    return { samples };
  } catch (thrown) {
    await store.release(run, holder);
    await store.deleteRun(run);
    throw thrown;
  }
}

/** Nobody works on it, and its input was not read to the end: it must not be taken for a run of the samples it has. */
export async function isUnfilled(store: Store, run: string): Promise<boolean> {
  const record = await store.findRun(run);
  return record !== undefined && record.holder === undefined && (await store.view(run)).samples === 0;
}

const ROWS_AT_ONCE = 500;

async function fillRun(store: Store, run: string, samples: AsyncIterable<NewSample>): Promise<number> {
  let total = 0;
  let batch: NewSample[] = [];
  for await (const sample of samples) {
    batch.push(sample);
    if (batch.length < ROWS_AT_ONCE) continue;
    await store.addSamples(run, batch);
    total += batch.length;
    batch = [];
  }
  if (batch.length > 0) await store.addSamples(run, batch);
  return total + batch.length;
}

/** Works on a run until every sample has an outcome, or something pauses it. The run must not be held by another. */
export async function workOn(
  store: Store,
  run: string,
  options: { settings: RunSettings; workers: number; factory: WorkerFactory; clock?: Clock },
): Promise<LiveRun> {
  const clock = options.clock ?? systemClock;
  const holder = thisProcess(clock);
  await store.hold(run, holder);
  const before = await store.view(run);
  const isNew = before.started === 0 && (await store.findRun(run))?.state === "running";
  if (!isNew) await store.append(run, [{ type: "run.resumed", at: clock.now() }]);
  const scheduler = startScheduler({
    workers: options.workers,
    inFlight: options.settings.inFlight,
    accepted: options.settings.accepted,
    acceptedSoFar: before.outcomes.accepted,
    open: (worker, events) => options.factory.open(worker, events),
    nextPage: pagesOf(store, run),
    nextDecided: async () => (await store.samples(run, { outcomes: ["decided"], limit: PAGE })).map(({ id }) => id),
    giveUp: async (sample, reason) => {
      const { outcome } = (await store.findSample(run, sample))!;
      if (outcome !== undefined) return outcome;
      await store.append(run, lastEvents({ sample, reason, at: clock.now() }, await store.sampleEvents(run, sample)));
      return "failed";
    },
  });
  const over = new AbortController();
  void lookForDecisions(scheduler, clock, over.signal).catch(() => undefined); // It is over.
  let interrupts = 0;
  return {
    run,
    get inFlight() {
      return scheduler.inFlight;
    },
    interrupt: () => {
      interrupts += 1;
      if (interrupts === 1) scheduler.drain(INTERRUPTED);
      else scheduler.abort(INTERRUPTED);
    },
    result: finish(),
  };

  async function finish(): Promise<RunResult> {
    try {
      const ended = orForPerson(run, await scheduler.ended, await store.view(run));
      const at = clock.now();
      const spent = options.factory.spent();
      if (ended.state === "finished") await store.append(run, [{ type: "run.finished", at, spent }]);
      else {
        const { code, message } = ended.trouble;
        await store.append(run, [{ type: "run.paused", at, code, reason: message, spent }]);
      }
      return { run, ended, view: await store.view(run) };
    } catch (thrown) {
      const { code, message } = toTrouble(thrown);
      // A store that failed takes nothing more.
      const paused = { type: "run.paused", at: clock.now(), code, reason: message } as const;
      if (!code.startsWith("store-")) await store.append(run, [{ ...paused, spent: options.factory.spent() }]);
      throw thrown;
    } finally {
      over.abort();
      await store.release(run, holder);
    }
  }
}

/** How often the run looks for what people have decided while it is worked on. */
const LOOK_MS = 2_000;

async function lookForDecisions(scheduler: Scheduler, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(LOOK_MS, signal);
    scheduler.lookForDecided();
  }
}

/** A run with nothing left to do but what people have to is not finished. */
function orForPerson(run: string, ended: Ended, { forPerson, decided }: RunView): Ended {
  if (ended.state !== "finished" || forPerson + decided === 0) return ended;
  return { state: "paused", trouble: waitsForPerson(run, forPerson) };
}

export const WAITS_FOR_PERSON = "waits-for-person";

export function waitsForPerson(run: string, samples: number): RunTrouble {
  const wait = samples === 1 ? "1 sample waits" : `${samples.toLocaleString("en-US")} samples wait`;
  return {
    code: WAITS_FOR_PERSON,
    message: `${wait} for a person: mezzo review ${run}, or the studio`,
    pauses: true,
  };
}

/** Why a run is paused, as things are now: people may have decided since. */
export function pausedNow({ run, pausedBy }: RunRecord, { forPerson }: RunView): RunRecord["pausedBy"] {
  if (pausedBy?.code !== WAITS_FOR_PERSON) return pausedBy;
  if (forPerson > 0) return { code: WAITS_FOR_PERSON, reason: waitsForPerson(run, forPerson).message };
  return { code: WAITS_FOR_PERSON, reason: "every sample that waited for a person is decided" };
}

/** How a sample that can't be worked on ends, wherever it is; it may not have been announced yet. */
export function lastEvents(
  { sample, reason, at }: { sample: string; reason: string; at: number },
  before: readonly SampleEvent[],
): SampleEvent[] {
  const [during, ...others] = placesOf(before);
  const duringAlso = others.length === 0 ? undefined : others;
  const finished = { type: "sample.finished", sample, at, outcome: "failed", reason, during, duringAlso } as const;
  const last = { ...finished, shapedBy: [], tokensBefore: 0, tokensAfter: 0, unasked: unaskedBy(before) };
  const started = { type: "sample.started", sample, at, next: "failed", skipped: [] } as const;
  return before.length === 0 ? [started, last] : [last];
}

/** This process, as whoever else wants the run is told of it. */
export function thisProcess(clock: Clock): Holder {
  return { pid: process.pid, host: hostname(), since: clock.now() };
}

export const INTERRUPTED: RunTrouble = { code: "interrupted", message: "Interrupted", pauses: true };

const PAGE = 256;

/**
 * Unfinished samples: those under way before new ones, each group in input order. A new sample becomes a started one
 * while the run goes on, but only after the group of started ones has been paged to its end, so none comes twice.
 */
function pagesOf(store: Store, run: string): () => Promise<readonly string[]> {
  let started = true;
  let after = -1;
  return async () => {
    for (;;) {
      const page = await store.unfinished(run, { started, after, limit: PAGE });
      if (page.length > 0) {
        after = page.at(-1)!.n;
        return page.map((sample) => sample.id);
      }
      if (!started) return [];
      started = false;
      after = -1;
    }
  };
}

/** What a run has spent so far: as it was when it stopped; if it was killed, all that it had leased. */
export async function spentSoFar(store: Store, run: string): Promise<Spent | undefined> {
  let spent: Spent | undefined;
  for (const event of await store.runEvents(run)) {
    // Workers lease at the same time: the last lease to be committed need not be the highest.
    if (event.type === "run.leased") spent = highest(spent, event.upTo);
    else if (event.type === "run.paused" || event.type === "run.finished") spent = event.spent ?? spent;
  }
  return spent;
}

function highest(a: Spent | undefined, b: Spent): Spent {
  if (a === undefined) return b;
  return { usd: Math.max(a.usd, b.usd), tokens: Math.max(a.tokens, b.tokens), calls: Math.max(a.calls, b.calls) };
}

/** The run by that name, or a MezzoError that names the runs there are. */
export async function requireRun(store: Store, run: string): Promise<RunRecord> {
  const record = await store.findRun(run);
  if (record !== undefined) return record;
  const runs = (await store.runs()).map((other) => other.run);
  const hint =
    runs.length === 0 ? "There are no runs here yet: `mezzo run` makes one." : `Runs: ${runs.slice(-8).join(", ")}.`;
  throw new MezzoError("no-run", `There is no run "${run}"`, { hint, exitCode: 2 });
}

/** A run that nobody works on is not running, whatever its last event says: its process was killed. */
export function stateOf(record: RunRecord): RunRecord["state"] {
  return record.state === "running" && record.holder === undefined ? "paused" : record.state;
}

/** Threads for a run: one a core, and no more than there is work for. */
export function defaultWorkers(samples: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(samples / 64)));
}
