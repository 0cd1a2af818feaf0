/** Working on a shared run while a person watches: what watch-run.ts is for a run of one process. */
import { hostname } from "node:os";
import { systemClock } from "../../core/clock.ts";
import { MezzoError } from "../../core/errors.ts";
import { finishedCount } from "../../core/events.ts";
import { VERSION } from "../../core/version.ts";
import { Membership } from "../../engine/membership.ts";
import { defaultWorkers, type LiveRun, type RunResult, type RunSettings, requireRun } from "../../engine/run.ts";
import { workerThreads } from "../../engine/threads.ts";
import { planTogether, readTerms, type Terms, workTogether } from "../../engine/together.ts";
import type { Plan } from "../../graph/plan.ts";
import type { RunRecord, Store } from "../../store/store.ts";
import { readPlace } from "../../store/where.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { startProgress } from "../progress.ts";
import { plural } from "../words.ts";
import { report, type Watching } from "./report-run.ts";

export interface Part {
  readonly run: string;
  readonly workers?: number;
  readonly inFlight: number;
  readonly turn: SharedArrayBuffer;
  readonly storePath: string;
}

/** This process joins those that work on the runs of a store. */
export function joinMembers(io: Io, store: string, name: string | undefined): Promise<Membership> {
  const url = requireShared(io, store);
  const own = name ?? `${hostname()}-${process.pid}`;
  return Membership.join(url, { name: own, version: VERSION, clock: systemClock, say: (line) => io.say(line) });
}

/** The database's address. Throws `not-shared` for a file. */
export function requireShared(io: Io, store: string): string {
  const place = readPlace(store, io.env);
  if (place.kind === "server") return place.url;
  const hint = "A run is shared through PostgreSQL: --store postgres://user@host/database.";
  const message = `${place.shown} is a file, which one process works on at a time`;
  throw new MezzoError("not-shared", message, { hint, exitCode: 2 });
}

/** Plans a run for all who work on it, or goes on with one, and takes part until it ends or this process leaves it. */
export async function runTogether(io: Io, store: Store, watching: Watching): Promise<ExitCode> {
  const { run, plan, settings, turn, storePath } = watching;
  const membership = await joinMembers(io, storePath, undefined);
  try {
    const record = await requireRun(store, run);
    await refuseOtherTerms(io, membership, { record, watching });
    if (record.state !== "running") {
      await store.append(run, [{ type: "run.resumed", at: systemClock.now() }]);
    }
    await planTogether(store, membership.crew, run, { ...settings, version: VERSION });
    const { workers, inFlight } = settings;
    const live = await takePart(io, store, membership, { run, workers, inFlight, turn, storePath });
    const others = await membership.othersOn(run);
    const company = others.length === 0 ? "" : `, with ${plural(others.length, "other worker")}`;
    io.say(io.paint.faint(`run ${run}: ${plural(watching.total, "sample")}, graph ${plan.graph}${company}`));
    if (others.length === 0) {
      const more = nextCommand(io, "work", storePath);
      io.say(io.paint.faint(`more workers, on any machine: ${more}`));
    }
    return report(io, watching, await watchPart(io, store, live));
  } finally {
    await membership.leave();
  }
}

/** What holds for all is not changed under the hands of those who work. */
async function refuseOtherTerms(
  io: Io,
  membership: Membership,
  { record, watching }: { readonly record: RunRecord; readonly watching: Watching },
): Promise<void> {
  const { run, settings, storePath } = watching;
  const others = await membership.othersOn(run);
  const terms = await readTerms(membership.crew, record);
  if (others.length === 0 || terms === undefined) return;
  const changed = (["budgetUsd", "accepted", "keep", "cache"] as const).filter((key) => settings[key] !== terms[key]);
  if (changed.length === 0) return;
  const message = `Run ${run} is being worked on by ${plural(others.length, "worker")}, and ${changed.join(", ")} hold for all of them`;
  const hint = `Pause it for all, then go on with it: ${nextCommand(io, `pause ${run}`, storePath)}`;
  throw new MezzoError("run-held", message, { hint, exitCode: 2 });
}

/** Throws `other-version`, `kind-changed`, `missing-variable`, ... where this process can't do this run's work. */
export async function takePart(io: Io, store: Store, membership: Membership, part: Part): Promise<LiveRun> {
  const { run, turn, storePath, inFlight } = part;
  const record = await requireRun(store, run);
  const terms = await termsFor(store, membership, record);
  const plan = JSON.parse(await store.planBody(run)) as Plan;
  const view = await store.view(run);
  const workers = part.workers ?? defaultWorkers(view.samples - finishedCount(view));
  const { no: planNo } = (await store.plans(run)).at(-1)!;
  const settings = { ...terms, inFlight, workers };
  const factory = workerThreads({
    ...{ run, plan, planNo, settings, workers, turn, storePath, env: io.env, spent: undefined },
    isBorrowed: true,
  });
  return workTogether(record, { store, membership, terms, workers, inFlight, factory });
}

/** A run whose planner has not got so far, or died before it did, is planned here. */
async function termsFor(store: Store, { crew }: Membership, record: RunRecord): Promise<Terms> {
  const { run } = record;
  const settings = record.settings as unknown as RunSettings;
  const planned = async () => planTogether(store, crew, run, { ...settings, version: settings.version ?? VERSION });
  const { version } = (await readTerms(crew, record)) ?? settings;
  if (version !== undefined && version !== VERSION) {
    const message = `The run ${run} was planned by Mezzo ${version}, and this is Mezzo ${VERSION}`;
    const hint =
      "All who work on a run have the same program: update the older one, then `mezzo resume` plans it anew.";
    throw new MezzoError("other-version", message, { hint, exitCode: 2 });
  }
  return (await readTerms(crew, record)) ?? (await planned());
}

/** Shows how it goes until this process's part has ended. */
export async function watchPart(io: Io, store: Store, live: LiveRun): Promise<RunResult> {
  const { run } = live;
  const plan = JSON.parse(await store.planBody(run)) as Plan;
  const nodes = Object.keys(plan.nodes);
  const progress = startProgress(io, { run, nodes, view: () => store.view(run), inFlight: () => live.inFlight });
  let presses = 0;
  const stopListening = io.onInterrupt(() => {
    presses += 1;
    live.interrupt();
    const under = `${plural(live.inFlight, "sample")} under way here`;
    if (presses === 1)
      progress.note(`Leaving: ${under}, each ends its step first. Ctrl-C again cuts the calls in the air.`);
    else if (presses === 2) progress.note("Leaving now.");
  });
  try {
    return await live.result;
  } finally {
    stopListening();
    progress.stop();
  }
}
