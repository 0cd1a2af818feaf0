/** SQLite's troubles in words a user can act on. Everything that leaves the store goes through here. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { MezzoError } from "../core/errors.ts";

/** What a file's trouble is to us; an error that is not SQLite's comes back as it is. */
export function asStoreError(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof Database.SqliteError)) return thrown;
  const { code } = thrown;
  const error = (name: string, message: string, hint?: string) =>
    new MezzoError(name, message, { hint, cause: thrown });
  if (code === "SQLITE_FULL" || (code.startsWith("SQLITE_IOERR") && isDiskFull(path)))
    return error("store-full", `No room left for ${path}.`, "Free some space on that disk, then resume the run.");
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN") || code === "SQLITE_PERM")
    return error("store-readonly", `Cannot write to ${path}.`, "Check who may write to the file and to its folder.");
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return error(
      "store-damaged",
      `${path} is damaged: ${thrown.message}.`,
      "Put a backup in its place, or start a new store with --store.",
    );
  if (isBusy(thrown))
    return error(
      "store-busy",
      `Another process keeps ${path} locked.`,
      "Wait for it to end, or stop it, and try again.",
    );
  return error("store-broken", `${path}: ${thrown.message} (${code}).`);
}

export function isBusy(thrown: unknown): boolean {
  return (
    thrown instanceof Database.SqliteError &&
    (thrown.code.startsWith("SQLITE_BUSY") || thrown.code.startsWith("SQLITE_LOCKED"))
  );
}

/** A full disk can also show as a failed write or a memory map that cannot grow. */
function isDiskFull(path: string): boolean {
  const disk = statfsSync(dirname(path));
  return disk.bavail === 0;
}
