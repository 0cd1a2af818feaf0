/** Makes a file that an older Mezzo wrote ready for looking: where its samples stand is told by their events. */
import type Database from "better-sqlite3";
import type { SampleEvent } from "../core/events.ts";
import type { Commit } from "./commit.ts";
import type { EventRow, EventRows } from "./event-rows.ts";
import { pluck } from "./keys.ts";
import type { SampleRows } from "./sample-rows.ts";
import { foldStanding, gistOf, type Standings } from "./standings.ts";

/** So many that others hardly wait for the turn: some milliseconds. */
const AT_ONCE = 25;

export interface CatchUpParts {
  readonly db: Database.Database;
  readonly commit: Commit;
  readonly events: EventRows;
  readonly samples: SampleRows;
  readonly standings: Standings;
}

/** What does some of it each time it is called, and gives false once all is done. */
export function catchingUp({ db, commit, events, samples, standings }: CatchUpParts): () => Promise<boolean> {
  const left = pluck<[number], number>(
    db,
    `SELECT key FROM standings WHERE key > ? AND way IS NULL ORDER BY key LIMIT ${AT_ONCE}`,
  );
  const eventsOf = db.prepare<[number], EventRow & { readonly seq: number }>(
    "SELECT seq, type, body FROM events WHERE of = ? ORDER BY seq",
  );
  let done = 0;
  return async () => {
    const keys = left.all(done);
    if (keys.length === 0) return false;
    await commit.alone(() => {
      for (const key of keys) {
        const sample = samples.find(key);
        if (sample === undefined) continue; // Deleted in between.
        const rows = eventsOf.all(key);
        const change = foldStanding(rows.map((row) => events.decode(row, sample.id) as SampleEvent));
        standings.replace(key, { ...change, seq: rows.at(-1)?.seq ?? 0 }, gistOf(sample));
      }
    });
    done = keys.at(-1)!;
    return true;
  };
}
