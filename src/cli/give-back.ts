/** Memory given back where it is known that a lot of it is garbage. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects this thread's garbage once. Reading a large input leaves a heap of twice what lives in it, and the thread that
 * read it hardly allocates from then on: left to itself it would keep that for the length of the run (bench/million.ts).
 */
export function giveBack(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect === "function") collect();
}
