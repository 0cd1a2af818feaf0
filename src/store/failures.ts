/** A file's troubles in words a user can act on. Everything that the store throws goes through here. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { MezzoError, messageOf } from "../core/errors.ts";

/** What a file's trouble is to us; an error that is neither SQLite's nor the file system's comes back as it is. */
export function asStoreError(thrown: unknown, path: string): unknown {
  const code = codeOf(thrown);
  if (code === undefined) return thrown;
  const [name, message, hint] = storyOf(code, path, messageOf(thrown));
  return new MezzoError(name, message, { hint, cause: thrown });
}

export function isBusy(thrown: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(thrown) ?? "");
}

function storyOf(code: string, path: string, message: string): readonly [name: string, message: string, hint?: string] {
  // A full disk can also show as a failed write, or as a memory map that cannot grow.
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code) || (code.startsWith("SQLITE_IOERR") && isDiskFull(path)))
    return ["store-full", `No room left for ${path}.`, "Free some space on that disk, then resume the run."];
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|E(ACCES|PERM|ROFS|EXIST|NOTDIR|ISDIR|NOENT))/.test(code))
    return ["store-readonly", `Cannot write to ${path}.`, "Check who may write to the file and to its folder."];
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    const hint = "Put a backup in its place, or start a new store with --store.";
    return ["store-damaged", `${path} is damaged: ${message}.`, hint];
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    const hint = "Wait for it to end, or stop it, and try again.";
    return ["store-busy", `Another process keeps ${path} locked.`, hint];
  }
  return ["store-broken", `${path}: ${message} (${code}).`];
}

function codeOf(thrown: unknown): string | undefined {
  if (thrown instanceof Database.SqliteError) return thrown.code;
  // Errors of node:fs name their system call; a bug's error does not.
  const { code, syscall } = (thrown instanceof Error ? thrown : {}) as NodeJS.ErrnoException;
  return syscall === undefined ? undefined : code;
}

function isDiskFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return false;
  }
}
