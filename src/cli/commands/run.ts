/** `mezzo run`: a graph over a file of samples, with progress, to its end or to where something pauses it. */
import { isAbsolute, relative } from "node:path";
import { MezzoError } from "../../core/errors.ts";
import { VERSION } from "../../core/version.ts";
import { readSamples } from "../../data/read.ts";
import { createRun, type RunSettings, requireRun } from "../../engine/run.ts";
import type { Plan } from "../../graph/plan.ts";
import { placeOf } from "../../store/place.ts";
import type { Keep, Store } from "../../store/store.ts";
import { newTurn } from "../../store/turn.ts";
import { isServer } from "../../store/where.ts";
import type { ExitCode } from "../failure.ts";
import { giveBack } from "../give-back.ts";
import type { Io } from "../io.ts";
import { networkWarning } from "../words.ts";
import { planOf } from "./graph-file.ts";
import { parseMap } from "./mapping.ts";
import { SkippedRows } from "./skipped-rows.ts";
import { watchRun } from "./watch-run.ts";
import { withStore } from "./with-store.ts";

export interface RunFlags {
  readonly input: string;
  readonly run?: string;
  readonly map: readonly string[];
  readonly limit?: number;
  readonly badRows: "stop" | "skip";
  readonly inFlight: number;
  readonly workers?: number;
  readonly budgetUsd?: number;
  readonly accepted?: number;
  readonly seed?: number;
  readonly replay?: string;
  readonly keep?: Keep;
  readonly cache?: boolean;
  readonly set: readonly string[];
  readonly store: string;
  readonly json?: boolean;
}

export async function run(io: Io, graphFile: string, flags: RunFlags): Promise<ExitCode> {
  if (flags.inFlight < 1) throw new MezzoError("usage", "--in-flight must be at least 1", { exitCode: 2 });
  if (flags.workers === 0) throw new MezzoError("usage", "--workers must be at least 1", { exitCode: 2 });
  const plan = planOf(io, graphFile, flags.set, flags.replay);
  const turn = newTurn();
  return withStore(
    io,
    flags.store,
    async (store) => {
      const network = isServer(flags.store) ? undefined : placeOf(flags.store).network;
      if (network !== undefined) warnOfNetwork(io, flags.store, network);
      await requireRecorded(store, plan);
      const name = flags.run ?? (await freeName(store, plan.graph));
      const skipped = new SkippedRows(io, flags.input);
      const samples = readSamples(
        { path: flags.input, stdin: io.stdin },
        {
          map: { ...plan.map, ...parseMap(flags.map) },
          fields: plan.state,
          badRows: flags.badRows,
          limit: flags.limit,
          onSkipped: (problem) => skipped.add(problem),
        },
      );
      const settings: RunSettings = {
        version: VERSION,
        seed: flags.seed ?? (await seedOf(store, flags.replay)) ?? 0,
        inFlight: flags.inFlight,
        workers: flags.workers,
        budgetUsd: flags.budgetUsd,
        accepted: flags.accepted,
        keep: flags.keep,
        cache: flags.cache,
        input: flags.input,
        map: parseMap(flags.map),
        graphFile: isAbsolute(graphFile) ? relative(process.cwd(), graphFile) : graphFile,
      };
      const { samples: total } = await createRun(store, { run: name, plan, settings, samples });
      skipped.close();
      if (total > LARGE_INPUT) giveBack();
      return watchRun(io, store, { run: name, plan, settings, total, turn, storePath: flags.store, json: flags.json });
    },
    { create: true, turn },
  );
}

/** Rows of which it pays to sweep up after reading them. */
const LARGE_INPUT = 5_000;

function warnOfNetwork(io: Io, path: string, network: string): void {
  const { said, hint } = networkWarning(path, network);
  io.say(`${io.paint.heavy("warning")}  ${said}`);
  io.say(`  ${hint}`);
}

/** The runs that models are replayed from, or a MezzoError that names the runs there are. */
async function requireRecorded(store: Store, plan: Plan): Promise<void> {
  for (const spec of Object.values(plan.models)) if (spec.provider === "recorded") await requireRun(store, spec.run);
}

/** The seed of the run that is replayed: with another one, every request would be another one. */
async function seedOf(store: Store, replay: string | undefined): Promise<number | undefined> {
  if (replay === undefined) return undefined;
  return ((await requireRun(store, replay)).settings as unknown as RunSettings).seed;
}

/** `distill-1123`, and `distill-1123-2` where that is taken: short enough to type, and it says what and when. */
export async function freeName(store: Store, graph: string): Promise<string> {
  const today = new Date();
  const day = `${String(today.getMonth() + 1).padStart(2, "0")}${String(today.getDate()).padStart(2, "0")}`;
  const taken = new Set((await store.runs()).map((record) => record.run));
  const base = `${graph}-${day}`;
  let name = base;
  for (let number = 2; taken.has(name); number++) name = `${base}-${number}`;
  return name;
}
