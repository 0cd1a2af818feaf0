/**
 * Pairs to grade: rows `{id, gold, pred}`, one at a time, in any format that samples come in.
 *
 *   gold   the accepted answer, or a list of them; a number or true/false counts as it is spelt
 *   tests  instead of gold: the tests that a program in the response must pass (core/code-tests.ts)
 *   problem  what was asked, where it is there: an option's letter and its text are then the same answer
 *   pred   a whole response or a bare answer; null or absent is a response that says nothing
 *   id     any text or number; the row's own place ("line 3") where there is none. The same id may come again: ten
 *          responses to one problem are ten rows.
 */
import { nearest } from "../core/suggest.ts";
import { describeProblem } from "./read.ts";
import { readRows } from "./readers/rows.ts";
import { describeValue, inputError, isObject, isShort, listNames, type RawRow, type RowProblem } from "./rows.ts";
import { openInput, type Source } from "./source.ts";

export interface Pair {
  readonly id: string;
  /** Empty where the row has tests instead. */
  readonly gold: readonly string[];
  readonly pred: string;
  readonly problem?: string;
  /** For a program: its tests, as they stand in the row; whoever runs them reads them. */
  readonly tests?: unknown;
}

export interface PairOptions {
  /** `id`, `gold` or `pred` -> column. */
  readonly map: Readonly<Record<string, string>>;
  readonly badRows: "stop" | "skip";
  readonly onSkipped?: (problem: RowProblem) => void;
  readonly signal?: AbortSignal;
}

const COLUMNS = ["id", "gold", "tests", "pred", "problem"];

/** Throws MezzoError (exit 2) for what is wrong with the file, a row (unless such rows are skipped) or the mapping. */
export async function* readPairs(source: Source, options: PairOptions): AsyncGenerator<Pair> {
  const stray = Object.keys(options.map).find((column) => !COLUMNS.includes(column));
  if (stray !== undefined) {
    const near = nearest(stray, COLUMNS);
    const hint = `${near ? `Did you mean ${near}? ` : ""}Rows to grade have ${COLUMNS.join(", ")}.`;
    throw inputError("unknown-field", `the mapping ${stray}=${options.map[stray]} fills nothing`, hint);
  }
  const input = await openInput(source, options.signal);
  let rows = 0;
  try {
    for await (const found of readRows(input)) {
      options.signal?.throwIfAborted();
      rows++;
      const pair = found.problem ?? toPair(found.raw, options.map);
      if (!("code" in pair)) {
        yield pair;
        continue;
      }
      if (options.badRows === "stop") {
        const hint = `${pair.hint ? `${pair.hint} ` : ""}To leave such rows out: --bad-rows skip.`;
        throw inputError(pair.code, describeProblem(pair, input.name), hint);
      }
      options.onSkipped?.(pair);
    }
  } finally {
    input.close();
  }
  if (rows === 0) throw inputError("input-empty", `${input.name} has no rows in it`);
}

function toPair(raw: RawRow, map: Readonly<Record<string, string>>): Pair | RowProblem {
  const { row, line, where } = raw;
  const wrong = (code: string, message: string, hint?: string): RowProblem => ({ line, where, code, message, hint });
  if (!isObject(row))
    return wrong("not-a-row", `an object { id, gold, pred } is expected, found ${describeValue(row)}`);
  const columnOf = (name: string) => (Object.hasOwn(map, name) ? map[name]! : name);
  const read = (name: string) => (Object.hasOwn(row, columnOf(name)) ? row[columnOf(name)] : undefined);
  const spelt = (value: unknown, column: string): string | undefined => {
    if (typeof value === "string") return value;
    if (typeof value === "number") return raw.numberAsWritten?.(column) ?? String(value);
    return typeof value === "boolean" ? String(value) : undefined;
  };

  const isCode = isObject(read("tests")) && !Object.hasOwn(row, columnOf("gold"));
  for (const name of isCode ? ["pred"] : ["gold", "pred"]) {
    if (Object.hasOwn(row, columnOf(name))) continue;
    const near = nearest(columnOf(name), Object.keys(row).filter(isShort));
    const hint = `${near ? `Did you mean ${near}? ` : ""}Columns there: ${listNames(Object.keys(row))}. --map ${name}=COLUMN takes it from another.`;
    return wrong("missing-column", `there is no column "${columnOf(name)}" with the ${MEANING[name]}`, hint);
  }
  const written = isCode ? "" : read("gold");
  const gold = (Array.isArray(written) ? written : [written]).map((each) => spelt(each, columnOf("gold")));
  if (gold.length === 0 || gold.some((each) => each === undefined)) {
    const found = describeValue(written);
    return wrong(
      "unfit-field",
      `"${columnOf("gold")}" must be an answer or a list of accepted answers, found ${found}`,
    );
  }
  const said = read("pred") ?? "";
  const pred = spelt(said, columnOf("pred"));
  if (pred === undefined) {
    return wrong("unfit-field", `"${columnOf("pred")}" must be a text, found ${describeValue(said)}`);
  }
  const id = spelt(read("id"), columnOf("id")) ?? where;
  const asked = read("problem");
  const problem = typeof asked === "string" ? asked : undefined;
  return isCode ? { id, gold: [], pred, tests: read("tests") } : { id, gold: gold as string[], pred, problem };
}

const MEANING: Readonly<Record<string, string>> = { gold: "accepted answer", pred: "response to grade" };
