/** What a request weighs in tokens: a guess for pacing and for servers that do not count, and a bound for the budget. */
import type { Message } from "../core/chat.ts";
import { estimateTokens } from "../core/tokens.ts";

/** Chat templates wrap each message in a few marks of their own. */
const MARKS_PER_MESSAGE = 8;

export function estimateMessages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + estimateTokens(message.content) + MARKS_PER_MESSAGE, 0);
}

/** A cruder guess that costs nothing: what paces requests is settled with the server's own count anyway. */
export function guessMessages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + Math.ceil(message.content.length / 3.5) + MARKS_PER_MESSAGE, 0);
}

/** An upper bound: byte-level vocabularies never need more tokens than the text has bytes. */
export function mostTokens(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + Buffer.byteLength(message.content) + 4 * MARKS_PER_MESSAGE, 64);
}
