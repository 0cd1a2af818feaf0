/**
 * Steps of one sample that run side by side. LangGraph cuts a superstep short as soon as one of its tasks throws (a budget
 * is spent, a key is wrong), and what the others were paying for would be lost. So whatever throws waits for the others:
 * they end, and are committed, first.
 */
import { setImmediate as nextTurn } from "node:timers/promises";

export class Beside {
  readonly #going = new Set<Promise<unknown>>();

  async run<T>(work: () => Promise<T>): Promise<T> {
    const going = work();
    const quiet = going.catch(() => undefined); // Thrown below.
    this.#going.add(quiet);
    try {
      return await going;
    } catch (thrown) {
      this.#going.delete(quiet);
      await Promise.all(this.#going);
      await nextTurn(); // LangGraph hears of the others' ends before this one's.
      throw thrown;
    } finally {
      this.#going.delete(quiet);
    }
  }
}
