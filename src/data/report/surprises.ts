/** How surprising the student found the chains of a run: as they came, as they left, and those that it could not follow. */
import type { StepFinished } from "../../core/events.ts";
import type { Outcome } from "../../core/sample.ts";
import type { Surprisal } from "../../core/surprisal.ts";

/** Means over chains. */
export interface SurprisedBy {
  readonly chains: number;
  /** Nats a token. */
  readonly nats: number | null;
  readonly rankSurprisal: readonly [low: number, high: number] | null;
}

export interface SurprisalFigures {
  /** Steps that were to measure it and could not, and why the first one could not. */
  readonly missing: number;
  readonly why: string | null;
  readonly first: SurprisedBy;
  readonly accepted: SurprisedBy;
  readonly others: SurprisedBy;
}

export class Surprises {
  #missing = 0;
  #why: string | null = null;
  readonly #first = new Mean();
  readonly #accepted = new Mean();
  readonly #others = new Mean();

  add(steps: readonly StepFinished[], outcome: Outcome): void {
    const measured: Surprisal[] = [];
    for (const { evidence } of steps) {
      const surprisal = evidence?.surprisal;
      if (surprisal === undefined) continue;
      if ("none" in surprisal) {
        this.#missing += 1;
        this.#why ??= surprisal.none;
      } else measured.push(surprisal);
    }
    if (measured.length === 0) return;
    this.#first.add(measured[0]!);
    (outcome === "accepted" ? this.#accepted : this.#others).add(measured.at(-1)!);
  }

  result(): SurprisalFigures {
    return {
      missing: this.#missing,
      why: this.#why,
      first: this.#first.result(),
      accepted: this.#accepted.result(),
      others: this.#others.result(),
    };
  }
}

class Mean {
  #chains = 0;
  #nats = 0;
  readonly #ranks: [number, number] = [0, 0];

  add({ mean, rankSurprisal }: Surprisal): void {
    this.#chains += 1;
    this.#nats += mean;
    this.#ranks[0] += rankSurprisal[0];
    this.#ranks[1] += rankSurprisal[1];
  }

  result(): SurprisedBy {
    const chains = this.#chains;
    if (chains === 0) return { chains, nats: null, rankSurprisal: null };
    const mean = (sum: number) => Math.round((100 * sum) / chains) / 100;
    return { chains, nats: mean(this.#nats), rankSurprisal: [mean(this.#ranks[0]), mean(this.#ranks[1])] };
  }
}
