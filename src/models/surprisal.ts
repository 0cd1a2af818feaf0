/**
 * The log-probabilities of a text that a model did not write itself, from an endpoint that gives them. Two forms are
 * about, and most endpoints have neither:
 *
 *   chat   vLLM: /chat/completions with the text as the assistant's unfinished message and `prompt_logprobs: 0`; the reply
 *          has a list with one entry a token: { "<token id>": { logprob, rank, decoded_token } }, null for the first
 *   echo   OpenAI's old /completions with `echo` and `logprobs: n`, as llama-cpp-python and other llama.cpp servers have
 *          it: { tokens, token_logprobs, top_logprobs }; a rank is known where the token is among the n likeliest
 *
 * llama.cpp's own server takes the second and answers for the generated token alone (its issue 27174): so the tokens of a
 * reply must be the text, or the form counts as missing.
 */
import type { Message } from "../core/chat.ts";
import type { Surprisals, TokenSurprisal } from "../core/surprisal.ts";

export const SURPRISAL_FORMS = ["chat", "echo"] as const;
export type SurprisalForm = (typeof SURPRISAL_FORMS)[number];

/** More than this servers refuse. */
const TOP = 20;

/** What is sent. One token is generated, because not every server takes none. */
export function surprisalRequest(
  form: SurprisalForm,
  messages: readonly Message[],
  of: string,
): Record<string, unknown> {
  if (form === "echo") {
    return { prompt: promptOf(messages) + of, echo: true, logprobs: TOP, max_tokens: 1, temperature: 0 };
  }
  return {
    messages: [...messages, { role: "assistant", content: of }],
    add_generation_prompt: false,
    continue_final_message: true,
    prompt_logprobs: 0,
    max_tokens: 1,
    temperature: 0,
  };
}

/** Without a chat template, which only the server has: the words and nothing else. */
function promptOf(messages: readonly Message[]): string {
  return `${messages.map(({ content }) => content.trim()).join("\n\n")}\n\n`;
}

interface Told {
  readonly text: string;
  readonly nats: number | null;
  readonly rank: number | null;
}

/** Undefined where the reply does not have them for the whole text. */
export function readPromptSurprisals(form: SurprisalForm, body: unknown, of: string): Surprisals | undefined {
  const told = form === "chat" ? readChat(body) : readEcho(body);
  const tokens = told && tailOf(told, of);
  return tokens && { tokens, ranksTo: form === "chat" ? null : TOP };
}

function readChat(body: unknown): Told[] | undefined {
  const { prompt_logprobs: list } = body as { prompt_logprobs?: unknown };
  if (!Array.isArray(list)) return undefined;
  return list.map((entry: unknown) => {
    // One entry where no other token was asked for; else the last to be found is the one that stands there.
    const [token] = Object.values((entry ?? {}) as Record<string, Record<string, unknown>>)
      .filter((each) => each !== null && typeof each === "object")
      .sort((a, b) => Number(b.rank ?? 0) - Number(a.rank ?? 0));
    const { logprob, rank, decoded_token: text } = token ?? {};
    return {
      text: typeof text === "string" ? text : "",
      nats: typeof logprob === "number" ? -logprob : null,
      rank: typeof rank === "number" && rank >= 1 ? rank : null,
    };
  });
}

function readEcho(body: unknown): Told[] | undefined {
  const { choices } = body as { choices?: readonly { logprobs?: unknown }[] };
  const { tokens, token_logprobs, top_logprobs } = (choices?.[0]?.logprobs ?? {}) as {
    tokens?: unknown;
    token_logprobs?: unknown;
    top_logprobs?: unknown;
  };
  if (!Array.isArray(tokens) || !Array.isArray(token_logprobs)) return undefined;
  const tops = Array.isArray(top_logprobs) ? top_logprobs : [];
  return tokens.map((text: unknown, at) => {
    const logprob: unknown = token_logprobs[at];
    const known = typeof logprob === "number";
    return {
      text: typeof text === "string" ? text : "",
      nats: known ? -logprob : null,
      rank: known ? rankAmong(tops[at], logprob) : null,
    };
  });
}

function rankAmong(top: unknown, logprob: number): number | null {
  if (top === null || typeof top !== "object") return null;
  const others = Object.values(top).filter((each) => typeof each === "number");
  const above = others.filter((each) => each > logprob).length;
  // Beyond the list, it stands beside the list as one more.
  return above < Math.min(TOP, others.length) && others.some((each) => Math.abs(each - logprob) < 1e-6)
    ? above + 1
    : null;
}

/** The tokens that are the text, at the end of those of the prompt; the one that was generated may come after. */
function tailOf(told: readonly Told[], of: string): TokenSurprisal[] | undefined {
  const whole = told.map(({ text }) => text).join("");
  const start = placeOf(whole, of);
  if (start === undefined) return undefined;
  const end = start + of.length;
  const tokens: TokenSurprisal[] = [];
  let at = 0;
  for (const { text, nats, rank } of told) {
    const [from, to] = [Math.max(at, start), Math.min(at + text.length, end)];
    at += text.length;
    if (to <= from) continue;
    if (nats === null || !Number.isFinite(nats)) {
      // The very first token of all has nothing before it.
      if (tokens.length === 0 && start === 0) continue;
      return undefined;
    }
    tokens.push({ chars: to - from, nats: Math.max(0, nats), rank });
  }
  return tokens.length === 0 ? undefined : tokens;
}

/** A character that is parted between two tokens is told as lost ones: then its beginning and its length have to do. */
function placeOf(whole: string, of: string): number | undefined {
  const exact = whole.lastIndexOf(of);
  if (exact >= 0) return exact;
  const begins = whole.lastIndexOf(of.slice(0, BEGINNING));
  return begins >= 0 && whole.length - begins > 0.7 * of.length ? begins : undefined;
}

const BEGINNING = 12;
