/**
 * An OpenAI-compatible server over real sockets that can be as cruel as real ones, for tests and benches.
 *
 *   const server = await startMockServer({ faults: { "503": 0.05 }, seed: 1 });    in this thread; elsewhere:
 *   const server = await startMockThread({ ... });                                 in a worker thread of its own
 *   const server = await startMockProcess({ ... });                                in a process of its own (benches: CPU)
 *   node tests/mock-elsewhere.ts --port 8000 --latency 200                         by hand
 *
 * Faults are drawn from a seed, by share, from the request's content and how often it came: the same whatever the
 * order, and a request asked again gets another draw. `next` scripts the very next requests one by one. Every request
 * is counted by content, so that a call that was paid twice is seen.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { echoed, weighed } from "./mock-logprobs.ts";
import {
  FAULTS,
  type Fault,
  type LocalMockServer,
  type MockCounts,
  type MockHandler,
  type MockOptions,
} from "./mock-options.ts";
import { drawFrom, type MockReply, type MockRequest, sensibleReply } from "./mock-replies.ts";
import { type Body, bodyOf, isFault, quietly, sendError, sendJson, sendReply, tokensOf } from "./mock-wire.ts";

export * from "./mock-options.ts";
export type { MockReply, MockRequest } from "./mock-replies.ts";

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
    if (incoming.url?.endsWith("/chat/completions") !== true)
      return sendJson(response, 200, echoed(body, this.#options.logprobs));
    if (body.prompt_logprobs !== undefined && this.#options.logprobs === "chat")
      return sendJson(response, 200, weighed(body));
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
    const hasOld = this.#options.logprobs === "echo" || this.#options.logprobs === "generated";
    if (!incoming.url?.endsWith("/chat/completions") && !(hasOld && incoming.url === "/v1/completions"))
      return { status: 404, message: `Not Found: ${incoming.url}` };
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
    if (this.requests.length > 50_000) this.requests.splice(0, 1000);
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
    const said = script === undefined || isFault(script) ? await this.#say({ ...request, fault }) : script;
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
      const step = Math.min(Math.max(20, ms / 4), ms - done);
      await quietly(step, response, this.#closing.signal);
      done += step / Math.max(1, this.#parallel / full) ** 2;
    }
  }
}
