/** What keeps a store's file small: pruning finished samples, deleting runs, removing texts that nothing refers to. */
import type Database from "better-sqlite3";
import { refsIn } from "./codec.ts";
import { firstKey, lastKey } from "./keys.ts";
import { walkRows } from "./refs.ts";
import { STARTED } from "./status.ts";
import type { Keep } from "./store.ts";
import type { Texts } from "./texts.ts";

export class Upkeep {
  readonly #db: Database.Database;
  readonly #texts: Texts;
  readonly #isFinished: Database.Statement<[number, number]>;
  readonly #deletes: Readonly<Record<Exclude<Keep, "all">, readonly Database.Statement[]>>;

  constructor(db: Database.Database, texts: Texts) {
    this.#db = db;
    this.#texts = texts;
    this.#isFinished = db.prepare("SELECT 1 FROM samples WHERE key = ? AND status > ?");
    const newest = "(SELECT max(id) FROM checkpoints WHERE thread = @thread AND ns = '')";
    const prepare = (sql: string) => db.prepare(sql);
    this.#deletes = {
      last: [
        `DELETE FROM writes WHERE thread = @thread AND NOT (ns = '' AND checkpoint = ${newest})`,
        `DELETE FROM checkpoints WHERE thread = @thread AND NOT (ns = '' AND id = ${newest})`,
      ].map(prepare),
      outcomes: ["DELETE FROM writes WHERE thread = @thread", "DELETE FROM checkpoints WHERE thread = @thread"].map(
        prepare,
      ),
    };
  }

  /** Inside a transaction. */
  forget(sample: number, keep: Keep): void {
    if (keep === "all" || !this.#isFinished.get(sample, STARTED)) return;
    for (const statement of this.#deletes[keep]) statement.run({ thread: sample });
  }

  /** Inside a transaction. */
  deleteRun(run: number): void {
    const range = [firstKey(run), lastKey(run)];
    for (const [table, column] of [
      ["writes", "thread"],
      ["checkpoints", "thread"],
      ["events", "of"],
      ["samples", "key"],
      ["standings", "key"],
      ["gists", "key"],
    ])
      this.#db.prepare(`DELETE FROM ${table} WHERE ${column} BETWEEN ? AND ?`).run(...range);
    for (const table of ["tallies", "ways", "series", "plans"])
      this.#db.prepare(`DELETE FROM ${table} WHERE run = ?`).run(run);
    this.#db.prepare("DELETE FROM runs WHERE key = ?").run(run);
  }

  /** Inside a transaction: removes the texts that no row, and no text that a row refers to, names. */
  removeLooseTexts(): void {
    const db = this.#db;
    db.exec("CREATE TEMP TABLE IF NOT EXISTS named (hash BLOB PRIMARY KEY) WITHOUT ROWID; DELETE FROM named;");
    const add = db.prepare("INSERT OR IGNORE INTO named VALUES (?)");
    const exists = db.prepare("SELECT 1 FROM texts WHERE hash = ?");
    const mark = (json: string) => {
      for (const { ref, mark: kind } of refsIn(json)) {
        const hash = Buffer.from(ref, "base64url");
        const isNew = add.run(hash).changes > 0;
        // Only these texts are JSON of ours, with refs of their own.
        if (isNew && kind === "{" && exists.get(hash)) mark(this.#texts.read(ref));
      }
    };
    for (const row of walkRows(db)) {
      for (const json of row.jsons) mark(json);
      if (row.shape) add.run(row.shape);
    }
    db.exec(`
      INSERT OR IGNORE INTO named SELECT base FROM texts WHERE base IS NOT NULL AND hash IN (SELECT hash FROM named);
      DELETE FROM texts WHERE hash NOT IN (SELECT hash FROM named);
      DELETE FROM named;
    `);
  }

  /** Outside a transaction: gives free pages back to the disk. */
  shrink(): void {
    this.#db.exec("PRAGMA incremental_vacuum");
    this.#db.pragma("wal_checkpoint(TRUNCATE)");
  }

  bytes(): number {
    return (
      Number(this.#db.pragma("page_count", { simple: true })) * Number(this.#db.pragma("page_size", { simple: true }))
    );
  }
}
