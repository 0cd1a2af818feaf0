/** Rows out: finished samples become a training file, streamed, and whoever asked is told what was left out and why. */
import type { Writable } from "node:stream";
import type { FinishedSample } from "./finished.ts";
import { writeOutput } from "./output.ts";
import type { NoTurns } from "./turn.ts";
import { writeAlpaca } from "./writers/alpaca.ts";
import { writeLineage } from "./writers/lineage.ts";
import { writeMessages } from "./writers/messages.ts";
import { writeShareGpt } from "./writers/sharegpt.ts";
import type { RowWriter } from "./writers/writer.ts";

const WRITERS = {
  messages: writeMessages,
  sharegpt: writeShareGpt,
  alpaca: writeAlpaca,
  jsonl: writeLineage,
} as const satisfies Readonly<Record<string, RowWriter>>;

export type ExportFormat = keyof typeof WRITERS;
export const EXPORT_FORMATS = Object.keys(WRITERS) as readonly ExportFormat[];

export interface ExportOptions {
  readonly format: ExportFormat;
  /** A path (gzipped when it ends in `.gz`), or `-` for standard output. */
  readonly out: string;
  /** What `-` writes to; process.stdout when left out. */
  readonly stdout?: Writable;
  readonly signal?: AbortSignal;
}

export interface ExportSummary {
  readonly format: ExportFormat;
  readonly out: string;
  readonly written: number;
  /** Samples that have no row in this format. Empty when every sample has one. */
  readonly leftOut: readonly { readonly why: NoTurns; readonly count: number; readonly firstIds: readonly string[] }[];
  /** Of the text, before it is packed. */
  readonly bytes: number;
  /** The reader of standard output went away before the end (`| head`). */
  readonly cutShort?: true;
}

/** What each reason means, for people. */
export const LEFT_OUT_MEANING: Readonly<Record<NoTurns, string>> = {
  "no-trace": "no trace: an empty turn teaches nothing",
  "no-problem": "no problem",
};

/** Throws MezzoError when the file can't be written; then there is no file, or the earlier one as it was. */
export async function exportRows(rows: AsyncIterable<FinishedSample>, options: ExportOptions): Promise<ExportSummary> {
  const { format, out } = options;
  const tally = new Tally();
  const result = await writeOutput(renderRows(rows, WRITERS[format], { tally, signal: options.signal }), options);
  return { format, out, written: tally.written, leftOut: tally.leftOut(), ...result };
}

class Tally {
  written = 0;
  readonly #leftOut = new Map<NoTurns, { count: number; firstIds: string[] }>();

  leaveOut(why: NoTurns, id: string): void {
    const entry = this.#leftOut.get(why) ?? { count: 0, firstIds: [] };
    entry.count++;
    if (entry.firstIds.length < 5) entry.firstIds.push(id);
    this.#leftOut.set(why, entry);
  }

  leftOut(): ExportSummary["leftOut"] {
    return [...this.#leftOut].map(([why, entry]) => ({ why, ...entry }));
  }
}

/** Fewer, larger writes: a row of the training formats is a few kilobytes. */
const BATCH_CHARS = 256 * 1024;

async function* renderRows(
  rows: AsyncIterable<FinishedSample>,
  write: RowWriter,
  { tally, signal }: { readonly tally: Tally; readonly signal: AbortSignal | undefined },
): AsyncGenerator<string> {
  let batch = "";
  for await (const sample of rows) {
    signal?.throwIfAborted();
    const written = write(sample);
    if (typeof written === "string") {
      tally.leaveOut(written, sample.id);
      continue;
    }
    tally.written++;
    batch += `${wellFormedJson(written.row)}\n`;
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
