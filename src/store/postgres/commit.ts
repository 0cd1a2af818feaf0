/**
 * Group commit over a network. What is asked for within a few milliseconds, and while the batch before is under way, is
 * one call of the function `mezzo.commit_1` (schema.ts): one statement, one round trip, one transaction.
 *
 *   add(op) ──► open batch ──(3 ms, 500 ops, or someone must read; and the batch before has ended)──► close: names into keys,
 *               columns ──► SELECT mezzo.commit_1(writer, no, ...) ──┬─► all resolve
 *                                                                    ├─ lost fences: those ops reject, the others go again
 *                                                                    ├─ stale: where samples stand is read anew, all go again
 *                                                                    ├─ connection lost: the same numbers and bytes go again
 *                                                                    └─ any other error: all reject, the store has ended
 *
 * Invariants:
 *   - One batch of a store is under way at a time, and batches are committed in the order in which they were opened: what a
 *     batch rests on (texts, earlier steps) is committed.
 *   - A number is committed once: the function remembers the last one of each writer in the transaction itself, and answers
 *     a repeated one without doing it again. So a batch whose answer was lost can be sent again whatever became of it.
 *   - `alone` has the connection for itself, after all that was asked before.
 *   - Ops reject one by one only for what is wrong with them alone: an unknown sample, a lost fence.
 */
import { randomBytes } from "node:crypto";
import type pg from "pg";
import type { Clock } from "../../core/clock.ts";
import { MezzoError } from "../../core/errors.ts";
import type { Codec } from "../codec.ts";
import type { TextRow, Texts } from "../texts.ts";
import { Batch, type Op, type PreparedEvent } from "./batch.ts";
import { arrayOf } from "./columns.ts";
import { codeOf, LOST, STALE } from "./failures.ts";
import type { Names } from "./names.ts";
import { AGAIN, BATCH_COLUMNS, LOCKS, SLOTS, SOME_STAYED } from "./schema.ts";
import type { Server } from "./server.ts";
import type { WaysThere } from "./ways-there.ts";

const INTERVAL_MS = 3;
const FULL_BATCH = 500;
const STALE_TIMES = 100;
/** Of texts in one statement. A message to the server holds a gigabyte at most, and both ends hold it in memory. */
const TEXT_BYTES = 8e6;

interface Asked {
  readonly op: Op;
  readonly done: PromiseWithResolvers<void>;
}

interface Open {
  readonly asked: Asked[];
  readonly wake: PromiseWithResolvers<void>;
}

/** Adds events; what is remembered of where their samples stand must be true, and is to be forgotten. */
export type Insert = (run: string, events: readonly PreparedEvent[]) => Promise<void>;

export interface CommitParts {
  readonly server: Server;
  readonly clock: Clock;
  readonly names: Names;
  readonly ways: WaysThere;
  readonly texts: Texts;
  readonly codec: Codec;
  /** Regular writes of a batch, of which some were there already: adds what is missing. */
  readonly mend: (batch: Batch) => Promise<void>;
}

export class PostgresCommit {
  readonly #parts: CommitParts;
  readonly #writer = randomBytes(12);
  #no = 0;
  #slot = 0;
  #open: Open | undefined;
  /** Ends when all that was begun has ended. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Why nothing more is taken, and why nothing more can be committed. */
  #failure: { readonly error: unknown } | undefined;
  #broken: { readonly error: unknown } | undefined;

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /**
   * On a connection that writes: counters of its own, as long as the connection lasts; and what it is told to be committed
   * is on the server's disk, since money may be used as soon as its lease is written down.
   */
  async greet(client: pg.Client): Promise<void> {
    await client.query(
      "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    );
    const { rows } = await client.query<{ slot: number }>(
      `SELECT slot FROM generate_series(1, ${SLOTS}) slot WHERE pg_try_advisory_lock(${LOCKS.slot}, slot) LIMIT 1`,
    );
    this.#slot = rows[0]?.slot ?? 0;
    await client.query("DELETE FROM mezzo.writers WHERE seen < now() - interval '7 days'");
  }

  refuseIfEnded(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when it is committed. */
  add(op: Op): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    this.#open ??= this.#openBatch();
    const asked = { op, done: Promise.withResolvers<void>() };
    // A waiter that has gone must not turn a failure into an unhandled rejection.
    asked.done.promise.catch(() => undefined);
    this.#open.asked.push(asked);
    if (this.#open.asked.length === FULL_BATCH) this.#open.wake.resolve();
    return asked.done.promise;
  }

  /** Resolves when all that was asked so far is committed or has failed. */
  async settled(): Promise<void> {
    this.#open?.wake.resolve();
    await this.#tail;
  }

  /**
   * Runs `work` in a transaction of its own; its error is the caller's alone. `again` answers if it was committed before and
   * only the answer lost. `insert` adds events in the same transaction, once; texts that other rows name are stored before:
   * see `flush`.
   */
  alone<T>(work: (client: pg.Client, insert: Insert) => Promise<T>, again: () => Promise<T>): Promise<T> {
    this.#open?.wake.resolve();
    return this.#queue(async () => {
      this.refuseIfEnded();
      const no = ++this.#no;
      const insertNo = ++this.#no;
      const { texts, server } = this.#parts;
      let taken: readonly TextRow[] = [];
      const attempt = async (client: pg.Client) => {
        // Those of an attempt that came to nothing.
        texts.putBack(taken);
        taken = [];
        const { rowCount } = await client.query(
          `INSERT INTO mezzo.writers AS w (writer, no) VALUES ($1, $2)
             ON CONFLICT (writer) DO UPDATE SET no = excluded.no, seen = now() WHERE w.no < excluded.no`,
          [this.#writer, no],
        );
        if (rowCount === 0) return undefined;
        const insert: Insert = async (run, events) => {
          taken = texts.takeFresh();
          await this.#insert(client, { no: insertNo, run, events, texts: taken });
        };
        return { result: await work(client, insert) };
      };
      const isCommitted = await server.transact(attempt).catch((error: unknown) => {
        texts.putBack(taken);
        throw error;
      });
      return isCommitted === undefined ? again() : isCommitted.result;
    });
  }

  /**
   * Stores the texts that wait, whatever becomes of the rows that name them. Those that wait no more are in batches that
   * are in front of whatever is asked next.
   */
  async flush(): Promise<void> {
    this.refuseIfEnded();
    if (this.#parts.texts.fresh.length > 0) await this.add({ kind: "texts" });
  }

  /** Throws once the store is closed; one that has failed can still be read. */
  refuseIfClosed(): void {
    if (this.#failure && !this.#broken) throw this.#failure.error;
  }

  /** Commits what waits; from then on nothing more is taken. */
  async end(): Promise<void> {
    const { server } = this.#parts;
    const isFirst = this.#failure === undefined;
    this.#failure ??= { error: new MezzoError("store-closed", `${server.shown} has been closed.`) };
    await this.settled();
    if (!isFirst || this.#no === 0) return;
    // Should the server be away just now, the row goes with those of stores that died (`greet`).
    server.hurry();
    const leave = (client: pg.Client) => client.query("DELETE FROM mezzo.writers WHERE writer = $1", [this.#writer]);
    await server.write(leave).catch(() => undefined);
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => undefined); // Whoever asked is told.
    return done;
  }

  #openBatch(): Open {
    const open: Open = { asked: [], wake: Promise.withResolvers() };
    const ripe = Promise.race([this.#parts.clock.sleep(INTERVAL_MS), open.wake.promise]);
    void this.#queue(async () => {
      await ripe;
      if (this.#open === open) this.#open = undefined;
      await this.#run(open.asked);
    });
    return open;
  }

  async #run(all: readonly Asked[]): Promise<void> {
    let asked = all;
    const texts: TextRow[] = [];
    try {
      if (this.#broken) throw this.#broken.error;
      for (let stale = 0; asked.length > 0; ) {
        const outcome = await this.#send(asked, texts);
        if (outcome === "done") {
          for (const { done } of asked) done.resolve();
          return;
        }
        if (outcome === "stale" && ++stale === STALE_TIMES)
          throw new Error("Internal error: samples move under a batch");
        if (outcome !== "stale") asked = outcome;
      }
    } catch (error) {
      this.#broken ??= { error };
      this.#failure ??= { error };
      for (const { done } of asked) done.reject(error);
    }
  }

  /** Sends what can be sent of these; those that are left to be sent again where some were lost. */
  async #send(asked: readonly Asked[], fresh: TextRow[]): Promise<"done" | "stale" | readonly Asked[]> {
    const { server, names, ways, texts, codec, mend } = this.#parts;
    const batch = new Batch(codec);
    const kept: Asked[] = [];
    for (const one of asked)
      try {
        await batch.add(one.op, names);
        kept.push(one);
      } catch (error) {
        if (!isOwn(error)) throw error;
        one.done.reject(error);
      }
    fresh.push(...texts.takeFresh());
    await this.#storeMost(fresh);
    const { values, committed } = await batch.close(fresh, ways);
    const no = ++this.#no;
    try {
      const answer = await server.write(async (client) => {
        const parameters = [this.#writer, no, this.#slot, ...values];
        const { rows } = await client.query<{ answer: number }>({ name: "commit", text: COMMIT, values: parameters });
        return rows[0]!.answer;
      });
      committed();
      if (answer === SOME_STAYED || answer === AGAIN) await mend(batch);
      return "done";
    } catch (error) {
      const cause = error instanceof MezzoError ? error.cause : error;
      if (codeOf(cause) === STALE) {
        names.forget();
        return "stale";
      }
      if (codeOf(cause) !== LOST) throw error;
      return await this.#leaveOut(
        kept,
        new Set(
          String((cause as { detail?: string }).detail)
            .split(",")
            .map(Number),
        ),
      );
    }
  }

  /** Texts that are too many for one statement go ahead: one that nothing names yet does no harm. */
  async #storeMost(fresh: TextRow[]): Promise<void> {
    for (let [count, bytes] = [0, 0]; count < fresh.length; count++) {
      bytes += fresh[count]!.body.length;
      if (bytes < TEXT_BYTES) continue;
      const rows = fresh.splice(0, count + 1).sort((a, b) => Buffer.compare(a.hash, b.hash));
      const values = (["hash", "base", "body"] as const).map((name) =>
        arrayOf(
          "bytea",
          rows.map((row) => row[name]),
        ),
      );
      await this.#parts.server.write((client) => client.query(INSERT_TEXTS, values));
      [count, bytes] = [-1, 0];
    }
  }

  /** Inside a transaction. */
  async #insert(
    client: pg.Client,
    asked: {
      readonly no: number;
      readonly run: string;
      readonly events: readonly PreparedEvent[];
      readonly texts: readonly TextRow[];
    },
  ): Promise<void> {
    const { names, ways, codec } = this.#parts;
    const batch = new Batch(codec);
    await batch.add({ kind: "events", run: asked.run, events: asked.events, fences: new Map() }, names);
    const { values } = await batch.close(asked.texts, ways);
    await client.query({ name: "commit", text: COMMIT, values: [this.#writer, asked.no, this.#slot, ...values] });
  }

  async #leaveOut(asked: readonly Asked[], lost: ReadonlySet<number>): Promise<Asked[]> {
    const left: Asked[] = [];
    for (const one of asked) {
      const sample = await this.#lostOf(one.op, lost);
      if (sample === undefined) left.push(one);
      else one.done.reject(lostSample(sample));
    }
    if (left.length === asked.length) throw new Error("Internal error: a fence is lost that nobody has");
    return left;
  }

  async #lostOf(op: Op, lost: ReadonlySet<number>): Promise<string | undefined> {
    const { names } = this.#parts;
    if (op.kind === "forget" || op.kind === "texts") return undefined;
    if (op.kind !== "events")
      return op.fence !== undefined && lost.has(await names.thread(op.thread)) ? op.thread : undefined;
    for (const sample of op.fences.keys())
      if (lost.has((await names.sample(op.run, sample)).key)) return `${op.run}/${sample}`;
    return undefined;
  }
}

const INSERT_TEXTS = `INSERT INTO mezzo.texts (hash, base, body) SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[])
  ON CONFLICT (hash) DO NOTHING`;
const COMMIT = `SELECT mezzo.commit_1($1::bytea, $2::int8, $3::int4, ${BATCH_COLUMNS.map(([, type], i) => `$${i + 4}::${type}[]`).join(", ")}) AS answer`;

/** Wrong with one of the ops alone. */
function isOwn(error: unknown): boolean {
  return error instanceof MezzoError && (error.code === "unknown-run" || error.code === "unknown-sample");
}

function lostSample(thread: string): MezzoError {
  return new MezzoError("lost-sample", `${thread} was given to another worker.`, {
    hint: "This worker was silent for too long; what it has not committed of the sample is done again.",
  });
}
