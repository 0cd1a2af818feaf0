/** Paragraphs cut into steps of a bearable size: one result a step. */
import { estimateTokens } from "../../core/tokens.ts";
import { readUnits, type Unit, writeUnits } from "./units.ts";

const LONGEST_STEP_TOKENS = 90;

/** Starts a new paragraph after a result once the present one has grown; formulas stay with what introduces them. */
export function cutSteps(text: string): string {
  let size = 0;
  let results = 0;
  const lines = readUnits(text).map((unit) => {
    const tokens = estimateTokens(unit.text);
    const full = size > 0 && results > 0 && size + tokens > LONGEST_STEP_TOKENS;
    const joint = full && (unit.joint === " " || unit.joint === "") && canStart(unit) ? ("\n\n" as const) : unit.joint;
    if (joint === "\n\n") {
      size = 0;
      results = 0;
    }
    size += tokens;
    results += unit.results.size;
    return { text: unit.text, joint };
  });
  return writeUnits(lines);
}

function canStart(unit: Unit): boolean {
  return unit.kind === "prose" && !/^(?:where|which|with|and|or)\b|^[a-z]{2,}/.test(unit.text);
}
