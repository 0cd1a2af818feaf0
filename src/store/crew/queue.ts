/**
 * Batches of samples as jobs of pg-boss, in a schema of its own; each run has its queue. A batch is a span of places in the
 * run's input, and a queue holds each span once (pg-boss's policy `exclusive`), so planning again what is there already
 * does nothing.
 *
 *   plan ──▶ waits ──take──▶ with a member ──done──▶ gone
 *              ▲                  │
 *              └── give back ─────┤   by its member, or by whoever sees that it is dead
 *              └── no heartbeat ──┘   for HEARTBEAT_S, where nobody saw it
 *
 * Who holds a batch is not what keeps results single: that is the fence of each sample (store.ts). A member that was only
 * slow may go on for a while beside the one that has its batch now, and nothing of it is kept.
 */
import { createHash } from "node:crypto";
import type pg from "pg";
import { type Db, PgBoss } from "pg-boss";

/** Places in the input: `from` on, up to before `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Batch extends Span {
  readonly job: string;
}

const SCHEMA = "mezzo_queue";
/** The least that pg-boss takes. The members' own beats are quicker. */
const HEARTBEAT_S = 10;
const DAY_S = 86_400;
const INSERTED_AT_ONCE = 2_000;

interface Data extends Span {
  /** For people who look into the queue. */
  readonly run: string;
}

export class BatchQueue {
  readonly #boss: PgBoss;
  readonly #pool: pg.Pool;
  readonly #known = new Set<string>();

  static async open(pool: pg.Pool): Promise<BatchQueue> {
    const db: Db = { executeSql: (text, values) => pool.query(text, values as unknown[]) };
    const boss = new PgBoss({ db, schema: SCHEMA, supervise: false, schedule: false });
    boss.on("error", () => undefined); // What fails rejects where it was asked for.
    await boss.start();
    return new BatchQueue(boss, pool);
  }

  private constructor(boss: PgBoss, pool: pg.Pool) {
    this.#boss = boss;
    this.#pool = pool;
  }

  /** Adds the spans that are not there. */
  async plan(run: string, spans: readonly Span[]): Promise<void> {
    const queue = await this.#queueOf(run);
    for (let at = 0; at < spans.length; at += INSERTED_AT_ONCE) {
      const jobs = spans.slice(at, at + INSERTED_AT_ONCE).map(({ from, to }) => {
        const data: Data = { from, to, run };
        return { data, singletonKey: String(from) };
      });
      await this.#boss.insert(queue, jobs);
    }
  }

  async take(run: string, count: number): Promise<Batch[]> {
    const jobs = await this.#boss.fetch<Data>(await this.#queueOf(run), { batchSize: count });
    return jobs.map(({ id, data: { from, to } }) => ({ job: id, from, to }));
  }

  async touch(run: string, jobs: readonly string[]): Promise<void> {
    if (jobs.length > 0) await this.#boss.touch(await this.#queueOf(run), [...jobs]);
  }

  async done(run: string, jobs: readonly string[]): Promise<void> {
    if (jobs.length > 0) await this.#boss.deleteJob(await this.#queueOf(run), [...jobs]);
  }

  /** Others may have them from now on. */
  async giveBack(run: string, jobs: readonly string[]): Promise<void> {
    if (jobs.length > 0) await this.#boss.fail(await this.#queueOf(run), [...jobs]);
  }

  /** How many batches wait, and how many are with members. */
  async counts(run: string): Promise<{ readonly waiting: number; readonly taken: number }> {
    const { rows } = await this.#pool.query<{ waiting: number; taken: number }>(COUNTS, [await this.#queueOf(run)]);
    return rows[0]!;
  }

  /** Gives batches back whose members were silent for too long. Cheap; whoever works calls it every few seconds. */
  async supervise(run: string): Promise<void> {
    await this.#boss.supervise(await this.#queueOf(run));
  }

  /** A run that is over needs no queue. */
  async drop(run: string): Promise<void> {
    const queue = nameOf(run);
    this.#known.delete(run);
    await this.#boss.deleteQueue(queue);
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }

  async #queueOf(run: string): Promise<string> {
    const queue = nameOf(run);
    if (this.#known.has(run)) return queue;
    await this.#boss.createQueue(queue, {
      policy: "exclusive",
      retryLimit: 2_000_000_000,
      retryDelay: 0,
      expireInSeconds: DAY_S,
      retentionSeconds: 3_650 * DAY_S,
      heartbeatSeconds: HEARTBEAT_S,
    });
    this.#known.add(run);
    return queue;
  }
}

const COUNTS = `
  SELECT (count(*) FILTER (WHERE state < 'active'))::int AS waiting, (count(*) FILTER (WHERE state = 'active'))::int AS taken
  FROM ${SCHEMA}.job WHERE name = $1`;

/** A run's name may hold what pg-boss does not take. */
function nameOf(run: string): string {
  return `run-${createHash("sha256").update(run).digest("hex").slice(0, 24)}`;
}
