/** What people decided of the samples that they were shown, beside what the judge had said of each. */
import type { StepFinished } from "../../core/events.ts";
import { DECISIONS, type Decided } from "../../core/reviews.ts";
import { RATINGS, type Rating } from "../../core/sample.ts";
import { type Agreement, Pairs } from "./agreement.ts";

export interface PeopleFigures {
  readonly decided: Readonly<Record<Decided, number>>;
  /** By what the last judge had said; `none` where no judge was asked. Ratings that nobody came to are left out. */
  readonly byRating: readonly ({ readonly rating: Rating | "none" } & Readonly<Record<Decided, number>>)[];
  /** Medium and approved as it is, or neither: an edit says that something was to be mended. */
  readonly agreement: Agreement;
  /** Where it is known; null where it never is. */
  readonly medianSeconds: number | null;
}

/** Times are kept of so many: the median of the first is that of all, near enough. */
const MOST_TIMES = 50_000;

export class People {
  readonly #counts = new Map<string, number>();
  readonly #agreed = new Pairs(["medium", "not medium"]);
  readonly #seconds: number[] = [];

  add(steps: readonly StepFinished[]): void {
    for (const [at, { evidence }] of steps.entries()) {
      const review = evidence?.review;
      if (review === undefined) continue;
      const judged = steps.slice(0, at).findLast((step) => step.evidence?.verdict !== undefined);
      const rating = judged?.evidence?.verdict?.rating;
      const key = `${rating ?? "none"} ${review.decided}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      if (review.seconds !== undefined && this.#seconds.length < MOST_TIMES) this.#seconds.push(review.seconds);
      const person = review.decided === "approved" ? "medium" : "not medium";
      if (rating !== undefined) this.#agreed.add(rating === "medium" ? "medium" : "not medium", person);
    }
  }

  result(): PeopleFigures {
    const of = (rating: string, decided: Decided) => this.#counts.get(`${rating} ${decided}`) ?? 0;
    const rows = ([...RATINGS, "none"] as const).map((rating) => ({ rating, ...byDecision((one) => of(rating, one)) }));
    const sorted = this.#seconds.toSorted((a, b) => a - b);
    return {
      decided: byDecision((one) => rows.reduce((sum, row) => sum + row[one], 0)),
      byRating: rows.filter((row) => DECISIONS.some((one) => row[one] > 0)),
      agreement: this.#agreed.result(false),
      medianSeconds: sorted[Math.floor(sorted.length / 2)] ?? null,
    };
  }
}

function byDecision(count: (decided: Decided) => number): Record<Decided, number> {
  return Object.fromEntries(DECISIONS.map((decided) => [decided, count(decided)])) as Record<Decided, number>;
}
