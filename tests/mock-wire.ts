/** How the mock server puts a reply on the wire, and how each fault spoils it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { FAULTS, type Fault, type MockOptions } from "./mock-options.ts";
import type { MockReply, MockRequest } from "./mock-replies.ts";

export interface Body {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly response_format?: { readonly type: string };
  readonly [key: string]: unknown;
}

export async function bodyOf(incoming: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? { model: "", messages: [] } : (JSON.parse(text) as Body);
}

export function isFault(script: unknown): script is Fault {
  return typeof script === "string" && (FAULTS as readonly string[]).includes(script);
}

export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Waits, but no longer than the client does. */
export async function quietly(ms: number, response: ServerResponse, stop: AbortSignal): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once("close", leave);
  try {
    await sleep(ms, undefined, { signal: AbortSignal.any([gone.signal, stop]) });
  } catch {
    // the client or the server left: the caller looks at response.destroyed
  } finally {
    response.removeListener("close", leave);
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string>,
): void {
  sendJson(
    response,
    status,
    { error: { message, type: "mock", code: status === 404 ? "model_not_found" : null } },
    headers,
  );
}

interface Sending {
  readonly request: MockRequest;
  readonly response: ServerResponse;
  readonly reply: MockReply;
  readonly fault: Fault | undefined;
  readonly options: MockOptions;
  readonly stop: AbortSignal;
}

/** Says the reply, or does what the fault says instead. True when a good reply was sent in full. */
export async function sendReply(sending: Sending): Promise<boolean> {
  const { response, fault, options, stop } = sending;
  switch (fault) {
    case "401":
      sendError(response, 401, "Incorrect API key provided", {});
      return false;
    case "404":
      sendError(response, 404, "The model does not exist", {});
      return false;
    case "429":
    case "500":
    case "503":
      sendError(response, Number(fault), "The server is having a bad day", {});
      return false;
    case "429-retry-after":
      sendError(response, 429, "Slow down", { "retry-after": String(options.retryAfterS ?? 1) });
      return false;
    case "too-long":
      sendError(response, 400, "This model's maximum context length is 4096 tokens.", {});
      return false;
    case "reset":
      response.socket?.resetAndDestroy();
      return false;
    case "broken-bytes":
      response.socket?.end("\u0016\u0003\u0001 this is not HTTP\r\n\r\n");
      return false;
    case "silent":
      await quietly(3_600_000, response, stop);
      return false;
    case "html":
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<html><head><title>Please sign in</title></head><body>Hotel network</body></html>");
      return false;
    default:
      return sending.request.body.stream === true && options.lacks?.includes("stream") !== true
        ? sendStream(sending)
        : sendWhole(sending);
  }
}

/** What a fault makes of the reply's text. */
function spoiled({ reply, fault, options }: Sending): { content: string; thinking: string; finish: string } {
  const finish = reply.finish ?? "stop";
  const inTags = options.thinkingIn === "tags" && reply.thinking !== undefined;
  const content = inTags ? `<think>\n${reply.thinking}\n</think>\n\n${reply.content}` : reply.content;
  const thinking = inTags ? "" : (reply.thinking ?? "");
  switch (fault) {
    case "garbage":
      return { content: "\u20ac\u2593\u00a4 lorem ]]> }{ %%% ".repeat(12), thinking, finish };
    case "empty":
      return { content: "", thinking, finish };
    case "huge":
      return { content: "all work and no play ".repeat(100_000), thinking, finish };
    case "nul":
      return { content: `${content.slice(0, 5)}\u0000${content.slice(5)}`, thinking, finish };
    case "half-pair":
      return { content: `${content.slice(0, 5)}\ud83d${content.slice(5)}`, thinking, finish };
    case "open-think":
      return { content: `<think>\nLet me think about this again. ${content}`, thinking, finish };
    case "length":
      return { content: content.slice(0, Math.ceil(content.length / 2)), thinking, finish: "length" };
    default:
      return { content, thinking, finish };
  }
}

function usageFor(request: MockRequest, content: string, thinking: string): Record<string, unknown> {
  const [tokensIn, thought] = [tokensOf(request.text), tokensOf(thinking)];
  const out = tokensOf(content) + thought;
  return {
    prompt_tokens: tokensIn,
    completion_tokens: out,
    total_tokens: tokensIn + out,
    ...(thought > 0 ? { completion_tokens_details: { reasoning_tokens: thought } } : {}),
  };
}

/** Faults after which the client has what the server meant to send. */
function isGood(fault: Fault | undefined): boolean {
  return fault === undefined || fault === "no-usage" || fault === "trickle" || fault === "nul" || fault === "half-pair";
}

async function sendWhole(sending: Sending): Promise<boolean> {
  const { request, response, fault, options, stop } = sending;
  const { content, thinking, finish } = spoiled(sending);
  const field = options.thinkingIn === "reasoning_content" ? "reasoning_content" : "reasoning";
  const message = { role: "assistant", content, ...(thinking === "" ? {} : { [field]: thinking }) };
  const body = JSON.stringify({
    id: "mock",
    object: "chat.completion",
    created: 0,
    model: request.model,
    ...(fault === "error-inside" ? { error: { message: "The engine died", code: 500 } } : {}),
    choices:
      fault === "no-choices" ? [] : [{ index: 0, message, finish_reason: fault === "no-finish" ? null : finish }],
    ...(fault === "no-usage" ? {} : { usage: usageFor(request, content, thinking) }),
  });
  const type = fault === "wrong-type" ? "text/html" : "application/json";
  const bytes = Buffer.from(body);
  const sent = fault === "truncated-json" ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
  response.writeHead(200, { "content-type": type, "content-length": sent.length });
  if (fault === "cut" || fault === "stall") return breakOff(sending, sent.subarray(0, Math.floor(sent.length / 2)));
  if (fault === "trickle") {
    for (let at = 0; at < sent.length && !response.destroyed; at += Math.ceil(sent.length / 20)) {
      response.write(sent.subarray(at, at + Math.ceil(sent.length / 20)));
      await quietly(5, response, stop);
    }
    response.end();
  } else {
    response.end(sent);
  }
  return isGood(fault) || fault === "wrong-type";
}

async function sendStream(sending: Sending): Promise<boolean> {
  const { request, response, fault, options, stop } = sending;
  const { content, thinking, finish } = spoiled(sending);
  const field = options.thinkingIn === "reasoning_content" ? "reasoning_content" : "reasoning";
  const wantsUsage = (request.body.stream_options as Body["stream_options"])?.include_usage === true;
  const frame = (delta: unknown, end: string | null = null) =>
    `data: ${JSON.stringify({ id: "mock", object: "chat.completion.chunk", created: 0, model: request.model, choices: fault === "no-choices" ? [] : [{ index: 0, delta, finish_reason: end }] })}\n\n`;
  const size = options.pieceChars ?? 64;
  const pieces = [frame({ role: "assistant", content: "" })];
  for (let at = 0; at < thinking.length; at += size) pieces.push(frame({ [field]: thinking.slice(at, at + size) }));
  for (let at = 0; at < content.length; at += size) pieces.push(frame({ content: content.slice(at, at + size) }));
  if (fault === "error-inside")
    pieces.splice(2, 0, `data: ${JSON.stringify({ error: { message: "The engine died", code: 500 } })}\n\n`);
  if (fault !== "no-finish") pieces.push(frame({}, finish));
  if (wantsUsage && fault !== "no-usage") {
    pieces.push(
      `data: ${JSON.stringify({ id: "mock", model: request.model, choices: [], usage: usageFor(request, content, thinking) })}\n\n`,
    );
  }
  pieces.push("data: [DONE]\n\n");
  response.writeHead(200, { "content-type": fault === "wrong-type" ? "text/html" : "text/event-stream" });
  const half = Math.max(1, Math.floor(pieces.length / 2));
  if (fault === "cut" || fault === "stall") return breakOff(sending, Buffer.from(pieces.slice(0, half).join("")));
  if (fault === "truncated-json") {
    response.end(`${pieces.slice(0, half).join("")}data: {"id":"mock","choi\n\n`);
    return false;
  }
  const pauseMs = fault === "trickle" ? 3 : (options.pieceMs ?? 0);
  if (pauseMs === 0) {
    response.end(pieces.join(""));
    return isGood(fault) || fault === "wrong-type" || fault === "no-finish";
  }
  for (const piece of pieces) {
    if (response.destroyed) return false;
    response.write(piece);
    await quietly(pauseMs, response, stop);
  }
  response.end();
  return isGood(fault);
}

/** Half a reply; then the connection ends, or nothing ever comes again. */
async function breakOff({ response, fault, stop }: Sending, part: Buffer): Promise<false> {
  await new Promise<void>((resolve) => response.write(part, () => resolve()));
  if (fault === "stall") await quietly(3_600_000, response, stop);
  // Give the half time to arrive: a reset throws away what the client has not read yet.
  await sleep(5);
  response.socket?.destroy();
  return false;
}
