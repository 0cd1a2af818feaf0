/**
 * An edited graph on a run: sends back the samples that the edit touches, and no other.
 *
 *   survey ──▶ editPlan ──────────────▶ a sample.rewound for each sample it touches ──▶ run.rewound ──▶ the run goes on
 *   (reads)    the new plan holds,      in pages; where the new way leads straight
 *              `run.edited`             to an outcome, its sample.finished with it
 *
 * Killed at any moment:
 *   - before `run.edited` nothing has happened; after it the new plan is the run's.
 *   - Between `run.edited` and `run.rewound` the pass is not through: whoever works on the run next goes through all
 *     samples again (`finishEdit`). A sample that was sent back rests on the new plan already, and is found untouched. So
 *     the pass may be killed as often as it likes, and no sample is sent back twice.
 *   - The worker that takes a sample moves its LangGraph thread (back.ts).
 *
 * Each step says under which of the run's plans it was made, and is held against that one: a graph edited twice before
 * the first edit was through, or edited and changed back, needs no rule of its own.
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import type { RunView, SampleEvent, SampleFinished, StepFinished } from "../core/events.ts";
import { fingerprint } from "../core/hash.ts";
import { isOutcome, type Outcome, type State } from "../core/sample.ts";
import { estimateTokens } from "../core/tokens.ts";
import { nodeFingerprints } from "../graph/fingerprints.ts";
import type { Plan } from "../graph/plan.ts";
import { shapesTrace } from "../graph/uses.ts";
import { type Store, type StoredSample, threadOf } from "../store/store.ts";
import { findCheckpoint } from "./back.ts";
import { checkWrites } from "./fields.ts";
import { type Edit, type PlaceAgain, placeAgain } from "./place-again.ts";
import { unaskedBy } from "./reviews.ts";
import { createRouter } from "./route.ts";
import { thisProcess } from "./run.ts";
import { onFork, reasonOf } from "./step.ts";

/** What an edit does to a run's samples. */
export interface Rerun {
  readonly samples: number;
  readonly notStarted: number;
  readonly untouched: number;
  /** Samples that go on at the same node or are at the same outcome at once, most first. */
  readonly back: readonly { readonly to: string; readonly samples: number; readonly calls: number }[];
  /** Of those that go back: from the start, because their checkpoints are no longer kept. */
  readonly fromStart: number;
  /** About how many calls they will make: as many as they made from there, or as others made at that node. */
  readonly calls: number;
}

/**
 * What a plan would do to a run, with nothing changed. Throws `state-changed` where samples can't be taken over.
 * `atMost` looks at about so many samples, evenly spread, and lets others have their turn: the numbers are then of those.
 */
export async function surveyEdit(
  store: Store,
  run: string,
  plan: Plan,
  options: { atMost?: number; clock?: Clock } = {},
): Promise<Rerun> {
  const { atMost = Infinity, clock = systemClock } = options;
  const plans = await store.plans(run);
  const edit = await openEdit(store, run, plan, plans.length + 1);
  const { samples } = await store.view(run);
  const stride = samples <= atMost ? 1 : Math.ceil(samples / Math.max(1, Math.floor(atMost / SPREAD)));
  const pause = () => clock.sleep(0);
  return passOver(store, run, edit, stride === 1 ? {} : { size: SPREAD, stride, pause });
}

/**
 * Sends one sample back to before a step, to do it again with fresh seeds. The run must not be held by another. Throws
 * `no-step` where that step is not on the way that led to where the sample is.
 */
export async function sendBackTo(
  store: Store,
  run: string,
  id: string,
  step: Pick<StepFinished, "node" | "visit">,
  clock: Clock = systemClock,
): Promise<{ readonly isFromStart: boolean }> {
  return whileHeld(store, run, clock, async () => {
    const plan = JSON.parse(await store.planBody(run)) as Plan;
    const no = (await store.plans(run)).length;
    const router = createRouter(plan);
    const edit: Edit = { plan, no, router, stands: () => true, sameWays: true, again: step };
    const sample = await store.findSample(run, id);
    const touched = sample && (await findTouched(store, run, sample, edit));
    if (touched === undefined) {
      const message = `Sample "${id}" has no visit ${step.visit} of "${step.node}" on the way that led to where it is`;
      throw new MezzoError("no-step", message, { hint: `\`mezzo inspect ${run} ${id}\` tells its way.`, exitCode: 2 });
    }
    await store.append(
      run,
      eventsOf(touched, edit, clock.now()).map((event) =>
        event.type === "sample.rewound" ? { ...event, freshSeeds: true } : event,
      ),
    );
    return { isFromStart: touched.isFromStart };
  });
}

/** Gives a run a new plan, and sends back what it touches. The run must not be held by another. */
export async function editRun(store: Store, run: string, plan: Plan, clock: Clock = systemClock): Promise<Rerun> {
  return whileHeld(store, run, clock, async () => {
    await surveyEdit(store, run, plan);
    const { no } = await store.editPlan(run, {
      plan: plan.fingerprint,
      planBody: JSON.stringify(plan),
      at: clock.now(),
    });
    return sendBack(store, run, { plan, no }, clock);
  });
}

/** Goes on with an edit that was killed on its way; undefined where there is none. */
export async function finishEdit(store: Store, run: string, clock: Clock = systemClock): Promise<Rerun | undefined> {
  const events = await store.runEvents(run);
  const last = events.findLast((event) => event.type === "run.edited" || event.type === "run.rewound");
  if (last?.type !== "run.edited") return undefined;
  const plan = JSON.parse(await store.planBody(run)) as Plan;
  return whileHeld(store, run, clock, () => sendBack(store, run, { plan, no: last.no }, clock));
}

async function whileHeld<T>(store: Store, run: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const holder = thisProcess(clock);
  await store.hold(run, holder);
  try {
    return await work();
  } finally {
    await store.release(run, holder);
  }
}

async function sendBack(store: Store, run: string, to: { plan: Plan; no: number }, clock: Clock): Promise<Rerun> {
  const edit = await openEdit(store, run, to.plan, to.no);
  const send = async (touched: readonly Touched[]) => {
    await store.append(
      run,
      touched.flatMap((one) => eventsOf(one, edit, clock.now())),
    );
  };
  const rerun = await passOver(store, run, edit, { send });
  const samples = rerun.back.reduce((sum, group) => sum + group.samples, 0);
  await store.append(run, [{ type: "run.rewound", at: clock.now(), no: to.no, samples }]);
  const view = await store.view(run);
  const isFinished =
    rerun.notStarted === 0 && (await store.samples(run, { outcomes: ["unfinished"], limit: 1 })).length === 0;
  if (isFinished && view.samples > 0) await store.append(run, [{ type: "run.finished", at: clock.now() }]);
  return rerun;
}

async function openEdit(store: Store, run: string, plan: Plan, no: number): Promise<Edit> {
  const former = new Map<number, { nodes: ReadonlyMap<string, string>; ways: string }>();
  for (const { no: number } of await store.plans(run)) {
    if (number === no) continue;
    const before = JSON.parse(await store.planBody(run, number)) as Plan;
    former.set(number, { nodes: nodeFingerprints(before), ways: waysOf(before) });
  }
  const nodes = nodeFingerprints(plan);
  const ways = waysOf(plan);
  return {
    plan,
    no,
    router: createRouter(plan),
    stands: (node, made) => {
      const now = nodes.get(node);
      return now !== undefined && (made === no || former.get(made)?.nodes.get(node) === now);
    },
    sameWays: [...former.values()].every((before) => before.ways === ways),
  };
}

/** All that decides a way, beside the sample. */
function waysOf({ start, nodes, state }: Plan): string {
  const ways = Object.entries(nodes).map(([name, { when, limit, then, onError, ends }]) => [
    name,
    { when, limit, then, onError, ends },
  ]);
  return fingerprint({ start, ways: Object.fromEntries(ways), state });
}

interface Touched extends PlaceAgain {
  readonly sample: StoredSample;
  readonly events: readonly SampleEvent[];
  readonly isFromStart: boolean;
}

const PAGE = 100;
/** Neighbours that are looked at together where only some are. */
const SPREAD = 10;

interface Passing {
  readonly send?: (touched: readonly Touched[]) => Promise<void>;
  /** Samples of a page, and from the beginning of one page to that of the next; every sample when left out. */
  readonly size?: number;
  readonly stride?: number;
  readonly pause?: () => Promise<void>;
}

async function passOver(store: Store, run: string, edit: Edit, passing: Passing = {}): Promise<Rerun> {
  const { send, size = PAGE, stride = size, pause } = passing;
  const view = await store.view(run);
  const unfit = new Unfit(edit.plan);
  const back = new Map<string, { samples: number; calls: number }>();
  let [samples, notStarted, fromStart, sent] = [0, 0, 0, 0];
  for (let after = -1; ; ) {
    const page = await store.samples(run, { after, limit: size });
    if (page.length === 0) break;
    after = passing.stride === undefined ? page.at(-1)!.n : after + stride;
    await pause?.();
    const touched: Touched[] = [];
    for (const sample of page) {
      unfit.look(sample);
      if (!sample.started) notStarted += 1;
      const found = await findTouched(store, run, sample, edit);
      if (found !== undefined) touched.push(found);
    }
    await send?.(touched);
    samples += page.length;
    sent += touched.length;
    for (const one of touched) {
      if (one.isFromStart) fromStart += 1;
      const group = back.get(one.arrival.next) ?? { samples: 0, calls: 0 };
      back.set(one.arrival.next, { samples: group.samples + 1, calls: group.calls + callsOf(one, view) });
    }
  }
  unfit.refuse();
  const groups = [...back].map(([to, group]) => ({ to, ...group, calls: Math.round(group.calls) }));
  return {
    samples,
    notStarted,
    untouched: samples - notStarted - sent,
    back: groups.sort((a, b) => b.samples - a.samples),
    fromStart,
    calls: groups.reduce((sum, group) => sum + group.calls, 0),
  };
}

async function findTouched(store: Store, run: string, sample: StoredSample, edit: Edit): Promise<Touched | undefined> {
  if (!sample.started) return undefined;
  const events = await store.sampleEvents(run, sample.id, { calls: false });
  const place = placeAgain(sample, events, edit);
  if (place === undefined) return undefined;
  const isAtWork = sample.outcome === undefined;
  if (place.isInPlace && isAtWork && (await store.openCalls(run, sample.id)).length === 0) return undefined;
  // At its end, or at its beginning, nothing is needed that could be gone.
  const needsCheckpoint = place.kept.length > 0 && !isOutcome(place.arrival.next);
  const isKept = !needsCheckpoint || (await findCheckpoint(store.saver, threadOf(run, sample.id), place.kept));
  if (isKept) return { ...place, sample, events, isFromStart: false };
  const fromStart = placeAgain(sample, events, { ...edit, sameWays: false, stands: () => false });
  return { ...(fromStart ?? place), sample, events, isFromStart: true };
}

/** What it made from there on; of a sample that had not been there, what others made at that node. */
function callsOf({ dropped, arrival }: Touched, view: RunView): number {
  if (isOutcome(arrival.next)) return 0;
  if (dropped.length > 0) return dropped.reduce((sum, step) => sum + step.calls, 0);
  const node = view.nodes[arrival.next];
  return node === undefined || node.visits === 0 ? 1 : node.calls / node.visits;
}

function eventsOf({ sample, events, kept, arrival, left, waited }: Touched, edit: Edit, at: number): SampleEvent[] {
  const last = kept.at(-1);
  const finished = sample.outcome === undefined ? undefined : finishOf(events);
  const rewound: SampleEvent = {
    type: "sample.rewound",
    sample: sample.id,
    at,
    plan: edit.no,
    after: last === undefined ? null : { node: last.node, visit: last.visit },
    next: arrival.next,
    skipped: arrival.skipped,
    ...onFork(arrival),
    left,
    unasked: unaskedBy(events),
    waited: sample.outcome === undefined ? waited : undefined,
    was: finished && {
      outcome: finished.outcome,
      shapedBy: finished.shapedBy,
      tokensBefore: finished.tokensBefore,
      tokensAfter: finished.tokensAfter,
    },
  };
  if (!isOutcome(arrival.next)) return [rewound];
  const reason = arrival.reason ?? reasonAfter(arrival.next, last, edit.plan);
  const end = { type: "sample.finished", sample: sample.id, at, outcome: arrival.next, reason } as const;
  return [rewound, { ...end, ...lengthsOf(edit.plan, sample.state, kept) }];
}

function finishOf(events: readonly SampleEvent[]): SampleFinished | undefined {
  return events.findLast((event) => event.type === "sample.finished");
}

function reasonAfter(outcome: Outcome, last: StepFinished | undefined, plan: Plan): string {
  if (last === undefined) return "no node had anything to do";
  return reasonOf(outcome, last, last.node, plan.nodes[last.node]!);
}

/** What steps made of a sample, as its last event tells it. */
function lengthsOf(plan: Plan, state: State, steps: readonly StepFinished[]) {
  const traces = [state, ...steps.map((step) => step.writes)].flatMap(({ trace }) =>
    typeof trace === "string" ? [estimateTokens(trace)] : [],
  );
  const shaping = steps.filter((step) => shapesTrace(plan, step.kind) && Object.keys(step.writes).length > 0);
  return {
    shapedBy: [...new Set(shaping.map((step) => step.node))],
    tokensBefore: traces.find((tokens) => tokens > 0) ?? 0,
    tokensAfter: traces.at(-1) ?? 0,
  };
}

/** Samples that lack what the new plan's state needs, or hold what it no longer takes. */
class Unfit {
  readonly #fields: Plan["state"];
  readonly #found = new Map<string, { readonly lacks: boolean; count: number; readonly firstIds: string[] }>();

  constructor(plan: Plan) {
    this.#fields = plan.state;
  }

  look({ id, state }: StoredSample): void {
    for (const [name, field] of Object.entries(this.#fields)) {
      const lacks = (state[name] ?? undefined) === undefined;
      if (lacks ? field.optional : checkWrites({ [name]: field }, { [name]: state[name] }) === undefined) continue;
      const found = this.#found.get(name) ?? { lacks, count: 0, firstIds: [] };
      found.count += 1;
      if (found.firstIds.length < 3) found.firstIds.push(id);
      this.#found.set(name, found);
    }
  }

  /** Throws `state-changed` where there is one. */
  refuse(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    const [name, { lacks, count, firstIds }] = first;
    const { type, enum: values } = this.#fields[name]!;
    const ids = `${firstIds.join(", ")}${count > firstIds.length ? ", ..." : ""}`;
    const wants = values === undefined ? `a ${type}` : `one of ${values.join(", ")}`;
    const message = lacks
      ? `The edited graph needs "${name}", which ${count} of the run's samples do not have (${ids})`
      : `The edited graph wants ${wants} for "${name}", and ${count} of the run's samples have something else (${ids})`;
    const hint = lacks
      ? `Make it optional, ${name}: { type: ${type}, optional: true }, or give the edited graph a run of its own with \`mezzo run\`.`
      : `Leave "${name}" as it was, call the new field something else, or give the edited graph a run of its own with \`mezzo run\`.`;
    throw new MezzoError("state-changed", message, { hint, exitCode: 2 });
  }
}
