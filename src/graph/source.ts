/** A graph as it is written, wherever: whoever checks it names a value by its path and gets its place back. */
import type { Place } from "../core/errors.ts";

export type KeyPath = readonly (string | number)[];

export interface Source {
  /** The value that is written at a path, as plain data; undefined where nothing is. */
  valueAt(path: KeyPath): unknown;
  /** The keys of the map at a path, as they are written. */
  keysAt(path: KeyPath): string[];
  has(path: KeyPath): boolean;
  /** The place of the value at a path; of its key with `key`; of the nearest key above where it is not written. */
  place(path: KeyPath, options?: { key?: boolean }): Place;
  /** The place of a stretch of a scalar's value, such as an error inside an expression. */
  placeInside(path: KeyPath, start: number, end: number): Place;
}
