/** The table `texts` (migrations.ts). */
import type Database from "better-sqlite3";
import type { TextRow, TextShelf } from "./texts.ts";

export class SqliteTexts implements TextShelf {
  readonly #insert: Database.Statement<[Buffer, Buffer | null, string | Buffer]>;
  readonly #find: Database.Statement<[Buffer], Pick<TextRow, "base">>;
  readonly #read: Database.Statement<[Buffer], TextRow>;

  constructor(db: Database.Database) {
    this.#insert = db.prepare("INSERT INTO texts (hash, base, body) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING");
    this.#find = db.prepare("SELECT base FROM texts WHERE hash = ?");
    this.#read = db.prepare("SELECT hash, base, body FROM texts WHERE hash = ?");
  }

  find(hash: Buffer): Pick<TextRow, "base"> | undefined {
    return this.#find.get(hash);
  }

  read(hash: Buffer): TextRow | undefined {
    return this.#read.get(hash);
  }

  /** Inside a transaction. */
  insert(rows: readonly TextRow[]): void {
    for (const { hash, base, body } of rows) this.#insert.run(hash, base, body);
  }
}
