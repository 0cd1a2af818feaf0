/**
 * Samples that wait for a person: what the page shows of one, and what people decide there. A decision is the one thing that
 * the studio writes to the store by itself: it is an event that anybody may commit, whoever works on the run
 * (engine/reviews.ts).
 */
import type { Clock } from "../core/clock.ts";
import { decide, type OpenReview, openReviews } from "../engine/decide.ts";
import { withdrawReview } from "../engine/reviews.ts";
import type { Store } from "../store/store.ts";
import type { DecideRequest, ReviewDone, ReviewShown, SampleReviews, WithdrawRequest } from "./api.ts";
import type { Runs } from "./runs.ts";
import { requireSample } from "./samples.ts";
import type { AnswerTexts, TextBag } from "./texts.ts";

export class Reviews {
  readonly #parts: { readonly store: Store; readonly runs: Runs; readonly texts: AnswerTexts; readonly clock: Clock };

  constructor(parts: { store: Store; runs: Runs; texts: AnswerTexts; clock: Clock }) {
    this.#parts = parts;
  }

  async of(run: string, id: string): Promise<SampleReviews> {
    const { store, runs, texts } = this.#parts;
    const sample = await requireSample(store, run, id);
    const reviews = await openReviews(store, run, { plan: await runs.planOf(run), sample });
    const bag = texts.bag();
    return { run, sample: id, n: sample.n, reviews: reviews.map((review) => show(review, bag)), texts: bag.texts };
  }

  async decide({ run, sample: id, ...decision }: DecideRequest): Promise<ReviewDone> {
    const { store, runs, clock } = this.#parts;
    const sample = await requireSample(store, run, id);
    const by = decision.by?.trim() || undefined;
    const { node } = await decide(store, run, sample, { ...decision, by, plan: await runs.planOf(run), clock });
    return { run, sample: id, node };
  }

  async withdraw({ run, sample, node }: WithdrawRequest): Promise<ReviewDone> {
    const { store, clock } = this.#parts;
    await requireSample(store, run, sample);
    return { run, sample, node: (await withdrawReview(store, run, sample, { node, clock })).node };
  }
}

function show({ state, askedAt, decision, sheet }: OpenReview, bag: TextBag): ReviewShown {
  const { node, visit, field, edits, finding, problem, answer, original, text, shows } = sheet;
  return {
    ...{ node, visit, state, askedAt, field, edits },
    decision: decision === undefined ? null : withoutText(decision),
    instructions: sheet.instructions ?? null,
    finding: finding ?? null,
    problem: bag.put(problem),
    answer: answer === undefined ? null : bag.put(answer),
    original: original === undefined ? null : bag.put(original),
    text: bag.put(text),
    shows: bag.putState(shows),
  };
}

function withoutText({ decided, by, at, seconds, reason }: NonNullable<OpenReview["decision"]>) {
  return { decided, by, at, seconds, reason };
}
