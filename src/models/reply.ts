/**
 * From what a server said to a ChatReply.
 *
 * Text is made safe to keep: lone surrogates become U+FFFD and U+0000 is dropped, because neither survives UTF-8, SQLite
 * and PostgreSQL unchanged. That is done on the joined text: a pair may arrive in two pieces.
 */
import type { ChatReply, Finish, Usage } from "../core/chat.ts";
import { estimateTokens } from "../core/tokens.ts";
import { ModelError } from "./model.ts";
import { partThinking } from "./thinking.ts";

/** What the server said, before it is tidied. */
export interface Completion {
  readonly content: string;
  readonly thinking: string;
  readonly finish: string | undefined;
  readonly usage: WireUsage | undefined;
  readonly model: string | undefined;
}

export interface WireUsage {
  readonly prompt_tokens?: number | null;
  readonly completion_tokens?: number | null;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | null } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | null } | null;
  /** DeepSeek's own word for cached tokens. */
  readonly prompt_cache_hit_tokens?: number | null;
}

/** The reply as the rest of Mezzo sees it. `tokensIn` is asked only when the server counts no tokens. */
export function toReply(completion: Completion, asked: { model: string; tokensIn: () => number }): ChatReply {
  const finish = finishOf(completion.finish);
  const parted = partThinking(completion.content);
  const text = clean(parted.text);
  const thinking = clean([completion.thinking, parted.thinking].filter((part) => part !== "").join("\n\n"));
  const usage = usageOf(completion.usage) ?? estimated(text, thinking, asked.tokensIn());
  const model = completion.model || asked.model;
  return thinking === "" ? { text, finish, usage, model } : { text, thinking, finish, usage, model };
}

function clean(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  return formed.includes("\u0000") ? formed.replaceAll("\u0000", "") : formed;
}

function finishOf(word: string | undefined): Finish {
  switch (word) {
    // A whole reply whose server does not say why it ended.
    case undefined:
    case "stop":
    case "eos":
    case "eos_token":
    case "end_turn":
    case "stop_sequence":
      return "stop";
    case "length":
    case "max_tokens":
    case "model_length":
      return "length";
    case "content_filter":
      return "filter";
    // The server gave up on its own reply.
    case "abort":
    case "error":
    case "cancelled":
    case "insufficient_system_resource":
      throw new ModelError("broken", `The server gave up on the reply (finish_reason "${word}")`, { status: 200 });
    default:
      return "other";
  }
}

function usageOf(wire: WireUsage | undefined): Usage | undefined {
  if (!isCount(wire?.prompt_tokens) || !isCount(wire?.completion_tokens)) return undefined;
  const cachedIn = wire.prompt_tokens_details?.cached_tokens ?? wire.prompt_cache_hit_tokens;
  const thinking = wire.completion_tokens_details?.reasoning_tokens;
  const usage: { in: number; out: number; cachedIn?: number; thinking?: number } = {
    in: wire.prompt_tokens,
    out: wire.completion_tokens,
  };
  if (isCount(cachedIn)) usage.cachedIn = Math.min(cachedIn, usage.in);
  if (isCount(thinking)) usage.thinking = Math.min(thinking, usage.out);
  return usage;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function estimated(text: string, thinking: string, tokensIn: number): Usage {
  const thought = estimateTokens(thinking);
  const usage = { in: tokensIn, out: estimateTokens(text) + thought, estimated: true } as const;
  return thought === 0 ? usage : { ...usage, thinking: thought };
}
