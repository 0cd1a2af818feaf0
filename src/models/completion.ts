/**
 * Reads a chat completion from its bytes, streamed or not. What is not a whole chat completion is an error here and
 * never becomes text: a web page, cut JSON, a stream that ends without saying so.
 */
import { ModelError } from "./model.ts";
import { PieceReader } from "./piece.ts";
import type { Completion, WireUsage } from "./reply.ts";
import { SseReader } from "./sse.ts";
import type { Head, Reading } from "./transport.ts";
import { plain, refusal, refusalInside } from "./troubles.ts";

interface WireText {
  readonly content?: string | readonly WirePart[] | null;
  readonly reasoning?: string | null;
  readonly reasoning_content?: string | null;
}

/** Some servers send content as a list of parts, thinking among them. */
interface WirePart {
  readonly type?: string;
  readonly text?: string;
  readonly thinking?: string | readonly WirePart[];
}

interface WireBody {
  readonly choices?: readonly {
    readonly message?: WireText;
    readonly delta?: WireText;
    readonly finish_reason?: string | null;
    readonly index?: number;
  }[];
  readonly usage?: WireUsage | null;
  readonly model?: string;
  readonly error?: unknown;
  readonly object?: string;
}

/** No reply is this long; a server that never stops must not fill the memory. */
const LONGEST_BYTES = 64 * 1024 * 1024;

/** Opens the right reader for a reply's head. `now` is the epoch time, for `Retry-After` dates. */
export function readCompletion(head: Head, now: number): Reading<Completion> {
  if (head.status >= 300) return new RefusalReading(head, now);
  const type = String(head.headers["content-type"] ?? "").toLowerCase();
  if (type.includes("text/event-stream")) return new StreamReading(now);
  if (type.includes("json")) return new BodyReading(type, now);
  return new UnknownReading(type, now);
}

/** A reply's whole body as JSON, for what is no chat completion. */
export function readJson(head: Head, now: number): Reading<unknown> {
  if (head.status >= 300) return new RefusalReading(head, now);
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes = within(bytes + chunk.length);
      chunks.push(chunk);
    },
    isWhole: () => false,
    end() {
      const body = parse(Buffer.concat(chunks).toString("utf8"), String(head.headers["content-type"] ?? ""));
      throwIfError(body, now);
      return body;
    },
  };
}

class RefusalReading implements Reading<Completion> {
  readonly #head: Head;
  readonly #now: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(head: Head, now: number) {
    this.#head = head;
    this.#now = now;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= 65_536) this.#chunks.push(chunk);
  }

  /** The status says it all: a refusal whose body breaks off is still that refusal. */
  isWhole(): boolean {
    return true;
  }

  end(): Completion {
    throw refusal(this.#head.status, this.#head.headers, Buffer.concat(this.#chunks).toString("utf8"), this.#now);
  }
}

class BodyReading implements Reading<Completion> {
  readonly #type: string;
  readonly #now: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(type: string, now: number) {
    this.#type = type;
    this.#now = now;
  }

  push(chunk: Buffer): void {
    this.#bytes = within(this.#bytes + chunk.length);
    this.#chunks.push(chunk);
  }

  isWhole(): boolean {
    return false;
  }

  end(): Completion {
    const text = (this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)).toString("utf8");
    const body = parse(text, this.#type);
    throwIfError(body, this.#now);
    const choice = body.choices?.[0];
    const message = choice?.message;
    if (message === undefined || message === null) throw unreadable("it has no choices[0].message");
    const { content, thinking } = textOf(message);
    const finish = choice?.finish_reason ?? undefined;
    return { content, thinking, finish, usage: body.usage ?? undefined, model: body.model };
  }
}

class StreamReading implements Reading<Completion> {
  readonly #now: number;
  readonly #sse = new SseReader((text, from, to) => this.#take(text, from, to));
  readonly #pieces = new PieceReader();
  #content = "";
  #thinking = "";
  #finish: string | undefined;
  #usage: WireUsage | undefined;
  #model: string | undefined;
  #bytes = 0;
  #done = false;
  #spoke = false;

  constructor(now: number) {
    this.#now = now;
  }

  push(chunk: Buffer): void {
    this.#bytes = within(this.#bytes + chunk.length);
    this.#sse.push(chunk);
  }

  isWhole(): boolean {
    return this.#done || this.#finish !== undefined;
  }

  end(): Completion {
    // A connection that broke may leave half an event behind: only an unfinished stream needs it.
    if (!this.isWhole()) this.#sse.end();
    if (!this.isWhole()) throw new ModelError("broken", "The stream ended in the middle of the reply", { status: 200 });
    if (!this.#spoke) throw unreadable("its stream has no choices");
    return {
      content: this.#content,
      thinking: this.#thinking,
      finish: this.#finish,
      usage: this.#usage,
      model: this.#model,
    };
  }

  #take(text: string, from: number, to: number): void {
    if (this.#done) return;
    const piece = this.#pieces.read(text, from, to);
    if (piece === undefined) this.#parse(text.slice(from, to));
    else this.#content += piece;
  }

  #parse(data: string): void {
    if (data === "[DONE]" || data.trim() === "[DONE]") {
      this.#done = true;
      return;
    }
    // Some servers part their events with one line end instead of two.
    if (data.includes("}\n")) {
      for (const line of data.split("\n")) this.#take(line, 0, line.length);
      return;
    }
    if (data.trim() === "") return;
    const body = parse(data, "text/event-stream");
    throwIfError(body, this.#now);
    if (body.usage) this.#usage = body.usage;
    this.#model ??= body.model;
    const choice = body.choices?.[0];
    if (choice === undefined || (choice.index ?? 0) !== 0) return;
    this.#spoke = true;
    if (choice.finish_reason) this.#finish = choice.finish_reason;
    const piece = choice.delta ?? choice.message;
    if (!piece) return;
    const { content, thinking } = textOf(piece);
    this.#content += content;
    this.#thinking += thinking;
    // Later events that look the same say no more than this one: text, and nothing else.
    if (thinking === "" && !body.usage && !choice.finish_reason) this.#pieces.learn(data, content);
  }
}

/** No content type, or one that fits nothing: the first characters tell what it is. */
class UnknownReading implements Reading<Completion> {
  readonly #type: string;
  readonly #now: number;
  #reading: Reading<Completion> | undefined;
  #start = Buffer.alloc(0);

  constructor(type: string, now: number) {
    this.#type = type;
    this.#now = now;
  }

  push(chunk: Buffer): void {
    if (this.#reading !== undefined) {
      this.#reading.push(chunk);
      return;
    }
    this.#start = Buffer.concat([this.#start, chunk]);
    const begins = this.#start.toString("utf8").trimStart();
    if (begins.length < 6) return;
    this.#choose(begins);
  }

  isWhole(): boolean {
    return this.#reading?.isWhole() ?? false;
  }

  end(): Completion {
    return (this.#reading ?? this.#choose(this.#start.toString("utf8").trimStart())).end();
  }

  #choose(begins: string): Reading<Completion> {
    const isStream = /^(data:|event:|id:|retry:|:)/.test(begins);
    this.#reading = isStream ? new StreamReading(this.#now) : new BodyReading(this.#type, this.#now);
    this.#reading.push(this.#start);
    return this.#reading;
  }
}

function within(bytes: number): number {
  if (bytes > LONGEST_BYTES) throw new ModelError("broken", "The reply is larger than 64 MB", { status: 200 });
  return bytes;
}

function parse(text: string, type: string): WireBody {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === "object") return value;
  } catch {
    const where = type === "" ? "without a content type" : `as ${type}`;
    throw unreadable(text.trim() === "" ? "it is empty" : `it came ${where} and begins: ${plain(text).slice(0, 120)}`);
  }
  throw unreadable("it is no JSON object");
}

/** Status 200, and yet an error: OpenRouter and vLLM report trouble in mid-stream this way. */
function throwIfError(body: WireBody, now: number): void {
  if (body.error !== undefined && body.error !== null) throw refusalInside(body.error, now);
  if (body.object === "error") throw refusalInside(body, now);
}

function unreadable(why: string): ModelError {
  return new ModelError("broken", `The reply is no chat completion: ${why}`, { status: 200 });
}

function textOf(message: WireText): { content: string; thinking: string } {
  const field = message.reasoning ?? message.reasoning_content;
  const thinking = typeof field === "string" ? field : "";
  if (typeof message.content === "string") return { content: message.content, thinking };
  if (!Array.isArray(message.content)) return { content: "", thinking };
  const parts = message.content as readonly WirePart[];
  const thoughts = parts.map((part) => (typeof part.thinking === "string" ? part.thinking : joined(part.thinking)));
  return { content: joined(parts), thinking: thinking + thoughts.join("") };
}

function joined(parts: readonly WirePart[] | undefined): string {
  return parts?.map((part) => (typeof part.text === "string" ? part.text : "")).join("") ?? "";
}
