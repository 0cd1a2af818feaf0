/**
 * Rows in: a file or standard input becomes samples, one at a time, in the order of the file. Memory is bounded by the
 * longest row and by one short entry an id (two rows with one id are found wherever they stand).
 *
 *     bytes -> unpacked, format known -> rows -> columns of `map` seen? -> checked -> id not seen before -> sample
 *
 * Trouble with one row stops the reading or skips the row, as `badRows` says; trouble with the file always stops it.
 */
import { hashText } from "../core/hash.ts";
import type { NewSample } from "../core/sample.ts";
import { nearest } from "../core/suggest.ts";
import type { FieldSpec } from "./fit-field.ts";
import { readRows } from "./readers/rows.ts";
import { checkRow, columnsOfRow, type Mapping, planMapping } from "./row-to-sample.ts";
import { inputError, isShort, listNames, type ReadRow, type RowProblem } from "./rows.ts";
import { openInput, type Source } from "./source.ts";

export type { FieldSpec, RowProblem, Source };

export interface ReadOptions {
  /** State field -> column. `id` may be mapped too. */
  readonly map: Readonly<Record<string, string>>;
  /** The graph's declared state. */
  readonly fields: Readonly<Record<string, FieldSpec>>;
  readonly badRows: "stop" | "skip";
  /** Most samples to give; the rest of the input is not read. */
  readonly limit?: number;
  /** Told of each row that `badRows: "skip"` left out, in order. */
  readonly onSkipped?: (problem: RowProblem) => void;
  readonly signal?: AbortSignal;
}

/**
 * Throws MezzoError with exit code 2 for whatever is wrong with the input, with the place and what was found there;
 * the signal's reason when aborted.
 */
export async function* readSamples(source: Source, options: ReadOptions): AsyncGenerator<NewSample> {
  const mapping = planMapping(options.fields, options.map);
  if (options.limit !== undefined && options.limit <= 0) return;
  const input = await openInput(source, options.signal);
  const ids = new SeenIds();
  let given = 0;
  let firstSkipped: RowProblem | undefined;

  try {
    for await (const read of whenColumnsAreSeen(readRows(input), mapping, input.name)) {
      options.signal?.throwIfAborted();
      const checked = read.problem ? read : ids.refuseTwins(read.raw.where, checkRow(read.raw, mapping));
      if (checked.problem) {
        if (options.badRows === "stop") throw rowError(checked.problem, input.name);
        firstSkipped ??= checked.problem;
        options.onSkipped?.(checked.problem);
        continue;
      }
      yield checked.sample;
      given++;
      if (given === options.limit) return;
    }
  } finally {
    input.close();
  }
  if (given > 0) return;
  if (firstSkipped === undefined) throw inputError("input-empty", `${input.name} has no rows in it`);
  const first = describeProblem(firstSkipped, input.name);
  throw inputError("no-usable-rows", `none of the rows can be used. The first: ${first}`, firstSkipped.hint);
}

/** How far to look for a mapped column before saying that there is none: rows of JSON may leave columns out. */
const LOOK_AHEAD = { rows: 100, bytes: 16 * 1024 * 1024 };

/**
 * Holds the first rows back until each column that the mapping names was seen once, so that a slip of the pen in
 * `--map` is an error before the first sample and not a run without traces. Usually the first row has them all.
 */
async function* whenColumnsAreSeen(
  rows: AsyncGenerator<ReadRow>,
  mapping: Mapping,
  name: string,
): AsyncGenerator<ReadRow> {
  const awaited = new Set(mapping.named.keys());
  const seen = new Set<string>();
  const held: ReadRow[] = [];
  let bytes = 0;

  for await (const read of rows) {
    if (awaited.size === 0) {
      yield read;
      continue;
    }
    held.push(read);
    bytes += read.raw?.size ?? 0;
    for (const column of columnsOfRow(read.raw?.row)) {
      seen.add(column);
      awaited.delete(column);
    }
    if (awaited.size === 0) yield* held.splice(0);
    else if (held.length >= LOOK_AHEAD.rows || bytes >= LOOK_AHEAD.bytes) break;
  }
  // Without a single row that has columns, the rows' own problems are the better story.
  const [missing] = awaited;
  if (missing !== undefined && seen.size > 0)
    throw unknownColumn(missing, { mapping, seen: [...seen], name, rows: held.length });
  yield* held;
}

function unknownColumn(
  column: string,
  found: { mapping: Mapping; seen: readonly string[]; name: string; rows: number },
): Error {
  const near = nearest(column, found.seen.filter(isShort));
  return inputError(
    "unknown-column",
    `${found.name} has no column "${column}" (--map ${found.mapping.named.get(column)}=${column}) in its first ${found.rows} row(s)`,
    `${near ? `Did you mean ${near}? ` : ""}Columns there: ${listNames(found.seen)}.`,
  );
}

/** A bad row in one go, its place first: `traces.jsonl:17: not JSON: ...`. */
export function describeProblem(problem: RowProblem, name: string): string {
  const place = problem.where === `line ${problem.line}` ? `${name}:${problem.line}` : `${name}: ${problem.where}`;
  return `${place}: ${problem.message}`;
}

function rowError(problem: RowProblem, name: string): Error {
  const skip = "To leave such rows out: --bad-rows skip.";
  const hint = problem.hint ? `${problem.hint} ${skip}` : skip;
  return inputError(problem.code, describeProblem(problem, name), hint);
}

/** Where each id was first seen. */
class SeenIds {
  readonly #lines = new Map<string, number>();

  refuseTwins(where: string, checked: ReturnType<typeof checkRow>): ReturnType<typeof checkRow> {
    if (checked.problem) return checked;
    const { id, line } = checked.sample;
    // A long id (some data sets use the problem itself) is kept as its hash.
    const key = id.length > 64 ? hashText(id).toString("base64") : id;
    const first = this.#lines.get(key);
    if (first === undefined) {
      this.#lines.set(key, line);
      return checked;
    }
    const firstPlace = `${where.startsWith("row") ? "row" : "line"} ${first}`;
    const shown = id.length > 64 ? `${id.slice(0, 60)}...` : id;
    const message = checked.hasOwnId
      ? `the id ${JSON.stringify(shown)} was already used on ${firstPlace}`
      : `the same row, column for column, as on ${firstPlace} (neither has an id)`;
    const hint = checked.hasOwnId
      ? "Each sample needs an id of its own; --map id=COLUMN takes it from elsewhere."
      : undefined;
    return { problem: { line, where, code: "id-twice", message, hint } };
  }
}
