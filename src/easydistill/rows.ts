/** The rows of a file of the toolkit's, numbered as people count them. Streams: a row is read when it is asked for. */
import { describeProblem } from "../data/read.ts";
import { readRows } from "../data/readers/rows.ts";
import { inputError, isObject, type RowProblem } from "../data/rows.ts";
import { openInput } from "../data/source.ts";
import { readContent } from "./texts.ts";

export interface Numbered {
  readonly number: number;
  readonly value: unknown;
}

export interface Reading {
  /** What becomes of a line that is no JSON. Without it they are passed over, as the toolkit did. */
  readonly onBad?: (problem: RowProblem, name: string) => void;
  readonly signal?: AbortSignal;
}

/** Every row; OmniThought's lists of chains as a row for each chain. Throws MezzoError for a file that can't be read. */
export async function* numberedRows(file: string, { onBad, signal }: Reading = {}): AsyncGenerator<Numbered> {
  const input = await openInput({ path: file }, signal);
  let isEmpty = true;
  try {
    for await (const { raw, problem } of readRows(input)) {
      isEmpty = false;
      if (problem !== undefined) onBad?.(problem, input.name);
      else for (const value of chainsApart(raw.row)) yield { number: raw.line, value };
    }
  } finally {
    input.close();
  }
  if (isEmpty) throw inputError("input-empty", `${file} has no rows in it`);
}

/** Throws MezzoError: what it is, where, and how to go on without it. */
export function refuseBadRow(problem: RowProblem, name: string): never {
  const hint = "The toolkit passed over such lines without a word. To leave them out here: --bad-rows skip.";
  throw inputError(problem.code, describeProblem(problem, name), hint);
}

/** What the first of these columns that is there says; the toolkit's `or` passes over what is empty, too. */
export function textIn(value: unknown, columns: readonly string[]): string | undefined {
  if (!isObject(value)) return undefined;
  const texts = columns.map((column) => readContent(value[column])?.text.trim());
  return texts.find((text) => text !== undefined && text !== "");
}

function chainsApart(row: unknown): unknown[] {
  if (!isObject(row) || !Array.isArray(row.reasoning) || !row.reasoning.every(isObject)) return [row];
  const { reasoning, ...shared } = row;
  return (reasoning as Readonly<Record<string, unknown>>[]).map(({ thought, solution, full_response, ...told }) => {
    const parts = [thought, solution].filter((part) => typeof part === "string" && part.trim() !== "");
    return { ...shared, ...told, trace: parts.length > 0 ? parts.join("\n\n") : full_response };
  });
}
