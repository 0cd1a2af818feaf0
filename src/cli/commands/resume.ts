/**
 * `mezzo resume`: goes on with a run where it stopped; with an edited graph, from where the edit reaches each sample; with
 * more rows, those are added.
 * Flags left out are as the run was started with.
 */
import { MezzoError } from "../../core/errors.ts";
import { finishedCount } from "../../core/events.ts";
import { type RowProblem, readSamples } from "../../data/read.ts";
import { type Extended, extendRun, inputCutShort } from "../../engine/extend.ts";
import { editRun, finishEdit, type Rerun, surveyEdit } from "../../engine/rerun.ts";
import { isUnfilled, type RunSettings, requireRun, waitsForPerson } from "../../engine/run.ts";
import { diffPlans } from "../../graph/compare.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Keep, RunRecord, Store } from "../../store/store.ts";
import { newTurn } from "../../store/turn.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { tellChanges, tellRerun } from "../rerun-words.ts";
import { plural } from "../words.ts";
import { planOf } from "./graph-file.ts";
import { parseMap } from "./mapping.ts";
import { runJson } from "./report-run.ts";
import { SkippedRows } from "./skipped-rows.ts";
import { watchRun } from "./watch-run.ts";
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
  /** Rows that may be new. */
  readonly input?: string;
  readonly map: readonly string[];
  readonly badRows: "stop" | "skip";
  readonly changedRows: "stop" | "keep";
  readonly dryRun?: boolean;
}

export async function resume(io: Io, run: string, flags: ResumeFlags): Promise<ExitCode> {
  refuseIdleFlags(flags);
  const edited = flags.graph === undefined ? undefined : planOf(io, flags.graph, flags.set);
  const turn = newTurn();
  return withStore(
    io,
    flags.store,
    async (store) => {
      const record = await requireRun(store, run);
      await refuseUnfilled(store, record);
      if (flags.dryRun) return dryRun(io, store, { record, edited, flags });
      await bringUpToDate(io, store, { record, edited, flags });
      await addRows(io, store, { record, flags });
      const view = await store.view(run);
      const { state } = await requireRun(store, run);
      if (state === "finished" && finishedCount(view) === view.samples) {
        io.say(`run ${run} is finished: every sample has its outcome.`);
        if (flags.json) io.out(JSON.stringify(runJson(run, view)));
        return 0;
      }
      if (await isForPersonOnly(store, run)) {
        io.say(`${waitsForPerson(run, view.forPerson).message}. Nothing else of run ${run} is left to do.`);
        io.say(`next: ${nextCommand(io, `review ${run}`, flags.store)}`);
        if (flags.json) io.out(JSON.stringify(runJson(run, view)));
        return 0;
      }
      return goOn(io, store, { record, plan: await planNow(store, run), flags, turn });
    },
    { turn },
  );
}

/** Every unfinished sample waits for a person, and nobody has decided on any. */
async function isForPersonOnly(store: Store, run: string): Promise<boolean> {
  const view = await store.view(run);
  if (view.forPerson === 0 || view.samples - finishedCount(view) !== view.forPerson) return false;
  return (await store.samples(run, { outcomes: ["decided"], limit: 1 })).length === 0;
}

/** A flag that would do nothing is a misunderstanding. */
function refuseIdleFlags({ graph, input, dryRun, set, map }: ResumeFlags): void {
  const refuse = (message: string) => {
    throw new MezzoError("usage", message, { exitCode: 2 });
  };
  if (dryRun && graph === undefined && input === undefined)
    refuse("--dry-run tells what an edited graph or more rows would do: name them with --graph or --input");
  if (set.length > 0 && graph === undefined) refuse("--set changes the edited graph: name it with --graph");
  if (map.length > 0 && input === undefined) refuse("--map says how rows are read: name their file with --input");
  if (input === "-") refuse("--input of `resume` is read twice, and standard input can be read once: name a file");
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

async function dryRun(io: Io, store: Store, { record, edited, flags }: Editing): Promise<ExitCode> {
  const { run } = record;
  const changes = edited && diffPlans(await planNow(store, run), edited).changes;
  const rerun = edited && (await surveyEdit(store, run, edited));
  const rows = flags.input === undefined ? undefined : await extend(io, store, { record, edited, flags });
  if (flags.json) {
    const plans = edited && { was: record.plan, plan: edited.fingerprint, changes };
    io.out(JSON.stringify({ run, ...plans, ...rerun, rows }, null, 2));
    return 0;
  }
  if (changes && rerun) for (const line of [...tellEdit(io, run, changes), ...tellRerun(rerun, true)]) io.say(line);
  if (rows) io.say(tellRows(flags.input!, rows, true));
  const words = [`resume ${run}`, flags.graph && `--graph ${flags.graph}`, flags.input && `--input ${flags.input}`];
  io.say(`Nothing has been changed. next: ${nextCommand(io, words.filter(Boolean).join(" "), flags.store)}`);
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

async function addRows(io: Io, store: Store, { record, flags }: Editing): Promise<void> {
  if (flags.input !== undefined)
    return io.say(tellRows(flags.input, await extend(io, store, { record, flags }), false));
  const cut = await inputCutShort(store, record.run);
  if (cut === undefined) return;
  const add = nextCommand(io, `resume ${record.run} --input ${cut}`, flags.store);
  io.say(`${io.paint.heavy("warning")}  Adding the rows of ${cut} was interrupted, and some are missing: ${add}`);
}

/** The rows of `--input` that the run does not have; on a dry run they are only counted. */
async function extend(io: Io, store: Store, { record, edited, flags }: Editing): Promise<Extended> {
  const plan = edited ?? (await planNow(store, record.run));
  const { map } = record.settings as unknown as RunSettings;
  const path = flags.input!;
  const skipped = new SkippedRows(io, path);
  let reading = 0;
  const rows = () => {
    reading += 1;
    const onSkipped = reading === 1 ? (problem: RowProblem) => skipped.add(problem) : undefined;
    const mapped = { ...plan.map, ...map, ...parseMap(flags.map) };
    return readSamples({ path }, { map: mapped, fields: plan.state, badRows: flags.badRows, onSkipped });
  };
  const { changedRows, dryRun: isDry } = flags;
  const extended = await extendRun(store, record.run, { rows, input: path, changedRows, dryRun: isDry });
  skipped.close();
  return extended;
}

function tellRows(input: string, { added, known, changed }: Extended, isDry: boolean): string {
  const parts = [`${plural(added, "row")} of ${input} ${isDry ? "would be" : added === 1 ? "is" : "are"} added`];
  if (known > 0) parts.push(`${plural(known, "row")} the run has already`);
  if (changed > 0) parts.push(`${plural(changed, "changed row")} left as the run has ${changed === 1 ? "it" : "them"}`);
  return `${parts.join("; ")}.`;
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
  const total = view.samples - finishedCount(view) - view.forPerson;
  return watchRun(io, store, { run, plan, settings, total, turn, storePath: flags.store, json: flags.json });
}
