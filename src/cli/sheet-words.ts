/** What a person who decides is shown, in a terminal. */

import { estimateTokens } from "../core/tokens.ts";
import type { Sheet } from "../engine/sheet.ts";
import type { Io } from "./io.ts";
import { count, paintRating, plainText } from "./words.ts";

export function tellSheet(io: Io, sheet: Sheet): string[] {
  const { paint } = io;
  const { instructions, problem, answer, field, original, text, finding, shows } = sheet;
  const tokens = (of: string) => paint.faint(`${count(estimateTokens(of))} tokens`);
  const lines: string[] = [];
  if (instructions !== undefined) lines.push(...indent(instructions.trim(), "  "));
  lines.push("", "  problem", ...indent(problem, "    "));
  if (answer !== undefined) lines.push("", "  answer", ...indent(answer, "    "));
  for (const [name, value] of Object.entries(shows)) lines.push(`  ${name}  ${plainText(worded(value))}`);
  if (finding !== undefined) {
    const place = finding.step === null ? "" : ` (step ${finding.step} of the trace)`;
    lines.push("", `  the judge: ${paintRating(finding.rating, paint)}${place}: ${plainText(finding.reason)}`);
  }
  if (original !== undefined)
    lines.push("", `  ${field} as it came  ${tokens(original)}`, ...indent(original, "    ┊ "));
  lines.push("", `  ${field} now  ${tokens(text)}`, ...indent(text, "    │ "));
  return lines;
}

function worded(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function indent(text: string, by: string): string[] {
  return plainText(text)
    .split("\n")
    .map((line) => by + line);
}
