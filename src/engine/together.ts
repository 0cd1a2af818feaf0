/**
 * Working on a run together with other processes: run.ts is the same for a process that has its run to itself.
 *
 *   batches (store/crew/queue.ts) ──take──▶ claim (fences) ──▶ scheduler ──▶ threads ──▶ all have left: done / given back
 *
 * A run's life, for all who work on it:
 *
 *   running ──▶ finished    by whoever finds every sample with its outcome, once (Sharing.end)
 *      │
 *      └──▶ paused          for all: the budget is spent, enough samples are accepted, somebody paused it, or the last one
 *                           who works on it can't or won't go on. Everybody else sees it within a second, and drains
 *
 * What concerns this process alone (Ctrl-C, a key that it lacks) ends its own part: it drains, gives its batches back at
 * once and leaves; the others go on.
 *
 * Invariants:
 *   1. A sample is worked on under a fence that was claimed after its batch was taken. Whatever the queue believes, only
 *      the newest fence writes.
 *   2. A run is finished only when the store says that no sample is without its outcome. The queue is never asked: if it is
 *      empty and samples are left, it is planned again.
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import type { Spent } from "../core/events.ts";
import type { Outcome } from "../core/sample.ts";
import { startBorrowing } from "../models/borrower.ts";
import { unitsOf } from "../models/budget.ts";
import { type Book, closeBook, emptyBook, lend, viewPurse } from "../models/lending.ts";
import type { SharedGateway } from "../models/share.ts";
import { type Crew, isAway } from "../store/crew/crew.ts";
import type { Batch } from "../store/crew/queue.ts";
import type { RunRecord, Sharing, Store } from "../store/store.ts";
import type { Membership } from "./membership.ts";
import type { RunTrouble } from "./messages.ts";
import {
  INTERRUPTED,
  type LiveRun,
  lastEvents,
  type RunResult,
  type RunSettings,
  requireRun,
  spentSoFar,
  type WorkerFactory,
  waitsForPerson,
} from "./run.ts";
import { ENOUGH, type Ended, startScheduler, type WorkerEvents } from "./scheduler.ts";
import { toTrouble } from "./take.ts";

/** What holds for all who work on a run; set by who starts it or goes on with it. */
export interface Terms extends RunSettings {
  /** The program that planned it: another one could do another thing. */
  readonly version: string;
  /** Samples in a batch. */
  readonly batch: number;
}

export interface TogetherOptions {
  readonly store: Store;
  readonly membership: Membership;
  readonly terms: Terms;
  readonly workers: number;
  readonly inFlight: number;
  readonly factory: WorkerFactory & { readonly gateway: SharedGateway };
  readonly clock?: Clock;
}

/** Troubles of one process: another has another key, or another way to the server. */
const OWN_TROUBLES = new Set([
  "no-access",
  "no-model",
  "no-server",
  "missing-variable",
  "bad-base-url",
  "kind-changed",
  "worker-dies",
]);

const AWAY = new MezzoError("store-away", "PostgreSQL does not answer; what this worker had is left to the others");

const LOOK_MS = 500;
/** How often it is looked whether a person has decided on something. */
const COUNTS_MS = 2_000;

const termsOf = (key: string) => `terms ${key}`;
const limitsOf = (key: string) => `limits ${key}`;

/** Names a run in what is shared beside the store: another run may have had the name before. */
export function keyOf({ run, createdAt }: Pick<RunRecord, "run" | "createdAt">): string {
  return `${run}@${createdAt}`;
}

/** Batches small enough that the last ones do not keep one worker long, and few enough that a million samples are quick. */
export function batchSize(samples: number): number {
  return Math.min(256, Math.max(8, 2 ** Math.ceil(Math.log2(Math.max(1, samples / 256)))));
}

/**
 * Says what holds for the run from here on, and puts what is unfinished of it into the queue. May be done at any time, by
 * anybody, any number of times.
 */
export async function planTogether(store: Store, crew: Crew, run: string, terms: Omit<Terms, "batch">): Promise<Terms> {
  const { samples } = await store.view(run);
  const key = keyOf(await requireRun(store, run));
  const agreed = await crew.change<Terms, Terms>(termsOf(key), (known) => {
    const body = { ...terms, batch: known?.batch ?? batchSize(samples) };
    return { body, result: body };
  });
  await enqueue(store, crew, { run, key, size: agreed.batch });
  await crew.tell(`batches ${key}`);
  return agreed;
}

export async function readTerms(crew: Crew, record: RunRecord): Promise<Terms | undefined> {
  return crew.read<Terms>(termsOf(keyOf(record)));
}

/** Stops a run for all who work on it; they see it within a second. */
export async function pauseTogether(
  store: Store,
  { run, state }: RunRecord,
  clock: Clock = systemClock,
): Promise<void> {
  const event = { type: "run.paused", at: clock.now(), code: "interrupted", reason: "Paused by hand" } as const;
  if (await store.sharing!.end(run, event)) return;
  const message = `Run ${run} is ${state}, so there is nothing to pause`;
  throw new MezzoError("not-running", message, { exitCode: 2 });
}

/** What all together have spent, where the run has a budget: what is in hand counts until it is given back. */
export async function spentTogether(crew: Crew, key: string): Promise<Spent | undefined> {
  const book = await crew.read<Book>(limitsOf(key));
  if (book === undefined) return undefined;
  const { spent, reserved } = viewPurse(book);
  return { usd: spent.usd + reserved.usd, tokens: spent.tokens + reserved.tokens, calls: spent.calls + reserved.calls };
}

async function enqueue(
  store: Store,
  crew: Crew,
  { run, key, size }: { readonly run: string; readonly key: string; readonly size: number },
): Promise<void> {
  const { samples, started } = await store.view(run);
  const spanAt = (n: number) => ({ from: n - (n % size), to: n - (n % size) + size });
  if (started === 0) {
    const spans = Array.from({ length: Math.ceil(samples / size) }, (_, index) => spanAt(index * size));
    return crew.queue.plan(key, spans);
  }
  const spans = new Map<number, { from: number; to: number }>();
  for (const isStarted of [true, false]) {
    for (let after = -1; ; ) {
      const [next] = await store.unfinished(run, { started: isStarted, after, limit: 1 });
      if (next === undefined) break;
      const span = spanAt(next.n);
      spans.set(span.from, span);
      after = span.to - 1;
    }
  }
  for (let after = -1; ; ) {
    const [next] = await store.samples(run, { outcomes: ["decided"], after, limit: 1 });
    if (next === undefined) break;
    const span = spanAt(next.n);
    spans.set(span.from, span);
    after = span.to - 1;
  }
  await crew.queue.plan(key, [...spans.values()]);
}

/** Joins the run; it is running, and this process may work on it. */
export async function workTogether(record: RunRecord, options: TogetherOptions): Promise<LiveRun> {
  const part = new Part(record, options);
  await part.begin();
  return part;
}

interface Held extends Batch {
  /** Samples that are still with us. */
  readonly samples: Set<string>;
  /** One of them was set aside: the batch is for others. */
  isAside: boolean;
  /** Somebody else has it. */
  isLost: boolean;
}

class Part implements LiveRun {
  readonly run: string;
  readonly result: Promise<RunResult>;
  readonly #key: string;
  readonly #options: TogetherOptions;
  readonly #clock: Clock;
  readonly #crew: Crew;
  readonly #sharing: Sharing;
  readonly #held = new Map<string, Held>();
  readonly #batchOf = new Map<string, Held>();
  readonly #fences = new Map<string, number>();
  readonly #done = Promise.withResolvers<RunResult>();
  readonly #over = new AbortController();
  readonly #hurried = new AbortController();
  #scheduler!: ReturnType<typeof startScheduler>;
  #isFinished = false;
  #interrupts = 0;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  #lost = 0;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(record: RunRecord, options: TogetherOptions) {
    const { store, membership, clock = systemClock } = options;
    if (store.sharing === undefined) throw new Error("Internal error: this store is not shared");
    this.run = record.run;
    this.#key = keyOf(record);
    this.result = this.#done.promise;
    this.#options = options;
    this.#clock = clock;
    this.#crew = membership.crew;
    this.#sharing = store.sharing;
  }

  get inFlight(): number {
    return this.#scheduler.inFlight;
  }

  interrupt(): void {
    this.#interrupts += 1;
    if (this.#interrupts === 1) this.#scheduler.drain(INTERRUPTED);
    else this.#scheduler.abort(INTERRUPTED);
    // Whoever interrupts twice does not want to wait for a database that is away either.
    if (this.#interrupts > 1) this.#hurried.abort(AWAY);
  }

  async begin(): Promise<void> {
    const { store, membership, terms, workers, inFlight, factory } = this.#options;
    const { run } = this;
    // Seen by the others before anything of it is touched: whoever wants the run to himself is refused, or refuses us.
    await membership.begin(() => ({
      run,
      queue: this.#key,
      inFlight: this.#scheduler?.inFlight ?? 0,
      jobs: [...this.#held.keys()],
    }));
    const { outcomes } = await store.view(run);
    const earlier = (await spentSoFar(store, run)) ?? { usd: 0, tokens: 0, calls: 0 };
    this.#scheduler = startScheduler({
      workers,
      inFlight,
      accepted: undefined,
      acceptedSoFar: outcomes.accepted,
      open: (worker, events) => {
        const handle = factory.open(worker, this.#watching(events));
        return {
          ...handle,
          take: (samples) =>
            handle.take(
              samples,
              samples.map((sample) => this.#fences.get(sample) ?? 0),
            ),
        };
      },
      nextPage: () => this.#nextPage(),
      giveUp: (sample, reason) => this.#giveUp(sample, reason),
    });
    const borrower = startBorrowing({
      shared: factory.gateway,
      member: membership.self.id,
      ask: (ask) =>
        this.#crew.change<Book, ReturnType<typeof lend>["grant"]>(limitsOf(this.#key), (known, nowMs) => {
          const { book, grant } = lend(known ?? emptyBook(unitsOf(earlier)), ask, nowMs);
          return { body: book, result: grant, ...(grant.tellsOthers && { news: `limits ${this.#key}` }) };
        }),
      gone: () => membership.gone,
      clock: this.#clock,
    });
    membership.onNews = (news) => {
      if (news === undefined || news === `limits ${this.#key}`) borrower.hurry();
      this.#wake.resolve();
    };
    void this.#watch(terms.accepted);
    void this.#finish(borrower);
  }

  /** Looks at the run every LOOK_MS, or when there is news: is it over for all, are there batches again? */
  async #watch(accepted: number | undefined): Promise<void> {
    const { store } = this.#options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      const pause = this.#clock.sleep(LOOK_MS, signal).catch(() => undefined); // Over: the loop sees it.
      await Promise.race([pause, this.#wake.promise]);
      if (signal.aborted) return;
      try {
        const record = await store.findRun(this.run);
        if (record === undefined)
          this.#scheduler.drain({ code: "no-run", message: "The run was deleted", pauses: true });
        else if (record.state === "finished") this.#isFinished = true;
        else if (record.state === "paused") {
          const { code, reason } = record.pausedBy ?? { code: "paused", reason: "It was paused" };
          this.#scheduler.drain({ code, message: reason, pauses: true });
        } else await this.#lookAtCounts(accepted);
        await this.#crew.queue.touch(this.#key, [...this.#held.keys()]);
        this.#scheduler.lookAgain();
      } catch (thrown) {
        if (!isAway(thrown)) this.#fail(toTrouble(thrown));
      }
    }
  }

  async #lookAtCounts(accepted: number | undefined): Promise<void> {
    const { store, terms } = this.#options;
    const now = this.#clock.elapsed();
    if (accepted === undefined && now - this.#countedAt < COUNTS_MS) return;
    this.#countedAt = now;
    const { outcomes, decided } = await store.view(this.run);
    if (accepted !== undefined && outcomes.accepted >= accepted) await this.#endForAll(ENOUGH);
    else if (decided > 0) await enqueue(store, this.#crew, { run: this.run, key: this.#key, size: terms.batch });
  }

  async #nextPage(): Promise<readonly string[] | "later"> {
    try {
      for (;;) {
        if (this.#isFinished) return [];
        const [batch] = await this.#crew.queue.take(this.#key, 1);
        if (batch === undefined) return (await this.#endIfNothingIsLeft()) ? [] : "later";
        const samples = await this.#samplesOf(batch);
        if (samples.length === 0) {
          await this.#crew.queue.done(this.#key, [batch.job]);
          continue;
        }
        return samples;
      }
    } catch (thrown) {
      if (isAway(thrown)) return "later";
      throw thrown;
    }
  }

  async #samplesOf(batch: Batch): Promise<readonly string[]> {
    const { store, membership } = this.#options;
    const held: Held = { ...batch, samples: new Set(), isAside: false, isLost: false };
    this.#held.set(batch.job, held);
    try {
      await membership.beat();
      const limit = batch.to - batch.from;
      const found = [];
      for (const started of [true, false]) {
        const page = await store.unfinished(this.run, { started, after: batch.from - 1, limit });
        found.push(...page);
      }
      found.push(...(await store.samples(this.run, { outcomes: ["decided"], after: batch.from - 1, limit })));
      const ids = found.filter(({ n }) => n < batch.to).map(({ id }) => id);
      if (ids.length === 0) {
        this.#held.delete(batch.job);
        return [];
      }
      const fences = await this.#sharing.claim(this.run, ids);
      ids.forEach((id, index) => {
        this.#fences.set(id, fences[index]!);
        this.#batchOf.set(id, held);
        held.samples.add(id);
      });
      return ids;
    } catch (thrown) {
      this.#held.delete(batch.job);
      void this.#crew.queue.giveBack(this.#key, [batch.job]).catch(() => undefined); // Its heartbeat will miss.
      throw thrown;
    }
  }

  /** The queue is empty. True when the run is over; else whoever has what is left brings it to its end, or it is planned again. */
  async #endIfNothingIsLeft(): Promise<boolean> {
    const { store, terms } = this.#options;
    if (this.#held.size > 0) return false;
    const { waiting, taken } = await this.#crew.queue.counts(this.#key);
    if (waiting + taken > 0) return false;
    const spent = terms.budgetUsd === undefined ? undefined : await spentTogether(this.#crew, this.#key);
    if (await this.#sharing.end(this.run, { type: "run.finished", at: this.#clock.now(), spent })) {
      this.#isFinished = true;
      await this.#crew.tell(`ended ${this.#key}`);
      return true;
    }
    const { forPerson, decided } = await store.view(this.run);
    const isForPerson = forPerson > 0 && decided === 0 && (await this.#isAllForPerson());
    if (isForPerson) await this.#endForAll(waitsForPerson(this.run, forPerson));
    else if ((await store.findRun(this.run))?.state === "running")
      await enqueue(store, this.#crew, { run: this.run, key: this.#key, size: terms.batch });
    return false;
  }

  async #isAllForPerson(): Promise<boolean> {
    const { store } = this.#options;
    for (const started of [true, false]) {
      if ((await store.unfinished(this.run, { started, after: -1, limit: 1 })).length > 0) return false;
    }
    return true;
  }

  #watching(events: WorkerEvents): WorkerEvents {
    return {
      ...events,
      finished: (sample, outcome) => {
        this.#options.membership.finished += 1;
        this.#left(sample, "finished");
        events.finished(sample, outcome);
      },
      setAside: (sample, why) => {
        this.#left(sample, why ?? "aside");
        events.setAside(sample);
      },
      waits: (sample) => {
        this.#left(sample, "finished");
        events.waits(sample);
      },
      trouble: (sample, trouble) => {
        if (trouble.code === "internal") return events.trouble(sample, trouble);
        this.#left(sample, "aside");
        events.setAside(sample);
        this.#fail(trouble);
      },
    };
  }

  #left(sample: string, how: "finished" | "aside" | "lost"): void {
    const held = this.#batchOf.get(sample);
    this.#batchOf.delete(sample);
    this.#fences.delete(sample);
    if (held === undefined) return;
    held.samples.delete(sample);
    if (how === "aside") held.isAside = true;
    if (how === "lost") this.#sayLost(held);
    if (held.samples.size > 0) return;
    void this.#letGo(held).catch(() => undefined); // Away: its heartbeat will miss, and whoever takes it finds nothing to do.
  }

  #sayLost(held: Held): void {
    held.isLost = true;
    this.#lost += 1;
    if (this.#lost === 1)
      this.#options.membership.say("this worker was too slow, and others have gone on with some of its samples");
  }

  async #letGo(held: Held): Promise<void> {
    this.#held.delete(held.job);
    if (held.isLost) return;
    if (!held.isAside) {
      await this.#crew.queue.done(this.#key, [held.job]);
      if (this.#held.size === 0) this.#wake.resolve();
      return;
    }
    await this.#crew.queue.giveBack(this.#key, [held.job]);
    await this.#crew.tell(`batches ${this.#key}`);
  }

  async #giveUp(sample: string, reason: string): Promise<Outcome> {
    const { store } = this.#options;
    const { outcome } = (await store.findSample(this.run, sample))!;
    if (outcome === undefined) {
      const fence = this.#fences.get(sample);
      if (fence !== undefined) this.#sharing.guard(this.run, sample, fence);
      const before = await store.sampleEvents(this.run, sample);
      try {
        await store.append(this.run, lastEvents({ sample, reason, at: this.#clock.now() }, before));
      } catch (thrown) {
        if (!(thrown instanceof MezzoError) || thrown.code !== "lost-sample") throw thrown;
      } finally {
        store.leave(this.run, sample);
      }
    }
    this.#left(sample, "finished");
    return outcome ?? "failed";
  }

  /** Something is wrong here: with the run, or with this process alone. */
  #fail(trouble: RunTrouble): void {
    if (trouble.pauses || !OWN_TROUBLES.has(trouble.code)) {
      void this.#endForAll(trouble).catch(() => undefined); // Away: the others find out for themselves.
    }
    if (trouble.pauses) this.#scheduler.drain(trouble);
    else this.#scheduler.abort(trouble);
  }

  async #endForAll({ code, message }: RunTrouble): Promise<void> {
    const spent = this.#options.terms.budgetUsd === undefined ? undefined : await spentTogether(this.#crew, this.#key);
    await this.#sharing.end(this.run, { type: "run.paused", at: this.#clock.now(), code, reason: message, spent });
    await this.#crew.tell(`ended ${this.#key}`);
  }

  async #finish(borrower: ReturnType<typeof startBorrowing>): Promise<void> {
    const { store, membership } = this.#options;
    let ended: Ended;
    let failure: { readonly thrown: unknown } | undefined;
    try {
      ended = await this.#scheduler.ended;
    } catch (thrown) {
      failure = { thrown };
      ended = { state: "paused", trouble: toTrouble(thrown) };
    }
    this.#over.abort();
    membership.onNews = undefined;
    const { signal } = this.#hurried;
    const patiently = <T>(work: () => Promise<T>) => membership.patiently(work, signal);
    try {
      await patiently(async () => {
        await this.#crew.queue.giveBack(this.#key, [...this.#held.keys()]);
        await borrower.stop();
        await this.#crew.tell(`batches ${this.#key}`);
      });
      const others = await patiently(() => membership.othersOn(this.run));
      if (others.length === 0) await patiently(() => this.#leaveLast(ended));
      await patiently(() => membership.end());
      if (failure !== undefined) return this.#done.reject(failure.thrown);
      const { state } = (await store.findRun(this.run)) ?? { state: "paused" };
      const isLeft = ended.state === "paused" && state === "running" && others.length > 0;
      this.#done.resolve({
        run: this.run,
        ended,
        view: await store.view(this.run),
        ...(isLeft && { others: others.length }),
      });
    } catch (thrown) {
      this.#done.reject(thrown);
    }
  }

  /** Nobody works on it any more: it is paused if it was not over, and all that was in hand has been spent. */
  async #leaveLast(ended: Ended): Promise<void> {
    const { store, terms } = this.#options;
    const trouble = ended.state === "paused" ? ended.trouble : undefined;
    if (trouble !== undefined) await this.#endForAll(trouble);
    if (terms.budgetUsd === undefined) return;
    await this.#crew.change<Book, void>(limitsOf(this.#key), (known) => ({
      body: known === undefined ? emptyBook() : closeBook(known),
      result: undefined,
    }));
    const upTo = await spentTogether(this.#crew, this.#key);
    const before = await spentSoFar(store, this.run);
    // What was spent while everybody drained, for whoever reads events alone.
    if (upTo !== undefined && upTo.usd > (before?.usd ?? 0)) {
      await store.append(this.run, [{ type: "run.leased", at: this.#clock.now(), upTo }]);
    }
  }
}
