/**
 * An OpenAI-compatible server over real sockets that can be as cruel as real ones, for tests and benches.
 *
 *   const server = await startMockServer({ faults: { "503": 0.05 }, seed: 1 });    in this process
 *   const server = await startMockThread({ ... });                                 in a worker thread of its own
 *   const server = await startMockProcess({ ... });                                in a process of its own (benches: CPU)
 *   node tests/mock-server.ts --port 8000 --latency 200                            by hand
 *
 * Faults are drawn from a seed, by share, from the request's content and how often it came: the same whatever the
 * order, and a request asked again gets another draw. `next` scripts the very next requests one by one. Every request
 * is counted by content, so that a call that was paid twice is seen.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { drawFrom, type MockReply, type MockRequest, sensibleReply } from "./mock-replies.ts";

export type { MockReply, MockRequest } from "./mock-replies.ts";

/** Everything the server can do to a request instead of answering it well. */
export const FAULTS = [
  "401",
  "404",
  "429", // without Retry-After
  "429-retry-after",
  "500",
  "503",
  "too-long",
  "reset", // the connection, before a byte
  "cut", // the connection, in the middle of the reply
  "silent", // never a byte
  "stall", // half a reply, then nothing
  "trickle", // a few bytes at a time
  "garbage", // a reply of noise, well-formed on the wire
  "broken-bytes", // no HTTP reply at all
  "truncated-json",
  "wrong-type", // the right JSON as text/html
  "html", // a proxy's page with status 200
  "no-choices",
  "error-inside", // status 200, and an error in the body or stream
  "empty",
  "huge",
  "nul",
  "half-pair",
  "open-think",
  "no-usage",
  "no-finish",
  "length", // cut off by max_tokens
] as const;
export type Fault = (typeof FAULTS)[number];

/** Plain data, so that it can be handed to a thread or a process. */
export interface MockOptions {
  readonly port?: number;
  readonly seed?: number;
  /** Share of requests that meet each fault. */
  readonly faults?: Partial<Record<Fault, number>>;
  /** Mean time to the first byte, and its spread as a share of it (0.5: from half to one and a half). */
  readonly latencyMs?: number;
  readonly spread?: number;
  /** Of every `every` requests, the first `length` get `status`. */
  readonly burst?: { readonly every: number; readonly length: number; readonly status: 429 | 500 | 503 };
  readonly limits?: MockLimits;
  /** Seconds in `Retry-After` of refused requests; left out when undefined. */
  readonly retryAfterS?: number;
  readonly replyChars?: number;
  /** Size of the pieces of a stream. */
  readonly pieceChars?: number;
  /** Between two pieces of a stream. */
  readonly pieceMs?: number;
  readonly thinkingIn?: "reasoning" | "reasoning_content" | "tags";
  /** A key that must be given. */
  readonly apiKey?: string;
  /** Model names that exist; any when left out. */
  readonly models?: readonly string[];
  /** What this server does not know: answered with a 400. */
  readonly lacks?: readonly ("stream" | "stream_options" | "json_schema" | "json_object")[];
}

export interface MockLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Length of the sliding window, for tests that cannot wait a minute. The limits are per window. */
  readonly windowMs?: number;
  /** Requests worked on at once. */
  readonly parallel?: number;
  /**
   * What the others meet: a queue; a refusal; `stall`: silence for 30 s; `thrash`: everything in the air slows down with
   * the square of the load.
   */
  readonly whenFull?: "queue" | "429" | "503" | "stall" | "thrash";
}

export interface MockCounts {
  readonly requests: number;
  /** Requests answered in full with a good reply. */
  readonly answered: number;
  /** Requests refused for a limit. */
  readonly limited: number;
  readonly peakParallel: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Distinct contents; and the contents that were answered in full more than once, with how often. */
  readonly distinct: number;
  readonly paidTwice: Readonly<Record<string, number>>;
}

export interface MockServer {
  /** Up to and including /v1. */
  readonly url: string;
  readonly port: number;
  counts(): Promise<MockCounts>;
  /** Scripts the next requests, one each, in order. */
  next(...scripts: readonly (Fault | MockReply | string)[]): Promise<void>;
  /** Changes options while it runs. */
  set(options: Partial<MockOptions>): Promise<void>;
  /** Cuts every connection and answers nobody for `ms`, then listens again at the same port. */
  restart(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What only a server in the same process can do. */
export interface LocalMockServer extends MockServer {
  /** Every request so far, newest last; only the last 10,000 are kept. */
  readonly requests: readonly MockRequest[];
}

export type MockHandler = (request: MockRequest) => MockReply | string | Promise<MockReply | string>;

export async function startMockServer(options: MockOptions & { reply?: MockHandler } = {}): Promise<LocalMockServer> {
  const { reply, ...plainOptions } = options;
  const mock = new Mock(plainOptions, reply);
  await mock.listen();
  return mock;
}

class Mock implements LocalMockServer {
  readonly requests: MockRequest[] = [];
  port = 0;
  #options: MockOptions;
  readonly #handler: MockHandler | undefined;
  #server: Server | undefined;
  readonly #scripts: (Fault | MockReply | string)[] = [];
  readonly #seen = new Map<string, { asked: number; answered: number }>();
  readonly #faults: Record<string, number> = {};
  readonly #closing = new AbortController();
  readonly #window: { at: number; tokens: number }[] = [];
  readonly #queue: (() => void)[] = [];
  #requests = 0;
  #answered = 0;
  #limited = 0;
  #parallel = 0;
  #peak = 0;

  constructor(options: MockOptions, handler: MockHandler | undefined) {
    this.#options = options;
    this.#handler = handler;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((thrown) => {
        if (!this.#closing.signal.aborted && !response.destroyed) response.destroy(thrown as Error);
      });
    });
    server.keepAliveTimeout = 60_000;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: this.port || this.#options.port || 0, host: "127.0.0.1", backlog: 4096 }, resolve);
    });
    this.port = (server.address() as AddressInfo).port;
  }

  async next(...scripts: readonly (Fault | MockReply | string)[]): Promise<void> {
    this.#scripts.push(...scripts);
  }

  async set(options: Partial<MockOptions>): Promise<void> {
    this.#options = { ...this.#options, ...options };
  }

  async counts(): Promise<MockCounts> {
    const paidTwice: Record<string, number> = {};
    for (const [hash, seen] of this.#seen) if (seen.answered > 1) paidTwice[hash] = seen.answered;
    return {
      requests: this.#requests,
      answered: this.#answered,
      limited: this.#limited,
      peakParallel: this.#peak,
      faults: { ...this.#faults },
      distinct: this.#seen.size,
      paidTwice,
    };
  }

  async restart(ms: number): Promise<void> {
    await this.#stopListening();
    await sleep(ms);
    await this.listen();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#stopListening();
  }

  #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    return new Promise((resolve) => {
      if (server === undefined) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    if (incoming.url === "/v1/models") return sendJson(response, 200, { data: this.#models().map((id) => ({ id })) });
    this.#requests += 1;
    const refused = this.#refuse(incoming, body);
    if (refused !== undefined) return sendError(response, refused.status, refused.message, {});
    const request = this.#note(body);
    this.#parallel += 1;
    this.#peak = Math.max(this.#peak, this.#parallel);
    try {
      await this.#answer(request, response);
    } finally {
      this.#parallel -= 1;
      this.#queue.shift()?.();
    }
  }

  #models(): readonly string[] {
    return this.#options.models ?? ["mock"];
  }

  /** What a server says no to whatever the day: a wrong key, an unknown model, a field it does not know. */
  #refuse(incoming: IncomingMessage, body: Body): { status: number; message: string } | undefined {
    const { apiKey, models, lacks = [] } = this.#options;
    const given = incoming.headers.authorization?.replace(/^Bearer /, "");
    if (apiKey !== undefined && given !== apiKey)
      return { status: 401, message: `Incorrect API key provided: ${given}` };
    if (!incoming.url?.endsWith("/chat/completions")) return { status: 404, message: `Not Found: ${incoming.url}` };
    if (models !== undefined && !models.includes(body.model)) {
      return { status: 404, message: `The model \`${body.model}\` does not exist.` };
    }
    if (lacks.includes("stream_options") && body.stream_options !== undefined) {
      return { status: 400, message: "Unrecognized request argument supplied: stream_options" };
    }
    const form = body.response_format?.type;
    if ((form === "json_schema" || form === "json_object") && lacks.includes(form)) {
      return { status: 400, message: `response_format type ${form} is not supported` };
    }
    return undefined;
  }

  #note(body: Body): MockRequest {
    const text = body.messages.map((message) => message.content).join("\n\n");
    const { stream: _stream, stream_options: _options, ...content } = body;
    const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32);
    const seen = this.#seen.get(hash) ?? { asked: 0, answered: 0 };
    seen.asked += 1;
    this.#seen.set(hash, seen);
    const wantsJson = body.response_format !== undefined && body.response_format.type !== "text";
    const request = { model: body.model, messages: body.messages, text, hash, nth: seen.asked, wantsJson, body };
    this.requests.push(request);
    if (this.requests.length > 10_000) this.requests.splice(0, 1000);
    return request;
  }

  async #answer(request: MockRequest, response: ServerResponse): Promise<void> {
    const script = this.#scripts.shift();
    const limited = script === undefined && this.#overLimit(request);
    if (limited) {
      this.#limited += 1;
      const headers: Record<string, string> =
        this.#options.retryAfterS === undefined ? {} : { "retry-after": String(this.#options.retryAfterS) };
      return sendError(response, limited, "Rate limit reached", headers);
    }
    if (script === undefined) await this.#waitForRoom(response);
    await this.#think(response, request);
    if (response.destroyed) return;
    const fault = isFault(script) ? script : script === undefined ? this.#drawFault(request) : undefined;
    if (fault !== undefined) this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
    const said = script === undefined || isFault(script) ? await this.#say(request) : script;
    const reply = typeof said === "string" ? { content: said } : said;
    const whole = await sendReply({
      request,
      response,
      reply,
      fault,
      options: this.#options,
      stop: this.#closing.signal,
    });
    if (!whole) return;
    this.#answered += 1;
    this.#seen.get(request.hash)!.answered += 1;
  }

  #say(request: MockRequest): Promise<MockReply | string> | MockReply | string {
    return this.#handler?.(request) ?? sensibleReply(request, this.#options.replyChars);
  }

  #drawFault(request: MockRequest): Fault | undefined {
    const { faults = {}, seed = 1, burst } = this.#options;
    if (burst !== undefined && this.#requests % burst.every < burst.length) return String(burst.status) as Fault;
    let draw = drawFrom(`${seed}:${request.hash}:${request.nth}`);
    for (const fault of FAULTS) {
      draw -= faults[fault] ?? 0;
      if (draw < 0) return fault;
    }
    return undefined;
  }

  /** The status of a refusal for a limit, or false. */
  #overLimit(request: MockRequest): 429 | 503 | false {
    const { requestsPerMinute, tokensPerMinute, windowMs = 60_000, parallel, whenFull } = this.#options.limits ?? {};
    if (parallel !== undefined && this.#parallel > parallel && (whenFull === "429" || whenFull === "503")) {
      return whenFull === "429" ? 429 : 503;
    }
    if (requestsPerMinute === undefined && tokensPerMinute === undefined) return false;
    const now = performance.now();
    while (this.#window.length > 0 && this.#window[0]!.at <= now - windowMs) this.#window.shift();
    const tokens = tokensOf(request.text) + tokensOf("x".repeat(this.#options.replyChars ?? 600));
    const used = this.#window.reduce((sum, entry) => sum + entry.tokens, 0);
    if (this.#window.length >= (requestsPerMinute ?? Infinity) || used + tokens > (tokensPerMinute ?? Infinity))
      return 429;
    this.#window.push({ at: now, tokens });
    return false;
  }

  async #waitForRoom(response: ServerResponse): Promise<void> {
    const { parallel = Infinity, whenFull } = this.#options.limits ?? {};
    if (this.#parallel <= parallel) return;
    if (whenFull === "queue") await new Promise<void>((resolve) => this.#queue.push(resolve));
    if (whenFull === "stall") await quietly(30_000, response, this.#closing.signal);
  }

  async #think(response: ServerResponse, request: MockRequest): Promise<void> {
    const { latencyMs = 0, spread = 0, seed = 1, limits } = this.#options;
    if (latencyMs === 0) return;
    const draw = drawFrom(`${seed}:latency:${request.hash}:${request.nth}`);
    const ms = latencyMs * (1 + spread * (2 * draw - 1));
    if (limits?.whenFull !== "thrash") return quietly(ms, response, this.#closing.signal);
    const full = limits.parallel ?? Infinity;
    for (let done = 0; done < ms && !response.destroyed; ) {
      const step = Math.min(20, ms - done);
      await quietly(step, response, this.#closing.signal);
      done += step / Math.max(1, this.#parallel / full) ** 2;
    }
  }
}

interface Body {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly response_format?: { readonly type: string };
  readonly [key: string]: unknown;
}

async function bodyOf(incoming: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? { model: "", messages: [] } : (JSON.parse(text) as Body);
}

function isFault(script: unknown): script is Fault {
  return typeof script === "string" && (FAULTS as readonly string[]).includes(script);
}

export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Waits, but no longer than the client does. */
async function quietly(ms: number, response: ServerResponse, stop: AbortSignal): Promise<void> {
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

function sendJson(
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

function sendError(response: ServerResponse, status: number, message: string, headers: Record<string, string>): void {
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
async function sendReply(sending: Sending): Promise<boolean> {
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

// ---- elsewhere: the same server in a thread or a process, driven by messages ----

type Order = {
  readonly id: number;
  readonly does: "next" | "set" | "restart" | "counts" | "close";
  readonly with: unknown;
};
type Answer = { readonly id: number; readonly value: unknown };
const PROCESS_MARK = "--mock-child";

/** In a worker thread of its own: the test's own event loop stays free. */
export async function startMockThread(options: MockOptions = {}): Promise<MockServer> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { mockOptions: options } });
  const remote = new Remote(
    (order) => worker.postMessage(order),
    async () => void (await worker.terminate()),
  );
  worker.on("message", (answer: Answer) => remote.take(answer));
  return remote.ready();
}

/** In a process of its own: its CPU time is not ours. */
export async function startMockProcess(options: MockOptions = {}): Promise<MockServer> {
  const child: ChildProcess = fork(new URL(import.meta.url), [PROCESS_MARK, JSON.stringify(options)], { execArgv: [] });
  const remote = new Remote(
    (order) => child.send(order),
    async () => void child.kill(),
  );
  child.on("message", (answer) => remote.take(answer as Answer));
  return remote.ready();
}

class Remote implements MockServer {
  port = 0;
  readonly #send: (order: Order) => void;
  readonly #stop: () => Promise<void>;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #last = 0;

  constructor(send: (order: Order) => void, stop: () => Promise<void>) {
    this.#send = send;
    this.#stop = stop;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  take(answer: Answer): void {
    this.#waiting.get(answer.id)?.(answer.value);
    this.#waiting.delete(answer.id);
  }

  async ready(): Promise<MockServer> {
    this.port = await new Promise<number>((resolve) => this.#waiting.set(0, (value) => resolve(value as number)));
    return this;
  }

  async counts(): Promise<MockCounts> {
    return (await this.#order("counts", undefined)) as MockCounts;
  }
  async next(...scripts: readonly (Fault | MockReply | string)[]): Promise<void> {
    await this.#order("next", scripts);
  }
  async set(options: Partial<MockOptions>): Promise<void> {
    await this.#order("set", options);
  }
  async restart(ms: number): Promise<void> {
    await this.#order("restart", ms);
  }
  async close(): Promise<void> {
    await this.#order("close", undefined);
    await this.#stop();
  }

  #order(does: Order["does"], what: unknown): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ id, does, with: what });
    });
  }
}

async function obey(options: MockOptions, send: (answer: Answer) => void): Promise<(order: Order) => Promise<void>> {
  const mock = await startMockServer(options);
  send({ id: 0, value: mock.port });
  return async (order) => {
    const act = {
      next: () => mock.next(...(order.with as (Fault | MockReply | string)[])),
      set: () => mock.set(order.with as Partial<MockOptions>),
      restart: () => mock.restart(order.with as number),
      counts: () => mock.counts(),
      close: () => mock.close(),
    };
    send({ id: order.id, value: await act[order.does]() });
  };
}

const fromParent = workerData as { mockOptions?: MockOptions } | null;
if (!isMainThread && parentPort !== null && fromParent?.mockOptions !== undefined) {
  const port = parentPort;
  const obeying = await obey(fromParent.mockOptions, (answer) => port.postMessage(answer));
  port.on("message", (order: Order) => void obeying(order));
} else if (process.argv[2] === PROCESS_MARK && process.send !== undefined) {
  const obeying = await obey(JSON.parse(process.argv[3] ?? "{}"), (answer) => process.send?.(answer));
  process.on("message", (order) => void obeying(order as Order));
  process.on("disconnect", () => process.exit());
} else if (import.meta.main) {
  const flag = (name: string) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1]) || 0;
  const server = await startMockServer({
    port: flag("port") || 8000,
    latencyMs: flag("latency"),
    replyChars: flag("chars") || 600,
  });
  process.stdout.write(`${server.url}\n`);
}
