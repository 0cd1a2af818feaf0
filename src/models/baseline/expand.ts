/**
 * Spells out what a terse trace skips: the given is quoted where it is first used, a calculation of several operations
 * is done one operation at a time, and a linear equation is solved line by line. Whatever is added is computed exactly
 * and checked against what stands there; an equation that does not hold, or cannot be read, is left alone.
 */

import { foldWidth } from "../../core/fold-width.ts";
import { readProblemTerms } from "../../core/terms.ts";
import { isChinese } from "./chinese.ts";
import { readCues } from "./cues.ts";
import { findEquations } from "./equations.ts";
import { quoteGiven } from "./given.ts";
import { type Language, spellOut } from "./spell.ts";
import { type Joint, readUnits, type Unit, writeUnits } from "./units.ts";

export function expandTrace(problem: string, trace: string): string {
  const units = readUnits(trace);
  const language = isChinese(problem + trace) ? "zh" : "en";
  const given = quoteGiven(problem, readProblemTerms(problem));
  const spelled = new Set<string>();
  const lines: { text: string; joint: Joint }[] = [];
  for (const unit of units) {
    const plain = (unit.kind === "prose" || unit.kind === "item") && !readCues(unit.text).check;
    const quote = plain && unit.joint === "\n\n" && unit.bare.includes("=") ? given.take(unit) : undefined;
    if (quote) lines.push({ text: quote, joint: unit.joint });
    lines.push({ text: unit.text, joint: quote ? (isChinese(quote) ? "" : " ") : unit.joint });
    if (!plain && unit.kind !== "math") continue;
    for (const text of spellUnit(unit, { trace, language, spelled })) lines.push({ text, joint: jointAfter(unit) });
  }
  return writeUnits(lines);
}

/** Behind a sentence in its line, below a line of its own, and apart from a formula. */
function jointAfter(unit: Unit): Joint {
  if (unit.kind === "math") return "\n\n";
  if (unit.kind === "prose" && /[。！？]["”’）)]*$/.test(unit.text)) return "";
  return /[.!?]["')]*$/.test(unit.text) && unit.kind === "prose" ? " " : "\n";
}

/** Our own words: spelled out once is enough. */
const SPELLED = /^(?:Step by step: |In parts: |逐步计算：|拆开计算：)/;

/** What to say after a unit about its own equations; nothing twice, and nothing that the trace says elsewhere. */
function spellUnit(
  unit: Unit,
  { trace, language, spelled }: { readonly trace: string; readonly language: Language; readonly spelled: Set<string> },
): string[] {
  if (SPELLED.test(unit.text) || !/[.!?:$)\]\d}*。！？：）]$/.test(unit.text)) return [];
  const said: string[] = [];
  for (const equation of findEquations(foldWidth(unit.text))) {
    const text = spellOut(equation, language);
    if (text === undefined || spelled.has(text) || trace.includes(text)) continue;
    spelled.add(text);
    said.push(text);
  }
  return said;
}
