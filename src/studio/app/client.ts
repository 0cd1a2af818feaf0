/**
 * The one door to the server. Reading goes through `remote.ts`, which keeps what it got; changes go through `send`, with
 * the token that only a page from this server can read.
 */
import type { Failure } from "../api.ts";

/** What the server said when it did not do what was asked; or that it could not be reached. */
export class Refused extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly diagnostics: NonNullable<Failure["error"]["diagnostics"]>;

  constructor(failure: Failure["error"]) {
    super(failure.message);
    this.name = "Refused";
    this.code = failure.code;
    this.hint = failure.hint;
    this.diagnostics = failure.diagnostics ?? [];
  }
}

type Params = Readonly<Record<string, unknown>>;

/** Lists are keys that are repeated. Left-out values are left out. */
export function addressOf(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) query.append(key, String(item));
    }
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

export function ask<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return exchange<T>(addressOf(path, params), { signal: signal ?? null });
}

export function send<T>(path: string, body: unknown, how: { method?: "POST" | "PUT"; signal?: AbortSignal } = {}) {
  const token = document.querySelector<HTMLMetaElement>('meta[name="mezzo-token"]')?.content ?? "";
  return exchange<T>(path, {
    method: how.method ?? "POST",
    headers: { "content-type": "application/json", "x-mezzo-token": token },
    body: JSON.stringify(body),
    signal: how.signal ?? null,
  });
}

const chars = new WeakMap<object, number>();

/** How long an answer was as it came: about what it takes to keep it. */
export function charsOf(answer: unknown): number {
  return typeof answer === "object" && answer !== null ? (chars.get(answer) ?? 0) : 0;
}

async function exchange<T>(address: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch (thrown) {
    if (init.signal?.aborted === true) throw thrown;
    throw new Refused({
      code: "no-server",
      message: "The studio's server does not answer.",
      hint: "Start it again with `mezzo studio`; this page goes on by itself.",
    });
  }
  if (response.ok) {
    const text = await response.text();
    const answer = JSON.parse(text) as T & object;
    chars.set(answer, text.length);
    return answer;
  }
  const failure = (await response.json().catch(() => undefined)) as Failure | undefined;
  throw new Refused(
    failure?.error ?? {
      code: "no-answer",
      message: `The server answered with status ${response.status} and no reason.`,
    },
  );
}

/** Any thrown thing as something that can be shown. */
export function refusalOf(thrown: unknown): Refused {
  if (thrown instanceof Refused) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Refused({ code: "internal", message: `Internal error: ${message}` });
}
