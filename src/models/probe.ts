/**
 * Does an endpoint answer? For `mezzo doctor`, before a run is started: it asks for the list of models, which costs
 * nothing, and only on request for one short reply. It is no call of a run: nothing is counted, limited or tried again.
 */
import { request } from "undici";
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import { TROUBLES } from "./gateway.ts";
import { ModelError } from "./model.ts";
import { type Environment, fillIn, openModel } from "./open.ts";
import type { OpenAiSpec } from "./spec.ts";
import { refusal, socketTrouble } from "./troubles.ts";

export interface Probe {
  /** `warn`: it answers, but something is not as it should be. */
  readonly verdict: "ok" | "warn" | "bad";
  /** One line, without the key. */
  readonly said: string;
  /** What to do about it. */
  readonly hint?: string;
}

export interface ProbeOptions {
  readonly env: Environment;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

const LIST_MS = 5_000;
const REPLY_MS = 60_000;
const MOST_MODELS_NAMED = 5;

/** Asks for the list of models. */
export async function probeEndpoint(spec: OpenAiSpec, options: ProbeOptions): Promise<Probe> {
  const { env, timeoutMs = LIST_MS, clock = systemClock } = options;
  return guarded(spec, env, async ({ baseUrl, apiKey, model }) => {
    const url = `${baseUrl.replace(/\/+$/, "")}/models`;
    const began = clock.elapsed();
    const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const signal = AbortSignal.timeout(timeoutMs);
    // As runs do: the built-in fetch refuses some ports and hides the socket's error.
    const { statusCode: status, headers: head, body: stream } = await request(url, { headers, signal });
    const body = await stream.text();
    const ms = Math.round(clock.elapsed() - began);
    if (status === 404 || status === 405) {
      const hint = "Not every server has such a list; --ask tries a short reply.";
      return { verdict: "warn", said: `${url} answers ${status} in ${ms} ms: no list of models`, hint };
    }
    if (status >= 300) throw refusal(status, head, body, clock.now());
    const names = namesIn(body);
    const said = `${baseUrl} answers in ${ms} ms`;
    if (names === undefined) return { verdict: "warn", said: `${said}, but with no list of models`, hint: IS_IT_V1 };
    if (names.length === 0 || names.includes(model)) return { verdict: "ok", said: `${said}, and has ${model}` };
    const shown = names.slice(0, MOST_MODELS_NAMED).join(", ");
    const more = names.length > MOST_MODELS_NAMED ? ` and ${names.length - MOST_MODELS_NAMED} more` : "";
    return { verdict: "warn", said: `${said}, but lists no ${model}`, hint: `It lists ${shown}${more}.` };
  });
}

/** Asks for one short reply. */
export async function probeReply(spec: OpenAiSpec, options: ProbeOptions): Promise<Probe> {
  const { env, timeoutMs = REPLY_MS, clock = systemClock } = options;
  return guarded(spec, env, async ({ model }) => {
    const opened = openModel(spec, { env, clock });
    const began = clock.elapsed();
    try {
      const reply = await opened.ask(HELLO, { signal: AbortSignal.timeout(timeoutMs) });
      const { in: tokensIn, out } = reply.usage;
      const ms = Math.round(clock.elapsed() - began);
      return { verdict: "ok", said: `${model} replied in ${ms} ms, ${tokensIn} tokens in, ${out} out` };
    } finally {
      await opened.close?.();
    }
  });
}

const HELLO = {
  messages: [{ role: "user", content: "Reply with the word ok." }],
  sampling: { maxTokens: 16 },
  reply: { form: "text" },
  task: { purpose: "probe", values: {} },
} as const;

const IS_IT_V1 = "Is the baseUrl right, up to and including /v1?";

async function guarded(
  spec: OpenAiSpec,
  env: Environment,
  probe: (filled: OpenAiSpec) => Promise<Probe>,
): Promise<Probe> {
  let secret: string | undefined;
  // A server may repeat a wrong key in its answer.
  const masked = (text: string) => (secret ? text.replaceAll(secret, "***") : text);
  try {
    const filled = fillIn(spec, env);
    secret = filled.apiKey;
    const { verdict, said, hint } = await probe(filled);
    return { verdict, said: masked(said), ...(hint === undefined ? {} : { hint: masked(hint) }) };
  } catch (thrown) {
    if (thrown instanceof MezzoError) return { verdict: "bad", said: thrown.message, hint: thrown.hint };
    const error = asModelError(thrown, spec.baseUrl);
    return { verdict: "bad", said: masked(error.message), hint: HINTS[error.trouble] };
  }
}

function asModelError(thrown: unknown, baseUrl: string): ModelError {
  if (thrown instanceof ModelError) return thrown;
  const host = URL.parse(baseUrl)?.host ?? baseUrl;
  if ((thrown as Error | null)?.name === "TimeoutError")
    return new ModelError("busy", `${host} does not answer in time`);
  return socketTrouble(thrown, host);
}

/** Where the table of troubles says what it means, and nothing more is to be said, that is said. */
const HINTS: Partial<Record<ModelError["trouble"], string>> = {
  "no-access": "Set the right key in the environment or in a .env file.",
  "no-model": IS_IT_V1,
  "no-server": "Is the server up, and the baseUrl right?",
  busy: `It may have too much to do. A run would try again (${TROUBLES.busy.meaning}).`,
  broken: IS_IT_V1,
};

/** `{data: [{id}]}` of OpenAI and its kin, `{models: [{name}]}` of a few others. */
function namesIn(body: string): string[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { data, models } = (parsed ?? {}) as { data?: unknown; models?: unknown };
  const list = Array.isArray(data) ? data : Array.isArray(models) ? models : undefined;
  return list?.flatMap((entry: { id?: unknown; name?: unknown } | null) => {
    const name = entry?.id ?? entry?.name;
    return typeof name === "string" ? [name] : [];
  });
}
