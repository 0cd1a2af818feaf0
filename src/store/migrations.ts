/**
 * The file's format: its tables, its version, and the way from each older version. Forward only.
 *
 *   runs         one row a run; `key` is never used twice
 *   plans        what a run's former plans were, where its graph was edited; the current one stands in `runs`
 *   samples      key = run's key * 2^32 + place + 1, so a run's samples are one range of keys, in input order; `status` is
 *                0 waits, 1 started, from 2 its outcome (status.ts); `started` counts its goes
 *   events       `of` is a sample's key, or run's key * 2^32 for an event of the run itself; `seq` is the order of commits
 *   tallies      the run's counters, summed (core/events.ts `tallies`)
 *   threads      LangGraph threads that are no sample's; a sample's thread is its key, these are -key
 *   checkpoints  one row a superstep; `shape` names what is the same for every sample that went the same way
 *   writes       one row a task (slot 0), and one for each special write (slot < 0)
 *   texts        each long text once, by the hash of its content; TEXT as it is, BLOB zstd, with the text `base` as its
 *                dictionary where there is one
 *   standings, ways, gists, series   made for looking, from the events: standings.ts
 *
 * Sizes decide the layout (measured on real traces): appended tables (texts, events) have plain rowids, so that their
 * pages fill up; tables read by sample have no rowid, so that a sample's rows lie together.
 */
import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { MezzoError } from "../core/errors.ts";

/** "Mezo": tells our files from other people's. */
const APPLICATION_ID = 0x4d657a6f;

/** From version n (the index) to n + 1. Released steps never change. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL UNIQUE,
    graph TEXT NOT NULL, plan TEXT NOT NULL, plan_body NOT NULL, settings NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL, paused_code TEXT, paused_reason TEXT,
    holder_pid INTEGER, holder_host TEXT, holder_since INTEGER, holder_birth TEXT
  );
  CREATE TABLE samples (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL, id TEXT NOT NULL, line INTEGER NOT NULL,
    state NOT NULL, source NOT NULL,
    status INTEGER NOT NULL DEFAULT 0, started INTEGER NOT NULL DEFAULT 0, reason TEXT
  );
  CREATE UNIQUE INDEX samples_by_id ON samples (run, id);
  CREATE INDEX samples_by_status ON samples (status);
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    of INTEGER NOT NULL, type INTEGER NOT NULL, request INTEGER, body NOT NULL
  );
  CREATE INDEX events_by_sample ON events (of);
  CREATE INDEX events_by_request ON events (request) WHERE request IS NOT NULL;
  CREATE TABLE tallies (
    run INTEGER NOT NULL, path TEXT NOT NULL, sum REAL NOT NULL, PRIMARY KEY (run, path)
  ) WITHOUT ROWID;
  CREATE TABLE threads (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE checkpoints (
    thread INTEGER NOT NULL, ns TEXT NOT NULL, id NOT NULL,
    parent, at NOT NULL, shape BLOB NOT NULL, body NOT NULL, extra, PRIMARY KEY (thread, ns, id)
  ) WITHOUT ROWID;
  CREATE TABLE writes (
    thread INTEGER NOT NULL, ns TEXT NOT NULL, checkpoint NOT NULL, task NOT NULL, slot INTEGER NOT NULL,
    shape BLOB NOT NULL, body NOT NULL, PRIMARY KEY (thread, ns, checkpoint, task, slot)
  ) WITHOUT ROWID;
  CREATE TABLE texts (key INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, base BLOB, body NOT NULL);
  `,
  `
  CREATE TABLE standings (
    key INTEGER PRIMARY KEY, way INTEGER, status INTEGER NOT NULL, seq INTEGER NOT NULL DEFAULT 0,
    tokens_before INTEGER, tokens_after INTEGER,
    calls INTEGER NOT NULL DEFAULT 0, cost REAL NOT NULL DEFAULT 0, ms REAL NOT NULL DEFAULT 0
  );
  INSERT INTO standings (key, status) SELECT key, status FROM samples;
  CREATE TABLE ways (
    key INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, parent INTEGER NOT NULL, step TEXT NOT NULL,
    rounds INTEGER NOT NULL, rating INTEGER NOT NULL, UNIQUE (run, parent, step)
  );
  CREATE TABLE gists (key INTEGER PRIMARY KEY, domain TEXT NOT NULL, gist TEXT NOT NULL);
  CREATE TABLE series (
    run INTEGER NOT NULL, at INTEGER NOT NULL,
    accepted INTEGER NOT NULL, exhausted INTEGER NOT NULL, answer_lost INTEGER NOT NULL, undecided INTEGER NOT NULL,
    rejected INTEGER NOT NULL, failed INTEGER NOT NULL,
    steps INTEGER NOT NULL, calls INTEGER NOT NULL, retries INTEGER NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, cost REAL NOT NULL, asked_ms REAL NOT NULL,
    PRIMARY KEY (run, at)
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE plans (
    run INTEGER NOT NULL, no INTEGER NOT NULL, plan TEXT NOT NULL, body NOT NULL, PRIMARY KEY (run, no)
  ) WITHOUT ROWID;
  `,
];

export const CURRENT_VERSION = MIGRATIONS.length;

/**
 * Opens a store's file, made or brought up to date where needed. Throws `store-foreign` for a file that is not ours and
 * `store-newer` for one that a newer Mezzo wrote.
 */
export function openFile(path: string): Database.Database {
  if (path !== ":memory:") {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) checkHeader(path);
  }
  // Threads that open a new file at the same time wait here for the one that makes the tables.
  const db = new Database(path, { timeout: 10_000 });
  try {
    checkOwner(db, path);
    // Only takes effect on an empty file, and setting WAL already writes its first page.
    if (versionOf(db) === 0) db.pragma("auto_vacuum = INCREMENTAL");
    if (db.pragma("journal_mode", { simple: true }) !== "wal") db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma("cache_size = -4000");
    // Moving the WAL's pages into the file waits for the disk twice; every 32 MB instead of every 4 doubled what two
    // workers get done.
    db.pragma("wal_autocheckpoint = 8000");
    db.pragma("journal_size_limit = 67108864");
    migrate(db);
    // From here on the commit waits for others, without blocking.
    db.pragma("busy_timeout = 10");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Brings the tables from whatever version they have to `to`. */
export function migrate(db: Database.Database, to: number = CURRENT_VERSION): void {
  if (versionOf(db) >= to) return;
  db.transaction(() => {
    for (let version = versionOf(db); version < to; version++) db.exec(MIGRATIONS[version]!);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${to}`);
  }).immediate();
}

function versionOf(db: Database.Database): number {
  return Number(db.pragma("user_version", { simple: true }));
}

function checkOwner(db: Database.Database, path: string): void {
  const tables = Number(db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get());
  if (tables === 0) return;
  if (Number(db.pragma("application_id", { simple: true })) !== APPLICATION_ID) throw foreign(path);
  if (versionOf(db) > CURRENT_VERSION)
    throw new MezzoError(
      "store-newer",
      `${path} was written by a newer Mezzo (format ${versionOf(db)}; this one reads up to ${CURRENT_VERSION}).`,
      {
        hint: "Update Mezzo, or name another file with --store.",
        exitCode: 2,
      },
    );
}

/** SQLite calls any other file damaged; a user who named the wrong file should hear just that. */
function checkHeader(path: string): void {
  const stat = statSync(path);
  if (!stat.isFile()) throw foreign(path);
  if (stat.size === 0) return;
  const header = Buffer.alloc(16);
  const file = openSync(path, "r");
  readSync(file, header, 0, 16, 0);
  closeSync(file);
  if (header.toString("latin1") !== "SQLite format 3\0") throw foreign(path);
}

function foreign(path: string): MezzoError {
  return new MezzoError("store-foreign", `${path} is not a Mezzo store.`, {
    hint: "Name another file with --store; Mezzo makes it if it does not exist.",
    exitCode: 2,
  });
}
