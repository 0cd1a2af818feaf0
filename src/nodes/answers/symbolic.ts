/**
 * Algebra in a thread of its own. A model can write what no program can work out (9^{9^9}, a sum of a million terms):
 * the thread gets a limit per pair, is killed when it passes it, and a new one takes the next pair. It is started for
 * the first pair that needs it and does not keep the process alive.
 */
import { Worker } from "node:worker_threads";
import { workerFile } from "../../core/worker-file.ts";
import { MAX_ANSWER_LENGTH, tidy } from "./notation.ts";
import { different, equal, undecided, type Verdict } from "./verdict.ts";

export interface SymbolicOptions {
  /** How long one pair may take in the worker. */
  readonly limitMs?: number;
}

/** What the worker says about one pair. `ready` comes once, when the library has been loaded. */
export type SymbolicReply =
  | { readonly id: number; readonly answer: "equal" | "different" | "unknown" }
  | { readonly id: 0; readonly answer: "ready" };
export interface SymbolicRequest {
  readonly id: number;
  readonly gold: string;
  readonly pred: string;
}

interface Waiting {
  readonly request: SymbolicRequest;
  readonly settle: (verdict: Verdict) => void;
}

const LIMIT_MS = 2000;
/** Loading the library takes half a second on a quiet machine; a busy one gets more before we give up. */
const START_LIMIT_MS = 20_000;

export interface Symbolic {
  compare(gold: string, pred: string): Promise<Verdict>;
  close(): Promise<void>;
}

export function createSymbolic(options: SymbolicOptions = {}): Symbolic {
  const limitMs = options.limitMs ?? LIMIT_MS;
  const queue: Waiting[] = [];
  let current: Waiting | undefined;
  let worker: Worker | undefined;
  let ready = false;
  let timer: NodeJS.Timeout | undefined;
  let lastId = 0;
  let closed = false;

  function start(): Worker {
    const made = new Worker(workerFile("symbolic-worker", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    made.on("message", (reply: SymbolicReply) => made === worker && onReply(reply));
    made.on("error", () => made === worker && abandon("the algebra failed"));
    made.on("exit", () => made === worker && abandon("the algebra ended"));
    made.unref();
    return made;
  }

  function onReply(reply: SymbolicReply): void {
    if (reply.answer === "ready") {
      ready = true;
      clearTimeout(timer);
      if (current) ask(current);
      return;
    }
    if (reply.id !== current?.request.id) return;
    if (reply.answer === "equal") finish(equal("algebra", "equal after simplifying"));
    else if (reply.answer === "different") finish(different("algebra", "other values after simplifying"));
    else finish(undecided("no-algebra", "algebra could not tell"));
  }

  function ask(waiting: Waiting): void {
    worker?.postMessage(waiting.request);
    timer = setTimeout(() => abandon(`took longer than ${limitMs} ms`), limitMs);
  }

  /** Kills the worker with the pair it is stuck on. The next pair starts a new one. */
  function abandon(reason: string): void {
    const stuck = worker;
    worker = undefined;
    ready = false;
    void stuck?.terminate();
    finish(undecided("limit", reason));
  }

  function finish(verdict: Verdict): void {
    clearTimeout(timer);
    const done = current;
    current = undefined;
    done?.settle(verdict);
    next();
  }

  function next(): void {
    if (current || queue.length === 0) return;
    current = queue.shift();
    worker ??= start();
    worker.ref();
    if (ready) ask(current!);
    else timer = setTimeout(() => abandon("the algebra did not start"), START_LIMIT_MS);
  }

  return {
    async compare(gold, pred) {
      if (closed || gold.length > MAX_ANSWER_LENGTH || pred.length > MAX_ANSWER_LENGTH) {
        return undecided("no-algebra", "not tried");
      }
      const request = { id: ++lastId, gold: tidy(gold), pred: tidy(pred) };
      const verdict = await new Promise<Verdict>((settle) => {
        queue.push({ request, settle });
        next();
      });
      if (!current) worker?.unref();
      return verdict;
    },
    async close() {
      closed = true;
      const last = worker;
      worker = undefined;
      for (const waiting of queue.splice(0)) waiting.settle(undecided("no-algebra", "closed"));
      finish(undecided("no-algebra", "closed"));
      await last?.terminate();
    },
  };
}
