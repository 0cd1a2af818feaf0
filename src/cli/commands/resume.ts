/** `mezzo resume`: goes on with a run where it stopped. Flags left out are as the run was started with. */
import { MezzoError } from "../../core/errors.ts";
import { finishedCount } from "../../core/events.ts";
import { isUnfilled, type RunSettings, requireRun } from "../../engine/run.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Keep, RunRecord, Store } from "../../store/store.ts";
import { newTurn } from "../../store/turn.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { runJson, watchRun } from "./watch-run.ts";
import { withStore } from "./with-store.ts";

export interface ResumeFlags {
  readonly inFlight?: number;
  readonly workers?: number;
  readonly budgetUsd?: number;
  readonly accepted?: number;
  readonly keep?: Keep;
  readonly cache?: boolean;
  readonly store: string;
  readonly json?: boolean;
}

export async function resume(io: Io, run: string, flags: ResumeFlags): Promise<ExitCode> {
  const turn = newTurn();
  return withStore(
    flags.store,
    async (store) => {
      const record = await requireRun(store, run);
      if (await isUnfilled(store, run)) {
        const { graphFile, input } = record.settings as unknown as RunSettings;
        const hint = `Nothing was asked yet. Begin it again: mezzo run ${graphFile} --input ${input} --run ${run}`;
        throw new MezzoError("run-unfilled", `The run ${run} was ended while it read its input`, { hint, exitCode: 2 });
      }
      const view = await store.view(run);
      if (record.state === "finished" && finishedCount(view) === view.samples) {
        io.say(`run ${run} is finished: every sample has its outcome.`);
        if (flags.json) io.out(JSON.stringify(runJson(run, view)));
        return 0;
      }
      const plan = JSON.parse(await store.planBody(run)) as Plan;
      return goOn(io, store, { record, plan, flags, turn });
    },
    { turn },
  );
}

/** Works on what is unfinished in a run. */
export async function goOn(
  io: Io,
  store: Store,
  options: { record: RunRecord; plan: Plan; flags: ResumeFlags; turn: SharedArrayBuffer },
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
