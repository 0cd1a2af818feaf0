/**
 * Telling when files are saved. Folders are watched and not files: most editors save by putting a new file in the old
 * one's place, which a watch on the old one never hears of; and a file that is looked for may not be there yet.
 */
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Io } from "./io.ts";

/** A save comes as several events within a few milliseconds. */
const SETTLED_MS = 60;

/** `files` is asked again after each call of `onSave`: what matters may change with what is saved. */
export function watchFiles(files: () => ReadonlySet<string>, onSave: () => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  follow();
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };

  function follow(): void {
    const folders = new Set([...files()].map(dirname));
    for (const [folder, watcher] of watchers) if (!folders.has(folder)) drop(folder, watcher);
    for (const folder of folders) if (!watchers.has(folder)) add(folder);
  }

  function add(folder: string): void {
    try {
      const watcher = watch(folder, (_event, name) => {
        // Some systems do not tell the name.
        if (name === null || [...files()].some((file) => dirname(file) === folder && basename(file) === name)) settle();
      });
      watcher.on("error", () => drop(folder, watcher));
      watchers.set(folder, watcher);
    } catch {
      return; // There is no such folder (yet): what would be in it was looked for in others, too.
    }
  }

  function drop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    watchers.delete(folder);
  }

  function settle(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      onSave();
      follow();
    }, SETTLED_MS);
  }
}

/** Resolves on Ctrl-C or SIGTERM. */
export function untilInterrupted(io: Io): Promise<void> {
  return new Promise((resolve) => {
    const stop = io.onInterrupt(() => {
      stop();
      resolve();
    });
  });
}
