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
 *
 * A fork stays or goes as a whole: where something in it, or the way on from its join, is not as it was, the sample goes back
 * to where it began.
 */
import { type Onward, passingOf, type SampleEvent, type StepFinished, type WayOn } from "../core/events.ts";
import { isOutcome, type State } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import type { StoredSample } from "../store/store.ts";
import { checkWrites } from "./fields.ts";
import { placesOf, type StepOfWay, startOf, wayOf } from "./history.ts";
import type { Arrival, Router } from "./route.ts";

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
  /** A step that is to be done again, whatever has changed. */
  readonly again?: Pick<StepFinished, "node" | "visit">;
}

export interface PlaceAgain {
  /** The steps that stay. */
  readonly kept: readonly StepFinished[];
  /** Those that do not. */
  readonly dropped: readonly StepFinished[];
  readonly arrival: Arrival;
  /** The ways that it had gone from the last kept step on. */
  readonly left: readonly WayOn[];
  /** The nodes at which it was, where it was in a fork. */
  readonly waited?: readonly string[];
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
  const way = wayOf(events);
  const steps = way.map(({ step }) => step);
  const ways = [[start], ...way.map(waysAfter)];
  const inFork = way.at(-1)?.step.branch !== undefined && way.at(-1)?.joined === undefined;
  const places = inFork ? placesOf(events) : undefined;
  const arrivals = (count: number, state: State) => arriveAgain(edit, way.slice(0, count), state, ways[count]!);
  let state = sample.state;
  for (const [count, gone] of ways.entries()) {
    const last = steps[count - 1];
    if (last !== undefined) state = { ...state, ...last.writes };
    const step = steps[count];
    const isSame = sameWays(arrivals(count, state), gone);
    const now = places ?? [way[count - 1]?.joined?.next ?? gone.at(-1)!.next];
    if (isSame && (step === undefined ? isUnmoved(now, events, edit) : isSound(step, edit))) continue;
    let keep = count;
    while (keep > 0 && steps[keep - 1]!.branch !== undefined) keep -= 1;
    const [kept, dropped, left] = [steps.slice(0, keep), steps.slice(keep), ways.slice(keep).flat()];
    const arrival = arrivals(keep, Object.assign({}, sample.state, ...kept.map(({ writes }) => writes)))[0]!;
    return { kept, dropped, arrival, left, waited: places, isInPlace: isSame && step === undefined && keep === count };
  }
  return undefined;
}

/** The way on from a step; after the last one of a fork also the way on from its join, where that was passed by. */
function waysAfter({ step, joined }: StepOfWay): WayOn[] {
  const { node, next, skipped, also, joins } = step;
  const own = { from: node, next, skipped, also, joins };
  const passing = joined && passingOf(joined);
  return passing === undefined ? [own] : [own, passing];
}

/** Where the new plan leads after these steps: one arrival for each of the ways that were gone then. */
function arriveAgain(edit: Edit, done: readonly StepOfWay[], state: State, was: readonly WayOn[]): readonly Arrival[] {
  if (edit.sameWays) return was;
  const last = done.at(-1);
  if (last === undefined) return [edit.router.start(state)];
  const visits = Object.fromEntries(done.map(({ step }) => [step.node, step.visit]));
  const { step, joined } = last;
  const own = edit.router.after(step.node, step.label, state, visits);
  const fork = edit.router.branchOf(step.node)?.at;
  // A fork that is no more, or another one, shows in the ways of its steps.
  if (joined === undefined || fork !== joined.node || isOutcome(joined.next)) return [own];
  const on = edit.router.joined(fork, state, visits);
  return on.next === joined.join ? [own] : [own, { ...on, skipped: on.skipped.slice(1) }];
}

function sameWays(now: readonly Arrival[], was: readonly WayOn[]): boolean {
  const targets = (ways: readonly Onward[]) =>
    ways.map(({ next, also = [] }) => [next, ...also.map((other) => other.next)]);
  return JSON.stringify(targets(now)) === JSON.stringify(targets(was));
}

/** Nothing that the step rests on has changed, and its fields still take what it wrote. */
function isSound(step: StepFinished, edit: Edit): boolean {
  const isMeant = edit.again?.node === step.node && edit.again.visit === step.visit;
  return !isMeant && edit.stands(step.node, planOf(step)) && checkWrites(edit.plan.state, step.writes) === undefined;
}

/** Did the nodes at which it is, or at which it was given up, stay what they were since it came there? */
function isUnmoved(places: readonly string[], events: readonly SampleEvent[], edit: Edit): boolean {
  const nodes = places.filter((place) => !isOutcome(place));
  let since = 1;
  for (const event of events) {
    if (event.type === "step.finished" || event.type === "sample.rewound") since = Math.max(since, planOf(event));
  }
  for (let no = since; no < edit.no; no++) if (!nodes.every((node) => edit.stands(node, no))) return false;
  return true;
}

function planOf({ plan = 1 }: { readonly plan?: number }): number {
  return plan;
}
