/**
 * JavaScript programs where there is no bubblewrap: in QuickJS, an interpreter in WebAssembly, in a thread that is killed
 * when it passes its time. The thread serves one check at a time and is kept for the next; each check has interpreters of
 * its own. Loaded with the first program that needs it.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { workerFile } from "../../core/worker-file.ts";
import { type Came, failed } from "./came.ts";
import type { Bounds, Cells } from "./in-cells.ts";
import type { QuickJsJob } from "./quickjs-worker.ts";

/** An interpreter that is slow to be interrupted gets this much more before its thread is killed. */
const GRACE_MS = 1_500;
const START_MS = 20_000;
/** Then a fresh one: what a hundred interpreters leave in a thread's memory is not worth counting. */
const MOST_CHECKS = 50;

export function openQuickJs(): Cells {
  const idle: { readonly thread: Worker; checks: number }[] = [];
  const busy = new Set<Worker>();
  let binary: Promise<Uint8Array> | undefined;
  let closed = false;

  async function start(): Promise<Worker> {
    binary ??= readFile(wasmFile());
    const made = new Worker(workerFile("quickjs-worker", import.meta.url), {
      workerData: await binary,
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    made.unref();
    return made;
  }

  async function judge(job: QuickJsJob, signal: AbortSignal | undefined): Promise<Came> {
    const kept = idle.pop();
    const worker = kept ?? { thread: await start(), checks: 0 };
    const { thread } = worker;
    busy.add(thread);
    thread.ref();
    const cases = job.tests.style === "stdio" ? job.tests.cases.length : 1;
    const mostMs = job.limitMs * cases + GRACE_MS + (kept === undefined ? START_MS : 0);
    const heard = new AbortController();
    const { signal: until } = heard;
    let answered = false;
    try {
      thread.postMessage(job);
      return await new Promise<Came>((resolve, reject) => {
        const timer = setTimeout(() => resolve(failed(`it took longer than ${job.limitMs / 1000} s`)), mostMs);
        const ended = () => resolve(failed("the program ended its interpreter, before it gave a result"));
        const onMessage = (came: Came) => {
          answered = true;
          resolve(came);
        };
        const onAbort = () => reject(signal?.reason);
        thread.on("message", onMessage).on("error", ended).on("exit", ended);
        signal?.addEventListener("abort", onAbort, { once: true });
        until.addEventListener("abort", () => {
          clearTimeout(timer);
          thread.off("message", onMessage).off("error", ended).off("exit", ended);
          signal?.removeEventListener("abort", onAbort);
        });
      });
    } finally {
      heard.abort();
      busy.delete(thread);
      thread.unref();
      worker.checks += 1;
      if (answered && !closed && worker.checks < MOST_CHECKS) idle.push(worker);
      else await thread.terminate();
    }
  }

  return {
    judge: (texts, tests, { limitMs, signal }: Bounds) => judge({ texts, tests, limitMs }, signal),
    async close() {
      closed = true;
      await Promise.all([...idle.splice(0).map(({ thread }) => thread), ...busy].map((thread) => thread.terminate()));
    },
  };
}

/** Beside the built program, or in its package. */
function wasmFile(): string | URL {
  return import.meta.url.endsWith(".ts")
    ? createRequire(import.meta.url).resolve("@jitl/quickjs-wasmfile-release-sync/wasm")
    : new URL("./quickjs.wasm", import.meta.url);
}
