/**
 * One HTTP request to one server, on undici's lowest floor: `dispatch` with a handler of our own. No stream objects, no
 * body mixins, no timer per request; a reply is handed on chunk by chunk, as it comes.
 *
 *   connecting --connectMs--> sent --firstByteMs--> first byte of the BODY --idleMs--> next byte ... end
 *   '------------------------------- totalMs -------------------------------------------------------'
 *
 * The first byte is the body's: servers send the head of a stream at once and then think for minutes.
 * undici's own time-outs are off; one slow loop looks at all requests in the air, which costs nothing per request.
 */
import type { IncomingHttpHeaders } from "node:http";
import { Agent, type Dispatcher } from "undici";
import type { Clock } from "../core/clock.ts";
import { ModelError } from "./model.ts";
import type { Timeouts } from "./spec.ts";
import { socketTrouble } from "./troubles.ts";

export interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** Takes a body as it comes. May throw ModelError from either method. */
export interface Reading<T> {
  push(chunk: Buffer): void;
  /** True once everything that matters is here: a connection that breaks afterwards is no loss. */
  isWhole(): boolean;
  end(): T;
}

export interface Post<T> {
  readonly body: string;
  readonly signal: AbortSignal;
  open(head: Head): Reading<T>;
}

export class Transport {
  readonly #agent: Agent;
  readonly #origin: string;
  readonly #path: string;
  readonly #headers: string[];
  readonly #host: string;
  readonly #timeouts: Timeouts;
  readonly #clock: Clock;
  readonly #flights = new Set<Flight<unknown>>();
  readonly #closing = new AbortController();
  #watching: Promise<void> | undefined;

  constructor(options: { url: URL; headers: Readonly<Record<string, string>>; timeouts: Timeouts; clock: Clock }) {
    const { url, headers, timeouts, clock } = options;
    this.#agent = new Agent({
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 10_000,
      // One socket a call: a stalled HTTP/2 connection would stall hundreds of calls together.
      allowH2: false,
      connect: { timeout: timeouts.connectMs },
    });
    this.#origin = url.origin;
    this.#path = url.pathname + url.search;
    this.#host = url.host;
    this.#headers = Object.entries(headers).flat();
    this.#timeouts = timeouts;
    this.#clock = clock;
  }

  /** Throws ModelError, or the signal's reason. */
  post<T>(post: Post<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (post.signal.aborted) return reject(post.signal.reason);
      const flight = new Flight<T>(post, { resolve, reject }, this.#timeouts, this.#clock, this.#host, (landed) =>
        this.#flights.delete(landed as Flight<unknown>),
      );
      this.#flights.add(flight as Flight<unknown>);
      this.#watching ??= this.#watch();
      post.signal.addEventListener("abort", flight.onAbort, { once: true });
      const { body } = post;
      this.#agent.dispatch(
        { origin: this.#origin, path: this.#path, method: "POST", headers: this.#headers, body },
        flight,
      );
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    await this.#agent.destroy();
  }

  async #watch(): Promise<void> {
    const { firstByteMs, idleMs, totalMs } = this.#timeouts;
    const tickMs = Math.min(250, Math.max(5, Math.min(firstByteMs, idleMs, totalMs) / 8));
    while (this.#flights.size > 0 && !this.#closing.signal.aborted) {
      try {
        await this.#clock.sleep(tickMs, this.#closing.signal);
      } catch {
        break; // closing: whatever is still in the air is ended by the agent
      }
      const now = this.#clock.elapsed();
      for (const flight of this.#flights) flight.check(now);
    }
    this.#watching = undefined;
  }
}

class Flight<T> implements Dispatcher.DispatchHandler {
  readonly #post: Post<T>;
  readonly #promise: { resolve(value: T): void; reject(reason: unknown): void };
  readonly #timeouts: Timeouts;
  readonly #clock: Clock;
  readonly #host: string;
  readonly #land: (flight: Flight<T>) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #reading: Reading<T> | undefined;
  #totalBy: number;
  #dueAt = Number.POSITIVE_INFINITY;
  #phase: "connect" | "first byte" | "idle" = "connect";
  #landed = false;

  readonly onAbort = () => this.#fail(this.#post.signal.reason);

  constructor(
    post: Post<T>,
    promise: { resolve(value: T): void; reject(reason: unknown): void },
    timeouts: Timeouts,
    clock: Clock,
    host: string,
    land: (flight: Flight<T>) => void,
  ) {
    this.#post = post;
    this.#promise = promise;
    this.#timeouts = timeouts;
    this.#clock = clock;
    this.#host = host;
    this.#land = land;
    this.#totalBy = clock.elapsed() + timeouts.totalMs;
  }

  /** Called by the transport's loop: gives up when the time for what is awaited has passed. */
  check(now: number): void {
    const { firstByteMs, idleMs, totalMs } = this.#timeouts;
    if (now >= this.#totalBy) {
      this.#timeOut(`no end after ${seconds(totalMs)}`);
      return;
    }
    if (now < this.#dueAt) return;
    this.#timeOut(
      this.#phase === "idle" ? `silent for ${seconds(idleMs)}` : `no first byte in ${seconds(firstByteMs)}`,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for its connection.
    if (this.#landed) {
      controller.abort(new Error("no longer wanted"));
      return;
    }
    this.#phase = "first byte";
    this.#dueAt = this.#clock.elapsed() + this.#timeouts.firstByteMs;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#reading = this.#post.open({ status, headers });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#landed) return;
    this.#phase = "idle";
    this.#dueAt = this.#clock.elapsed() + this.#timeouts.idleMs;
    this.#reading?.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#reading === undefined) {
      this.#fail(new ModelError("broken", `${this.#host} sent no reply`));
      return;
    }
    this.#finish(this.#reading);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#reading?.isWhole()) {
      this.#finish(this.#reading);
      return;
    }
    this.#fail(socketTrouble(error, this.#host));
  }

  #timeOut(what: string): void {
    if (this.#reading?.isWhole()) {
      this.#finish(this.#reading);
      this.#controller?.abort(new Error("no longer wanted"));
      return;
    }
    this.#fail(new ModelError("busy", `${this.#host}: ${what}`));
  }

  #finish(reading: Reading<T>): void {
    if (this.#landed) return;
    try {
      const value = reading.end();
      this.#leave();
      this.#promise.resolve(value);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(reason: unknown): void {
    if (this.#landed) return;
    this.#leave();
    this.#promise.reject(reason);
    if (this.#controller !== undefined && !this.#controller.aborted)
      this.#controller.abort(new Error("no longer wanted"));
  }

  #leave(): void {
    this.#landed = true;
    this.#post.signal.removeEventListener("abort", this.onAbort);
    this.#land(this);
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
