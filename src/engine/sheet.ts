/** What a person who decides is shown of a sample: the same in the terminal, in the studio and for `mezzo try`. */
import type { SampleEvent, Verdict } from "../core/events.ts";
import type { ReviewPlace } from "../core/reviews.ts";
import type { State } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import type { ReviewParams } from "../nodes/review.ts";
import type { StoredSample } from "../store/store.ts";
import { stateAfter, wayOf } from "./history.ts";

export interface Sheet extends ReviewPlace {
  readonly instructions?: string;
  readonly problem: string;
  /** The reference, where the sample has one. */
  readonly answer?: string;
  /** The state field that is reviewed, what it held at first, where that was something else, and what it holds. */
  readonly field: string;
  readonly original?: string;
  readonly text: string;
  /** May the person hand in a text of their own? */
  readonly edits: boolean;
  /** What the last judge said. */
  readonly finding?: Verdict;
  /** Other fields that the graph wants shown. */
  readonly shows: Readonly<Record<string, unknown>>;
}

interface Standing {
  readonly state: State;
  readonly finding?: Verdict;
  readonly original?: string;
}

/** For a node that waits for a person; of a team's own kind, whatever of this it states in parameters of these names. */
export function sheetOf(plan: Plan, { node, visit }: ReviewPlace, { state, finding, original }: Standing): Sheet {
  const params = (plan.nodes[node]?.params ?? {}) as Partial<ReviewParams>;
  const { instructions, reads: field = "trace", keeps = "answer", shows = [], edits = false } = params;
  const text = textIn(state[field]);
  const answer = state[keeps] ?? undefined;
  return {
    node,
    visit,
    instructions,
    problem: textIn(state.problem),
    answer: answer === undefined ? undefined : textIn(answer),
    field,
    original: original === text ? undefined : original,
    text,
    edits,
    finding,
    shows: Object.fromEntries(shows.filter((name) => name !== field).map((name) => [name, state[name] ?? null])),
  };
}

/** Of a run's sample, where it waits. */
export function sheetFor(
  plan: Plan,
  place: ReviewPlace,
  { sample, events }: { sample: Pick<StoredSample, "state">; events: readonly SampleEvent[] },
): Sheet {
  const steps = wayOf(events).map(({ step }) => step);
  const { field } = sheetOf(plan, place, { state: {} });
  const held = [sample.state, ...steps.map(({ writes }) => writes)].map((state) => state[field]);
  return sheetOf(plan, place, {
    state: stateAfter(sample, events),
    finding: steps.findLast(({ evidence }) => evidence?.verdict !== undefined)?.evidence?.verdict,
    original: held.find((text): text is string => typeof text === "string" && text !== ""),
  });
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}
