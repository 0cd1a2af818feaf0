/**
 * What worker processes on many machines share beside a run's samples, in the same PostgreSQL:
 *
 *   members   who works, where, on which run, when last heard of                                    (members.ts)
 *   books     small documents that one changes while all others wait: limits and budget             (this file)
 *   queue     batches of samples as jobs of pg-boss                                                 (queue.ts)
 *   news      a word to everybody that something is new (LISTEN and NOTIFY): heard at once, or never. Whoever relies on it
 *             also looks by itself
 *
 * A member is a process; its threads are its own business. Members have two connections for all of this, and one for news.
 *
 * Nothing here waits for a database that is away: everything rejects, and whoever asked decides. `isAway` tells such
 * errors from mistakes.
 */
import { hostname } from "node:os";
import pg from "pg";
import type { Clock } from "../../core/clock.ts";
import { MezzoError } from "../../core/errors.ts";
import { birthOf } from "../holder.ts";
import { passingTrouble } from "../postgres/failures.ts";
import { Members } from "./members.ts";
import { BatchQueue } from "./queue.ts";

/** This process among the members. */
export interface Self {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly birth: string | undefined;
  readonly version: string;
}

export interface Crew {
  readonly members: Members;
  readonly queue: BatchQueue;
  /**
   * Changes a document, which nobody else reads or changes meanwhile; `nowMs` is the database's time. `news` is told to
   * everybody with the commit.
   */
  change<Body, T>(
    name: string,
    change: (body: Body | undefined, nowMs: number) => { body: Body; result: T; news?: string },
  ): Promise<T>;
  read<Body>(name: string): Promise<Body | undefined>;
  forget(name: string): Promise<void>;
  tell(news: string): Promise<void>;
  /** Calls back with all that is told from here on; and with undefined when something may have been missed. */
  listen(heard: (news: string | undefined) => void): void;
  close(): Promise<void>;
}

const CHANNEL = "mezzo";
const CONNECTIONS = 2;
const LISTEN_AGAIN_MS = 1_000;

export async function openCrew(url: string, { clock }: { clock: Clock }): Promise<Crew> {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, application_name: "mezzo", ...PATIENCE });
  // A connection that breaks while it is idle: the next query has another, or says what is wrong.
  pool.on("error", () => undefined);
  try {
    const queue = await BatchQueue.open(pool);
    return new PostgresCrew(url, { pool, queue, clock });
  } catch (thrown) {
    await pool.end();
    throw thrown;
  }
}

const PATIENCE = { connectionTimeoutMillis: 5_000, query_timeout: 30_000, keepAlive: true };

class PostgresCrew implements Crew {
  readonly members: Members;
  readonly queue: BatchQueue;
  readonly #pool: pg.Pool;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #listening: Promise<void> | undefined;

  constructor(url: string, { pool, queue, clock }: { pool: pg.Pool; queue: BatchQueue; clock: Clock }) {
    this.#url = url;
    this.#pool = pool;
    this.#clock = clock;
    this.members = new Members(pool);
    this.queue = queue;
  }

  async change<Body, T>(
    name: string,
    change: (body: Body | undefined, nowMs: number) => { body: Body; result: T; news?: string },
  ): Promise<T> {
    const client = await this.#pool.connect();
    let broken: unknown;
    try {
      await client.query("BEGIN");
      const { rows } = await client.query<{ body: Buffer; now: number }>({
        name: "book-lock",
        text: LOCK,
        values: [Buffer.from(name)],
      });
      const { body, result, news } = change(parse<Body>(rows[0]!.body), rows[0]!.now);
      await client.query({
        name: "book-keep",
        text: KEEP,
        values: [Buffer.from(name), Buffer.from(JSON.stringify(body))],
      });
      if (news !== undefined) await client.query("SELECT pg_notify($1, $2)", [CHANNEL, news]);
      await client.query("COMMIT");
      return result;
    } catch (thrown) {
      broken = thrown;
      throw thrown;
    } finally {
      // A connection with a transaction in an unknown state is nobody's any more.
      client.release(broken !== undefined);
    }
  }

  async read<Body>(name: string): Promise<Body | undefined> {
    const { rows } = await this.#pool.query<{ body: Buffer }>("SELECT body FROM mezzo.books WHERE name = $1", [
      Buffer.from(name),
    ]);
    return rows[0] && parse<Body>(rows[0].body);
  }

  async forget(name: string): Promise<void> {
    await this.#pool.query("DELETE FROM mezzo.books WHERE name = $1", [Buffer.from(name)]);
  }

  async tell(news: string): Promise<void> {
    await this.#pool.query("SELECT pg_notify($1, $2)", [CHANNEL, news]);
  }

  listen(heard: (news: string | undefined) => void): void {
    this.#listening ??= this.#goOnListening(heard);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#listening;
    await this.queue.close();
    await this.#pool.end();
  }

  async #goOnListening(heard: (news: string | undefined) => void): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const client = new pg.Client({ connectionString: this.#url, application_name: "mezzo news", ...PATIENCE });
      const ended = Promise.withResolvers<void>();
      client.on("error", () => ended.resolve());
      client.on("end", () => ended.resolve());
      client.on("notification", ({ payload }) => heard(payload));
      const stop = () => ended.resolve();
      signal.addEventListener("abort", stop, { once: true });
      try {
        await client.connect();
        await client.query(`LISTEN ${CHANNEL}`);
        heard(undefined);
        if (!signal.aborted) await ended.promise;
      } catch {
        // Away: whoever needs the database to go on says so. News is only quicker than looking.
      } finally {
        signal.removeEventListener("abort", stop);
        await client.end().catch(() => undefined); // It has ended already.
      }
      await this.#clock.sleep(LISTEN_AGAIN_MS, signal).catch(() => undefined); // Closing: the loop sees it.
    }
  }
}

/** The lock is on a row that is there for sure. */
const LOCK = `
  INSERT INTO mezzo.books (name, body) VALUES ($1, '') ON CONFLICT (name) DO UPDATE SET body = mezzo.books.body
  RETURNING body, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
const KEEP = "UPDATE mezzo.books SET body = $2 WHERE name = $1";

function parse<Body>(bytes: Buffer): Body | undefined {
  return bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as Body);
}

/** The database is away or going away, or has no connection or no room left just now: it may be back in a moment. */
export function isAway(thrown: unknown): boolean {
  const cause = thrown instanceof MezzoError ? thrown.cause : thrown;
  return passingTrouble(cause) !== undefined;
}

export function selfAs(name: string, version: string, id: string): Self {
  return { id, name, host: hostname(), pid: process.pid, birth: birthOf(process.pid), version };
}
