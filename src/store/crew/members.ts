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
  /** Samples that it has brought to their end since it came, and in the last minute. */
  readonly finished: number;
  readonly perMinute: number;
  /** Why it does not work, in its own words. */
  readonly word: string | undefined;
  readonly isAlive: boolean;
  /** Its process was here, and is no more. */
  readonly isSeenGone: boolean;
}

export interface Beat {
  readonly run: string | undefined;
  /** The queue that its batches came from. */
  readonly queue: string | undefined;
  readonly inFlight: number;
  readonly finished: number;
  readonly perMinute: number;
  /** Batches that it has. */
  readonly jobs: readonly string[];
  readonly word?: string;
}

export const SILENT_MS = 6_000;

export interface MemberRow {
  readonly id: string;
  readonly name: Buffer;
  readonly host: Buffer;
  readonly pid: number;
  readonly birth: string | null;
  readonly version: string;
  readonly since: number;
  readonly beat: number;
  readonly now: number;
  readonly run: Buffer | null;
  readonly in_flight: number;
  readonly finished: number;
  readonly per_minute: number;
  readonly word: Buffer | null;
}

const BEAT = `
  INSERT INTO mezzo.members (id, name, host, pid, birth, version, run, in_flight, finished, jobs, word, queue, per_minute)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  ON CONFLICT (id) DO UPDATE SET beat = now(), run = $7, in_flight = $8, finished = $9, jobs = $10, word = $11, queue = $12,
    per_minute = $13`;

/** Not one that has said something since. */
const BURY = `
  DELETE FROM mezzo.members WHERE id = $1 AND (extract(epoch FROM beat) * 1000)::float8 <= $2 RETURNING queue, jobs`;

/** All of them, as rows for `readMember`. */
export const MEMBERS = `
  SELECT id, name, host, pid::float8, birth, version, run, in_flight, finished::float8, per_minute, word,
    (extract(epoch FROM since) * 1000)::float8 AS since, (extract(epoch FROM beat) * 1000)::float8 AS beat,
    (extract(epoch FROM now()) * 1000)::float8 AS now
  FROM mezzo.members ORDER BY members.since, id`;

export class Members {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async beat(
    { id, name, host, pid, birth, version }: Self,
    { run, queue, inFlight, finished, perMinute, jobs, word }: Beat,
  ): Promise<void> {
    const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
    const who = [id, bytes(name), bytes(host), pid, birth, version];
    const values = [...who, bytes(run), inFlight, finished, jobs, bytes(word), bytes(queue), perMinute];
    await this.#pool.query({ name: "member-beat", text: BEAT, values });
  }

  async leave(id: string): Promise<void> {
    await this.#pool.query("DELETE FROM mezzo.members WHERE id = $1", [id]);
  }

  /** Takes a dead member off the list; what it had, for the one who asked first. */
  async bury({
    id,
    beatAt,
  }: Member): Promise<{ readonly queue: string; readonly jobs: readonly string[] } | undefined> {
    const { rows } = await this.#pool.query<{ queue: Buffer | null; jobs: string[] }>(BURY, [id, beatAt]);
    const had = rows[0];
    return had === undefined || had.queue === null ? undefined : { queue: had.queue.toString(), jobs: had.jobs };
  }

  async all(): Promise<Member[]> {
    const { rows } = await this.#pool.query<MemberRow>({ name: "member-list", text: MEMBERS });
    return rows.map(readMember);
  }
}

/** In the order in which they came; the dead, until somebody has taken over what they had. */
export function readMember(row: MemberRow): Member {
  const { id, pid, version, since, beat, finished } = row;
  const [name, host] = [row.name.toString(), row.host.toString()];
  const isSeenGone = !isAlive({ pid, host, since }, row.birth ?? undefined);
  return {
    ...{ id, name, host, pid, version, since, finished },
    beatAt: beat,
    run: row.run?.toString(),
    inFlight: row.in_flight,
    perMinute: row.per_minute,
    word: row.word?.toString(),
    isAlive: row.now - beat < SILENT_MS && !isSeenGone,
    isSeenGone,
  };
}
