/**
 * Takes samples to their outcomes, in this thread: the part of the engine that knows LangGraph. A worker thread has
 * one; a test may have one without any thread.
 */
import { isGraphDrained, RunControl } from "@langchain/langgraph";
import type { Clock } from "../core/clock.ts";
import type { ReviewPlace } from "../core/reviews.ts";
import type { Outcome, State } from "../core/sample.ts";
import { isOutcome } from "../core/sample.ts";
import { kindsOf } from "../graph/own-kinds.ts";
import type { Plan } from "../graph/plan.ts";
import type { Gateway } from "../models/gateway.ts";
import type { Grader } from "../nodes/answers/index.ts";
import type { CodeRunner } from "../nodes/code/index.ts";
import { type Keep, type Store, type StoredSample, threadOf } from "../store/store.ts";
import { backOf, onGo } from "./back.ts";
import { createCache, type FindCached } from "./cache.ts";
import { compilePlan, type Decision, type StepBody } from "./compile.ts";
import { joinFork } from "./join.ts";
import { shareByProblem } from "./of-problem.ts";
import { reviewsOf, takeUp } from "./reviews.ts";
import { createRouter } from "./route.ts";
import { callKey, onFork, type PaidCall, runStep, type Services } from "./step.ts";
import { JOINED, startOfWay, type Way } from "./way.ts";

export interface RunnerOptions {
  readonly plan: Plan;
  /** Which of the run's plans that is, from 1: more where its graph was edited. */
  readonly planNo?: number;
  readonly run: string;
  readonly seed: number;
  readonly keep?: Keep;
  readonly store: Store;
  readonly gateway: Gateway;
  readonly grader: Grader;
  readonly programs: CodeRunner;
  readonly clock: Clock;
  readonly findCached?: FindCached;
}

/** How a sample left this runner. `set-aside`: it goes on from its checkpoint another time. `waits`: for a person. */
export type Left =
  | { readonly left: "finished"; readonly outcome: Outcome }
  | { readonly left: "set-aside" }
  | { readonly left: "waits" };

export interface Runner {
  /** Rejects only with what concerns the whole run. */
  take(sample: StoredSample): Promise<Left>;
  /** Every sample stops at its next step. */
  drain(): void;
  /** Every sample stops now; calls in the air are cut. */
  abort(reason: unknown): void;
}

export function createRunner(options: RunnerOptions): Runner {
  const { plan, run, keep, store, clock } = options;
  const router = createRouter(plan);
  const journal = new Map<string, ReadonlyMap<string, PaidCall>>();
  const outcomes = new Map<string, Outcome>();
  const ended = (sample: string, outcome: Outcome) => void outcomes.set(sample, outcome);
  const open = new Map<string, ReviewPlace[]>();
  const waits = (sample: string, place: ReviewPlace) => void open.set(sample, [...(open.get(sample) ?? []), place]);
  const kinds = kindsOf(plan);
  const isShared = (role: string) => plan.models[role]?.provider === "openai";
  const askOfProblem = shareByProblem(createCache(store, plan, run), isShared);
  const own = { kinds, router, journal, ended, waits, askOfProblem };
  const services: Services = { ...options, planNo: options.planNo ?? 1, ...own };
  const step: StepBody = (node, state, way, context) =>
    node === JOINED ? joinFork(services, state, way, context) : runStep(services, node, state, way, context);
  const compiled = compilePlan(plan, router, step, store.saver);
  // One controller a sample: a signal that many runs share gets a listener from each that is never taken off.
  const live = new Map<string, { abort: AbortController; control: RunControl }>();
  let draining = false;

  return {
    take: async (sample) => {
      const handles = { abort: new AbortController(), control: new RunControl() };
      live.set(sample.id, handles);
      try {
        if (draining) return { left: "set-aside" };
        const began = await begin(sample);
        if (began.outcome !== undefined) return { left: "finished", outcome: began.outcome };
        let { state, decisions } = began;
        for (;;) {
          open.delete(sample.id);
          await compiled.invoke(threadOf(run, sample.id), state, {
            sample: sample.id,
            signal: handles.abort.signal,
            control: handles.control,
            way: began.way ?? startOfWay,
            decisions,
          });
          const places = outcomes.has(sample.id) ? undefined : open.get(sample.id);
          if (places === undefined) break;
          // One that this worker has just begun, and that waits for the first time.
          const isFirst = !sample.started && decisions === undefined;
          [state, decisions] = [undefined, await takeUp(store, run, sample.id, { places, clock, isFirst })];
          if (decisions.length === 0) return { left: "waits" };
          if (draining) return { left: "set-aside" };
        }
        const outcome = outcomes.get(sample.id);
        if (outcome === undefined) throw new Error(`Internal error: sample ${sample.id} stopped without an outcome`);
        // Not waited for: it shares a later transaction. Killed before it, a sample keeps more than it was to keep.
        if (keep !== undefined && keep !== "all") void store.forget(run, sample.id, keep).catch(() => undefined);
        return { left: "finished", outcome };
      } catch (thrown) {
        if (isGraphDrained(thrown) || handles.abort.signal.aborted) return { left: "set-aside" };
        throw thrown;
      } finally {
        live.delete(sample.id);
        outcomes.delete(sample.id);
        open.delete(sample.id);
        journal.delete(sample.id);
        store.leave(run, sample.id);
      }
    },
    drain: () => {
      draining = true;
      for (const { control } of live.values()) control.requestDrain("interrupted");
    },
    abort: (reason) => {
      draining = true;
      for (const { abort } of live.values()) abort.abort(reason);
    },
  };

  /** Announces a new sample, or finds where a started one stopped. */
  async function begin(sample: StoredSample): Promise<Begun> {
    if (sample.person === "decided") {
      const events = await store.sampleEvents(run, sample.id, { calls: false });
      return { decisions: await takeUp(store, run, sample.id, { places: reviewsOf(events), clock }) };
    }
    if (sample.started) {
      const calls = await store.openCalls(run, sample.id);
      journal.set(sample.id, new Map(calls.map((call) => [callKey(call.node, call.visit, call.ask), paid(call)])));
      const thread = threadOf(run, sample.id);
      const go = await compiled.goOf(thread);
      if (go === sample.goes) return {};
      // Killed between the announcement and the first checkpoint.
      if (go === undefined && sample.goes === 0) return { state: sample.state };
      const back = backOf(await store.sampleEvents(run, sample.id, { calls: false }), sample.goes);
      if (go !== undefined && (await compiled.sendBack(thread, back))) return {};
      // Without a checkpoint it starts, already announced.
      return { state: sample.state, way: onGo(startOfWay, back) };
    }
    const arrival = router.start(sample.state);
    const { next, skipped, reason = "no node had anything to do" } = arrival;
    const at = clock.now();
    const started = { type: "sample.started", sample: sample.id, at, next, skipped, ...onFork(arrival) } as const;
    if (!isOutcome(next)) {
      void store.append(run, [started]).catch(() => undefined); // The first checkpoint, in the same file, is awaited.
      return { state: sample.state };
    }
    const shapedBy: string[] = [];
    const finished = { type: "sample.finished", sample: sample.id, at, outcome: next, reason, shapedBy } as const;
    await store.append(run, [started, { ...finished, tokensBefore: 0, tokensAfter: 0 }]);
    return { outcome: next };
  }
}

/** A thread to go on with; from `state` a new one. */
interface Begun {
  readonly state?: State;
  readonly way?: Way;
  readonly outcome?: Outcome;
  readonly decisions?: readonly Decision[];
}

function paid(call: Awaited<ReturnType<Store["openCalls"]>>[number]): PaidCall {
  const { text, thinking, finish, usage, model } = call;
  return { requestHash: call.requestHash, reply: { text, thinking, finish, usage, model } };
}
