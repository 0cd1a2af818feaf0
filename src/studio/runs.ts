/** Runs as the page lists and shows them. */
import { hostname } from "node:os";
import type { Clock } from "../core/clock.ts";
import { finishedCount, type RunView } from "../core/events.ts";
import { pausedNow, type RunSettings, requireRun, stateOf } from "../engine/run.ts";
import { drawGraph } from "../graph/drawing.ts";
import type { Plan } from "../graph/plan.ts";
import { maskSecrets } from "../graph/secrets.ts";
import type { RunRecord, Store } from "../store/store.ts";
import type { Pace, RunHead, RunPage, Series, WorkerRow } from "./api.ts";
import type { SharedAnswers } from "./shared.ts";

/** Over so much of the past it is said how fast a run goes. */
const PACE_MS = 60_000;

export class Runs {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #shared: SharedAnswers;
  /** Views of runs that nobody works on, and how far their own events went then. */
  readonly #still = new Map<string, { readonly seq: string; readonly view: RunView }>();

  constructor(store: Store, clock: Clock, shared: SharedAnswers) {
    this.#store = store;
    this.#clock = clock;
    this.#shared = shared;
  }

  /** The newest first. */
  async heads(): Promise<RunHead[]> {
    const records = await this.#store.runs();
    const heads = await Promise.all(records.map((record) => this.#headOf(record)));
    return heads.reverse();
  }

  async head(run: string): Promise<RunHead> {
    return this.#headOf(await requireRun(this.#store, run));
  }

  async page(run: string): Promise<RunPage> {
    const record = await requireRun(this.#store, run);
    const [plan, view] = [await this.planOf(run), await this.#store.view(run)];
    const head = await this.#head(record, view);
    const { seed, inFlight, workers, accepted } = record.settings as unknown as RunSettings;
    return {
      ...head,
      view,
      drawn: drawGraph(
        plan,
        Object.keys(view.edges).filter((edge) => view.edges[edge]! > 0),
      ),
      pace: await this.pace(head),
      settings: { seed, inFlight, workers: workers ?? null, accepted: accepted ?? null },
      holder: record.holder === undefined ? null : { ...record.holder, here: record.holder.host === hostname() },
      workers: await this.#workersOf(run),
      can: whatCanBeDone(record, head, this.#store.sharing !== undefined),
    };
  }

  /** A run that is looked at while it goes on. */
  async live(run: string): Promise<{ run: RunHead; view: RunView; pace: Pace; workers: readonly WorkerRow[] }> {
    const record = await requireRun(this.#store, run);
    const view = await this.#store.view(run);
    const head = await this.#head(record, view);
    return { run: head, view, pace: await this.pace(head), workers: await this.#workersOf(run) };
  }

  async #workersOf(run: string): Promise<WorkerRow[]> {
    const members = (await this.#store.sharing?.members()) ?? [];
    return members
      .filter((member) => member.run === run)
      .map(({ id, name, host, since, beatAt, inFlight, perMinute, isAlive }) => {
        return { id, name, host, since, heardAt: beatAt, inFlight, perMinute, isSilent: !isAlive };
      });
  }

  async series(run: string, points: number): Promise<Series> {
    const { holder } = await requireRun(this.#store, run);
    return this.#shared.ask(`series ${points} ${run}`, { isLive: holder !== undefined }, async () => {
      return { run, ...(await this.#store.look.series(run, points)) };
    });
  }

  async planOf(run: string): Promise<Plan> {
    return JSON.parse(await this.#store.planBody(run)) as Plan;
  }

  async pace({ run, state, samples, finished, forPerson }: RunHead): Promise<Pace> {
    const now = this.#clock.now();
    const recent = state === "running" ? await this.#store.look.recent(run, now - PACE_MS) : undefined;
    if (recent?.since === undefined || recent.since === null) return STANDING_STILL;
    const seconds = Math.max(1_000, now - recent.since) / 1_000;
    const samplesPerSecond = recent.finished / seconds;
    return {
      samplesPerSecond,
      callsPerSecond: recent.calls / seconds,
      inFlight: recent.askedMs / 1_000 / seconds,
      usdPerHour: (3_600 * recent.costUsd) / seconds,
      msLeft: samplesPerSecond > 0 ? Math.round((1_000 * (samples - finished - forPerson)) / samplesPerSecond) : null,
    };
  }

  async #headOf(record: RunRecord): Promise<RunHead> {
    // Another run may have the name by now, and the numbers of events that are gone.
    const seq = `${record.createdAt} ${await this.#store.look.runSeq(record.run)}`;
    const known = this.#still.get(record.run);
    if (record.holder === undefined && known !== undefined && known.seq === seq) return this.#head(record, known.view);
    const view = await this.#store.view(record.run);
    // Whoever works on a run says when it begins and when it ends; what is done without that is done while it is held.
    // But people decide without holding it.
    if (record.holder === undefined && view.forPerson + view.decided === 0) this.#still.set(record.run, { seq, view });
    else this.#still.delete(record.run);
    return this.#head(record, view);
  }

  async #head(record: RunRecord, view: RunView): Promise<RunHead> {
    const { budgetUsd, graphFile, input } = record.settings as unknown as Partial<RunSettings>;
    const { run, graph, plan, createdAt } = record;
    const pausedBy = pausedNow(record, view);
    const state = stateOf(record);
    const reason = pausedBy && maskSecrets(pausedBy.reason);
    return {
      ...{ run, graph, plan, state, createdAt },
      ...(state === "paused" && pausedBy ? { pausedBy: { code: pausedBy.code, reason: reason ?? "" } } : {}),
      changedAt: (await this.#store.look.changedAt(run)) ?? createdAt,
      samples: view.samples,
      finished: finishedCount(view),
      outcomes: view.outcomes,
      forPerson: view.forPerson,
      decided: view.decided,
      costUsd: view.costUsd,
      budgetUsd: budgetUsd ?? null,
      graphFile: graphFile ?? "",
      input: input ?? "",
    };
  }
}

const STANDING_STILL: Pace = { samplesPerSecond: 0, callsPerSecond: 0, inFlight: 0, usdPerHour: 0, msLeft: null };

/** A shared run is paused wherever it is worked on; another one only from here, if its process is here. */
function whatCanBeDone({ holder }: RunRecord, head: RunHead, isShared: boolean): RunPage["can"] {
  const { state, samples, finished, outcomes, forPerson, decided } = head;
  const isFree = holder === undefined;
  return {
    pause: isShared ? state === "running" : holder?.host === hostname(),
    resume: isFree && (finished + forPerson < samples || decided > 0),
    retry: isFree && finished > outcomes.accepted,
  };
}
