/**
 * Where a sample stands under an edited graph. Pure: from its recorded steps and two plans.
 *
 * Its steps are gone through again, without being done: the new plan's router is asked for each way on with the state and
 * label of then. The first thing that is not as it was ends what stays:
 *
 *   the next step's node has changed, or is no more        it goes back before that step
 *   the way on now leads elsewhere (`then`, `when`, a      it goes back to after the last step that stays, and takes the
 *   bound, the start)                                      new way; the step before it is not done again
 *   nothing, and it was interrupted in a node that has     it stays where it is, but the calls of that unfinished step
 *   changed                                                no longer answer for it
 *   nothing                                                it is not touched
 */
import type { SampleEvent, StepFinished, WayOn } from "../core/events.ts";
import { isOutcome, type State } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import type { StoredSample } from "../store/store.ts";
import { startOf, wayOf } from "./history.ts";
import type { Arrival, Router } from "./route.ts";
import { checkWrites } from "./state.ts";

/** The new plan, and what of the former ones still holds under it. */
export interface Edit {
  readonly plan: Plan;
  /** Its number among the run's plans, from 1. */
  readonly no: number;
  readonly router: Router;
  /** Does a step of this node, made under the run's plan of that number, stand under the new one? */
  stands(node: string, planNo: number): boolean;
  /** No way, condition, bound or start differs between the plans: what was recorded need not be asked again. */
  readonly sameWays: boolean;
}

export interface PlaceAgain {
  /** The steps that stay. */
  readonly kept: readonly StepFinished[];
  /** Those that do not. */
  readonly dropped: readonly StepFinished[];
  readonly arrival: Arrival;
  /** The ways that it had gone from the last kept step on. */
  readonly left: readonly WayOn[];
  /** It is in the same place, and only the calls of its unfinished step no longer answer for it. */
  readonly isInPlace: boolean;
}

/** Where it goes on; undefined where the edit does not touch it. A sample that has not started can't be touched. */
export function placeAgain(
  sample: Pick<StoredSample, "state">,
  events: readonly SampleEvent[],
  edit: Edit,
): PlaceAgain | undefined {
  const start = startOf(events);
  if (start === undefined) return undefined;
  const steps = wayOf(events).map(({ step }) => step);
  const ways = [start, ...steps.map(({ node, next, skipped }) => ({ from: node, next, skipped }))];
  let state = sample.state;
  for (const [count, way] of ways.entries()) {
    const last = steps[count - 1];
    if (last !== undefined) state = { ...state, ...last.writes };
    const arrival = arriveAgain(edit, steps.slice(0, count), state, way);
    const step = steps[count];
    const isSame = arrival.next === way.next;
    if (isSame && (step === undefined ? isUnmoved(way.next, events, edit) : isSound(step, edit))) continue;
    const [kept, dropped, left] = [steps.slice(0, count), steps.slice(count), ways.slice(count)];
    return { kept, dropped, arrival, left, isInPlace: isSame && step === undefined };
  }
  return undefined;
}

function arriveAgain(edit: Edit, steps: readonly StepFinished[], state: State, was: WayOn): Arrival {
  if (edit.sameWays) return was;
  const last = steps.at(-1);
  const visits = Object.fromEntries(steps.map(({ node, visit }) => [node, visit]));
  return last === undefined ? edit.router.start(state) : edit.router.after(last.node, last.label, state, visits);
}

/** Nothing that the step rests on has changed, and its fields still take what it wrote. */
function isSound(step: StepFinished, edit: Edit): boolean {
  return edit.stands(step.node, planOf(step)) && checkWrites(edit.plan.state, step.writes) === undefined;
}

/** Did the node at which it is, or at which it was given up, stay what it was since it came there? */
function isUnmoved(node: string, events: readonly SampleEvent[], edit: Edit): boolean {
  if (isOutcome(node)) return true;
  let since = 1;
  for (const event of events) {
    if (event.type === "step.finished" || event.type === "sample.rewound") since = Math.max(since, planOf(event));
  }
  for (let no = since; no < edit.no; no++) if (!edit.stands(node, no)) return false;
  return true;
}

function planOf({ plan = 1 }: { readonly plan?: number }): number {
  return plan;
}
