/** `mezzo export`: a run's samples as training files, and beside them what they are made of. */
import { MezzoError } from "../../core/errors.ts";
import type { Outcome } from "../../core/sample.ts";
import { VERSION } from "../../core/version.ts";
import { type ExportFormat, type ExportSummary, exportRows, LEFT_OUT_MEANING } from "../../data/export.ts";
import { manifestOf, writeManifest } from "../../data/manifest.ts";
import { readBenchmarks } from "../../data/read-benchmarks.ts";
import type { Selection } from "../../data/selection/choose.ts";
import type { Thinking } from "../../data/writers/writer.ts";
import { finishedSample, finishedSamples, idsByProblem } from "../../engine/history.ts";
import { requireRun } from "../../engine/run.ts";
import type { Plan } from "../../graph/plan.ts";
import { createGrader } from "../../nodes/answers/index.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { count, plural } from "../words.ts";
import { withStore } from "./with-store.ts";

export interface ExportFlags {
  readonly format: ExportFormat;
  readonly out: string;
  readonly outcome?: readonly Outcome[];
  readonly thinking?: Thinking;
  readonly originals?: number;
  readonly minTokens?: number;
  readonly maxTokens?: number;
  readonly nearDuplicates?: number;
  readonly mostPerProblem?: number;
  readonly best?: number;
  readonly rankBy?: string;
  readonly split?: number;
  readonly decontaminate?: readonly string[];
  readonly store: string;
  readonly json?: boolean;
}

export async function exportRun(io: Io, run: string, flags: ExportFlags): Promise<ExitCode> {
  refuseWhatCannotBe(flags);
  const { index, benchmarks } = await readBenchmarks(flags.decontaminate ?? []);
  return withStore(flags.store, async (store) => {
    const record = await requireRun(store, run);
    const plan = JSON.parse(await store.planBody(run)) as Plan;
    requireRank(plan, flags.rankBy);
    const outcomes = flags.outcome ?? ["accepted"];
    const selection = selectionOf(flags, benchmarks.length === 0 ? undefined : index);
    const isPairs = flags.format === "dpo" || flags.format === "cogpo";
    const wrong = isPairs ? await idsByProblem(store, run, ["rejected", "answer-lost"]) : undefined;
    const grader = createGrader();
    let summary: ExportSummary;
    try {
      summary = await exportRows(finishedSamples(store, run, { outcomes }), {
        format: flags.format,
        out: flags.out,
        thinking: flags.thinking,
        originals: flags.originals,
        selection,
        check: async (text, reference, problem) => (await grader.check(text, reference, { problem })).verdict,
        rejectedOf: (sample) => wrong?.get(String(sample.state.problem)) ?? [],
        find: (id) => finishedSample(store, run, id),
      });
    } finally {
      await grader.close();
    }
    if (flags.out !== "-") {
      const { graph, student } = plan;
      const facts = {
        ...{ version: VERSION, at: new Date(), run, graph, plan: record.plan, student, models: modelsOf(plan) },
        ...{
          input: record.settings.input ?? null,
          outcomes,
          thinking: flags.thinking ?? "plain",
          originals: flags.originals,
        },
        ...{ selection: selection ?? {}, benchmarks },
      };
      await writeManifest(flags.out, manifestOf(summary, facts));
    }
    tell(io, run, summary, { ...flags, outcome: outcomes });
    return 0 as const;
  });
}

function refuseWhatCannotBe(flags: ExportFlags): void {
  const usage = (message: string, hint: string) => new MezzoError("usage", message, { hint, exitCode: 2 });
  if (flags.out === "-" && flags.split !== undefined) {
    throw usage("--split writes two files, and --out - is one", "Name a file.");
  }
  const asksTurns = flags.format === "messages" || flags.format === "sharegpt" || flags.format === "alpaca";
  if (flags.originals !== undefined && !asksTurns) {
    throw usage(
      `--originals mixes turns, and ${flags.format} has none`,
      "Formats with turns: messages, sharegpt, alpaca.",
    );
  }
}

function requireRank(plan: Plan, field: string | undefined): void {
  if (field === undefined || plan.state[field]?.type === "number") return;
  const numbers = Object.keys(plan.state).filter((name) => plan.state[name]!.type === "number");
  const hint = numbers.length === 0 ? "The graph has none." : `The graph has: ${numbers.join(", ")}.`;
  throw new MezzoError("usage", `--rank-by ${field}: a number in the graph's state is expected`, { hint, exitCode: 2 });
}

/** Undefined where nothing is asked for: the samples are then gone through once. */
function selectionOf(flags: ExportFlags, index: Selection["benchmarks"]): Selection | undefined {
  const { minTokens, maxTokens, nearDuplicates, mostPerProblem, best, rankBy } = flags;
  const selection = { minTokens, maxTokens, nearDuplicates, mostPerProblem, best, rankBy, validation: flags.split };
  const asked = Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
  if (index === undefined && Object.keys(asked).length === 0) return undefined;
  return { ...asked, ...(index === undefined ? {} : { benchmarks: index }) };
}

function modelsOf(plan: Plan) {
  return Object.fromEntries(
    Object.entries(plan.models).map(([name, spec]) => {
      const { provider, model, licence } = spec as { provider: string; model?: string; licence?: string };
      return [name, { provider, model, licence }];
    }),
  );
}

function tell(io: Io, run: string, summary: ExportSummary, flags: ExportFlags): void {
  for (const { why, count: left, firstIds } of summary.leftOut) {
    const more = left > firstIds.length ? ", ..." : "";
    io.say(`left out ${plural(left, "sample")}: ${LEFT_OUT_MEANING[why]} (${firstIds.join(", ")}${more})`);
  }
  if (flags.json && flags.out !== "-") io.out(JSON.stringify(summary));
  for (const { out, rows, bytes } of summary.files) {
    const where = out === "-" ? "" : ` to ${out}`;
    io.say(
      `wrote ${plural(rows, "row")} (${(flags.outcome ?? []).join(", ")}, ${flags.format})${where}, ${count(bytes)} bytes`,
    );
  }
  if (summary.written > 0) return;
  io.say(
    summary.leftOut.length > 0
      ? "every sample was left out, for the reasons above"
      : `nothing in this run ended so; \`mezzo status ${run}\` shows how its samples ended`,
  );
}
