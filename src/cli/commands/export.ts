/** `mezzo export`: a run's samples as training files, and beside them what they are made of. */
import { MezzoError } from "../../core/errors.ts";
import { readCodeTests } from "../../core/read-code-tests.ts";
import { OUTCOMES, type Outcome } from "../../core/sample.ts";
import { VERSION } from "../../core/version.ts";
import { DEFAULT_WEIGHTS, type Weights } from "../../core/weights.ts";
import { type ExportFormat, type ExportSummary, exportRows } from "../../data/export.ts";
import type { FinishedSample } from "../../data/finished.ts";
import type { LossWeights, WeightForm } from "../../data/loss-weights.ts";
import { type ManifestFacts, manifestOf, writeManifest } from "../../data/manifest.ts";
import type { HeldTo } from "../../data/pairs.ts";
import { readBenchmarks } from "../../data/read-benchmarks.ts";
import type { Thinking } from "../../data/writers/writer.ts";
import { finishedSample, finishedSamples, idsByProblem } from "../../engine/history.ts";
import { requireRun } from "../../engine/run.ts";
import type { Plan } from "../../graph/plan.ts";
import { createGrader, findFinalAnswer } from "../../nodes/answers/index.ts";
import { createCodeRunner } from "../../nodes/code/index.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { count, forPersonWords, plural, share } from "../words.ts";
import { type HandoffFlags, handOff, refuseHandoffFlags } from "./export-folder.ts";
import { type SelectionFlags, selectionOf } from "./export-selection.ts";
import { refuseStagesFlags, type StagesFlags, writeStages } from "./export-stages.ts";
import { leftOutWords } from "./left-out.ts";
import { withStore } from "./with-store.ts";

export interface ExportFlags extends SelectionFlags, HandoffFlags, Pick<StagesFlags, "stages" | "apart"> {
  /** `messages` when left out. */
  readonly format?: ExportFormat;
  readonly out: string;
  readonly outcome?: readonly Outcome[];
  readonly thinking?: Thinking;
  readonly originals?: number;
  readonly lossWeights?: WeightForm;
  readonly decontaminate?: readonly string[];
  readonly store: string;
  readonly json?: boolean;
}

export async function exportRun(io: Io, run: string, flags: ExportFlags): Promise<ExitCode> {
  refuseHandoffFlags(flags);
  refuseStagesFlags(flags);
  refuseWhatCannotBe(flags);
  const format = flags.format ?? "messages";
  const { index, benchmarks } = await readBenchmarks(flags.decontaminate ?? []);
  return withStore(io, flags.store, async (store) => {
    const record = await requireRun(store, run);
    const plan = JSON.parse(await store.planBody(run)) as Plan;
    const outcomes = flags.outcome ?? ["accepted"];
    const selection = selectionOf(plan, flags, benchmarks.length === 0 ? undefined : index);
    const lossWeights = lossWeightsOf(plan, flags.lossWeights);
    const isPairs =
      flags.stages || [format, ...(flags.methods ?? [])].some((each) => each === "dpo" || each === "cogpo");
    const wrong = isPairs ? await idsByProblem(store, run, ["rejected", "answer-lost"]) : undefined;
    const { graph, student } = plan;
    const facts: ManifestFacts = {
      ...{ version: VERSION, at: new Date(), run, graph, plan: record.plan, student, models: modelsOf(plan) },
      ...{
        input: record.settings.input ?? null,
        outcomes,
        thinking: flags.thinking ?? "plain",
        originals: flags.originals,
      },
      ...{ lossWeights, selection: selection ?? {}, benchmarks },
    };
    const grader = createGrader();
    const programs = createCodeRunner();
    const stopped = new AbortController();
    const unhook = io.onInterrupt(() => stopped.abort(new Error("interrupted")));
    const { signal } = stopped;
    let summary: ExportSummary;
    try {
      const samples = finishedSamples(store, run, { outcomes });
      const options = {
        out: flags.out,
        thinking: flags.thinking,
        originals: flags.originals,
        lossWeights,
        selection,
        signal,
        check: async (text: string, held: HeldTo, problem: string) => {
          if (typeof held === "string") return (await grader.check(text, held, { problem })).verdict;
          const tests = readCodeTests(held.tests);
          return typeof tests === "string" ? "undecided" : (await programs.check(text, tests, signal)).verdict;
        },
        rejectedOf: (sample: FinishedSample) => wrong?.get(String(sample.state.problem)) ?? [],
        find: (id: string) => finishedSample(store, run, id),
      };
      if (flags.stages) {
        const all = finishedSamples(store, run, { outcomes: OUTCOMES });
        return await writeStages(io, samples, { flags, facts, plan, options, all, grader, programs, signal });
      }
      if (flags.for !== undefined) return await handOff(io, samples, { flags, facts, options });
      summary = await exportRows(samples, { ...options, format });
    } catch (thrown) {
      if (signal.aborted) return 130;
      throw thrown;
    } finally {
      unhook();
      await Promise.all([grader.close(), programs.close()]);
    }
    if (flags.out !== "-") await writeManifest(flags.out, manifestOf(summary, facts));
    tell(io, run, summary, { ...flags, format, outcome: outcomes });
    const person = forPersonWords(await store.view(run));
    if (person !== undefined) io.say(`not in it: ${person}`);
    return 0 as const;
  });
}

function refuseWhatCannotBe(flags: ExportFlags): void {
  const usage = (message: string, hint: string) => new MezzoError("usage", message, { hint, exitCode: 2 });
  if (flags.out === "-" && flags.split !== undefined) {
    throw usage("--split writes two files, and --out - is one", "Name a file.");
  }
  const format = flags.format ?? "messages";
  const asksTurns = format === "messages" || format === "sharegpt" || format === "alpaca";
  if (flags.originals !== undefined && !asksTurns) {
    throw usage(`--originals mixes turns, and ${format} has none`, "Formats with turns: messages, sharegpt, alpaca.");
  }
  if (flags.originals !== undefined && flags.originals > 0.5) {
    throw usage(
      "--originals is at most 0.5: a fitted chain has one original",
      "Two files, each with its own share of an epoch, give any other mix.",
    );
  }
  if (flags.lossWeights === undefined) return;
  if (!asksTurns && format !== "jsonl") {
    throw usage(
      `--loss-weights weighs the spans of a reply, and ${format} has none`,
      "Formats with one: messages, sharegpt, alpaca, jsonl.",
    );
  }
  if (flags.lossWeights === "turns" && (format !== "messages" || flags.thinking === "field")) {
    throw usage(
      "--loss-weights turns makes a turn of each span: for --format messages, thinking plain or tags",
      "--loss-weights spans is for any.",
    );
  }
}

/** As the graph's `weigh` node has them, else as the second recipe does. */
function lossWeightsOf(plan: Plan, form: WeightForm | undefined): LossWeights | undefined {
  if (form === undefined) return undefined;
  const node = Object.values(plan.nodes).find(({ kind }) => kind === "weigh");
  const { weights = DEFAULT_WEIGHTS, efficiency } = (node?.params ?? {}) as { weights?: Weights; efficiency?: string };
  return { form, ...weights, share: efficiency, findAnswer: answerAt };
}

/** A program's answer begins with the fence before it. */
function answerAt(text: string): number | undefined {
  const found = findFinalAnswer(text);
  return found?.form === "code" ? text.lastIndexOf("```", found.start) : found?.start;
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
  for (const left of summary.leftOut) io.say(leftOutWords(left));
  if (flags.json && flags.out !== "-") io.out(JSON.stringify(summary));
  for (const { out, rows, originals, bytes } of summary.files) {
    const where = out === "-" ? "" : ` to ${out}`;
    if (originals !== undefined) {
      const asked = `${share(flags.originals ?? 0, 1)} asked for`;
      io.say(`${plural(originals, "row")} of ${count(rows)} are long originals (${share(originals, rows)}, ${asked})`);
    }
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
