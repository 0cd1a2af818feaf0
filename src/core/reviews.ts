/** What people decide of samples (kind `review`), as events and as counters; engine/reviews.ts says which may follow which. */
import type { OfSample, Tally } from "./events.ts";

/** What a person may decide of a sample: it goes on as it is, with a text of the person's own, or not this way. */
export const DECISIONS = ["approved", "edited", "rejected"] as const;
export type Decided = (typeof DECISIONS)[number];

export interface Reviewed {
  readonly decided: Decided;
  /** Whoever it was, as they named themselves. */
  readonly by?: string;
  readonly at: number;
  /** From when it was shown to when it was decided, where that is known. */
  readonly seconds?: number;
}

/** A visit of a node that waits for a person, or did. */
export interface ReviewPlace {
  readonly node: string;
  readonly visit: number;
}
/** The sample waits for a person, at each of these; it is with no worker. */
export interface ReviewAsked extends OfSample {
  readonly type: "review.asked";
  /** More than one only in a fork. */
  readonly places: readonly ReviewPlace[];
}
/** A person has decided; the run has not taken it up yet. */
export interface ReviewDecided extends OfSample, ReviewPlace, Omit<Reviewed, "at"> {
  readonly type: "review.decided";
  readonly reason?: string;
  /** The text that takes the place of the one reviewed, where it was edited. */
  readonly text?: string;
  /** The sample waits for no person any more. */
  readonly last?: true;
}
/** A decision was taken back before the run took it up: the person is asked again. */
export interface ReviewWithdrawn extends OfSample, ReviewPlace {
  readonly type: "review.withdrawn";
  /** The sample had waited for no person. */
  readonly first?: true;
  /** No other decision on it waits to be taken up. */
  readonly only?: true;
}
/** The run goes on with the sample as was decided; from here on nobody takes the decision back. */
export interface ReviewTaken extends OfSample {
  readonly type: "review.taken";
  readonly places: readonly ReviewPlace[];
  /** Nodes at which it waits for a person still, in a fork; they ask again. */
  readonly open: readonly string[];
}
/** How a sample stood that was sent elsewhere while a person was asked: where it waited; nowhere, if all was decided. */
export interface Unasked {
  readonly open: readonly string[];
}
export type ReviewEvent = ReviewAsked | ReviewDecided | ReviewWithdrawn | ReviewTaken;

export function reviewTallies(event: ReviewEvent): Tally[] {
  switch (event.type) {
    case "review.asked":
      return [["forPerson", 1], ...event.places.map(({ node }) => forPerson(node, 1))];
    case "review.decided":
      return [forPerson(event.node, -1), ...(event.last ? movedOn(1) : [])];
    case "review.withdrawn":
      return [forPerson(event.node, 1), ...(event.first ? movedOn(-1) : [])];
    case "review.taken":
      return unasked(event);
  }
}

/** A sample that was asked about and not taken up is so no longer. */
export function unasked({ open }: Unasked): Tally[] {
  return [[open.length === 0 ? "decided" : "forPerson", -1], ...open.map((node) => forPerson(node, -1))];
}

function forPerson(node: string, add: number): Tally {
  return [`node\t${node}\tforPerson`, add];
}

/** A sample that waited for a person is decided on; or the other way. */
function movedOn(add: number): Tally[] {
  return [
    ["forPerson", -add],
    ["decided", add],
  ];
}
