/** What a store's place is good for, before anything is written there. */
import { existsSync, mkdtempSync, rmdirSync, statfsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { asStoreError } from "./failures.ts";
import { networkDiskOf } from "./network-disk.ts";

export interface Place {
  /** Bytes free for us on that disk. */
  readonly freeBytes: number;
  /** The network file system's name, if it is one. */
  readonly network: string | undefined;
  /** Why nothing can be written there: a MezzoError. */
  readonly trouble: unknown;
}

/** The place of a store at that path, which need not exist yet. */
export function placeOf(path: string): Place {
  let folder = dirname(resolve(path));
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  return { freeBytes: bavail * bsize, network: networkDiskOf(path), trouble: troubleIn(folder, path) };
}

export function sqliteVersion(): string {
  const db = new Database(":memory:");
  try {
    return String(db.prepare("SELECT sqlite_version()").pluck().get());
  } finally {
    db.close();
  }
}

/** SQLite writes files beside the store, so the folder must take new ones. */
function troubleIn(folder: string, path: string): unknown {
  try {
    rmdirSync(mkdtempSync(join(folder, ".mezzo-doctor-")));
    return undefined;
  } catch (error) {
    return asStoreError(error, path);
  }
}
