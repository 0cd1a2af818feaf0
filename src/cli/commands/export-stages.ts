/** `mezzo export --stages`: verified chains, preference pairs and scored trajectories, as one folder. */
import { MezzoError } from "../../core/errors.ts";
import { readCodeTests } from "../../core/read-code-tests.ts";
import { DEFAULT_WEIGHTS, type Weights } from "../../core/weights.ts";
import type { ExportFormat } from "../../data/export.ts";
import type { FinishedSample } from "../../data/finished.ts";
import { writeFolder } from "../../data/handoff/folder.ts";
import { type ManifestFacts, manifestOf } from "../../data/manifest.ts";
import type { StageOptions, Verifier } from "../../data/stage-rows.ts";
import { exportStages, STAGE_FORMATS, type Stages, type StagesOptions } from "../../data/stages.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Grader } from "../../nodes/answers/index.ts";
import type { CodeRunner } from "../../nodes/code/index.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { count, plural } from "../words.ts";
import { leftOutWords } from "./left-out.ts";

export interface StagesFlags {
  readonly stages?: boolean;
  readonly apart?: boolean;
  readonly for?: string;
  readonly format?: ExportFormat;
  readonly originals?: number;
  readonly out: string;
  readonly json?: boolean;
}

export function refuseStagesFlags(flags: StagesFlags): void {
  const usage = (message: string, hint: string) => new MezzoError("usage", message, { hint, exitCode: 2 });
  if (flags.stages !== true) {
    if (flags.apart === true) throw usage("--apart belongs to --stages", "Add --stages.");
    return;
  }
  if (flags.for !== undefined) throw usage("--stages and --for each make a folder of their own", "Leave one out.");
  if (flags.out === "-" || /\.(?:jsonl|ndjson|json|parquet|gz)$/i.test(flags.out)) {
    throw usage(`--stages writes a folder, and --out ${flags.out} is none`, "Name a folder.");
  }
  const { format = "messages" } = flags;
  if (!(STAGE_FORMATS as readonly string[]).includes(format)) {
    const hint = `Formats for them: ${STAGE_FORMATS.join(", ")}.`;
    throw usage(`--stages: --format is the form of stage A's chains, and ${format} has no turns`, hint);
  }
}

interface StagesWork {
  readonly flags: StagesFlags;
  readonly facts: ManifestFacts;
  readonly plan: Plan;
  readonly options: Omit<StagesOptions, "folder" | "format" | "apart" | "all" | "good" | keyof StageOptions>;
  /** All that are finished, whatever their outcome. */
  readonly all: AsyncIterable<FinishedSample>;
  readonly grader: Grader;
  readonly programs: CodeRunner;
  readonly signal: AbortSignal;
}

export async function writeStages(
  io: Io,
  good: AsyncIterable<FinishedSample>,
  { flags, facts, plan, options, all, grader, programs, signal }: StagesWork,
): Promise<ExitCode> {
  let written: Stages | undefined;
  await writeFolder(flags.out, async (part) => {
    written = await exportStages({
      ...{ ...options, folder: part, good, all, apart: flags.apart },
      format: (flags.format ?? "messages") as StagesOptions["format"],
      ...{ scoring: scoringOf(plan), verifierOf },
      verify: async (text, verifier) => {
        // As `mezzo grade` asks, so that it says of a row what the row says of itself.
        if (verifier.by === "answer")
          return (await grader.check(text, verifier.gold, { problem: verifier.problem })).verdict;
        const tests = readCodeTests(verifier.tests);
        return typeof tests === "string" ? "undecided" : (await programs.check(text, tests, signal)).verdict;
      },
    });
    return describe(written, facts);
  });
  tell(io, flags, written!);
  return 0;
}

/** Tests come before an answer: a program's reference text is one of many programs. */
function verifierOf({ state, source }: FinishedSample): Verifier | undefined {
  const tests = state.tests ?? source.tests;
  if (tests !== undefined && typeof readCodeTests(tests) !== "string") return { by: "tests", tests };
  const answers = [state.answer].flat().flatMap((each) => {
    if (typeof each === "number") return [String(each)];
    return typeof each === "string" && each.trim() !== "" ? [each] : [];
  });
  return answers.length === 0
    ? undefined
    : { by: "answer", gold: answers.length === 1 ? answers[0]! : answers, problem: String(state.problem ?? "") };
}

/** As the graph's `weigh` node scores; a graph without one scores a right chain 1. */
function scoringOf(plan: Plan): StageOptions["scoring"] {
  const node = Object.values(plan.nodes).find(({ kind }) => kind === "weigh");
  if (node === undefined) return undefined;
  const {
    chain,
    efficiency,
    weights = DEFAULT_WEIGHTS,
  } = node.params as Record<"chain" | "efficiency", string> & {
    weights?: Weights;
  };
  return { chain, efficiency, weights };
}

function describe({ stages, apart, shared }: Stages, facts: ManifestFacts): Record<string, unknown> {
  const [first] = stages;
  const { format: _format, files: _files, rows: _rows, leftOut: _left, ...common } = manifestOf(first!.summary, facts);
  return {
    ...common,
    problems: { apart, shared },
    stages: stages.map(({ summary, ...stage }) => ({
      ...stage,
      files: summary.files.map(({ out, ...file }) => ({ file: out.split("/").at(-1), ...file })),
      rows: summary.written,
      leftOut: summary.leftOut,
    })),
  };
}

function tell(io: Io, flags: StagesFlags, { stages, shared }: Stages): void {
  for (const { stage, holds, summary, problems } of stages) {
    for (const left of summary.leftOut) io.say(`${stage}: ${leftOutWords(left)}`);
    io.say(`${stage}: ${plural(summary.written, "row")} of ${plural(problems, "problem")}, ${holds}`);
  }
  if (flags.json) io.out(JSON.stringify({ out: flags.out, stages, shared }));
  const common = Object.entries(shared).map(([pair, problems]) => `${pair} ${count(problems)}`);
  io.say(`wrote ${flags.out}; problems in common: ${common.join(", ")}`);
}
