/**
 * Replies about a problem: asked once, and every sample of the run with that problem has them. Their seeds come from the
 * problem (step.ts), so the second sample makes the very same request, and it is answered
 *
 *   from the air       another sample of this thread is asking right now, or has just asked
 *   from the store     a call of this run has the reply, whoever made it, before a kill as after one
 *   by asking          else
 *
 * Two threads that ask in the same moment ask twice, with one seed: a few calls more, never another answer than the
 * server gives to that request. Who pays is a matter of timing, so only models behind a network are shared; asking the
 * others costs less than looking.
 */
import type { ChatReply } from "../core/chat.ts";
import type { FindCached } from "./cache.ts";

export interface Answered {
  readonly reply: ChatReply;
  readonly requestHash: string;
  readonly costUsd: number;
  readonly ms: number;
  readonly waitedMs: number;
  /** Requests sent for it; 0 where it was there already. */
  readonly attempts: number;
}

export type AskOfProblem = (role: string, requestHash: string, ask: () => Promise<Answered>) => Promise<Answered>;

/** A reply that is there already: nothing is sent and nothing paid for it. */
export function known(reply: ChatReply, requestHash: string): Answered {
  return { reply, requestHash, costUsd: 0, ms: 0, waitedMs: 0, attempts: 0 };
}

/** As many problems as are under way at once, and some: the store has the others. */
const MOST_KEPT = 256;

/** `find` looks among the calls of this run; `isShared` says of which models. */
export function shareByProblem(find: FindCached, isShared: (role: string) => boolean): AskOfProblem {
  const kept = new Map<string, Promise<Answered>>();
  return async (role, requestHash, ask) => {
    if (!isShared(role)) return ask();
    const key = `${role}\t${requestHash}`;
    for (let looked = false; ; ) {
      const other = kept.get(key);
      if (other !== undefined) {
        // Who asked may have been interrupted: that is its own affair, and this one asks for itself.
        const answered = await other.catch(() => undefined);
        if (answered !== undefined) return known(answered.reply, requestHash);
        continue;
      }
      // Nothing is awaited between seeing that nobody asks and asking: two would ask.
      if (looked) return begin(key, ask);
      const stored = await find(role, requestHash);
      if (stored !== undefined) return known(stored, requestHash);
      looked = true;
    }
  };

  function begin(key: string, ask: () => Promise<Answered>): Promise<Answered> {
    const answering = ask();
    kept.set(key, answering);
    answering.catch(() => kept.delete(key));
    for (const oldest of kept.size > MOST_KEPT ? kept.keys().take(1) : []) kept.delete(oldest);
    return answering;
  }
}
