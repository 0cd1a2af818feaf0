/**
 * Requests of one worker that wait for their turn in a lane, first come first served. Only the head tries; a line of
 * thousands costs no more than a line of one. Who aborts leaves at once, and nobody waits behind him.
 */
import type { Clock } from "../core/clock.ts";

export interface LineOptions<Want, Turn> {
  /** A turn, or the milliseconds after which to try again. */
  take(want: Want): Turn | number;
  /** How many wait, whenever it changes. */
  onLength(length: number): void;
  readonly clock: Clock;
}

interface Waiter<Want, Turn> {
  readonly want: Want;
  resolve(turn: Turn): void;
  gone: boolean;
}

/** Sleeps are cut into slices, so that a line that emptied meanwhile holds nothing up. */
const LONGEST_SLEEP_MS = 250;

export class WaitingLine<Want, Turn extends object> {
  readonly #options: LineOptions<Want, Turn>;
  #line: Waiter<Want, Turn>[] = [];
  #head = 0;
  #looking: Promise<void> | undefined;

  constructor(options: LineOptions<Want, Turn>) {
    this.#options = options;
  }

  get length(): number {
    return this.#line.length - this.#head;
  }

  /** Rejects with the signal's reason. */
  join(want: Want, signal: AbortSignal): Promise<Turn> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Want, Turn> = {
        want,
        gone: false,
        resolve: (turn) => {
          signal.removeEventListener("abort", leave);
          resolve(turn);
        },
      };
      const leave = () => {
        waiter.gone = true;
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#line.push(waiter);
      const laterMs = this.serve();
      if (laterMs > 0) this.#looking ??= this.#lookAgain(laterMs);
    });
  }

  /** Serves the line as far as it goes; the milliseconds after which to go on, 0 when it is empty. */
  serve(): number {
    let laterMs = 0;
    for (; this.#head < this.#line.length; this.#head += 1) {
      const waiter = this.#line[this.#head]!;
      if (waiter.gone) continue;
      const turn = this.#options.take(waiter.want);
      if (typeof turn === "number") {
        laterMs = turn;
        break;
      }
      waiter.resolve(turn);
    }
    this.#forgetServed();
    this.#options.onLength(this.length);
    return laterMs;
  }

  /** Cut off in large pieces: shifting one by one would move the whole line each time. */
  #forgetServed(): void {
    if (this.#head < this.#line.length && (this.#head <= 1024 || this.#head * 2 <= this.#line.length)) return;
    this.#line = this.#line.slice(this.#head);
    this.#head = 0;
  }

  /** Looks at the line until it is empty. At most one of these runs. */
  async #lookAgain(firstMs: number): Promise<void> {
    for (let ms = firstMs; ms > 0; ms = this.serve()) await this.#options.clock.sleep(Math.min(ms, LONGEST_SLEEP_MS));
    this.#looking = undefined;
  }
}
