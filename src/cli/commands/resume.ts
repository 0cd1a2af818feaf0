/**
 * `mezzo resume`: goes on with a run where it stopped; with an edited graph, from where the edit reaches each sample.
 * Flags left out are as the run was started with.
 */
import { MezzoError } from "../../core/errors.ts";
import { finishedCount } from "../../core/events.ts";
import { editRun, finishEdit, type Rerun, surveyEdit } from "../../engine/rerun.ts";
import { isUnfilled, type RunSettings, requireRun } from "../../engine/run.ts";
import { diffPlans } from "../../graph/compare.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Keep, RunRecord, Store } from "../../store/store.ts";
import { newTurn } from "../../store/turn.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { tellChanges, tellRerun } from "../rerun-words.ts";
import { planOf } from "./graph-file.ts";
import { runJson, watchRun } from "./watch-run.ts";
import { withStore } from "./with-store.ts";

export interface GoOnFlags {
  readonly inFlight?: number;
  readonly workers?: number;
  readonly budgetUsd?: number;
  readonly accepted?: number;
  readonly keep?: Keep;
  readonly cache?: boolean;
  readonly store: string;
  readonly json?: boolean;
}

export interface ResumeFlags extends GoOnFlags {
  /** The graph as it is now. */
  readonly graph?: string;
  readonly set: readonly string[];
  readonly dryRun?: boolean;
}

export async function resume(io: Io, run: string, flags: ResumeFlags): Promise<ExitCode> {
  if (flags.graph === undefined) {
    const lost = flags.dryRun ? "--dry-run tells what an edited graph would do" : "--set changes an edited graph";
    if (flags.dryRun || flags.set.length > 0)
      throw new MezzoError("usage", `${lost}: name it with --graph`, { exitCode: 2 });
  }
  const edited = flags.graph === undefined ? undefined : planOf(io, flags.graph, flags.set);
  const turn = newTurn();
  return withStore(
    flags.store,
    async (store) => {
      const record = await requireRun(store, run);
      await refuseUnfilled(store, record);
      if (edited !== undefined && flags.dryRun) return dryRun(io, store, { record, edited, flags });
      await bringUpToDate(io, store, { record, edited, flags });
      const view = await store.view(run);
      const { state } = await requireRun(store, run);
      if (state === "finished" && finishedCount(view) === view.samples) {
        io.say(`run ${run} is finished: every sample has its outcome.`);
        if (flags.json) io.out(JSON.stringify(runJson(run, view)));
        return 0;
      }
      return goOn(io, store, { record, plan: await planNow(store, run), flags, turn });
    },
    { turn },
  );
}

async function planNow(store: Store, run: string): Promise<Plan> {
  return JSON.parse(await store.planBody(run)) as Plan;
}

async function refuseUnfilled(store: Store, { run, settings }: RunRecord): Promise<void> {
  if (!(await isUnfilled(store, run))) return;
  const { graphFile, input } = settings as unknown as RunSettings;
  const hint = `Nothing was asked yet. Begin it again: mezzo run ${graphFile} --input ${input} --run ${run}`;
  throw new MezzoError("run-unfilled", `The run ${run} was ended while it read its input`, { hint, exitCode: 2 });
}

interface Editing {
  readonly record: RunRecord;
  readonly edited?: Plan;
  readonly flags: ResumeFlags;
}

async function dryRun(io: Io, store: Store, { record, edited, flags }: Required<Editing>): Promise<ExitCode> {
  const { run } = record;
  const { changes } = diffPlans(await planNow(store, run), edited);
  const rerun = await surveyEdit(store, run, edited);
  if (flags.json) {
    io.out(JSON.stringify({ run, was: record.plan, plan: edited.fingerprint, changes, ...rerun }, null, 2));
    return 0;
  }
  for (const line of [...tellEdit(io, run, changes), ...tellRerun(rerun, true)]) io.say(line);
  io.say(`Nothing has been changed. next: ${nextCommand(io, `resume ${run} --graph ${flags.graph}`, flags.store)}`);
  return 0;
}

/** Takes an edited graph over, or goes on with an edit that was killed on its way. */
async function bringUpToDate(io: Io, store: Store, { record, edited, flags }: Editing): Promise<void> {
  const { run } = record;
  let rerun: Rerun | undefined;
  if (edited === undefined || edited.fingerprint === record.plan) {
    if (edited !== undefined) io.say(`${flags.graph} is the plan that run ${run} has: nothing to do again.`);
    rerun = await finishEdit(store, run);
    if (rerun !== undefined) io.say(`The edit of run ${run} was interrupted, and is through now.`);
  } else {
    const { changes } = diffPlans(await planNow(store, run), edited);
    for (const line of tellEdit(io, run, changes)) io.say(line);
    rerun = await editRun(store, run, edited);
  }
  if (rerun !== undefined) for (const line of tellRerun(rerun, false)) io.say(line);
}

function tellEdit(io: Io, run: string, changes: ReturnType<typeof diffPlans>["changes"]): string[] {
  return [`What has changed for run ${run}:`, ...tellChanges(io, changes)];
}

/** Works on what is unfinished in a run. */
export async function goOn(
  io: Io,
  store: Store,
  options: { record: RunRecord; plan: Plan; flags: GoOnFlags; turn: SharedArrayBuffer },
): Promise<ExitCode> {
  const { record, plan, flags, turn } = options;
  const { run } = record;
  const before = record.settings as unknown as RunSettings;
  const settings: RunSettings = {
    ...before,
    inFlight: flags.inFlight ?? before.inFlight,
    workers: flags.workers ?? before.workers,
    budgetUsd: flags.budgetUsd ?? before.budgetUsd,
    accepted: flags.accepted ?? before.accepted,
    keep: flags.keep ?? before.keep,
    cache: flags.cache ?? before.cache,
  };
  const view = await store.view(run);
  const total = view.samples - finishedCount(view);
  return watchRun(io, store, { run, plan, settings, total, turn, storePath: flags.store, json: flags.json });
}
