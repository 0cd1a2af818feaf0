/**
 * The mock server in a thread or a process of its own, driven by messages. This file is both sides: what is imported,
 * and what the thread or process runs.
 */
import { type ChildProcess, fork } from "node:child_process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Fault, MockCounts, MockOptions, MockServer } from "./mock-options.ts";
import type { MockReply } from "./mock-replies.ts";
import { startMockServer } from "./mock-server.ts";

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
