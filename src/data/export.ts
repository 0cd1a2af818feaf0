/**
 * Rows out: finished samples become training files, streamed, and whoever asked is told what was left out and why.
 *
 *   samples ─▶ choose (a first pass, where a selection asks for one) ─▶ a pass for each file: rows ─▶ JSONL or Parquet
 *
 * A file's form goes by its name: `.parquet`, `.gz`, else JSON Lines. The validation part is `NAME.validation.EXT`.
 */
import type { Writable } from "node:stream";
import type { FinishedSample } from "./finished.ts";
import type { LossWeights } from "./loss-weights.ts";
import { writeOutput } from "./output.ts";
import type { CheckAnswer } from "./pairs.ts";
import { packParquet } from "./parquet-rows.ts";
import {
  type Chosen,
  choose,
  type Part,
  type Removal,
  type Removed,
  type Selection,
  Tally,
} from "./selection/choose.ts";
import { type ExportFormat, WRITERS } from "./writers/index.ts";
import type { NoRows, Row, RowWriter, Thinking, WriteContext } from "./writers/writer.ts";

export type { ExportFormat } from "./writers/index.ts";
export const EXPORT_FORMATS = Object.keys(WRITERS) as readonly ExportFormat[];

export interface ExportOptions {
  readonly format: ExportFormat;
  /** A path, or `-` for standard output. */
  readonly out: string;
  readonly thinking?: Thinking;
  readonly originals?: number;
  readonly lossWeights?: LossWeights;
  readonly selection?: Selection;
  /** Only the training part: what is in validation is left out, and told. */
  readonly trainOnly?: boolean;
  /** Is a text's final answer the reference? Preference pairs and originals need it. */
  readonly check?: CheckAnswer;
  /** Ids of samples with the same problem and another outcome. */
  readonly rejectedOf?: (sample: FinishedSample) => readonly string[];
  readonly find?: (id: string) => Promise<FinishedSample | undefined>;
  /** Rows of another shape than the format's own. */
  readonly writer?: RowWriter;
  /** Where a part goes, instead of `out` and the name made from it. */
  readonly fileOf?: (part: Part) => string;
  /** What `-` writes to; process.stdout when left out. */
  readonly stdout?: Writable;
  readonly signal?: AbortSignal;
}

/** Why a sample has no row. */
export type NotWritten = Removal | NoRows;

export type LeftOut = { readonly [Key in keyof Removed]: Key extends "why" ? NotWritten : Removed[Key] };

export interface WrittenFile {
  readonly part: Part;
  readonly out: string;
  readonly rows: number;
  /** Of those, long originals beside their fitted chains; only where originals were asked for. */
  readonly originals?: number;
  /** Of the rows before they are packed. */
  readonly bytes: number;
  /** Of the file as it lies there, in hex; undefined for standard output. */
  readonly sha256?: string;
}

export interface ExportSummary {
  readonly format: ExportFormat;
  readonly out: string;
  /** Rows in all files. */
  readonly written: number;
  /** Samples that have no row. Empty when every sample has one. */
  readonly leftOut: readonly LeftOut[];
  readonly bytes: number;
  readonly files: readonly WrittenFile[];
  /** Training problems that stand in a benchmark, where that was looked for. */
  readonly matches?: Chosen["matches"];
  /** The reader of standard output went away before the end (`| head`). */
  readonly cutShort?: true;
}

const MEANING: Readonly<Record<NotWritten, string>> = {
  "no-trace": "no trace: an empty turn teaches nothing",
  "no-problem": "no problem",
  "not-where": "not as asked for",
  "where-unknown": "no value for what is asked of it",
  "too-short": "fewer tokens than --min-tokens",
  "too-long": "more tokens than --max-tokens",
  contaminated: "their problem stands in a benchmark",
  "near-duplicate": "nearly the same as an earlier row",
  "more-of-one-problem": "better ones of the same problem were taken",
  "below-the-best": "others rank higher",
  "no-reference": "neither a reference answer nor tests to check a pair by",
  "answer-not-confirmed": "the rules do not confirm the chain's own answer",
  "nothing-to-compare": "no other chain, right or wrong, to set beside it",
  "held-out": "their problem is in the validation part",
  "no-verifier": "neither a reference answer nor tests to verify by",
  "nothing-verified": "no chain that could be verified and scored",
  "shown-with-its-problem": "in the row of an earlier sample of the same problem",
};

/** The reason for people, with the filter where there are several of its sort. */
export function meaningOf({ why, filter }: Pick<LeftOut, "why" | "filter">): string {
  return filter === undefined ? MEANING[why] : `${MEANING[why]}: ${filter}`;
}

/** Rows that are in another sample's row are there; nobody needs to be told that they were left out. */
const NOT_LOST: readonly NotWritten[] = ["shown-with-its-problem"];

/**
 * Goes through `samples` once for each file, and once before where a selection needs it: it must give them again each
 * time it is asked. Throws MezzoError when a file can't be written; then it is not there, or the earlier one as it was.
 */
export async function exportRows(
  samples: AsyncIterable<FinishedSample>,
  options: ExportOptions,
): Promise<ExportSummary> {
  const { format, out, selection, signal } = options;
  const needsChoice = selection !== undefined || format === "omnithought";
  const chosen = needsChoice ? await choose(watched(samples, signal), selection ?? {}) : undefined;
  const isSplit = selection?.validation !== undefined && options.trainOnly !== true;
  const parts: readonly Part[] = isSplit ? ["train", "validation"] : ["train"];
  const files: WrittenFile[] = [];
  const tally = new Tally<NotWritten>(chosen?.removed);
  let cutShort: ExportSummary["cutShort"];
  for (const part of parts) {
    const counted = { rows: 0, originals: 0 };
    const rows = rowsOf(samples, { options, chosen, part, tally, counted });
    const target = options.fileOf?.(part) ?? (part === "train" ? out : validationName(out));
    const packed = /\.parquet$/i.test(target) ? packParquet(rows, format) : renderLines(rows);
    const result = await writeOutput(packed, { out: target, stdout: options.stdout, signal });
    const mixed = options.originals === undefined ? {} : { originals: counted.originals };
    files.push({ part, out: target, rows: counted.rows, ...mixed, bytes: result.bytes, sha256: result.sha256 });
    cutShort ??= result.cutShort;
  }
  return {
    format,
    out,
    written: files.reduce((sum, file) => sum + file.rows, 0),
    leftOut: tally.removed().filter(({ why }) => !NOT_LOST.includes(why)),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files,
    ...(selection?.benchmarks === undefined ? {} : { matches: chosen?.matches }),
    ...(cutShort === undefined ? {} : { cutShort }),
  };
}

/** `train.jsonl.gz` -> `train.validation.jsonl.gz`. */
export function validationName(out: string): string {
  const ending = /(?:\.(?:jsonl|json|parquet|ndjson))?(?:\.gz)?$/i.exec(out)?.[0] ?? "";
  return `${out.slice(0, out.length - ending.length)}.validation${ending}`;
}

interface Pass {
  readonly options: ExportOptions;
  readonly chosen: Chosen | undefined;
  readonly part: Part;
  readonly tally: Tally<NotWritten>;
  readonly counted: { rows: number; originals: number };
}

async function* rowsOf(samples: AsyncIterable<FinishedSample>, pass: Pass): AsyncGenerator<Row> {
  const { options, chosen, part, tally, counted } = pass;
  const write = options.writer ?? WRITERS[options.format];
  const context = contextOf(options, chosen);
  let n = -1;
  for await (const sample of watched(samples, options.signal)) {
    n++;
    if (chosen !== undefined && chosen.partOf(n) !== part) {
      if (options.trainOnly === true && chosen.partOf(n) !== undefined) tally.remove("held-out", sample.id);
      continue;
    }
    const rows = await write(sample, context);
    if (typeof rows === "string") {
      tally.remove(rows, sample.id);
      continue;
    }
    counted.rows += rows.length;
    counted.originals += rows.filter(({ mode }) => mode === "long").length;
    yield* rows;
  }
}

function contextOf(options: ExportOptions, chosen: Chosen | undefined): WriteContext {
  const { find = async () => undefined } = options;
  async function* each(ids: readonly string[]): AsyncGenerator<FinishedSample> {
    for (const id of ids) {
      const sample = await find(id);
      if (sample !== undefined) yield sample;
    }
  }
  async function* siblings(sample: FinishedSample): AsyncGenerator<FinishedSample> {
    for (const id of chosen?.ofSameProblem(sample) ?? []) {
      if (id === sample.id) yield sample;
      else yield* each([id]);
    }
  }
  return {
    thinking: options.thinking ?? "plain",
    originals: options.originals,
    lossWeights: options.lossWeights,
    check: options.check ?? (async () => "undecided"),
    rejected: (sample) => each(options.rejectedOf?.(sample) ?? []),
    siblings,
  };
}

async function* watched<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  for await (const item of items) {
    signal?.throwIfAborted();
    yield item;
  }
}

/** Fewer, larger writes: a row of the training formats is a few kilobytes. */
const BATCH_CHARS = 256 * 1024;

async function* renderLines(rows: AsyncIterable<Row>): AsyncGenerator<string> {
  let batch = "";
  for await (const row of rows) {
    batch += `${wellFormedJson(row)}\n`;
    if (batch.length < BATCH_CHARS) continue;
    yield batch;
    batch = "";
  }
  if (batch !== "") yield batch;
}

/**
 * JSON that strict parsers take: JSON.stringify writes half a surrogate pair as an escape (\ud83d), which simdjson,
 * RapidJSON (and so pyarrow and `datasets`) refuse. Such rows are rare, so the slow way is taken only when one shows.
 */
function wellFormedJson(row: unknown): string {
  const json = JSON.stringify(row);
  if (!/\\ud[89a-f]/.test(json)) return json;
  return JSON.stringify(row, (_key, value: unknown) => {
    if (typeof value === "string") return value.toWellFormed();
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), inner]));
  });
}
