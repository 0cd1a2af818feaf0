/**
 * Where a trace arrives, and whether it does. The baseline never invents an ending: a trace that was cut off, or that
 * gave up, has none, and is told so.
 */
import type { Cues } from "./cues.ts";
import { bareText, type Unit } from "./units.ts";

export interface Conclusion {
  /** The answer as written, bare of LaTeX dressing; for code "" (the code itself is the answer). */
  readonly value: string;
  /** The units that state it, in order; they end whatever is written. */
  readonly units: readonly number[];
  /** How surely: boxed, said to be the answer, or only the last thing worked out. */
  readonly kind: "boxed" | "stated" | "implied" | "code";
}

/** The last value of a long chain is as likely the last thing it tried as its answer. */
const LONGEST_IMPLIED = 120;
const UNSETTLED = /\b(?:not sure|confus\w*|stuck|unclear|perhaps|maybe|let me|let's|i need to|we need to|seems too)\b/i;

/** How far from the end an unboxed conclusion may stand, in units. */
const REACH = 14;
/** The same for one that says outright that it is the answer. */
const STATED_REACH = 40;

export function findConclusion(units: readonly Unit[], cues: readonly Cues[]): Conclusion | undefined {
  return (
    findBoxed(units) ??
    (endsWhole(units) ? (findStated(units, cues) ?? findCode(units) ?? findImplied(units, cues)) : undefined)
  );
}

/** Whether the last words are whole: a sentence that stops, a closed formula or piece of code. */
export function endsWhole(units: readonly Unit[]): boolean {
  const last = units.at(-1);
  if (!last) return false;
  if (last.kind === "code") return /\n\s*(?:`{3,}|~{3,})$/.test(last.text);
  return last.kind !== "prose" || /(?:[.!?。！？:)\]}$*"'”`✓✅]|\\\])\s*$/.test(last.text);
}

/** The content of the last `\boxed{...}` that is not empty. */
export function readBoxed(text: string): string | undefined {
  let at = text.length;
  while (at > 0) {
    at = text.lastIndexOf("\\boxed", at - 1);
    if (at === -1) return undefined;
    const open = text.indexOf("{", at);
    if (open === -1 || open > at + 8) continue;
    const close = findClosing(text, open);
    if (close !== -1 && close > open + 1) return text.slice(open + 1, close);
  }
  return undefined;
}

function findBoxed(units: readonly Unit[]): Conclusion | undefined {
  const last = units.findLast((unit) => unit.text.includes("\\boxed") && readBoxed(unit.text) !== undefined);
  if (!last) return undefined;
  // A box early on and a long way after it is a remark about the wanted form, or was taken back.
  if (units.length - last.index > 60) return undefined;
  const heading = units[last.index - 1];
  const headed = heading !== undefined && isAnswerHeading(heading.text);
  return {
    value: bareText(readBoxed(last.text)!),
    units: headed ? [heading.index, last.index] : [last.index],
    kind: "boxed",
  };
}

const STATED = /\banswers?\b[^.=]{0,60}?(?:is|are|be|=|:)[\s:$*\\({]*|答案(?:是|为|：|:)\s*/i;

/** "The answer is 35" anywhere near the end; else the last "So ... 35" that works something out and plans nothing. */
function findStated(units: readonly Unit[], cues: readonly Cues[]): Conclusion | undefined {
  for (let at = units.length - 1; at >= Math.max(0, units.length - STATED_REACH); at--) {
    const unit = units[at]!;
    const match = cues[at]!.question || unit.kind === "code" ? null : STATED.exec(unit.text);
    const value = match ? readValue(unit.text.slice(match.index + match[0].length)) : undefined;
    if (value !== undefined) return { value, units: [at], kind: "stated" };
  }
  for (let at = units.length - 1; at >= Math.max(0, units.length - REACH); at--) {
    const unit = units[at]!;
    const cue = cues[at]!;
    if (unit.kind === "code" || !cue.concludes || cue.question || cue.check || cue.alternative || cue.filler) continue;
    const value = readLast(unit);
    if (value !== undefined) return { value, units: [at], kind: "stated" };
  }
  return undefined;
}

function findCode(units: readonly Unit[]): Conclusion | undefined {
  const code = units.findLast((unit) => unit.kind === "code");
  return code && units.length - code.index < 80 ? { value: "", units: [code.index], kind: "code" } : undefined;
}

function findImplied(units: readonly Unit[], cues: readonly Cues[]): Conclusion | undefined {
  const last = units.at(-1);
  if (units.length > LONGEST_IMPLIED || (last && (cues[last.index]!.question || UNSETTLED.test(last.text))))
    return undefined;
  for (let at = units.length - 1; at >= Math.max(0, units.length - REACH); at--) {
    if (units[at]!.kind === "code" || cues[at]!.question) continue;
    const value = readLast(units[at]!);
    if (value !== undefined) return { value, units: [at], kind: "implied" };
  }
  return undefined;
}

/** The answer in what follows "the answer is": the first number, short formula or few words. */
function readValue(rest: string): string | undefined {
  const text = rest.slice(0, 400);
  const bold = /^[^.]{0,60}?\*\*([^*]{1,60})\*\*/.exec(text)?.[1];
  const formula = /^[^.\d]{0,30}(?:\$|\\\()([^$]{1,160}?)(?:\$|\\\))/.exec(text)?.[1];
  const number = /^[^.]{0,80}?(-?\d[\d,]*(?:\.\d+)?(?:\s*\/\s*\d+)?)/.exec(text)?.[1];
  const words = /^([A-Za-z][\w' -]{0,40})[.!]?$/.exec(text.replaceAll("*", "").trim())?.[1];
  const value = bold ?? formula?.split("=").at(-1) ?? number ?? words;
  return value === undefined ? undefined : bareText(value).replace(/[.,]+$/, "") || undefined;
}

/** The value a sentence comes to: what stands after its last equals sign or word of arriving. */
function readLast(unit: Unit): string | undefined {
  const side = unit.text.includes("=") ? bareText(unit.text.slice(unit.text.lastIndexOf("=") + 1)) : "";
  const formula = /^-?[\w\\+\-*/^().√π]{1,60}?(?=[.,;]?$)/.exec(side)?.[0];
  return formula || [...unit.results].at(-1);
}

export function isAnswerHeading(text: string): boolean {
  return /^[#*\s_]*(?:final )?answer[*_:\s]*$/i.test(text);
}

function findClosing(text: string, open: number): number {
  let depth = 0;
  const limit = Math.min(text.length, open + 2_000);
  for (let at = open; at < limit; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}
