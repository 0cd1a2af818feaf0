/**
 * Who works on the runs of a store. A member says every second that it lives; one that was not heard of for SILENT_MS is
 * taken for dead, at once if its process is seen to be gone (on the same host).
 */
import type pg from "pg";
import { isAlive } from "../holder.ts";
import type { Self } from "./crew.ts";

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly beatAt: number;
  readonly run: string | undefined;
  readonly inFlight: number;
  /** Samples that it has brought to their end since it came. */
  readonly finished: number;
  /** Why it does not work, in its own words. */
  readonly word: string | undefined;
  readonly isAlive: boolean;
}

export interface Beat {
  readonly run: string | undefined;
  readonly inFlight: number;
  readonly finished: number;
  /** Batches of the run that it has. */
  readonly jobs: readonly string[];
  readonly word?: string;
}

export const SILENT_MS = 6_000;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly birth: string | null;
  readonly version: string;
  readonly since: number;
  readonly beat: number;
  readonly now: number;
  readonly run: string | null;
  readonly in_flight: number;
  readonly finished: number;
  readonly word: string | null;
}

const BEAT = `
  INSERT INTO mezzo_crew.members (id, name, host, pid, birth, version, run, in_flight, finished, jobs, word)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (id) DO UPDATE SET beat = now(), run = $7, in_flight = $8, finished = $9, jobs = $10, word = $11`;

/** Not one that has said something since. */
const BURY = `
  DELETE FROM mezzo_crew.members WHERE id = $1 AND (extract(epoch FROM beat) * 1000)::float8 <= $2 RETURNING run, jobs`;

const LIST = `
  SELECT id, name, host, pid, birth, version, run, in_flight, finished::float8, word,
    (extract(epoch FROM since) * 1000)::float8 AS since, (extract(epoch FROM beat) * 1000)::float8 AS beat,
    (extract(epoch FROM now()) * 1000)::float8 AS now
  FROM mezzo_crew.members ORDER BY members.since, id`;

export class Members {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async beat(
    { id, name, host, pid, birth, version }: Self,
    { run, inFlight, finished, jobs, word }: Beat,
  ): Promise<void> {
    const values = [id, name, host, pid, birth, version, run, inFlight, finished, jobs, word];
    await this.#pool.query({ name: "member-beat", text: BEAT, values });
  }

  async leave(id: string): Promise<void> {
    await this.#pool.query("DELETE FROM mezzo_crew.members WHERE id = $1", [id]);
  }

  /** Takes a dead member off the list; what it had, for the one who asked first. */
  async bury({ id, beatAt }: Member): Promise<{ readonly run: string; readonly jobs: readonly string[] } | undefined> {
    const { rows } = await this.#pool.query<{ run: string | null; jobs: string[] }>(BURY, [id, beatAt]);
    const had = rows[0];
    return had === undefined || had.run === null ? undefined : { run: had.run, jobs: had.jobs };
  }

  /** In the order in which they came; the dead, until somebody has taken over what they had (`leave`). */
  async all(): Promise<Member[]> {
    const { rows } = await this.#pool.query<Row>({ name: "member-list", text: LIST });
    return rows.map((row) => {
      const { id, name, host, pid, version, since, beat, run, finished, word } = row;
      const holder = { pid, host, since };
      return {
        ...{ id, name, host, pid, version, since, finished },
        beatAt: beat,
        run: run ?? undefined,
        inFlight: row.in_flight,
        word: word ?? undefined,
        isAlive: row.now - beat < SILENT_MS && isAlive(holder, row.birth ?? undefined),
      };
    });
  }
}
