/**
 * Diagnostics as people read them:
 *
 *   graphs/distill.yaml:14:11  error  unknown-node
 *     The way "rewrite -> judg" goes to a node that does not exist.
 *     14 |     then: judg
 *        |           ^^^^
 *     Did you mean "judge"?
 */
import { columnsOf } from "./columns.ts";
import type { Diagnostic, Place } from "./errors.ts";

/** All of them, in the order of their places. `texts` holds the files' texts for the source lines. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>): string {
  return sortDiagnostics(diagnostics)
    .map((diagnostic) => formatDiagnostic(diagnostic, texts))
    .join("\n\n");
}

export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const key = ({ place }: Diagnostic) => [place?.file ?? "", place?.line ?? 0, place?.column ?? 0] as const;
  return [...diagnostics].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : left[1] - right[1] || left[2] - right[2];
  });
}

export function formatDiagnostic(diagnostic: Diagnostic, texts: ReadonlyMap<string, string>): string {
  const { place, related } = diagnostic;
  const where = place === undefined ? "" : `${place.file}:${place.line}:${place.column}  `;
  const lines = [`${where}${diagnostic.severity}  ${diagnostic.code}`, `  ${endSentence(diagnostic.message)}`];
  if (place !== undefined) lines.push(...sourceLines(place, texts));
  if (related !== undefined) {
    lines.push(`  ${related.message} (${related.place.file}:${related.place.line}:${related.place.column}).`);
  }
  if (diagnostic.hint !== undefined) lines.push(`  ${endSentence(diagnostic.hint)}`);
  return lines.join("\n");
}

const WIDTH = 100;

function sourceLines(place: Place, texts: ReadonlyMap<string, string>): string[] {
  const line = texts.get(place.file)?.split("\n")[place.line - 1]?.replace(/\r$/, "");
  if (line === undefined || line.trim() === "") return [];
  // A long line is shown around the place.
  const from = place.column > WIDTH - 20 ? place.column - 40 : 0;
  const shown = printable(line.slice(from, from + WIDTH));
  const number = String(place.line);
  const caretAt = Math.max(0, place.column - 1 - from);
  const length = Math.max(1, Math.min(place.length, WIDTH - caretAt));
  const carets = "^".repeat(Math.max(length, columnsOf(shown.slice(caretAt, caretAt + length))));
  const before = " ".repeat(Math.max(caretAt, columnsOf(shown.slice(0, caretAt))));
  return [`  ${number} | ${shown}`, `  ${" ".repeat(number.length)} | ${before}${carets}`];
}

/** Control characters from a file must not reach the terminal; tabs count as one column, as editors' positions do. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => (char === "\t" ? " " : "\uFFFD"));
}

function endSentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}
