/**
 * Group commit. Everything asked for within a few milliseconds shares one transaction:
 *
 *   add(op) ──► batch ──(3 ms, or 500 ops, or someone must read)──► BEGIN IMMEDIATE, ops in order, COMMIT ──► all resolve
 *                                                                   └─ an error: ROLLBACK, all reject with it
 *
 * Invariants:
 *   - Ops run in the order in which they were added; one batch is open at a time, and running it is synchronous.
 *   - A batch that fails ends the store: everything that waits, and all that is asked for later, is rejected with the same
 *     error. Later work may rest on what was lost (a call on which a step was built, a text that a row names); opened
 *     again, the file tells what is there. An error in `alone` is its caller's only.
 *   - Nothing blocks the event loop: turns are taken asynchronously (turn.ts), and a file locked by another process is
 *     tried again from a timer, for at most two minutes (deleting a large run takes its time).
 */
import type Database from "better-sqlite3";
import type { Clock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import { asStoreError, isBusy } from "./failures.ts";
import { endTurn, type Turn, takeTurn } from "./turn.ts";

const INTERVAL_MS = 3;
const FULL_BATCH = 500;
const BUSY_LIMIT_MS = 120_000;

interface Batch {
  readonly ops: (() => void)[];
  readonly done: PromiseWithResolvers<void>;
  readonly wake: PromiseWithResolvers<void>;
}

export interface CommitOptions {
  readonly db: Database.Database;
  readonly path: string;
  readonly clock: Clock;
  readonly turn?: Turn;
  /** Inside every transaction, first: stores the texts that what follows refers to. */
  readonly first: () => void;
  /** Inside a batch's transaction, last. */
  readonly last: () => void;
  readonly committed: () => void;
}

export class Commit {
  readonly #options: CommitOptions;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;
  #batch: Batch | undefined;
  /** Why nothing is taken any more. */
  #failure: { readonly error: unknown } | undefined;
  #batchNo = 0;

  constructor(options: CommitOptions) {
    this.#options = options;
    this.#begin = options.db.prepare("BEGIN IMMEDIATE");
    this.#commit = options.db.prepare("COMMIT");
    this.#rollback = options.db.prepare("ROLLBACK");
  }

  /** Which batch is open: what was added under another number is committed, or has failed. */
  get batchNo(): number {
    return this.#batchNo;
  }

  /** Throws why nothing is taken any more: a batch has failed, or the store is closed. */
  refuseIfEnded(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when the op's transaction is committed. */
  async add(op: () => void): Promise<void> {
    this.refuseIfEnded();
    this.#batch ??= this.#openBatch();
    this.#batch.ops.push(op);
    if (this.#batch.ops.length === FULL_BATCH) this.#batch.wake.resolve();
    await this.#batch.done.promise;
  }

  /** Resolves when all that was added so far is committed or has failed; for reads, and before closing. */
  async settled(): Promise<void> {
    const batch = this.#batch;
    if (!batch) return;
    batch.wake.resolve();
    await batch.done.promise.catch(() => undefined); // Whoever added the ops is told.
  }

  /** Runs `work` in a transaction of its own, after what was added before; its error is the caller's alone. */
  async alone<T>(work: () => T): Promise<T> {
    await this.settled();
    return this.#inTurn(() => {
      this.refuseIfEnded();
      return this.#transact(work);
    });
  }

  /** Commits what waits; from then on nothing more is taken. */
  async end(): Promise<void> {
    this.#failure ??= { error: new MezzoError("store-closed", `${this.#options.path} has been closed.`) };
    await this.settled();
  }

  #openBatch(): Batch {
    const batch: Batch = { ops: [], done: Promise.withResolvers(), wake: Promise.withResolvers() };
    // A waiter that has gone (its sample was aborted) must not turn a failure into an unhandled rejection.
    batch.done.promise.catch(() => undefined);
    void this.#run(batch);
    return batch;
  }

  async #run(batch: Batch): Promise<void> {
    await Promise.race([this.#options.clock.sleep(INTERVAL_MS), batch.wake.promise]);
    try {
      await this.#inTurn(() => {
        this.#close();
        this.#transact(() => {
          for (const op of batch.ops) op();
          this.#options.last();
        });
      });
      batch.done.resolve();
    } catch (error) {
      if (this.#batch === batch) this.#close();
      this.#failure = { error };
      batch.done.reject(error);
    }
  }

  #close(): void {
    this.#batch = undefined;
    this.#batchNo++;
  }

  async #inTurn<T>(work: () => T): Promise<T> {
    const { turn, clock, path } = this.#options;
    const since = clock.elapsed();
    for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
      if (turn) await takeTurn(turn, clock);
      try {
        this.#begin.run();
      } catch (error) {
        if (turn) endTurn(turn);
        if (isBusy(error) && clock.elapsed() - since < BUSY_LIMIT_MS) {
          await clock.sleep(pause);
          continue;
        }
        throw asStoreError(error, path);
      }
      try {
        return work();
      } finally {
        if (turn) endTurn(turn);
      }
    }
  }

  #transact<T>(work: () => T): T {
    try {
      this.#options.first();
      const result = work();
      this.#commit.run();
      this.#options.committed();
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors (a full disk, for one).
      if (this.#options.db.inTransaction) this.#rollback.run();
      throw asStoreError(error, this.#options.path);
    }
  }
}
