/** The tables `checkpoints` and `writes` (migrations.ts), and how LangGraph's ids stand in them. */
import type Database from "better-sqlite3";
import { pluck } from "./keys.ts";

/** A UUID as its 16 bytes, which sort as its text does; any other id as it is. */
export type IdKey = string | Buffer;

export interface CheckpointRow {
  readonly thread: number;
  readonly ns: string;
  readonly id: IdKey;
  readonly parent: IdKey | null;
  readonly at: number | string;
  readonly shape: Buffer;
  readonly body: string | Buffer;
  readonly extra: string | null;
}

/** A task's regular writes (slot 0) or one special write (slot < 0). `shape` is a ref, or the JSON itself. */
export interface WriteRow {
  readonly task: IdKey;
  readonly slot: number;
  readonly shape: Buffer | string;
  readonly body: string | Buffer;
}

/** Sorts after every id. */
const NO_BOUND = Buffer.alloc(17, 0xff);
const COLUMNS = "thread, ns, id, parent, at, shape, body, extra";
const PAGE = 100;

type WriteValues = [number, string, IdKey, IdKey, number, Buffer | string, string | Buffer];

export class CheckpointRows {
  readonly #put: Database.Statement<
    [number, string, IdKey, IdKey | null, number | string, Buffer, string | Buffer, string | null]
  >;
  readonly #one: Database.Statement<[number, string, IdKey], CheckpointRow>;
  readonly #page: Database.Statement<[number, string, IdKey, number], CheckpointRow>;
  readonly #namespaces: Database.Statement<[number], string>;
  readonly #threads: Database.Statement<[], number>;
  readonly #insertWrite: Database.Statement<WriteValues>;
  readonly #replaceWrite: Database.Statement<WriteValues>;
  readonly #writes: Database.Statement<[number, string, IdKey], WriteRow>;
  readonly #deleteCheckpoints: Database.Statement<[number]>;
  readonly #deleteWrites: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.#put = db.prepare(`INSERT OR REPLACE INTO checkpoints (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#one = db.prepare(`SELECT ${COLUMNS} FROM checkpoints WHERE thread = ? AND ns = ? AND id = ?`);
    this.#page = db.prepare(
      `SELECT ${COLUMNS} FROM checkpoints WHERE thread = ? AND ns = ? AND id < ? ORDER BY id DESC LIMIT ?`,
    );
    this.#namespaces = pluck(db, "SELECT DISTINCT ns FROM checkpoints WHERE thread = ? ORDER BY ns");
    this.#threads = pluck(db, "SELECT DISTINCT thread FROM checkpoints ORDER BY thread");
    const columns = "(thread, ns, checkpoint, task, slot, shape, body) VALUES (?, ?, ?, ?, ?, ?, ?)";
    this.#insertWrite = db.prepare(`INSERT OR IGNORE INTO writes ${columns}`);
    this.#replaceWrite = db.prepare(`INSERT OR REPLACE INTO writes ${columns}`);
    this.#writes = db.prepare(
      "SELECT task, slot, shape, body FROM writes WHERE thread = ? AND ns = ? AND checkpoint = ?",
    );
    this.#deleteCheckpoints = db.prepare("DELETE FROM checkpoints WHERE thread = ?");
    this.#deleteWrites = db.prepare("DELETE FROM writes WHERE thread = ?");
  }

  put(row: CheckpointRow): void {
    this.#put.run(row.thread, row.ns, row.id, row.parent, row.at, row.shape, row.body, row.extra);
  }

  /** The checkpoint of that id, or the newest. */
  find(thread: number, ns: string, id: IdKey | undefined): CheckpointRow | undefined {
    return id === undefined ? this.#page.get(thread, ns, NO_BOUND, 1) : this.#one.get(thread, ns, id);
  }

  /** Newest first, in pages: whoever walks them may write in between. */
  *newestFirst(thread: number, ns: string, before: IdKey | undefined): Generator<CheckpointRow> {
    let bound = before ?? NO_BOUND;
    for (;;) {
      const page = this.#page.all(thread, ns, bound, PAGE);
      yield* page;
      if (page.length < PAGE) return;
      bound = page.at(-1)!.id;
    }
  }

  threads(): number[] {
    return this.#threads.all();
  }

  namespaces(thread: number): string[] {
    return this.#namespaces.all(thread);
  }

  /** False if there is such a row already and it stays. */
  putWrite(row: WriteRow, at: { thread: number; ns: string; checkpoint: IdKey; replace: boolean }): boolean {
    const statement = at.replace ? this.#replaceWrite : this.#insertWrite;
    return statement.run(at.thread, at.ns, at.checkpoint, row.task, row.slot, row.shape, row.body).changes > 0;
  }

  writes(thread: number, ns: string, checkpoint: IdKey): WriteRow[] {
    return this.#writes.all(thread, ns, checkpoint);
  }

  /** The row of the same task and slot. */
  findWrite({ task, slot }: WriteRow, of: { thread: number; ns: string; checkpoint: IdKey }): WriteRow | undefined {
    const rows = this.writes(of.thread, of.ns, of.checkpoint);
    return rows.find((other) => other.slot === slot && idOf(other.task) === idOf(task));
  }

  deleteThread(thread: number): void {
    this.#deleteCheckpoints.run(thread);
    this.#deleteWrites.run(thread);
  }
}

export function idKey(id: string): IdKey {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(id)
    ? Buffer.from(id.replaceAll("-", ""), "hex")
    : id;
}

export function idOf(key: IdKey): string {
  if (typeof key === "string") return key;
  const hex = key.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** An ISO time as its milliseconds where that gives back the same text. */
export function timeKey(ts: string): number | string {
  const ms = Date.parse(ts);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === ts ? ms : ts;
}

export function timeOf(key: number | string): string {
  return typeof key === "string" ? key : new Date(key).toISOString();
}
