/**
 * The store on one SQLite file in WAL. This is where its parts meet:
 *
 *   append, stage ──► event-rows ─┐
 *   saver ──────────► checkpoints ┼─ codec (JSON, long texts as refs) ─► texts      keys: names into integers
 *   createRun, ... ─► run-rows,   │
 *                     sample-rows ┘
 *                         └──────► commit (one transaction for all that comes within 3 ms) ──► turn ──► the file
 *
 * Writing prepares its rows when it is asked, outside the lock, and adds what inserts them to the batch. Reading what may
 * not be committed yet first waits for the batch, so that everyone reads their own writes. Several stores may be open on
 * one file, in threads (give each the same `turn`) and in processes.
 */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { JsonPlusSerializer } from "@langchain/langgraph-checkpoint";
import type Database from "better-sqlite3";
import type { ChatReply } from "../core/chat.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import {
  type CallFinished,
  type RunEvent,
  type RunView,
  type SampleEvent,
  type StepFinished,
  viewOf,
} from "../core/events.ts";
import type { NewSample } from "../core/sample.ts";
import { catchingUp } from "./catch-up.ts";
import { checkFile } from "./check.ts";
import { Saver } from "./checkpoints.ts";
import { Codec } from "./codec.ts";
import { Commit } from "./commit.ts";
import {
  CALL_FINISHED,
  type EventRow,
  EventRows,
  FORK_JOINED,
  REOPENED,
  REWOUND,
  requestKey,
  STEP_FINISHED,
} from "./event-rows.ts";
import { asStoreError } from "./failures.ts";
import { firstKey, Keys, lastKey, runOf } from "./keys.ts";
import type { Look } from "./look.ts";
import { openFile } from "./migrations.ts";
import { RunRows } from "./run-rows.ts";
import { SampleRows } from "./sample-rows.ts";
import { SqliteLook } from "./sqlite-look.ts";
import { SqliteShelf } from "./sqlite-shelf.ts";
import { SqliteTexts } from "./sqlite-texts.ts";
import { Standings } from "./standings.ts";
import {
  type CachedReply,
  type Holder,
  type HoldOptions,
  type Keep,
  type NewRun,
  type RunPlan,
  type RunRecord,
  type SamplePage,
  type Store,
  type StoredSample,
  threadOf,
} from "./store.ts";
import { Texts } from "./texts.ts";
import type { Turn } from "./turn.ts";
import { Upkeep } from "./upkeep.ts";

export interface SqliteStoreOptions {
  /** Made, with its folder, if it does not exist. */
  readonly path: string;
  readonly clock?: Clock;
  /** For several threads on one file: see turn.ts. Without it a store waits for others by trying again. */
  readonly turn?: Turn;
}

/** Throws a MezzoError: `store-foreign`, `store-newer`, `store-damaged`, `store-readonly`, `store-full`, `store-busy`. */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  try {
    return new SqliteStore(openFile(options.path), options);
  } catch (error) {
    throw asStoreError(error, options.path);
  }
}

class SqliteStore implements Store {
  readonly saver: Saver;
  readonly look: Look;
  readonly #db: Database.Database;
  readonly #path: string;
  readonly #commit: Commit;
  readonly #keys: Keys;
  readonly #runs: RunRows;
  readonly #samples: SampleRows;
  readonly #events: EventRows;
  readonly #upkeep: Upkeep;
  readonly #texts: Texts;
  readonly #shelf: SqliteTexts;
  readonly #staged = new Map<string, { readonly run: string; readonly events: readonly SampleEvent[] }>();
  readonly #tallies: Database.Statement<[number], { path: string; sum: number }>;
  readonly #eventsOf: Database.Statement<[number], EventRow>;
  readonly #newestFirst: Database.Statement<[number], EventRow>;
  readonly #byRequest: Database.Statement<[number, number, number], EventRow>;
  readonly #byHash: Database.Statement<[number], EventRow & { readonly of: number }>;

  constructor(db: Database.Database, { path, clock = systemClock, turn }: SqliteStoreOptions) {
    const serde = new JsonPlusSerializer();
    this.#db = db;
    this.#path = path;
    const shelf = new SqliteTexts(db);
    this.#shelf = shelf;
    this.#texts = new Texts(shelf, path);
    const codec = new Codec(this.#texts, serde);
    this.#keys = new Keys(db);
    this.#runs = new RunRows(db, codec);
    const standings = new Standings(db);
    this.#samples = new SampleRows(db, { texts: this.#texts, codec, standings });
    this.#events = new EventRows(db, { keys: this.#keys, texts: this.#texts, codec, standings });
    this.#upkeep = new Upkeep(db, this.#texts);
    this.#commit = new Commit({
      db,
      path,
      clock,
      turn,
      first: () => shelf.insert(this.#texts.fresh),
      last: () => this.#events.writeSums(),
      committed: () => this.#texts.committed(),
    });
    const takeStaged = (thread: string, task: string) => this.#takeStaged(thread, task);
    const { keys, texts } = { keys: this.#keys, texts: this.#texts };
    const shelfOfCheckpoints = new SqliteShelf({ db, commit: this.#commit, keys, codec, takeStaged });
    this.saver = new Saver({ shelf: shelfOfCheckpoints, texts, codec, serde });
    const { events, samples } = { events: this.#events, samples: this.#samples };
    const catchUp = catchingUp({ db, commit: this.#commit, events, samples, standings });
    this.look = new SqliteLook({ db, keys, texts, catchUp });
    this.#tallies = db.prepare("SELECT path, sum FROM tallies WHERE run = ?");
    this.#eventsOf = db.prepare("SELECT type, body FROM events WHERE of = ? ORDER BY seq");
    this.#newestFirst = db.prepare("SELECT type, body FROM events WHERE of = ? ORDER BY seq DESC");
    this.#byHash = db.prepare("SELECT of, type, body FROM events WHERE request = ? ORDER BY seq");
    this.#byRequest = db.prepare("SELECT type, body FROM events WHERE request = ? AND of BETWEEN ? AND ? ORDER BY seq");
  }

  async createRun(run: NewRun): Promise<void> {
    await this.#commit.alone(this.#runs.prepare(run));
  }

  async addSamples(run: string, samples: readonly NewSample[], events: readonly RunEvent[] = []): Promise<void> {
    const key = this.#keys.run(run);
    const prepared = samples.map((sample) => this.#samples.prepare(sample));
    const insertEvents = this.#events.prepare(run, events);
    await this.#commit.alone(() => {
      this.#samples.add(key, prepared);
      insertEvents();
      this.#events.writeSums();
    });
  }

  async deleteRun(run: string): Promise<void> {
    const key = this.#keys.run(run);
    await this.#commit.alone(() => {
      this.#runs.refuseHeld(run);
      this.#upkeep.deleteRun(key);
    });
    this.#forgetKnown();
  }

  async runs(): Promise<RunRecord[]> {
    return this.#read(() => {
      const runs = this.#runs.all();
      for (const { run } of runs) this.#keys.look(run);
      return runs;
    });
  }

  async findRun(run: string): Promise<RunRecord | undefined> {
    return this.#read(() => {
      this.#keys.look(run);
      return this.#runs.find(run);
    });
  }

  async planBody(run: string, no?: number): Promise<string> {
    return this.#read(() => this.#runs.planBody(this.#keys.run(run), no));
  }

  async plans(run: string): Promise<readonly RunPlan[]> {
    return this.#read(() => this.#runs.plans(this.#keys.run(run)));
  }

  async editPlan(
    run: string,
    { plan, planBody, at }: { plan: string; planBody: string; at: number },
  ): Promise<RunPlan> {
    const key = this.#keys.run(run);
    return this.#commit.alone(() => {
      const no = this.#runs.editPlan(key, plan, planBody);
      this.#events.prepare(run, [{ type: "run.edited", at, plan, no }])();
      return { no, plan };
    });
  }

  async hold(run: string, holder: Holder, options: HoldOptions = {}): Promise<void> {
    this.#keys.run(run);
    await this.#commit.alone(() => this.#runs.hold(run, holder, options));
  }

  async release(run: string, holder: Holder): Promise<void> {
    this.#keys.run(run);
    await this.#commit.alone(() => this.#runs.release(run, holder));
  }

  async append(run: string, events: readonly RunEvent[]): Promise<void> {
    this.#commit.refuseIfEnded();
    if (events.length === 0) return;
    await this.#commit.add(this.#events.prepare(run, events));
    // Money may be used as soon as its lease is written down: that must outlive the power, not only this process.
    if (events.some((event) => event.type === "run.leased")) await this.#reachDisk();
  }

  async appendNext(
    run: string,
    sample: string,
    next: (events: readonly SampleEvent[]) => readonly SampleEvent[],
  ): Promise<void> {
    const key = this.#keys.sample(run, sample);
    await this.#commit.alone(() => {
      const before = this.#eventsOf.all(key).filter((row) => row.type !== CALL_FINISHED);
      const events = next(before.map((row) => this.#events.decode(row, sample) as SampleEvent));
      const insert = this.#events.prepare(run, events);
      // Their texts are new, and what stores those has run before this.
      this.#shelf.insert(this.#texts.fresh);
      insert();
      this.#events.writeSums();
    });
  }

  stage(run: string, sample: string, events: readonly SampleEvent[], task?: string): void {
    this.#staged.set(stagedKey(threadOf(run, sample), task), { run, events });
  }

  async unfinished(run: string, page: { started: boolean; after: number; limit: number }): Promise<StoredSample[]> {
    return this.#read(() => this.#samples.unfinished(this.#keys.run(run), page));
  }

  async samples(run: string, page: SamplePage): Promise<StoredSample[]> {
    return this.#read(() => this.#samples.page(this.#keys.run(run), page));
  }

  async findSample(run: string, id: string): Promise<StoredSample | undefined> {
    return this.#read(() => {
      const key = this.#keys.findSample(run, id);
      return key === undefined ? undefined : this.#samples.find(key);
    });
  }

  async sampleEvents(run: string, id: string, { calls = true } = {}): Promise<SampleEvent[]> {
    return this.#read(() => {
      const all = this.#eventsOf.all(this.#keys.sample(run, id));
      const rows = calls ? all : all.filter((row) => row.type !== CALL_FINISHED);
      return rows.map((row) => this.#events.decode(row, id) as SampleEvent);
    });
  }

  async runEvents(run: string): Promise<RunEvent[]> {
    return this.#read(() => {
      const rows = this.#eventsOf.all(firstKey(this.#keys.run(run)));
      return rows.map((row) => this.#events.decode(row, undefined));
    });
  }

  async openCalls(run: string, id: string): Promise<CallFinished[]> {
    return this.#read(() => {
      const calls: CallFinished[] = [];
      const done: StepFinished[] = [];
      for (const row of this.#newestFirst.iterate(this.#keys.sample(run, id))) {
        if (row.type === REOPENED || row.type === REWOUND || row.type === FORK_JOINED) break;
        if (row.type === CALL_FINISHED) calls.push(this.#events.decode(row, id) as CallFinished);
        if (row.type !== STEP_FINISHED) continue;
        const step = this.#events.decode(row, id) as StepFinished;
        if (step.branch === undefined) break;
        done.push(step);
      }
      const isDone = ({ node, visit }: CallFinished) => done.some((step) => step.node === node && step.visit === visit);
      return calls.filter((call) => !isDone(call)).reverse();
    });
  }

  async findReply(run: string, requestHash: string, nth: number): Promise<ChatReply | undefined> {
    return this.#read(() => {
      const key = this.#keys.run(run);
      const calls = this.#byRequest
        .all(requestKey(requestHash), firstKey(key), lastKey(key))
        .map((row) => this.#events.decode(row, "") as CallFinished)
        .filter((call) => call.requestHash === requestHash);
      const call = calls[nth];
      return call && replyOf(call);
    });
  }

  // Reads what is committed without waiting for the open batch: it stands in front of every call, and would end group commit.
  async findCached(requestHash: string): Promise<readonly CachedReply[]> {
    const found: CachedReply[] = [];
    for (const row of this.#byHash.iterate(requestKey(requestHash))) {
      const call = this.#events.decode(row, "") as CallFinished;
      if (call.requestHash !== requestHash) continue;
      const run = this.#runs.nameOf(runOf(row.of));
      if (run !== undefined) found.push({ run, role: call.role, reply: replyOf(call) });
      if (found.length === CACHED_AT_MOST) break;
    }
    return found;
  }

  async view(run: string): Promise<RunView> {
    return this.#read(() => {
      const rows = this.#tallies.all(this.#keys.run(run));
      return viewOf(new Map(rows.map(({ path, sum }) => [path, sum])));
    });
  }

  leave(run: string, sample: string): void {
    const thread = threadOf(run, sample);
    this.#texts.forgetKin(thread);
    this.#keys.forgetSample(run, sample);
    this.saver.forgetThread(thread);
  }

  async forget(run: string, sample: string, keep: Keep): Promise<void> {
    const key = this.#keys.sample(run, sample);
    if (keep !== "all") await this.#commit.add(() => this.#upkeep.forget(key, keep));
  }

  async check(): Promise<readonly string[]> {
    return this.#read(() => checkFile(this.#db, this.#events, this.#texts));
  }

  async compact(): Promise<{ readonly bytesBefore: number; readonly bytesAfter: number }> {
    const bytesBefore = this.#upkeep.bytes();
    await this.#commit.alone(() => {
      this.#runs.refuseHeld();
      this.#upkeep.removeLooseTexts();
    });
    this.#forgetKnown();
    await this.#read(() => this.#upkeep.shrink());
    return { bytesBefore, bytesAfter: this.#upkeep.bytes() };
  }

  async backup(to: string): Promise<void> {
    await this.#commit.settled();
    const part = `${to}.part`;
    try {
      // Says what is wrong with the place in the file system's own words; SQLite only says that it can't.
      writeFileSync(part, "");
      // In one go: SQLite starts a copy again from the beginning whenever another connection commits in between.
      await this.#db.backup(part, { progress: () => 0x7fffffff });
      renameSync(part, to);
    } catch (error) {
      rmSync(part, { force: true });
      throw asStoreError(error, to);
    }
  }

  async close(): Promise<void> {
    await this.#commit.end();
    this.#db.close();
  }

  /** What is committed is on the disk, not only with the system. A log that was emptied meanwhile is there already. */
  async #reachDisk(): Promise<void> {
    try {
      const log = await open(`${this.#path}-wal`, "r");
      await log.datasync().finally(() => log.close());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw asStoreError(error, this.#path);
    }
  }

  #takeStaged(thread: string, task: string): (() => void) | undefined {
    const key = this.#staged.has(thread) ? thread : stagedKey(thread, task);
    const staged = this.#staged.get(key);
    this.#staged.delete(key);
    return staged && this.#events.prepare(staged.run, staged.events);
  }

  async #read<T>(work: () => T): Promise<T> {
    await this.#commit.settled();
    if (!this.#db.open) this.#commit.refuseIfEnded();
    try {
      return work();
    } catch (error) {
      throw asStoreError(error, this.#path);
    }
  }

  #forgetKnown(): void {
    this.#texts.forgetKnown();
    this.#keys.forgetKnown();
    this.saver.forgetKnown();
  }
}

/** Runs that had the same reply to give: more than these need not be looked at. */
const CACHED_AT_MOST = 8;

function replyOf({ text, thinking, finish, usage, model }: CallFinished): ChatReply {
  return { text, ...(thinking === undefined ? {} : { thinking }), finish, usage, model };
}

/** A thread's name has no line end in it. */
function stagedKey(thread: string, task: string | undefined): string {
  return task === undefined ? thread : `${thread}\n${task}`;
}
