/** `mezzo eval`: a model on a benchmark. A run like any other, so it resumes, has budgets and shows where runs show. */
import { MezzoError } from "../../core/errors.ts";
import { finishedCount } from "../../core/events.ts";
import { OUTCOMES } from "../../core/sample.ts";
import { VERSION } from "../../core/version.ts";
import { BENCHMARKS } from "../../data/benchmarks/benchmarks.ts";
import { BENCHMARK_NAMES, type BenchmarkName } from "../../data/benchmarks/names.ts";
import { readBenchmark } from "../../data/benchmarks/read.ts";
import { compareEvaluations, type Evaluation, evaluate } from "../../data/evaluation.ts";
import { writeOutput } from "../../data/output.ts";
import { plotEvaluations } from "../../data/plot.ts";
import { type ComparedRun, comparisonPage } from "../../data/report/comparison-page.ts";
import { finishedSamples } from "../../engine/history.ts";
import { createRun, type RunSettings, requireRun } from "../../engine/run.ts";
import { compareByRules, findFinalAnswer } from "../../nodes/answers/index.ts";
import type { RunRecord, Store } from "../../store/store.ts";
import { newTurn } from "../../store/turn.ts";
import { tellComparison, tellEvaluation } from "../evaluation-words.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { planOf } from "./graph-file.ts";
import { freeName } from "./run.ts";
import { watchRun } from "./watch-run.ts";
import { withStore } from "./with-store.ts";

export interface EvalFlags {
  /** Both are needed; the command line can't say so without asking its subcommands for them too. */
  readonly benchmark?: BenchmarkName;
  readonly input?: string;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly samples?: number;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly limit?: number;
  readonly run?: string;
  readonly seed?: number;
  readonly inFlight: number;
  readonly workers?: number;
  readonly budgetUsd?: number;
  readonly plot?: string;
  readonly set: readonly string[];
  readonly store: string;
  readonly json?: boolean;
}

/** What a run says of itself as an evaluation, among its settings. */
interface EvaluationSettings {
  readonly benchmark: BenchmarkName;
  readonly samples: number;
  readonly model: string;
}

export async function evaluateModel(io: Io, graphFile: string, flags: EvalFlags): Promise<ExitCode> {
  if (flags.samples === 0) throw new MezzoError("usage", "--samples must be at least 1", { exitCode: 2 });
  const { benchmark, input } = flags;
  if (benchmark === undefined || input === undefined) {
    const hint = `Benchmarks: ${BENCHMARK_NAMES.join(", ")}.`;
    throw new MezzoError("usage", "--benchmark and --input are needed", { hint, exitCode: 2 });
  }
  const { samples: usual, temperature, maxTokens } = BENCHMARKS[benchmark];
  const plain = planOf(io, graphFile, flags.set);
  const [node, asking] = Object.entries(plain.nodes).find(([, { kind }]) => kind === "solve") ?? [];
  if (node === undefined) {
    const hint = "graphs/evaluate.yaml is one; `mezzo run` runs any other.";
    throw new MezzoError("not-an-evaluation", `${graphFile} has no node of kind solve`, { hint, exitCode: 2 });
  }
  const role = String(asking?.params.model);
  const set = [
    ...(flags.model === undefined ? [] : [`models.${role}.model=${JSON.stringify(flags.model)}`]),
    ...(flags.baseUrl === undefined ? [] : [`models.${role}.baseUrl=${JSON.stringify(flags.baseUrl)}`]),
    ...(flags.apiKey === undefined ? [] : [`models.${role}.apiKey="\${${flags.apiKey}}"`]),
    `nodes.${node}.temperature=${flags.temperature ?? asking?.params.temperature ?? temperature}`,
    `nodes.${node}.maxTokens=${flags.maxTokens ?? asking?.params.maxTokens ?? maxTokens}`,
    ...flags.set,
  ];
  const plan = planOf(io, graphFile, set);
  const times = flags.samples ?? usual;
  const turn = newTurn();
  return withStore(
    io,
    flags.store,
    async (store) => {
      const run = flags.run ?? (await freeName(store, `${plan.graph}-${benchmark}`));
      const settings: RunSettings & { evaluation: EvaluationSettings } = {
        ...{
          seed: flags.seed ?? 0,
          inFlight: flags.inFlight,
          workers: flags.workers,
          budgetUsd: flags.budgetUsd,
          accepted: undefined,
        },
        ...{ input, graphFile },
        evaluation: { benchmark, samples: times, model: modelOf(plan.models[role]) },
      };
      const samples = readBenchmark(
        { path: input, stdin: io.stdin },
        { benchmark, samples: times, limit: flags.limit },
      );
      const { samples: total } = await createRun(store, { run, plan, settings, samples });
      const code = await watchRun(io, store, {
        run,
        plan,
        settings,
        total,
        turn,
        storePath: flags.store,
        next: [`eval show ${run}`],
      });
      if (code !== 0) return code;
      return show(io, store, await requireRun(store, run), flags);
    },
    { create: true, turn },
  );
}

function modelOf(spec: object | undefined): string {
  const { model, provider } = (spec ?? {}) as { model?: string; provider?: string };
  return model ?? provider ?? "";
}

interface ShowFlags {
  readonly plot?: string;
  readonly store: string;
  readonly json?: boolean;
}

/** `mezzo eval show`: the figures of a run over a benchmark, of what is finished of it. */
export async function showEvaluation(io: Io, run: string, flags: ShowFlags): Promise<ExitCode> {
  return withStore(io, flags.store, async (store) => show(io, store, await requireRun(store, run), flags));
}

async function show(io: Io, store: Store, record: RunRecord, flags: ShowFlags): Promise<ExitCode> {
  const { benchmark, model } = settingsOf(record);
  const evaluation = await evaluationOf(store, record);
  const view = await store.view(record.run);
  const open = view.samples - finishedCount(view);
  if (flags.json) {
    io.out(JSON.stringify({ run: record.run, benchmark, model, unfinished: open, ...plainOf(evaluation) }));
  }
  tellEvaluation(io, { title: BENCHMARKS[benchmark].title, model, open }, evaluation);
  await plot(io, flags.plot, benchmark, [{ name: `${record.run} (${model})`, evaluation }]);
  return 0;
}

/** `mezzo eval compare`: two runs over one benchmark, problem by problem. */
export async function compareRuns(
  io: Io,
  a: string,
  b: string,
  flags: ShowFlags & { readonly out?: string },
): Promise<ExitCode> {
  if (flags.out === "-" && flags.json) {
    const hint = "Name a file with --out, or leave one of --out and --json away.";
    throw new MezzoError("usage", "The page and the data can't both go to standard output", { hint, exitCode: 2 });
  }
  return withStore(io, flags.store, async (store) => {
    const records = [await requireRun(store, a), await requireRun(store, b)] as const;
    const [first, second] = [settingsOf(records[0]), settingsOf(records[1])];
    if (first.benchmark !== second.benchmark) {
      const message = `${a} is over ${first.benchmark}, ${b} over ${second.benchmark}: there is nothing to compare`;
      throw new MezzoError("other-benchmark", message, { exitCode: 2 });
    }
    const evaluations = [await evaluationOf(store, records[0]), await evaluationOf(store, records[1])] as const;
    const comparison = compareEvaluations(...evaluations);
    if (comparison.problems === 0) {
      throw new MezzoError("nothing-in-common", `${a} and ${b} have no problem in common`, { exitCode: 2 });
    }
    if (flags.json) io.out(JSON.stringify({ runs: { a, b }, benchmark: first.benchmark, ...comparison }));
    tellComparison(io, { title: BENCHMARKS[first.benchmark].title, a, b }, comparison);
    const runs = [a, b].map((name, n) => ({ name, evaluation: evaluations[n]! }));
    await plot(io, flags.plot, first.benchmark, runs);
    if (flags.out === undefined) return 0 as const;
    const compared = async (n: 0 | 1): Promise<ComparedRun> => {
      const { run } = records[n];
      const view = await store.view(run);
      const unfinished = view.samples - finishedCount(view);
      return { run, model: settingsOf(records[n]).model, unfinished, evaluation: evaluations[n] };
    };
    const [before, after] = [await compared(0), await compared(1)];
    const { benchmark } = first;
    async function* page() {
      yield comparisonPage({ benchmark, before, after, comparison, at: new Date(), version: VERSION });
    }
    await writeOutput(page(), { out: flags.out });
    if (flags.out !== "-") io.say(`wrote ${flags.out}`);
    return 0 as const;
  });
}

function settingsOf({ run, settings }: RunRecord): EvaluationSettings {
  const { evaluation } = settings as { evaluation?: EvaluationSettings };
  if (evaluation !== undefined) return evaluation;
  const hint = `\`mezzo status ${run}\` shows what it is.`;
  throw new MezzoError("not-an-evaluation", `The run ${run} is not one that \`mezzo eval\` made`, {
    hint,
    exitCode: 2,
  });
}

async function evaluationOf(store: Store, { run }: RunRecord): Promise<Evaluation> {
  return evaluate(finishedSamples(store, run, { outcomes: OUTCOMES }), {
    answerIn: (reply) => findFinalAnswer(reply)?.text,
    isSame: (x, y) => compareByRules(x, y).verdict === "equal",
  });
}

function plainOf({ shares: _shares, ...evaluation }: Evaluation) {
  return evaluation;
}

async function plot(
  io: Io,
  out: string | undefined,
  benchmark: BenchmarkName,
  runs: Parameters<typeof plotEvaluations>[1],
): Promise<void> {
  if (out === undefined) return;
  async function* picture() {
    yield plotEvaluations(benchmark, runs);
  }
  await writeOutput(picture(), { out });
  io.say(`wrote ${out}`);
}
