/**
 * The connections of one store to PostgreSQL: one that writes, one thing after another, and one or a few that read.
 *
 * A server that was there comes back: once the store is open, a connection that is lost, a server that starts, is full or
 * takes no more connections is waited for, and what was asked is asked again. So whatever is written must be safe to ask
 * twice: it may have been committed and only the answer lost (commit.ts numbers its batches for that). Waiting says so,
 * and ends after `patienceMs` with the error.
 */
import pg from "pg";
import type { Clock } from "../../core/clock.ts";
import { MezzoError, messageOf } from "../../core/errors.ts";
import { asPostgresError, isCollision, passingTrouble } from "./failures.ts";

export interface ServerOptions {
  readonly url: string;
  /** The address without its password. */
  readonly shown: string;
  readonly clock: Clock;
  /** Told while PostgreSQL is waited for, and when it is back. */
  readonly say?: (line: string) => void;
  readonly patienceMs: number;
  /** Most connections that read. */
  readonly readers: number;
  /** Once on each connection that writes. */
  readonly greet: (client: pg.Client) => Promise<void>;
}

const CONNECT_MS = 10_000;
/** Longer than any statement of ours should take: a network that swallows everything must not keep us for ever. */
const ANSWER_MS = 600_000;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [50, 2_000];
const [SAY_AFTER_MS, SAY_EVERY_MS] = [1_000, 10_000];
const COLLISIONS = 20;

export type Row = Readonly<Record<string, unknown>>;
export type Value = string | number | boolean | Buffer | null;

export class Server {
  readonly #options: ServerOptions;
  readonly #config: pg.ClientConfig;
  readonly #readers: pg.Pool;
  readonly #closing = new AbortController();
  #writer: pg.Client | undefined;
  /** Reads that may begin now, and those that wait: for as long as it takes, which the pool itself would not. */
  #seats: number;
  readonly #queue: (() => void)[] = [];
  #isOpen = false;
  #away: { readonly since: number; saidAt: number; isSaid: boolean } | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#seats = options.readers;
    this.#config = {
      connectionString: options.url,
      fallback_application_name: "mezzo",
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      types: { getTypeParser },
    };
    // Reads the address, and the files that it names, before anything is asked.
    this.#client();
    this.#readers = new pg.Pool({
      ...this.#config,
      max: options.readers,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
    });
    // An idle connection that ends is replaced when it is wanted.
    this.#readers.on("error", () => undefined);
  }

  /** Throws `bad-store` for what an address says that cannot be: a certificate that is not there, for one. */
  #client(): pg.Client {
    try {
      return new pg.Client(this.#config);
    } catch (cause) {
      throw new MezzoError("bad-store", `${this.#options.shown}: ${messageOf(cause)}`, { cause, exitCode: 2 });
    }
  }

  get shown(): string {
    return this.#options.shown;
  }

  /** From here on the server is waited for. */
  opened(): void {
    this.#isOpen = true;
  }

  /** It is not waited for any more. */
  hurry(): void {
    this.#isOpen = false;
  }

  async read<T extends Row>(text: string, values: readonly Value[] = []): Promise<T[]> {
    if (this.#seats === 0) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#seats--;
    try {
      return await this.#patiently(async () => (await this.#readers.query<T>(text, [...values])).rows);
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#seats++;
      else next();
    }
  }

  /** The only user of the connection that writes; whoever calls this waits for one call before the next. */
  async write<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.#patiently(async () => {
      const client = await this.#connected();
      try {
        return await work(client);
      } catch (error) {
        if (passingTrouble(error) !== undefined && !isCollision(error)) await this.#dropWriter();
        throw error;
      }
    });
  }

  /** In a transaction of its own; asked again from its beginning where the answer was lost. */
  async transact<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.write(async (client) => {
      await client.query("BEGIN");
      try {
        const result = await work(client);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => this.#dropWriter());
        throw error;
      }
    });
  }

  /** A second time does nothing. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error("closed"));
    await Promise.all([this.#dropWriter(), this.#readers.end()]);
  }

  async #connected(): Promise<pg.Client> {
    if (this.#writer !== undefined) return this.#writer;
    const client = this.#client();
    client.on("error", () => {
      if (this.#writer === client) this.#writer = undefined;
    });
    try {
      await client.connect();
      await this.#options.greet(client);
    } catch (error) {
      await client.end().catch(() => undefined); // It never was.
      throw error;
    }
    this.#writer = client;
    return client;
  }

  async #dropWriter(): Promise<void> {
    const client = this.#writer;
    this.#writer = undefined;
    await client?.end().catch(() => undefined); // It has ended.
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { clock, patienceMs } = this.#options;
    const since = clock.elapsed();
    let collisions = 0;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const result = await work();
        this.#back();
        return result;
      } catch (error) {
        const trouble = passingTrouble(error);
        const isPatient = this.#isOpen && clock.elapsed() - since < patienceMs && !this.#closing.signal.aborted;
        if (trouble === undefined || !isPatient) throw asPostgresError(error, this.#options.shown);
        if (isCollision(error) && ++collisions < COLLISIONS) pause = FIRST_PAUSE_MS / 10;
        else this.#tell(trouble, error);
        await clock.sleep(pause * (0.5 + clock.random()), this.#closing.signal).catch(() => undefined);
      }
    }
  }

  #tell(trouble: string, error: unknown): void {
    const { clock, say, shown } = this.#options;
    const now = clock.elapsed();
    this.#away ??= { since: now, saidAt: now + SAY_AFTER_MS - SAY_EVERY_MS, isSaid: false };
    if (now - this.#away.saidAt < SAY_EVERY_MS) return;
    this.#away.saidAt = now;
    this.#away.isSaid = true;
    const seconds = Math.round((now - this.#away.since) / 1_000);
    say?.(`PostgreSQL ${trouble} since ${seconds} s (${shown}: ${messageOf(error) || "no answer"}); waiting`);
  }

  #back(): void {
    const { clock, say } = this.#options;
    if (this.#away === undefined) return;
    const { since, isSaid } = this.#away;
    const ms = clock.elapsed() - since;
    this.#away = undefined;
    if (isSaid) say?.(`PostgreSQL is back after ${Math.round(ms / 1_000)} s; going on`);
  }
}

const INT8 = 20;

/** Our integers all fit into a double. */
const getTypeParser = ((oid: number, format?: "text" | "binary") =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as "text")) as pg.CustomTypesConfig["getTypeParser"];
