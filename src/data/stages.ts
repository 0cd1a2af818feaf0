/**
 * Three progressive stages as three files in a folder that is there whole or not at all, and its manifest over them:
 *
 *   a-chains.jsonl         A  verified chains, to be imitated                                supervised fine-tuning
 *   b-pairs.jsonl          B  pairs: fitted over unfitted, right over wrong, whole over broken     DPO, CogPO
 *   c-trajectories.jsonl   C  scored trajectories with what verifies them                    rewards, GRPO and the like
 *
 * One selection holds for all three: a contaminated problem is in none, and one that is kept for validation is in none but
 * A's validation file. `apart` gives each problem to one stage only; left out, stages share problems, as a curriculum
 * over the same problems does. The manifest says which, how many problems any two share, and what each stage left out.
 *
 * What the data can't do is train: in which order and with what to train is the user's, and nothing here claims a gain.
 */
import { join } from "node:path";
import { seedFrom } from "../core/hash.ts";
import type { Break } from "./coherence.ts";
import { type ExportOptions, type ExportSummary, exportRows } from "./export.ts";
import type { FinishedSample } from "./finished.ts";
import { problemKey, type Selection } from "./selection/choose.ts";
import { chainWriter, pairWriter, type StageOptions, trajectoryWriter } from "./stage-rows.ts";
import { type ExportFormat, WRITERS } from "./writers/index.ts";
import type { RowWriter } from "./writers/writer.ts";

export const STAGES = ["a", "b", "c"] as const;
export type StageName = (typeof STAGES)[number];

/** Whether its rows are turns, which stage A is made of. */
export const STAGE_FORMATS = ["messages", "sharegpt", "alpaca"] as const satisfies readonly ExportFormat[];

export interface StagesOptions extends StageOptions, Omit<ExportOptions, "format" | "out" | "writer" | "trainOnly"> {
  readonly folder: string;
  readonly format: (typeof STAGE_FORMATS)[number];
  readonly apart?: boolean;
  /** Samples that count as good, for A and B; and all that are finished, for C. Each can be gone through again. */
  readonly good: AsyncIterable<FinishedSample>;
  readonly all: AsyncIterable<FinishedSample>;
}

export interface Stage {
  readonly stage: StageName;
  readonly holds: string;
  /** The stage whose student it goes on with; null for the first. */
  readonly after: StageName | null;
  readonly summary: ExportSummary;
  /** How many problems, and by how often the student solves them alone, where that was measured. */
  readonly problems: number;
  readonly difficulty: Readonly<Record<string, number>>;
  readonly [fact: string]: unknown;
}

export interface Stages {
  readonly stages: readonly Stage[];
  readonly apart: boolean;
  /** Problems that two stages share. */
  readonly shared: Readonly<Record<"a-b" | "a-c" | "b-c", number>>;
}

/** Fills the folder with the three files. Throws MezzoError where one can't be written. */
export async function exportStages(options: StagesOptions): Promise<Stages> {
  const { folder, good, all, apart = false, selection } = options;
  const seen: Record<StageName, Seen> = { a: newSeen(), b: newSeen(), c: newSeen() };
  const broken = new Map<Break, number>();
  const groups = new Map<string, number[]>();

  const write = (stage: StageName, file: string, more: StageWrite) => {
    const samples = stage === "c" ? all : good;
    return exportRows(apart ? only(samples, stage) : samples, {
      ...options,
      ...{ format: options.format, out: join(folder, file) },
      ...more,
      writer: async (sample, context) => {
        const written = await more.writer(sample, context);
        if (typeof written !== "string") note(seen[stage], sample);
        return written;
      },
    });
  };
  const a = await write("a", "a-chains.jsonl", { writer: chainWriter(WRITERS[options.format], options) });
  const b = await write("b", "b-pairs.jsonl", { writer: pairWriter(options, broken), trainOnly: true });
  const told = ({ group, score }: { group: string; score: number }) => {
    const key = problemKey(group);
    groups.set(key, [...(groups.get(key) ?? []), score]);
  };
  // Of the filters, those on problems hold for what is scored; those on what is best of a problem would leave no choice.
  const c = await write("c", "c-trajectories.jsonl", {
    ...{ writer: trajectoryWriter(options, told), trainOnly: true, selection: selectionOfAll(selection) },
  });

  const facts = (stage: StageName) => ({ problems: seen[stage].problems.size, difficulty: countsOf(seen[stage]) });
  const share = (one: StageName, other: StageName) =>
    [...seen[one].problems].filter((key) => seen[other].problems.has(key)).length;
  return {
    stages: [
      { stage: "a", holds: "verified chains", after: null, summary: a, ...facts("a") },
      {
        ...{ stage: "b", holds: "preference pairs", after: "a", summary: b, ...facts("b") },
        coherenceBroken: Object.fromEntries(broken),
      },
      {
        ...{ stage: "c", holds: "scored trajectories with verifiers", after: "b", summary: c, ...facts("c") },
        verifyWith: "mezzo grade --input c-trajectories.jsonl",
        ...spreadOf([...groups.values()]),
      },
    ],
    apart,
    shared: { "a-b": share("a", "b"), "a-c": share("a", "c"), "b-c": share("b", "c") },
  };
}

interface StageWrite extends Pick<ExportOptions, "trainOnly" | "selection"> {
  readonly writer: RowWriter;
}

/** A problem belongs to one stage, by its words: a larger file moves none over. */
function only(samples: AsyncIterable<FinishedSample>, stage: StageName): AsyncIterable<FinishedSample> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const sample of samples) {
        const key = problemKey(String(sample.state.problem ?? ""));
        if (STAGES[seedFrom("stage", key) % STAGES.length] === stage) yield sample;
      }
    },
  };
}

function selectionOfAll(selection: Selection | undefined): Selection | undefined {
  if (selection === undefined) return undefined;
  const { benchmarks, validation } = selection;
  return benchmarks === undefined && validation === undefined ? undefined : { benchmarks, validation };
}

interface Seen {
  readonly problems: Set<string>;
  readonly levels: Map<string, string>;
}

function newSeen(): Seen {
  return { problems: new Set(), levels: new Map() };
}

function note({ problems, levels }: Seen, { state }: FinishedSample): void {
  const key = problemKey(String(state.problem ?? ""));
  problems.add(key);
  if (typeof state.difficulty === "string") levels.set(key, state.difficulty);
}

function countsOf({ levels }: Seen): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const level of levels.values()) counts[level] = (counts[level] ?? 0) + 1;
  return counts;
}

/** A group whose trajectories all have one score gives a method that compares within groups nothing to learn from. */
function spreadOf(groups: readonly (readonly number[])[]) {
  const spread = groups.map((scores) => Math.max(...scores) - Math.min(...scores));
  const mean = spread.reduce((sum, each) => sum + each, 0) / Math.max(1, spread.length);
  return {
    groups: groups.length,
    groupsWithoutSignal: spread.filter((each) => each === 0).length,
    meanSpread: Math.round(1000 * mean) / 1000,
  };
}
