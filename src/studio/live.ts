/**
 * What changes, told to all pages that are open. One look at the store serves every page:
 *
 *   every 400 ms, or 100 times as long as a look takes:  has anybody committed?  ──no──▶ nothing
 *                                                        └─yes─▶ runs, and each run that a page shows ──▶ every page's queue
 *
 * A message is a whole picture of one topic and replaces the one before it: a page's queue holds at most one for each
 * topic, however slow the page is. `id` counts all messages of this server; a page that comes back with the newest one
 * goes on without a word, any other is told to ask for everything again (`resync`).
 *
 * Invariants: nothing is looked at while no page listens; a look costs at most one part in a hundred of one core, however
 * many pages are open; a message is serialised once.
 */
import type { Clock } from "../core/clock.ts";
import { MezzoError, messageOf } from "../core/errors.ts";
import type { Store } from "../store/store.ts";
import type { StudioEvent } from "./api.ts";
import type { Files } from "./files.ts";
import type { Runs } from "./runs.ts";

export interface LiveParts {
  readonly store: Store;
  readonly runs: Runs;
  readonly files: Files;
  readonly clock: Clock;
  /** Is the store's file still the one that was opened? An open file goes on existing when its name is taken away. */
  readonly isStoreThere: () => boolean;
  /** Names this server: it is another one after a restart. */
  readonly server: string;
}

const LOOK_MS = 400;
const LOOK_SHARE = 100;
/** A process that was killed commits nothing, and files change without the store: so often they are looked at anyhow. */
const ANYHOW_MS = 1_500;
const STILL_MS = 10_000;

interface Message {
  readonly id: number;
  readonly topic: string;
  readonly bytes: Uint8Array;
}

export class Live {
  readonly #parts: LiveParts;
  readonly #pages = new Set<Page>();
  /** The newest message of each topic. */
  readonly #newest = new Map<string, { readonly json: string; readonly message: Message }>();
  readonly #files = new Map<string, number>();
  readonly #closing = new AbortController();
  #wake: PromiseWithResolvers<void> | undefined;
  #count = 0;
  #version = -1;
  #lookedAt = -Infinity;
  #saidAt = -Infinity;
  #isTroubled = false;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    void this.#goOn();
  }

  /** Looks right now: something was done from a page. */
  hurry(): void {
    this.#lookedAt = -Infinity;
    this.#wake?.resolve();
  }

  tell(event: StudioEvent): void {
    this.#send(`${event.type} ${"run" in event ? String(event.run) : ""}`, event);
  }

  /** A page that listens, as a stream of server-sent events. */
  open(options: {
    run: string | undefined;
    lastId: string | undefined;
    signal: AbortSignal;
  }): ReadableStream<Uint8Array> {
    const page = new Page(options.run);
    const { server } = this.#parts;
    this.#pages.add(page);
    const leave = () => {
      this.#pages.delete(page);
      page.close();
    };
    options.signal.addEventListener("abort", leave, { once: true });
    this.#closing.signal.addEventListener("abort", leave, { once: true });
    if (options.lastId !== undefined && options.lastId !== `${server}-${this.#count}`) {
      page.put(this.#message("resync", { type: "resync", server }));
    }
    page.put(this.#message("still", { type: "still", at: this.#parts.clock.now() }));
    for (const [topic, { message }] of this.#newest) if (page.wants(topic) && topic === "runs") page.put(message);
    // What others have heard of this run may be old by now.
    if (options.run !== undefined) this.#newest.delete(`run ${options.run}`);
    this.hurry();
    return page.stream(leave);
  }

  get pages(): number {
    return this.#pages.size;
  }

  close(): void {
    this.#closing.abort();
    this.#wake?.resolve();
  }

  async #goOn(): Promise<void> {
    const { clock } = this.#parts;
    let pause = LOOK_MS;
    while (!this.#closing.signal.aborted) {
      this.#wake = Promise.withResolvers();
      // Only a page that comes, or the end, wakes it while nobody listens.
      await (this.#pages.size === 0 ? this.#wake.promise : Promise.race([this.#wake.promise, this.#rest(pause)]));
      if (this.#closing.signal.aborted) return;
      const began = clock.elapsed();
      try {
        await this.#look();
        this.#isTroubled = false;
      } catch (thrown) {
        // The store may be busy, or gone for a moment: the pages learn what is wrong when they ask.
        if (!this.#isTroubled) this.tell({ type: "trouble", run: null, message: troubleOf(thrown), at: clock.now() });
        this.#isTroubled = true;
      }
      pause = Math.max(LOOK_MS, (clock.elapsed() - began) * LOOK_SHARE);
    }
  }

  #rest(ms: number): Promise<void> {
    return this.#parts.clock.sleep(Math.min(ms, STILL_MS), this.#closing.signal).catch(() => undefined);
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#parts;
    const now = clock.elapsed();
    if (now - this.#saidAt >= STILL_MS) {
      this.#saidAt = now;
      this.#send("still", { type: "still", at: clock.now() });
    }
    const version = await store.look.version();
    const isAnyhow = now - this.#lookedAt >= ANYHOW_MS;
    if (version === this.#version && !isAnyhow) return;
    this.#version = version;
    if (isAnyhow) {
      this.#lookedAt = now;
      this.#lookAtFiles();
      if (!this.#parts.isStoreThere()) throw new MezzoError("store-gone", STORE_GONE);
    }
    await this.#lookAtRuns();
  }

  async #lookAtRuns(): Promise<void> {
    const { store, runs } = this.#parts;
    const seq = await store.look.seq();
    const heads = await runs.heads();
    this.#send("runs", { type: "runs", runs: heads });
    const shown = new Set([...this.#pages].map(({ run }) => run));
    for (const topic of this.#newest.keys()) {
      if (topic.startsWith("run ") && !shown.has(topic.slice(4))) this.#newest.delete(topic);
    }
    for (const name of shown) {
      if (name === undefined || !heads.some(({ run }) => run === name)) continue;
      this.#send(`run ${name}`, { type: "run", ...(await runs.live(name)), seq });
    }
  }

  #lookAtFiles(): void {
    const { graphs, prompts } = this.#parts.files.edited();
    const isFirst = this.#files.size === 0;
    const gone = new Set(this.#files.keys());
    for (const { path, changedAt, bytes } of [...graphs, ...prompts]) {
      const stamp = changedAt + bytes / 1e9;
      gone.delete(path);
      if (this.#files.get(path) === stamp) continue;
      this.#files.set(path, stamp);
      if (!isFirst) this.#tellOfFile(path);
    }
    for (const path of gone) {
      this.#files.delete(path);
      this.#tellOfFile(path);
    }
  }

  #tellOfFile(path: string): void {
    this.#send(`file ${path}`, { type: "file", path, version: this.#versionOf(path) });
  }

  #versionOf(path: string): string | null {
    try {
      return this.#parts.files.versionOf(path) ?? null;
    } catch {
      return null; // Grown too long, or made a link that leads out: it can't be opened any more.
    }
  }

  #send(topic: string, event: StudioEvent): void {
    const json = JSON.stringify(event);
    if (this.#newest.get(topic)?.json === json) return;
    const message = this.#message(topic, event, json);
    this.#newest.set(topic, { json, message });
    for (const page of this.#pages) if (page.wants(topic)) page.put(message);
  }

  #message(topic: string, event: StudioEvent, json: string = JSON.stringify(event)): Message {
    const id = ++this.#count;
    const text = `id: ${this.#parts.server}-${id}\nevent: ${event.type}\ndata: ${json}\n\n`;
    return { id, topic, bytes: encoder.encode(text) };
  }
}

/** One page's queue: at most one message for each topic. */
class Page {
  readonly run: string | undefined;
  readonly #queue = new Map<string, Message>();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isClosed = false;

  constructor(run: string | undefined) {
    this.run = run;
  }

  wants(topic: string): boolean {
    return !topic.startsWith("run ") || topic === `run ${this.run}`;
  }

  put(message: Message): void {
    this.#queue.delete(message.topic);
    this.#queue.set(message.topic, message);
    this.#flush();
  }

  stream(leave: () => void): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        this.#flush();
      },
      pull: () => this.#flush(),
      cancel: leave,
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.clear();
    try {
      this.#controller?.close();
    } catch {
      this.#controller = undefined; // Cancelled by the other side already.
    }
  }

  /** As much as the socket takes now; the rest waits, and is replaced by what is newer. */
  #flush(): void {
    const controller = this.#controller;
    if (controller === undefined || this.#isClosed) return;
    for (const [topic, { bytes }] of this.#queue) {
      if ((controller.desiredSize ?? 0) <= 0) return;
      this.#queue.delete(topic);
      controller.enqueue(bytes);
    }
  }
}

const STORE_GONE = "The store was deleted, moved or replaced: what is shown is what it was. Start the studio again.";
const encoder = new TextEncoder();

function troubleOf(thrown: unknown): string {
  return (thrown as Partial<MezzoError>).code === undefined
    ? `Internal error: ${messageOf(thrown)}`
    : messageOf(thrown);
}
