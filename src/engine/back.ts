/**
 * Another go: where a sample that has been somewhere goes on from.
 *
 *   ended by a step (failed, exhausted, ...)   before that step: the state and the visits are as they were then
 *   ended in a fork, or given up in one        where the fork began: all its branches are run again
 *   given up on its way (its workers died)     where it was
 *   its graph was edited (rerun.ts)            after the last step that stays
 *   a person wants a step again (rerun.ts)     before that step, with fresh seeds
 *   its checkpoints are no longer kept         at the start of the graph
 *
 * The parent says which it is in `sample.reopened` or `sample.rewound`; the worker that takes the sample moves its
 * LangGraph thread (compile.ts). Both read the way from the same events and look for the checkpoint here, so they agree.
 *
 * A thread is where its sample is when both are on the same go. Whoever is killed before the thread was moved leaves it
 * on an older go, and the next worker moves it: the fork is one checkpoint, there or not.
 */
import { type Clock, systemClock } from "../core/clock.ts";
import type { SampleEvent, SampleReopened } from "../core/events.ts";
import { isOutcome, type Outcome } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import { type Store, type StoredSample, threadOf } from "../store/store.ts";
import { startOf, wayOf } from "./history.ts";
import { thisProcess } from "./run.ts";
import type { Way } from "./way.ts";

type Saver = Store["saver"];
type Checkpoint = NonNullable<Awaited<ReturnType<Saver["getTuple"]>>>;

/** One step of one sample. */
interface StepAt {
  readonly node: string;
  readonly visit: number;
}

/** How a sample goes on: on which go, after which steps. */
export interface Back {
  readonly go: number;
  readonly steps: readonly StepAt[];
  /** It draws the seeds it drew then: what was edited has to do with the plan, not with luck. */
  readonly sameSeeds: boolean;
}

/** What the last `sample.reopened` or `sample.rewound` asks for. */
export function backOf(events: readonly SampleEvent[], go: number): Back {
  const last = events.findLast((event) => event.type === "sample.reopened" || event.type === "sample.rewound");
  return {
    go,
    steps: wayOf(events).map(({ step }) => step),
    sameSeeds: last?.type === "sample.rewound" && !last.freshSeeds,
  };
}

/** A way as it goes on. */
export function onGo(way: Way, { go, sameSeeds }: Back): Way {
  return { ...way, go, seedGo: sameSeeds ? (way.seedGo ?? way.go ?? 0) : undefined };
}

/**
 * The newest checkpoint on a thread's branch in which just these steps have been done; undefined where it is no longer
 * kept. A kill between a step's writes and its checkpoint leaves the last step among the newest one's writes: then it is
 * meant without its id, which has LangGraph apply them.
 */
export async function findCheckpoint(
  saver: Saver,
  thread: string,
  steps: readonly StepAt[],
): Promise<{ readonly config: Checkpoint["config"]; readonly way: Way } | undefined> {
  const now = { configurable: { thread_id: thread } };
  let at = await saver.getTuple(now);
  const [, , pending] = at?.pendingWrites?.findLast(([, channel]) => channel === "way") ?? [];
  if (pending !== undefined && hasDone(pending as Way, steps)) return { config: now, way: pending as Way };
  for (;;) {
    const way = at && wayIn(at);
    if (at === undefined || way === undefined) return undefined;
    if (hasDone(way, steps)) return { config: at.config, way };
    at = at.parentConfig && (await saver.getTuple(at.parentConfig));
  }
}

/** Inside a fork nothing is done yet: a sample goes back to where the fork began, or to after its join. */
function hasDone({ visits, branches }: Way, steps: readonly StepAt[]): boolean {
  if (branches !== undefined) return false;
  const last = new Map(steps.map(({ node, visit }) => [node, visit]));
  const done = Object.entries(visits).filter(([, count]) => count > 0);
  return done.length === last.size && done.every(([node, count]) => last.get(node) === count);
}

/** Mezzo's own channel in a checkpoint; in the very first it is still part of the input. */
export function wayIn({ checkpoint }: Checkpoint): Way | undefined {
  const { way, __start__: input } = checkpoint.channel_values as { way?: Way; __start__?: { way?: Way } };
  return way ?? input?.way;
}

export interface Reopened {
  readonly samples: number;
  /** Of these: at the start again, because their checkpoints are gone. */
  readonly fromStart: number;
}

const PAGE = 100;

/** Gives every sample that ended so another go. Throws `run-held` while somebody works on the run. */
export async function reopenSamples(
  store: Store,
  run: string,
  options: { plan: Plan; outcomes: readonly Outcome[]; clock?: Clock },
): Promise<Reopened> {
  const { plan, outcomes, clock = systemClock } = options;
  const holder = thisProcess(clock);
  await store.hold(run, holder);
  try {
    let [samples, fromStart, after] = [0, 0, -1];
    for (;;) {
      const page = await store.samples(run, { outcomes, after, limit: PAGE });
      if (page.length === 0) return { samples, fromStart };
      const events: SampleReopened[] = [];
      for (const sample of page) {
        const { isStart, ...where } = await whereAgain(store, run, sample, plan);
        if (isStart) fromStart += 1;
        events.push({ type: "sample.reopened", sample: sample.id, at: clock.now(), was: sample.outcome!, ...where });
      }
      await store.append(run, events);
      samples += page.length;
      after = page.at(-1)!.n;
    }
  } finally {
    await store.release(run, holder);
  }
}

async function whereAgain(store: Store, run: string, sample: StoredSample, plan: Plan): Promise<Where> {
  const events = await store.sampleEvents(run, sample.id, { calls: false });
  const steps = wayOf(events).map(({ step }) => step);
  const last = steps.at(-1);
  const start = startOf(events);
  const beginning = start === undefined || isOutcome(start.next) ? { next: plan.start } : arrivalsOf(start);
  if (last === undefined) return { ...beginning, isStart: false };
  const fork = lastForkOf(events);
  if (fork === undefined && !isOutcome(last.next)) return { ...arrivalsOf(lastMove(events)!), isStart: false };
  const kept = fork === undefined ? steps.slice(0, -1) : wayOf([...events, reopening(sample)]).map(({ step }) => step);
  const before = await findCheckpoint(store.saver, threadOf(run, sample.id), kept);
  if (before === undefined) return { ...beginning, isStart: true };
  return { ...(fork ?? { next: last.node }), isStart: false };
}

interface Where extends Arrivals {
  readonly isStart: boolean;
}

/** Only what it does to a way is asked of it. */
function reopening({ id, outcome = "failed" }: StoredSample): SampleReopened {
  return { type: "sample.reopened", sample: id, at: 0, was: outcome, next: "" };
}

type Arrivals = Pick<SampleReopened, "next" | "also">;
type Move = Extract<SampleEvent, Arrivals>;

function arrivalsOf({ next, also }: Arrivals): Arrivals {
  return also === undefined ? { next } : { next, also };
}

/** Where the fork began that a sample is in, or that it ended in. */
function lastForkOf(events: readonly SampleEvent[]): Arrivals | undefined {
  const last = events.findLast(isMove);
  if (last?.type === "fork.joined" && isOutcome(last.next)) {
    return arrivalsOf(lastMove(events.slice(0, events.indexOf(last)))!);
  }
  const isInside = last?.type === "step.finished" && last.branch !== undefined;
  return isInside ? arrivalsOf(lastMove(events)!) : undefined;
}

/** The last event by which a sample went on as a whole, and not one of its branches. */
function lastMove(events: readonly SampleEvent[]): Move | undefined {
  return events.filter(isMove).findLast((event) => event.type !== "step.finished" || event.branch === undefined);
}

function isMove(event: SampleEvent): event is Move {
  return event.type !== "call.finished" && event.type !== "sample.finished";
}
