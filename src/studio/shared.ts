/**
 * Answers that many pages ask for alike while a run goes on: twenty that show it ask for the same list every two seconds,
 * and would slow the run down by counting 100,000 samples forty times. So an answer serves whoever asks for the same until
 * it has cost no more than a hundredth of the time; it says by its `seq` how old it is. Of a run that nobody works on each
 * answer is a fresh one: the last is the true one.
 */
import type { Clock } from "../core/clock.ts";

const LEAST_MS = 2_000;
const MOST_MS = 5_000;
const SHARE = 100;
const KEPT = 200;

export class SharedAnswers {
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #known = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>();

  /** JSON of answers that are still about: a page of a list is as dear to write down as to find. */
  readonly #json = new WeakMap<object, Uint8Array<ArrayBuffer>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  json(answer: object): Uint8Array<ArrayBuffer> {
    const known = this.#json.get(answer);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(JSON.stringify(answer));
    this.#json.set(answer, bytes);
    return bytes;
  }

  /** `question` names what is asked, its parameters included. Whoever asks while it is being made waits for the same. */
  async ask<T>(question: string, { isLive }: { readonly isLive: boolean }, make: () => Promise<T>): Promise<T> {
    const began = this.#clock.elapsed();
    const known = this.#known.get(question);
    if (isLive && known !== undefined && began < known.until) return known.answer as Promise<T>;
    this.#known.delete(question);
    const answer = make();
    if (!isLive) return answer;
    const asked = { until: Number.POSITIVE_INFINITY, answer };
    this.#known.set(question, asked);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
    try {
      return await answer;
    } catch (error) {
      asked.until = began;
      throw error;
    } finally {
      const cost = this.#clock.elapsed() - began;
      asked.until = Math.min(asked.until, began + Math.min(MOST_MS, Math.max(LEAST_MS, cost * SHARE)));
    }
  }
}
