/**
 * From what went wrong on the wire to one word (model.ts). Servers disagree on codes and bodies; every guess about a
 * server's wording lives here and nowhere else. What follows from each word is the gateway's table.
 */
import type { IncomingHttpHeaders } from "node:http";
import { ModelError, type ModelTrouble } from "./model.ts";
import { retryAfterOf } from "./retry-after.ts";

/** Nobody answers at this address just now (refused, no route): it may be a restart, so it is tried again for a while. */
export class ServerAway extends ModelError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super("no-server", message, options);
    this.name = "ServerAway";
  }
}

const TOO_LONG =
  /context.?(length|window|size)|maximum.{0,20}(length|tokens)|max_model_len|prompt is too long|too many (input )?tokens|input.{0,20}(too long|length)|exceeds? .{0,30}context|string_above_max_length/i;
const NO_MODEL =
  /model_not_found|(unknown|invalid|no such|unsupported) model|model.{0,80}(does not exist|not exist|not found|is not available|not supported)/i;
/** A field that the server does not take: the words may name the model too, but nothing is wrong with that. */
const NO_SUCH_FIELD = /response_format|json_schema|json_object|stream|parameter|argument|schema|grammar/i;
const NO_MONEY = /insufficient_quota|insufficient.{0,10}balance|exceeded your current quota|billing|arrearage/i;

/** The error of a reply whose status says no. `text` is the body, whatever it is. */
export function refusal(status: number, headers: IncomingHttpHeaders, text: string, now: number): ModelError {
  const said = saidBy(text);
  const message = `The server answered ${status}${said.message === "" ? "" : `: ${said.message}`}`;
  const retryAfterMs = retryAfterOf(headers, now);
  return new ModelError(troubleOf(status, `${said.code} ${said.message}`), message, { status, retryAfterMs });
}

function troubleOf(status: number, words: string): ModelTrouble {
  if (status === 401 || status === 402 || status === 403) return "no-access";
  // An empty account answers 429 for ever: waiting does not fill it.
  if (status === 429) return NO_MONEY.test(words) ? "no-access" : "busy";
  if (status === 503 || status === 529 || status === 408 || status === 504 || status === 524) return "busy";
  if (status >= 500 || status === 409 || status === 425) return "broken";
  if (status === 404) return "no-model";
  if (status === 413) return "too-long";
  if (status === 400 || status === 422) {
    if (TOO_LONG.test(words)) return "too-long";
    if (NO_MODEL.test(words) && !NO_SUCH_FIELD.test(words)) return "no-model";
  }
  // A redirect means that the address in the graph is not the server's: nothing can work there.
  if (status >= 300 && status < 400) return "no-server";
  return "refused";
}

/** What a body says, in one line: OpenAI's `{error: {message, code}}`, FastAPI's `{detail}`, a page's title, or its start. */
function saidBy(text: string): { message: string; code: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { message: plain(text), code: "" };
  }
  const outer = record(parsed);
  const inner = record(outer.error);
  const message = inner.message ?? outer.message ?? outer.detail ?? outer.error ?? text;
  const code = [inner.code, inner.type, outer.code].filter((part) => typeof part === "string").join(" ");
  return { message: oneLine(typeof message === "string" ? message : JSON.stringify(message)), code };
}

/** An error that came inside a reply with status 200: in a stream's event, or as the whole body. */
export function refusalInside(error: unknown, now: number): ModelError {
  const inner = record(error);
  const code = Number(inner.code ?? inner.status);
  const status = Number.isInteger(code) && code >= 400 && code <= 599 ? code : 500;
  return refusal(status, {}, JSON.stringify({ error }), now);
}

/** A web page where a reply should be: its title tells more than its markup. */
export function plain(text: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  if (title !== undefined) return `a web page, "${oneLine(title)}"`;
  return oneLine(text.replace(/<[^>]*>/g, " "));
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
}

const AWAY = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The error of a socket that failed us. `host` is for the message. */
export function socketTrouble(thrown: unknown, host: string): ModelError {
  if (thrown instanceof ModelError) return thrown;
  const cause = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
  const code = codeOf(thrown) || codeOf(cause);
  if (code === "ENOTFOUND") return new ModelError("no-server", `The name ${host} is not known (ENOTFOUND)`, { cause });
  if (AWAY.has(code)) return new ServerAway(`Nobody answers at ${host} (${code})`, { cause });
  if (/^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/.test(code)) {
    return new ModelError("no-server", `No safe connection to ${host} (${code})`, { cause });
  }
  const words = code || (cause instanceof Error ? cause.message : String(cause));
  return new ModelError("broken", `The connection to ${host} broke (${words})`, { cause });
}

function codeOf(thrown: unknown): string {
  const code = record(thrown).code;
  return typeof code === "string" ? code : "";
}
