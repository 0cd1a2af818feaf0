/**
 * Samples as rows, in input order. Long texts of its state and of its source row are refs, so a chain that stands in both
 * is stored once.
 */
import Database from "better-sqlite3";
import { MezzoError } from "../core/errors.ts";
import type { NewSample, State } from "../core/sample.ts";
import { type Codec, packRow } from "./codec.ts";
import { firstKey, keyAt, lastKey, placeOf, pluck } from "./keys.ts";
import { type Gist, gistOf, type Standings } from "./standings.ts";
import { outcomeOf, personWordOf, STARTED, statusesOf, WAITING } from "./status.ts";
import type { SamplePage, StoredSample } from "./store.ts";
import { type Texts, unpack } from "./texts.ts";

interface Row {
  readonly key: number;
  readonly id: string;
  readonly line: number;
  readonly state: string | Buffer;
  readonly source: string | Buffer;
  readonly status: number;
  readonly started: number;
  readonly reason: string | null;
}

const COLUMNS = "key, id, line, state, source, status, started, reason";

/** A sample whose texts are in place: what `add` inserts. */
export interface PreparedSample {
  readonly id: string;
  readonly line: number;
  readonly state: string | Buffer;
  readonly source: string | Buffer;
  readonly gist: Gist;
}

export class SampleRows {
  readonly #standings: Standings;
  readonly #texts: Texts;
  readonly #codec: Codec;
  readonly #insert: Database.Statement<[number, number, string, number, string | Buffer, string | Buffer]>;
  readonly #last: Database.Statement<[number, number], number | null>;
  readonly #lineOf: Database.Statement<[number, string], number>;
  readonly #byKey: Database.Statement<[number], Row>;
  readonly #page: Database.Statement<[number, number, number], Row>;
  readonly #pageOfStatus: Database.Statement<[number, number, number, number], Row>;

  constructor(db: Database.Database, parts: { texts: Texts; codec: Codec; standings: Standings }) {
    const { texts, codec, standings } = parts;
    this.#standings = standings;
    this.#texts = texts;
    this.#codec = codec;
    this.#insert = db.prepare("INSERT INTO samples (key, run, id, line, state, source) VALUES (?, ?, ?, ?, ?, ?)");
    this.#last = pluck(db, "SELECT max(key) FROM samples WHERE key BETWEEN ? AND ?");
    this.#lineOf = pluck(db, "SELECT line FROM samples WHERE run = ? AND id = ?");
    this.#byKey = db.prepare(`SELECT ${COLUMNS} FROM samples WHERE key = ?`);
    this.#page = db.prepare(`SELECT ${COLUMNS} FROM samples WHERE key > ? AND key <= ? ORDER BY key LIMIT ?`);
    this.#pageOfStatus = db.prepare(
      `SELECT ${COLUMNS} FROM samples WHERE status = ? AND key > ? AND key <= ? ORDER BY key LIMIT ?`,
    );
  }

  prepare(sample: NewSample): PreparedSample {
    const kin = this.#texts.newKin();
    return {
      id: sample.id,
      line: sample.line,
      state: packRow(this.#codec.encode(sample.state, kin)),
      source: packRow(this.#codec.encode(sample.source, kin)),
      gist: gistOf(sample),
    };
  }

  /** Inside a transaction. Throws `double-id`. */
  add(run: number, samples: readonly PreparedSample[]): void {
    let key = (this.#last.get(firstKey(run), lastKey(run)) ?? firstKey(run)) + 1;
    for (const { id, line, state, source, gist } of samples) {
      try {
        this.#insert.run(key, run, id, line, state, source);
        this.#standings.add(key++, gist);
      } catch (error) {
        if (!(error instanceof Database.SqliteError) || error.code !== "SQLITE_CONSTRAINT_UNIQUE") throw error;
        throw doubleId(id, this.#lineOf.get(run, id) ?? 0, line);
      }
    }
  }

  find(key: number): StoredSample | undefined {
    const row = this.#byKey.get(key);
    return row && this.#read(row);
  }

  unfinished(run: number, page: { started: boolean; after: number; limit: number }): StoredSample[] {
    const after = keyAt(run, page.after);
    return this.#pageOfStatus
      .all(page.started ? STARTED : WAITING, after, lastKey(run), page.limit)
      .map((row) => this.#read(row));
  }

  page(run: number, page: SamplePage): StoredSample[] {
    const after = keyAt(run, page.after ?? -1);
    const rows = page.outcomes
      ? statusesOf(page.outcomes).flatMap((status) => this.#pageOfStatus.all(status, after, lastKey(run), page.limit))
      : this.#page.all(after, lastKey(run), page.limit);
    rows.sort((a, b) => a.key - b.key);
    return rows.slice(0, page.limit).map((row) => this.#read(row));
  }

  #read(row: Row): StoredSample {
    const outcome = outcomeOf(row.status);
    const person = personWordOf(row.status);
    return {
      id: row.id,
      n: placeOf(row.key),
      line: row.line,
      state: this.#codec.decode(unpack(row.state)) as State,
      source: this.#codec.decode(unpack(row.source)) as StoredSample["source"],
      ...(outcome === undefined ? {} : { outcome }),
      ...(row.reason === null ? {} : { reason: row.reason }),
      started: row.started > 0,
      ...(person === undefined ? {} : { person }),
      goes: Math.max(0, row.started - 1),
    };
  }
}

function doubleId(id: string, firstLine: number, secondLine: number): MezzoError {
  return new MezzoError("double-id", `Two samples have the id "${id}": lines ${firstLine} and ${secondLine}.`, {
    hint: "Give every row an id of its own, or leave the ids out: they are then made from the content.",
    exitCode: 2,
  });
}
