/**
 * The hand-off: a run's accepted samples as a folder that trains with one command.
 *
 *   samples ─▶ rows of each method, in the trainer's own form, counted as they pass ─▶ data/<method>/*.jsonl
 *   lengths, counts ─▶ configs, registration, train.sh, README.md ─▶ manifest.json ─▶ the folder, whole
 *
 * The rows stream; nothing of them is kept but how many there are of each length.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MezzoError } from "../../core/errors.ts";
import { type ExportOptions, type ExportSummary, exportRows, meaningOf } from "../export.ts";
import type { FinishedSample } from "../finished.ts";
import { writeTurns } from "../writers/turns.ts";
import type { RowWriter } from "../writers/writer.ts";
import { putFile, writeFolder } from "./folder.ts";
import { Lengths } from "./lengths.ts";
import { llamafactory } from "./llamafactory.ts";
import { betaOf, writePairs } from "./pair-rows.ts";
import { type RunFacts, readme } from "./readme.ts";
import type { Student } from "./students.ts";
import { swift } from "./swift.ts";
import { dataFile, type Method, type MethodData, type Trainer, type TrainerName } from "./trainer.ts";
import { trl } from "./trl.ts";

const BY_NAME: Readonly<Record<TrainerName, Trainer>> = { trl, llamafactory, swift };

export interface HandoffOptions extends Omit<ExportOptions, "format" | "writer" | "fileOf" | "stdout"> {
  readonly trainer: TrainerName;
  readonly student: Student;
  /** In the order in which they are trained, each once. */
  readonly methods: readonly Method[];
  /** Longest sequence to train on; what the rows need, when left out. */
  readonly cutoff?: number;
  readonly run: RunFacts;
  /** Files that come with Mezzo, by their names under trainers/. */
  readonly asset: (name: string) => Promise<string>;
  /** What the manifest says of a method's rows. */
  readonly describe: (summary: ExportSummary) => Readonly<Record<string, unknown>>;
}

export interface HandoffSummary {
  readonly trainer: TrainerName;
  readonly student: string;
  readonly out: string;
  readonly methods: readonly (MethodSummary & Pick<ExportSummary, "leftOut">)[];
}

export interface MethodSummary {
  readonly method: Method;
  readonly rows: number;
  readonly validation: number;
  readonly tokens: { readonly mean: number; readonly median: number; readonly longest: number };
  readonly cutoff: number;
  readonly longerThanCutoff: number;
  readonly withControlTokens: number;
}

/** Goes through `samples` several times, as `exportRows` does. Throws MezzoError where a method has no rows, the folder holds somebody's work, or the disk refuses. */
export async function writeHandoff(
  samples: AsyncIterable<FinishedSample>,
  options: HandoffOptions,
): Promise<HandoffSummary> {
  const { out, student, methods, asset, describe } = options;
  const trainer = BY_NAME[options.trainer];
  const done: { data: MethodData; summary: ExportSummary }[] = [];
  await writeFolder(out, async (part) => {
    for (const method of methods) done.push(await writeMethod(samples, { trainer, method, part, options }));
    const data = done.map((each) => each.data);
    const files = await trainer.files({ student, data }, asset);
    for (const [name, text] of Object.entries(files)) await putFile(part, name, text);
    await putFile(part, "requirements.txt", `${trainer.requirements.join("\n")}\n`);
    const page = readme({ trainer, student, data, run: options.run, summaries: done.map(({ summary }) => summary) });
    await putFile(part, "README.md", page);
    return {
      for: trainer.name,
      checkedWith: trainer.requirements,
      trains: student.id,
      data: Object.fromEntries(
        done.map(({ data: { method }, summary }, at) => [
          method,
          { ...describe(summary), ...summaryOf(done[at]!.data) },
        ]),
      ),
    };
  });
  return {
    trainer: trainer.name,
    student: student.id,
    out,
    methods: done.map(({ data, summary }) => ({ ...summaryOf(data), leftOut: summary.leftOut })),
  };
}

interface MethodWork {
  readonly trainer: Trainer;
  readonly method: Method;
  readonly part: string;
  readonly options: HandoffOptions;
}

async function writeMethod(
  samples: AsyncIterable<FinishedSample>,
  { trainer, method, part, options }: MethodWork,
): Promise<{ data: MethodData; summary: ExportSummary }> {
  const lengths = new Lengths();
  const betas = { sum: 0, rows: 0 };
  const writer: RowWriter =
    method === "sft"
      ? writeTurns({ reply: "reply", reasoning: "reasoning" }, (turns, id) => {
          lengths.add(turns.problem, turns.reply);
          return trainer.turnsRow(turns, id);
        })
      : writePairs((pair, id) => {
          lengths.add(pair.problem, pair.chosen, pair.rejected);
          betas.sum += betaOf(pair);
          betas.rows++;
          return trainer.pairRow(pair, id, method);
        });
  const { thinking, selection, check, rejectedOf, find, signal } = options;
  // Originals are turns of their own; a pair has its original in it. Weights are of a reply's parts, and pairs have none.
  const { originals, lossWeights } = method === "sft" ? options : {};
  const summary = await exportRows(samples, {
    ...{ thinking, originals, lossWeights, selection, check, rejectedOf, find, signal, writer },
    format: method === "sft" ? "messages" : method,
    out: part,
    fileOf: (which) => join(part, dataFile(method, which)),
  });
  const [train, validation] = ["train", "validation"].map((which) => summary.files.find((file) => file.part === which));
  if (train === undefined || train.rows === 0) throw noRows(method, summary);
  // A trainer that is to evaluate on no rows stops with an error of its own.
  if (validation?.rows === 0) await rm(join(part, dataFile(method, "validation")));
  const held = validation === undefined || validation.rows === 0 ? undefined : validation.rows;
  const cutoff = options.cutoff ?? lengths.cutoff(options.student.contextTokens);
  return {
    data: {
      ...{ method, rows: train.rows, validation: held, lengths, cutoff, isWeighted: lossWeights !== undefined },
      ...(betas.rows === 0 ? {} : { meanBeta: betas.sum / betas.rows }),
    },
    summary: {
      ...summary,
      out: options.out,
      files: summary.files
        .filter(({ rows }) => rows > 0)
        .map((file) => ({ ...file, out: dataFile(method, file.part) })),
    },
  };
}

function noRows(method: Method, { leftOut }: ExportSummary): MezzoError {
  const what = method === "sft" ? "rows" : "pairs";
  const why = leftOut.map((left) => `${left.count}: ${meaningOf(left)}`).join("; ");
  return new MezzoError("handoff-empty", `no ${what} for ${method} in this run${why === "" ? "" : ` (${why})`}`, {
    hint:
      method === "sft"
        ? "`mezzo status` with the run's name shows how its samples ended."
        : "Pairs need fitted chains beside their right originals or beside wrong chains of the same problem; `--methods sft` needs none.",
  });
}

function summaryOf({ method, rows, validation = 0, lengths, cutoff }: MethodData): MethodSummary {
  return {
    ...{ method, rows, validation, cutoff },
    tokens: { mean: Math.round(lengths.mean), median: lengths.quantile(0.5), longest: lengths.longest },
    longerThanCutoff: lengths.longerThan(cutoff),
    withControlTokens: lengths.withControl,
  };
}
