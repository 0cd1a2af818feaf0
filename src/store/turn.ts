/**
 * Whose turn it is to write. SQLite lets one connection write at a time, and makes the others wait by blocking their
 * threads; here the worker threads of one process take turns without blocking an event loop.
 *
 *   cell 0: 0 nobody's turn, else the number of the thread whose turn it is (from 1)
 *
 * A turn is held for one synchronous transaction and never across an await. A thread that died in its turn is released
 * by the parent with `releaseTurnOf`. Everyone waiting is woken, since the one woken may be dead too, and looks again
 * once a second whatever happens.
 */
import type { Clock } from "../core/clock.ts";

const RECHECK_MS = 1_000;

export interface Turn {
  /** What is to be given to every worker's store. */
  readonly shared: SharedArrayBuffer;
  /** This thread's number, from 1; no two living threads share one. */
  readonly workerNo: number;
}

export function newTurn(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** Resolves when it is our turn; the caller ends it with `endTurn` before its next await. */
export async function takeTurn(turn: Turn, clock: Clock): Promise<void> {
  const cell = new Int32Array(turn.shared);
  for (;;) {
    const owner = Atomics.compareExchange(cell, 0, 0, turn.workerNo);
    if (owner === 0) return;
    const waiting = Atomics.waitAsync(cell, 0, owner, RECHECK_MS);
    if (!waiting.async) continue;
    // The timer keeps the thread alive: a pending waitAsync alone does not.
    const recheck = new AbortController();
    const timer = clock.sleep(RECHECK_MS, recheck.signal).catch(() => undefined);
    await Promise.race([waiting.value, timer]);
    recheck.abort();
  }
}

export function endTurn(turn: Turn): void {
  releaseTurnOf(turn.shared, turn.workerNo);
}

/** Ends the turn of a thread that is no more. Does nothing if it was not its turn. */
export function releaseTurnOf(shared: SharedArrayBuffer, workerNo: number): void {
  const cell = new Int32Array(shared);
  if (Atomics.compareExchange(cell, 0, workerNo, 0) === workerNo) Atomics.notify(cell, 0);
}
