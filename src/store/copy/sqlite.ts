/** A file's rows, for a copy. A new file is made beside its place and gets its name when it is whole. */
import { existsSync, renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { MezzoError } from "../../core/errors.ts";
import { asStoreError } from "../failures.ts";
import { openFile } from "../migrations.ts";
import { type Cell, KEY_COLUMNS, type Row, type Source, type Table, type Target } from "./tables.ts";

const AT_ONCE = 1_000;

const FROM: Readonly<Record<string, string>> = {
  samples: `(SELECT a.*, s.way, s.seq, s.tokens_before, s.tokens_after, s.calls, s.cost, s.ms, g.domain, g.gist
    FROM samples a JOIN standings s ON s.key = a.key LEFT JOIN gists g ON g.key = a.key)`,
};

const SAMPLE_TABLES: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ["samples", ["key", "run", "id", "line", "state", "source", "status", "started", "reason"]],
  ["standings", ["key", "way", "status", "seq", "tokens_before", "tokens_after", "calls", "cost", "ms"]],
  ["gists", ["key", "domain", "gist"]],
];

/** Reads in one transaction: what is committed meanwhile is not part of it. */
export function readFileRows(path: string): Source {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  db.exec("BEGIN");
  return { pages: (table) => pagesOf(db, table), close: async () => void db.close() };
}

export function makeFileRows(path: string): Target {
  if (existsSync(path))
    throw new MezzoError("file-exists", `${path} is there already`, {
      hint: "A copy is never written over a store; name a new file.",
      exitCode: 2,
    });
  const part = `${path}.part`;
  const remove = () => {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(part + suffix, { force: true });
  };
  remove();
  const db = openPart(part, path);
  let isKept = false;
  return {
    pages: (table) => pagesOf(db, table),
    put: async (table, rows) => {
      try {
        db.transaction(() => putRows(db, table, rows))();
      } catch (error) {
        throw asStoreError(error, path);
      }
    },
    keep: async () => {
      db.pragma("wal_checkpoint(TRUNCATE)");
      db.close();
      renameSync(part, path);
      isKept = true;
    },
    close: async () => {
      db.close();
      if (!isKept) remove();
    },
  };
}

function openPart(part: string, path: string): Database.Database {
  try {
    return openFile(part);
  } catch (error) {
    throw asStoreError(error, path);
  }
}

function putRows(db: Database.Database, table: Table, rows: readonly Row[]): void {
  const names = table.columns.map(([name]) => name);
  const inserts = (table.name === "samples" ? SAMPLE_TABLES : [[table.name, names] as const]).map(
    ([into, columns]) => ({
      statement: db.prepare<Cell[]>(
        `INSERT INTO ${into} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      ),
      places: columns.map((column) => names.indexOf(column)),
    }),
  );
  for (const row of rows) for (const { statement, places } of inserts) statement.run(...places.map((i) => row[i]!));
}

async function* pagesOf(db: Database.Database, table: Table): AsyncGenerator<readonly Row[]> {
  const names = table.columns.map(([name]) => name);
  const order = names.slice(0, KEY_COLUMNS[table.name]).join(", ");
  const rows = db
    .prepare<[], Cell[]>(`SELECT ${names.join(", ")} FROM ${FROM[table.name] ?? table.name} ORDER BY ${order}`)
    .raw()
    .iterate() as IterableIterator<Cell[]>;
  let page: Cell[][] = [];
  for (const row of rows) {
    page.push(row);
    if (page.length < AT_ONCE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
