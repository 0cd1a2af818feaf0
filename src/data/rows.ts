/**
 * What the readers of all formats have in common: a row as it was found, or what kept it from being one, and the words
 * for both. A reader knows its format and nothing of samples; row-to-sample.ts knows samples and nothing of formats.
 */
import { columnsOf } from "../core/columns.ts";
import { MezzoError } from "../core/errors.ts";

export interface RawRow {
  /** Line number in the file (for a JSON list: the row's number), from 1. */
  readonly line: number;
  /** The same for people: `line 3`, `row 3 (line 12)`. */
  readonly where: string;
  readonly row: unknown;
  /** Roughly the memory it holds, in bytes. */
  readonly size: number;
  /** True for CSV, where every value is text and `true` or `15` must be read out of it. */
  readonly textOnly?: true;
  /** A number exactly as the file spells it: `15.0` and 20-digit integers do not survive JSON.parse. */
  readonly numberAsWritten?: (column: string) => string | undefined;
}

/** Why one row can't be used. The rest of the file can. */
export interface RowProblem {
  readonly line: number;
  readonly where: string;
  /** Kebab-case and permanent. */
  readonly code: string;
  /** What was found and what was expected, for people; may hold an excerpt on lines of its own. */
  readonly message: string;
  readonly hint?: string;
}

export type ReadRow =
  | { readonly raw: RawRow; readonly problem?: undefined }
  | { readonly problem: RowProblem; readonly raw?: undefined };

/** The input as a whole can't be used: nobody can choose to go on. */
export function inputError(code: string, message: string, hint?: string, cause?: unknown): MezzoError {
  return new MezzoError(code, message, { hint, cause, exitCode: 2 });
}

/**
 * The place in a long text, with a caret under it:
 *
 *     17 | {"id": "a", "problem": "What is" "x"}
 *        |                                  ^
 */
export function excerpt(text: string, at: number, line: number): string {
  const BEFORE = 48;
  const AFTER = 24;
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const nextBreak = text.indexOf("\n", at);
  const lineEnd = nextBreak === -1 ? text.length : nextBreak;
  const start = Math.max(lineStart, at - BEFORE);
  const end = Math.min(lineEnd, at + AFTER);
  const before = `${start > lineStart ? "..." : ""}${visible(text.slice(start, at))}`;
  const after = `${visible(text.slice(at, end))}${end < lineEnd ? "..." : ""}`;
  const gutter = String(line);
  return `  ${gutter} | ${before}${after}\n  ${" ".repeat(gutter.length)} | ${" ".repeat(columnsOf(before))}^`;
}

/** A value in a few words, for messages: never a page of trace. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "an object";
  if (typeof value === "string")
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)}`;
  return typeof value === "number" ? `the number ${value}` : String(value);
}

/** A name as people give them; what is longer is content in the wrong place, and not worth comparing with. */
export function isShort(name: string): boolean {
  return name.length <= 60;
}

/** Names for a message: the first dozen, then how many more. */
export function listNames(names: readonly string[]): string {
  const shown = names
    .slice(0, 12)
    .map((name) => visible(isShort(name) ? name : `${name.slice(0, 40)}...`))
    .join(", ");
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Control characters shown, not obeyed: a file must not be able to steer the reader's terminal. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\u00b7");
}
