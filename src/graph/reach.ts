/**
 * Files that a graph names: what it includes, graphs it uses as nodes, its own kinds. A path counts from the file that
 * names it, and stays within reach: the working folder, or the folder above the graph's (where `prompts/` is). A graph
 * that somebody sent must not make Mezzo show, or run, files from elsewhere on the machine.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { messageOf } from "../core/errors.ts";
import { nearest } from "../core/suggest.ts";

/** Gives the text of a file, by its absolute path; throws as the file system does. */
export type ReadText = (path: string) => string;

export interface Reach {
  /** Absolute folders. */
  readonly folders: readonly string[];
  readonly read: ReadText;
}

export const readUtf8: ReadText = (path) => readFileSync(path, "utf8");

/** `graphFile` is the graph that a command was given. An editor reads what it has not saved yet. */
export function reachOf(graphFile: string, read: ReadText = readUtf8): Reach {
  return { folders: [process.cwd(), resolve(dirname(resolve(graphFile)), "..")], read };
}

/** A file as people see it: from the working folder. */
export function shownPath(path: string): string {
  return relative(process.cwd(), path) || path;
}

export interface Unread {
  readonly code: "unknown-file" | "outside-reach" | "unreadable-file";
  readonly message: string;
  readonly hint: string;
}

export interface NamedFile {
  /** Absolute. */
  readonly path: string;
  /** As diagnostics name it. */
  readonly file: string;
}

/** Where a named file is, if there is one within reach. `from` is the file that names it. */
export function findNamed(name: string, from: string, reach: Reach): NamedFile | Unread {
  const path = resolve(dirname(resolve(from)), name);
  if (isAbsolute(name) || !reach.folders.some((folder) => isWithin(path, folder))) {
    return {
      code: "outside-reach",
      message: `"${name}" leads out of what a graph may use: the working folder, and the folder above the graph's`,
      hint: "Put the file there, and name it by its path from this file.",
    };
  }
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return { path, file: shownPath(path) };
  const near = nearest(basename(name), namesBeside(path));
  const looked = `Paths count from the file that names them; looked for ${shownPath(path)}.`;
  return {
    code: "unknown-file",
    message: `There is no file "${name}"`,
    hint: near === undefined ? looked : `Did you mean "${join(dirname(name), near)}"? ${looked}`,
  };
}

/** The text of a file that was found. */
export function readNamed({ path, file }: NamedFile, { read }: Reach): { readonly text: string } | Unread {
  try {
    return { text: read(path).replace(/^\uFEFF/, "") };
  } catch (thrown) {
    return {
      code: "unreadable-file",
      message: `The file ${file} can't be read: ${messageOf(thrown)}`,
      hint: "Look at its permissions.",
    };
  }
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function namesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path)).filter((name) => extname(name) === extname(path) || extname(path) === "");
  } catch {
    return []; // No such folder: nothing near can be named.
  }
}
