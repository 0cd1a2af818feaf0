/** What the mock server can be told, and what it tells. Plain data, so that it can be handed to a thread or a process. */
import type { MockReply, MockRequest } from "./mock-replies.ts";

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
  /**
   * How it tells the log-probabilities of a text that it is given: as vLLM does, by the old echo as llama-cpp-python does, or
   * like llama.cpp's own server for the generated token alone. Left out: as if it was not asked, and no /completions.
   */
  readonly logprobs?: "chat" | "echo" | "generated";
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
