/** The next command, as this person would type it. */
import { maskPassword } from "../store/where.ts";
import type { Io } from "./io.ts";

export const DEFAULT_STORE = "state/mezzo.db";

export function nextCommand(io: Io, words: string, store: string): string {
  return `${io.program} ${words}${store === DEFAULT_STORE ? "" : ` --store ${maskPassword(store)}`}`;
}
