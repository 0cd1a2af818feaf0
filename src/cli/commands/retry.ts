/** `mezzo retry`: gives samples that ended so another go, with their history kept, and goes on at once as `resume` does. */
import { MezzoError } from "../../core/errors.ts";
import { finishedCount } from "../../core/events.ts";
import { OUTCOMES, type Outcome } from "../../core/sample.ts";
import { reopenSamples } from "../../engine/back.ts";
import { wayOf } from "../../engine/history.ts";
import { finishEdit, sendBackTo } from "../../engine/rerun.ts";
import { requireRun } from "../../engine/run.ts";
import type { Plan } from "../../graph/plan.ts";
import { newTurn } from "../../store/turn.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { outcomeList, plural } from "../words.ts";
import { runJson } from "./report-run.ts";
import { requireSample } from "./require-sample.ts";
import { type GoOnFlags, goOn } from "./resume.ts";
import { withStore } from "./with-store.ts";

export interface RetryFlags extends GoOnFlags {
  readonly outcome: readonly Outcome[];
  readonly sample?: string;
  /** `node`, or `node:visit`. */
  readonly from?: string;
}

export async function retry(io: Io, run: string, flags: RetryFlags): Promise<ExitCode> {
  if (flags.sample !== undefined || flags.from !== undefined) return again(io, run, flags);
  const outcomes = [...new Set(flags.outcome)];
  if (outcomes.includes("accepted")) {
    const hint = `Outcomes that can be given another go: ${OUTCOMES.slice(1).join(", ")}.`;
    throw new MezzoError("usage", "Accepted samples need no other go", { hint, exitCode: 2 });
  }
  const turn = newTurn();
  return withStore(
    io,
    flags.store,
    async (store) => {
      const record = await requireRun(store, run);
      await finishEdit(store, run);
      const plan = JSON.parse(await store.planBody(run)) as Plan;
      const { samples, fromStart } = await reopenSamples(store, run, { plan, outcomes });
      if (samples === 0) {
        const view = await store.view(run);
        io.say(`No sample of run ${run} ended as ${outcomes.join(" or ")}: ${outcomeList(view.outcomes, io.paint)}.`);
        if (finishedCount(view) < view.samples) {
          io.say(`Some are not finished yet. next: ${nextCommand(io, `resume ${run}`, flags.store)}`);
        }
        if (flags.json) io.out(JSON.stringify(runJson(run, view)));
        return 0;
      }
      io.say(`${plural(samples, "sample")} (${outcomes.join(", ")}) ${samples === 1 ? "has" : "have"} another go.`);
      if (fromStart > 0) {
        io.say(`${fromStart} of them from the start of the graph: their checkpoints were not kept (--keep).`);
      }
      return goOn(io, store, { record, plan, flags, turn });
    },
    { turn },
  );
}

/** One sample, from a step on its way: also an accepted one, since somebody chose it. */
async function again(io: Io, run: string, flags: RetryFlags): Promise<ExitCode> {
  const { sample, from = "" } = flags;
  const [, node, visit] = /^([^:]+)(?::([1-9]\d*))?$/.exec(from) ?? [];
  if (sample === undefined || node === undefined) {
    const hint = `For example: mezzo retry ${run} --sample <id> --from judge, or --from verify:2 for its second visit.`;
    throw new MezzoError("usage", "--sample and --from go together: which sample, and from which node", {
      hint,
      exitCode: 2,
    });
  }
  const turn = newTurn();
  return withStore(
    io,
    flags.store,
    async (store) => {
      const record = await requireRun(store, run);
      await requireSample(store, run, sample);
      await finishEdit(store, run);
      const visits = wayOf(await store.sampleEvents(run, sample, { calls: false })).map(({ step }) => step);
      const last = visits.findLast((step) => step.node === node)?.visit ?? 1;
      const step = { node, visit: visit === undefined ? last : Number(visit) };
      const { isFromStart } = await sendBackTo(store, run, sample, step);
      io.say(`${sample} goes back to before visit ${step.visit} of ${node}, with fresh seeds.`);
      if (isFromStart) io.say("It starts anew: the checkpoint to go back to was not kept (--keep).");
      const plan = JSON.parse(await store.planBody(run)) as Plan;
      return goOn(io, store, { record, plan, flags, turn });
    },
    { turn },
  );
}
