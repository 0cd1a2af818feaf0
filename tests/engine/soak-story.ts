/**
 * The story that the kill test plays: the apples of rig.ts, with some samples that do not make it, so that every outcome a
 * sample can reach by itself is there. What is right depends on a request's words alone, so however often a run is killed
 * and whatever the server does, each sample has one right end.
 */
import { seedFrom } from "../../src/core/hash.ts";
import type { Store } from "../../src/store/store.ts";
import { FAULTS, type Fault, type MockHandler, type MockRequest } from "../mock-server.ts";
import { type AppleSample, appleReply, appleSample, appleTrace } from "../rig.ts";

type Fate = "wrong trace" | "never content" | "loses the answer" | "unreadable" | undefined;

function fateOf(n: number): Fate {
  return n % 3 === 0
    ? undefined
    : ({ 2: "wrong trace", 5: "never content", 8: "loses the answer", 11: "unreadable" } as const)[n % 23];
}

function soakSample(n: number): AppleSample {
  const sample = appleSample(n);
  if (fateOf(n) !== "wrong trace") return sample;
  return { ...sample, trace: spoil(sample.trace ?? appleTrace(n, 0)) };
}

export function soakRows(samples: number): string {
  return Array.from({ length: samples }, (_, n) => `${JSON.stringify(soakSample(n))}\n`).join("");
}

export const soakReply: MockHandler = async (request) => {
  const fate = fateOf(Number(/Sample (\d+)/.exec(request.text)?.[1]));
  const content = String(await appleReply(request));
  if (request.model === "rewriter") return fate === "loses the answer" ? spoil(content) : content;
  if (request.model !== "judge") return content;
  if (fate === "unreadable") return "I would call this one medium, by and large.";
  if (fate !== "never content" && fate !== "loses the answer") return content;
  return JSON.stringify({ ...JSON.parse(content), rating: "hard", reason: "It is never enough." });
};

function spoil(trace: string): string {
  return trace.replace(/\\boxed\{\d+\}/, "\\boxed{7777}");
}

/** Every sort of trouble, but those that rightly end a sample or the run. */
export function someOfEach(share: number): Partial<Record<Fault, number>> {
  const sorts = FAULTS.filter((fault) => !["401", "404", "too-long"].includes(fault));
  return Object.fromEntries(sorts.map((fault) => [fault, share / sorts.length]));
}

export const PRICE = { inUsdPerMTok: 1, outUsdPerMTok: 2 };

/** What the server would put on the bill for one request: nothing where it refused, whatever became of the reply. */
export function billOf(request: MockRequest, content: string): number {
  const { fault } = request;
  if (fault !== undefined && !BILLED.has(fault)) return 0;
  const out = Math.min(Math.ceil(content.length / 4), Number(request.body.max_tokens ?? 0));
  return (Math.ceil(request.text.length / 4) * PRICE.inUsdPerMTok + out * PRICE.outUsdPerMTok) / 1e6;
}

const BILLED: ReadonlySet<Fault> = new Set([
  "reset",
  "cut",
  "silent",
  "stall",
  "truncated-json",
  "broken-bytes",
] as const);

/** What the mock was asked, told apart by sitting: from one start of the program to its kill. */
export class Ledger {
  readonly #asked = new Map<string, number>();
  readonly #paid = new Set<number>();
  #sitting = 0;
  #again = 0;
  /** Asked again in the same sitting: after a fault. */
  retries = 0;
  /** Asked again in a later sitting, and most of these in one sitting. */
  repeats = 0;
  mostRepeats = 0;
  /** Asked although the call was committed: never. */
  readonly paidTwice: string[] = [];

  /** Takes down what a sitting asked. */
  close(requests: readonly MockRequest[]): void {
    this.#again = 0;
    for (const { hash, body, text } of requests) {
      const before = this.#asked.get(hash);
      if (before === this.#sitting) this.retries += 1;
      else if (before !== undefined) this.#again += 1;
      this.#asked.set(hash, this.#sitting);
      if (this.#paid.has(Number(body.seed))) this.paidTwice.push(text.slice(-300));
    }
    this.repeats += this.#again;
    this.mostRepeats = Math.max(this.mostRepeats, this.#again);
    this.#sitting += 1;
  }

  /** From here on nobody may ask for what the store holds now: each call has a seed of its own. */
  async readPaid(store: Store, run: string, seed: number): Promise<void> {
    for (const { id } of await store.samples(run, { limit: 10_000 })) {
      for (const event of await store.sampleEvents(run, id)) {
        if (event.type === "call.finished") this.#paid.add(seedFrom(seed, id, event.node, event.visit, event.ask));
      }
    }
  }
}
