/**
 * The words of one conversation with a model. Everything that asks or answers (nodes, gateway, models, store) speaks
 * in these types; nothing here knows of HTTP, LangChain or prompts files.
 */

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What steers one reply. Left-out fields are the server's own default and are not sent. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  /** Upper bound on the tokens of one reply, thinking included. */
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  /** Sent as `seed` where the server takes one; the baseline and the simulated model draw from it. */
  readonly seed?: number;
  /** Passed through to the server as they are (`top_k`, `enable_thinking`, ...). */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * The form a reply should take. `schema` is JSON Schema (draft 7); the reply is still checked by whoever asked.
 * `surprisal` asks for no words: the reply is how surprising the model finds `of` as its own answer (core/surprisal.ts).
 * A model that can't tell throws `cannot`.
 */
export type ReplyForm =
  | { readonly form: "text" }
  | { readonly form: "surprisal"; readonly of: string }
  | { readonly form: "json"; readonly name: string; readonly schema: Readonly<Record<string, unknown>> };

export interface ChatRequest {
  readonly messages: readonly Message[];
  readonly sampling: Sampling;
  readonly reply: ReplyForm;
  /**
   * What the prompt is for (its front matter's `purpose`) and the values that filled its places. Never sent: it lets a
   * rule-based model work on the values instead of parsing them out of prose.
   */
  readonly task: { readonly purpose: string; readonly values: Readonly<Record<string, string>> };
}

/** Tokens of one call, as the server counted them; `estimated` when it did not and we did. */
export interface Usage {
  readonly in: number;
  readonly out: number;
  /** Part of `in` that came from the server's cache. */
  readonly cachedIn?: number;
  /** Part of `out` that was thinking. */
  readonly thinking?: number;
  readonly estimated?: true;
}

/** Why a reply ended. `length` means it was cut off: it is never a whole answer. */
export type Finish = "stop" | "length" | "filter" | "other";

export interface ChatReply {
  /** The answer, without thinking. May be empty: whoever asked decides what that means. */
  readonly text: string;
  /** Thinking text, from `reasoning`, `reasoning_content` or `<think>`; absent when there was none. */
  readonly thinking?: string;
  readonly finish: Finish;
  readonly usage: Usage;
  /** The model's name as the server gave it, else as it was asked for. */
  readonly model: string;
}
