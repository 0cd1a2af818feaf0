/**
 * Another go: where a sample that ended goes on.
 *
 *   ended by a step (failed, exhausted, ...)   back before that step: the state and the visits are as they were then
 *   given up on its way (its workers died)     where it was
 *   its checkpoints are no longer kept         at the start of the graph
 *
 * The parent says which it is in `sample.reopened`; the worker that takes the sample moves its LangGraph thread
 * (compile.ts). Both look here, so that they agree.
 */
import { type Clock, systemClock } from "../core/clock.ts";
import type { SampleEvent, SampleReopened } from "../core/events.ts";
import { isOutcome, type Outcome } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import { type Store, type StoredSample, threadOf } from "../store/store.ts";
import { thisProcess } from "./run.ts";
import type { Way } from "./way.ts";

type Saver = Store["saver"];
type Checkpoint = NonNullable<Awaited<ReturnType<Saver["getTuple"]>>>;

/** One step of one sample. */
interface StepAt {
  readonly node: string;
  readonly visit: number;
}

/** The newest checkpoint in which this step has not run; undefined where it is no longer kept. */
export async function checkpointBefore(saver: Saver, thread: string, step: StepAt): Promise<Checkpoint | undefined> {
  let at = await saver.getTuple({ configurable: { thread_id: thread } });
  while (at !== undefined && (wayIn(at)?.visits[step.node] ?? 0) >= step.visit) {
    at = at.parentConfig && (await saver.getTuple(at.parentConfig));
  }
  return at;
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
        const { next, isStart } = await whereAgain(store, run, sample, plan);
        if (isStart) fromStart += 1;
        events.push({ type: "sample.reopened", sample: sample.id, at: clock.now(), was: sample.outcome!, next });
      }
      await store.append(run, events);
      samples += page.length;
      after = page.at(-1)!.n;
    }
  } finally {
    await store.release(run, holder);
  }
}

async function whereAgain(store: Store, run: string, sample: StoredSample, plan: Plan) {
  const events = await store.sampleEvents(run, sample.id);
  const step = events.findLast((event) => event.type === "step.finished");
  if (step === undefined) return { next: startOf(events, plan), isStart: false };
  if (!isOutcome(step.next)) return { next: step.next, isStart: false };
  const before = await checkpointBefore(store.saver, threadOf(run, sample.id), step);
  return before === undefined ? { next: startOf(events, plan), isStart: true } : { next: step.node, isStart: false };
}

function startOf(events: readonly SampleEvent[], plan: Plan): string {
  const started = events.find((event) => event.type === "sample.started");
  return started === undefined || isOutcome(started.next) ? plan.start : started.next;
}
