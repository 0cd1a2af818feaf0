/**
 * What people decide of a run's samples (kind `review`), and who may do what when.
 *
 * A review is one visit of one sample to a node that asks a person. Its states, each told by the sample's events:
 *
 *   (the step interrupts) ─▶ open ──review.decided──▶ decided ──review.taken──▶ taken ──step.finished──▶ (done)
 *            │                ▲                          │                        │
 *            │ review.asked   └──── review.withdrawn ────┘                        └─ killed here: taken up again
 *            ▼
 *      the sample waits at a committed checkpoint (LangGraph's interrupt), with no worker
 *
 * and of its sample, as the store lists it:   started ─▶ for-person ─▶ decided ─▶ started
 *
 * Invariants:
 *   - A decision is committed before anything moves, by whoever has the store open; nobody needs to hold the run for it.
 *     The run takes it up where it goes on (the scheduler looks every few seconds), else at the next resume.
 *   - Each of these events is appended by `appendNext`: it is judged by what is committed, in the same transaction. (Not the
 *     first `review.asked` of a sample: before that there is nothing to decide on, and nobody to be quicker.) Of two who
 *     decide at once the second hears that it is decided, and by whom; and a decision is taken back before it is taken up,
 *     or not at all.
 *   - What is taken up is the sample's: a worker that is killed with it finds it here again, whether LangGraph had heard of
 *     it or not. So a review is asked once, and its decision is lost by no kill.
 *   - In a fork a sample may wait for several people. Each that has decided lets it go on; it then asks for the rest again.
 *   - Whatever sends the sample elsewhere (an edited graph, a step wanted again, its end) closes its reviews: a decision
 *     that was not taken up is void then, and stays readable.
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import type { SampleEvent } from "../core/events.ts";
import type { ReviewAsked, ReviewDecided, Reviewed, ReviewPlace, Unasked } from "../core/reviews.ts";
import type { PersonsDecision } from "../nodes/node.ts";
import type { Store } from "../store/store.ts";
import type { Decision } from "./compile.ts";

export interface Review extends ReviewPlace {
  readonly state: "open" | "decided" | "taken";
  readonly askedAt: number;
  /** Undefined while it is open. */
  readonly decision?: PersonsDecision;
}

/** A sample's reviews that are not done, in the order in which they were first asked. */
export function reviewsOf(events: readonly SampleEvent[]): Review[] {
  let reviews: Review[] = [];
  const set = (place: ReviewPlace, change: (review: Review) => Review) => {
    reviews = reviews.map((review) => (isSame(review, place) ? change(review) : review));
  };
  for (const event of events) {
    switch (event.type) {
      case "review.asked":
        for (const { node, visit } of event.places) {
          if (!reviews.some((review) => isSame(review, { node, visit })))
            reviews.push({ node, visit, state: "open", askedAt: event.at });
        }
        break;
      case "review.decided":
        set(event, (review) => ({ ...review, state: "decided", decision: decisionIn(event) }));
        break;
      case "review.withdrawn":
        set(event, ({ decision: _void, ...review }) => ({ ...review, state: "open" }));
        break;
      case "review.taken":
        for (const place of event.places) set(place, (review) => ({ ...review, state: "taken" }));
        break;
      case "step.finished":
        reviews = reviews.filter((review) => !isSame(review, event));
        break;
      case "fork.joined":
      case "sample.finished":
      case "sample.reopened":
      case "sample.rewound":
        reviews = [];
        break;
    }
  }
  return reviews;
}

/** For whatever closes a sample's reviews by sending it elsewhere: what they no longer count for. */
export function unaskedBy(events: readonly SampleEvent[]): Unasked | undefined {
  return isWaiting(events) ? { open: openOf(reviewsOf(events)).map(({ node }) => node) } : undefined;
}

export interface NewDecision extends Pick<Reviewed, "decided" | "by" | "seconds"> {
  /** Which of the sample's reviews, where it has several. */
  readonly node?: string;
  readonly reason?: string;
  readonly text?: string;
}

export interface ReviewOptions {
  readonly clock?: Clock;
}

/** Commits a decision. Throws `not-for-person` or `decided-already`. */
export async function decideReview(
  store: Store,
  run: string,
  sample: string,
  decision: NewDecision,
  { clock = systemClock }: ReviewOptions = {},
): Promise<ReviewPlace> {
  let place: ReviewPlace | undefined;
  await store.appendNext(run, sample, (events) => {
    const reviews = reviewsOf(events);
    const review = chosen(reviews, events, { run, sample, node: decision.node });
    if (review.state !== "open") throw decidedAlready(sample, review);
    const { node, visit } = review;
    place = { node, visit };
    const { decided, by, seconds, reason, text } = decision;
    const last = openOf(reviews).length === 1 ? true : undefined;
    const event: ReviewDecided = {
      ...{ type: "review.decided", sample, at: clock.now(), node, visit, decided, by, seconds, reason, text, last },
    };
    return [event];
  });
  return place!;
}

/** Takes a decision back, as long as the run has not taken it up. Throws `not-decided` or `taken-up`. */
export async function withdrawReview(
  store: Store,
  run: string,
  sample: string,
  { node, clock = systemClock }: ReviewOptions & { readonly node?: string } = {},
): Promise<ReviewPlace> {
  let place: ReviewPlace | undefined;
  await store.appendNext(run, sample, (events) => {
    const reviews = reviewsOf(events);
    const decided = reviews.filter(({ state }) => state === "decided");
    const review = decided.find((one) => node === undefined || one.node === node);
    if (review === undefined) {
      if (reviews.some(({ state }) => state === "open")) throw notDecided(sample);
      throw takenUp(run, sample);
    }
    place = { node: review.node, visit: review.visit };
    const first = openOf(reviews).length === 0 ? true : undefined;
    const only = decided.length === 1 ? true : undefined;
    return [{ type: "review.withdrawn", sample, at: clock.now(), ...place, first, only }];
  });
  return place!;
}

export interface Waiting {
  readonly places: readonly ReviewPlace[];
  readonly clock: Clock;
  /** No person was ever asked about this sample: nobody can have decided, and the commit may be one that others share. */
  readonly isFirst?: boolean;
}

/**
 * For a worker whose sample's steps wait at these places: what was decided of them, from here on taken up. None: it has
 * been asked for, and the sample leaves the worker.
 */
export async function takeUp(
  store: Pick<Store, "append" | "appendNext">,
  run: string,
  sample: string,
  { places, clock, isFirst = false }: Waiting,
): Promise<readonly Decision[]> {
  if (isFirst) {
    await store.append(run, [asking(sample, places, clock)]);
    return [];
  }
  let decisions: Decision[] = [];
  await store.appendNext(run, sample, (events) => {
    const reviews = reviewsOf(events).filter((review) => places.some((place) => isSame(review, place)));
    decisions = reviews.flatMap(({ node, visit, decision }) => (decision ? [{ node, visit, ...decision }] : []));
    if (decisions.length === 0) return isWaiting(events) ? [] : [asking(sample, places, clock)];
    const at = clock.now();
    const fresh = reviews.filter(({ state }) => state === "decided").map(({ node, visit }) => ({ node, visit }));
    const open = openOf(reviewsOf(events)).map(({ node }) => node);
    return fresh.length === 0 ? [] : [{ type: "review.taken", sample, at, places: fresh, open }];
  });
  return decisions;
}

function asking(sample: string, places: readonly ReviewPlace[], clock: Clock): ReviewAsked {
  const at = places.map(({ node, visit }) => ({ node, visit }));
  return { type: "review.asked", sample, at: clock.now(), places: at };
}

/** Asked, and neither taken up since nor sent elsewhere. */
function isWaiting(events: readonly SampleEvent[]): boolean {
  const last = events.findLast(({ type }) => type !== "review.decided" && type !== "review.withdrawn");
  return last?.type === "review.asked";
}

function openOf(reviews: readonly Review[]): Review[] {
  return reviews.filter(({ state }) => state === "open");
}

function isSame(a: ReviewPlace, b: ReviewPlace): boolean {
  return a.node === b.node && a.visit === b.visit;
}

function decisionIn({ decided, by, at, seconds, reason, text }: ReviewDecided): PersonsDecision {
  return { decided, by, at, seconds, reason, text };
}

function chosen(
  reviews: readonly Review[],
  events: readonly SampleEvent[],
  { run, sample, node }: { run: string; sample: string; node: string | undefined },
): Review {
  const here = node === undefined ? reviews : reviews.filter((review) => review.node === node);
  const [first] = [...openOf(here), ...here];
  if (first !== undefined && openOf(here).length > 1) {
    const nodes = openOf(here).map((review) => review.node);
    throw new MezzoError("which-review", `Sample "${sample}" waits for a person at ${nodes.join(" and ")}`, {
      hint: "Say which of them the decision is for, with --node.",
      exitCode: 2,
    });
  }
  if (first !== undefined && (first.state !== "open" || isWaiting(events))) return first;
  const at = node === undefined ? "" : ` at "${node}"`;
  const hint =
    first === undefined
      ? `\`mezzo review ${run}\` lists those that do; \`mezzo inspect ${run} ${sample}\` tells its way.`
      : "The run is taking up another decision on it this moment: try again.";
  throw new MezzoError("not-for-person", `Sample "${sample}" waits for no person${at}`, { hint, exitCode: 2 });
}

function decidedAlready(sample: string, { node, state, decision }: Review): MezzoError {
  const by = decision?.by === undefined ? "somebody" : decision.by;
  const why = decision?.reason === undefined ? "" : `: ${decision.reason}`;
  const hint =
    state === "taken"
      ? "The run has taken it up: it can't be taken back."
      : "It can be taken back until the run takes it up: --undo.";
  const message = `Sample "${sample}" is decided already: ${by} ${decision?.decided} it at "${node}"${why}`;
  return new MezzoError("decided-already", message, { hint, exitCode: 2 });
}

function notDecided(sample: string): MezzoError {
  return new MezzoError("not-decided", `Nobody has decided on sample "${sample}": there is nothing to take back`, {
    exitCode: 2,
  });
}

function takenUp(run: string, sample: string): MezzoError {
  return new MezzoError(
    "taken-up",
    `No decision on sample "${sample}" can be taken back: it is taken up, or there is none`,
    {
      hint: `\`mezzo inspect ${run} ${sample}\` tells its way; \`mezzo retry ${run} --sample ${sample} --from <node>\` asks again.`,
      exitCode: 2,
    },
  );
}
