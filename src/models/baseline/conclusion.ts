/**
 * Where a trace arrives, and whether it does. The baseline never invents an ending: a trace that was cut off, or that
 * gave up, has none, and is told so.
 */
import { foldWidth } from "../../core/fold-width.ts";
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
const UNSETTLED =
  /\b(?:not sure|confus\w*|stuck|unclear|perhaps|maybe|let me|let's|i need to|we need to|seems too)\b|不(?:太)?确定|糊涂|卡住|也许|可能|让我|需要(?:再|先)/i;

/** How far from the end "So ... 35" must stand to count before all else that is not said outright. */
const AT_THE_END = 3;

/** How far from the end an unboxed conclusion may stand, in units. */
const REACH = 14;
/** The same for one that says outright that it is the answer. */
const STATED_REACH = 40;

export function findConclusion(units: readonly Unit[], cues: readonly Cues[]): Conclusion | undefined {
  const boxed = findBoxed(units);
  if (boxed || !endsWhole(units)) return boxed;
  const told = { units, cues };
  return (
    findStated(told) ??
    findCode(units) ??
    findAtEnd(told) ??
    findRecurring(told) ??
    findConcluding(told, REACH) ??
    findLastWorked(told, REACH) ??
    findClosing(told)
  );
}

interface Told {
  readonly units: readonly Unit[];
  readonly cues: readonly Cues[];
}

/** Whether the last words are whole: a sentence that stops, a closed formula or piece of code, a value. */
export function endsWhole(units: readonly Unit[]): boolean {
  const last = units.at(-1);
  if (!last) return false;
  if (last.kind === "code") return !/^(?:`{3,}|~{3,})/.test(last.text) || /\n\s*(?:`{3,}|~{3,})$/.test(last.text);
  if (last.kind === "math" || last.kind === "table") return true;
  return /(?:[.!?。！？:)\]}$*"'”`✓✅]|\\\])\s*$/.test(last.text) || ENDS_ON_VALUE.test(last.text.slice(-120));
}

/** "Answer: D", "θ ≈ 35.8°", "E = 5.0e+04 V/m"; not "= 107 * 16", which may go on. */
const ENDS_ON_VALUE =
  /\banswer\b[^:]{0,40}:[*\s]*[^\s].{0,60}$|[=≈:]\s*-?[\d.,]+(?:e[-+]?\d+)?\s?(?:[°%]|[A-Za-zµΩ°]{1,4}(?:[/·^²³][\w²³]{1,4}){0,2})?$/i;

/** The content of the last `\boxed{...}` that is not empty. */
export function readBoxed(text: string): string | undefined {
  let at = text.length;
  while (at > 0) {
    at = text.lastIndexOf("\\boxed", at - 1);
    if (at === -1) return undefined;
    const open = text.indexOf("{", at);
    if (open === -1 || open > at + 8) continue;
    const close = findBrace(text, open);
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

const STATED =
  /\banswers?\b[^.=]{0,60}?(?:is|are|be|comes? (?:out )?to|=|:)[\s:$*\\({]*|答案(?:应该?)?(?:是|为|：|:)\s*|^答\s*[：:]\s*/i;
/** "7/16 is the correct answer." */
const STATED_BEFORE =
  /(?:^|\s)([-\d\\$][^\s]{0,40}) (?:is|should be|must be) (?:indeed )?(?:the|my) (?:correct |right |final )?answer\b/i;

/** "The answer is 35" anywhere near the end. */
function findStated({ units, cues }: Told): Conclusion | undefined {
  for (let at = units.length - 1; at >= Math.max(0, units.length - STATED_REACH); at--) {
    const unit = units[at]!;
    if (cues[at]!.question || unit.kind === "code") continue;
    const match = STATED.exec(unit.text);
    const before = STATED_BEFORE.exec(unit.text)?.[1];
    const value = match
      ? readValue(foldWidth(unit.text).slice(match.index + match[0].length))
      : before && bareText(before);
    if (value) return { value, units: [at], kind: "stated" };
  }
  return undefined;
}

/** The very last sentences: one that draws a conclusion, or in a chain that is not long one that comes to a value. */
function findAtEnd(told: Told): Conclusion | undefined {
  for (let reach = 1; reach <= AT_THE_END; reach++) {
    const found = findConcluding(told, reach) ?? findLastWorked(told, reach);
    if (found) return found;
  }
  return undefined;
}

/** The last value that the trace came to more than once: what else would it be checking? */
function findRecurring({ units, cues }: Told): Conclusion | undefined {
  const values = units.map((unit) => (unit.kind === "code" || cues[unit.index]!.question ? undefined : readLast(unit)));
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  for (let at = units.length - 1; at >= units.length / 2; at--) {
    const value = values[at];
    if (value !== undefined && counts.get(value)! > (value.length < 2 ? 2 : 1))
      return { value, units: [at], kind: "implied" };
  }
  return undefined;
}

/** The last "So ... 35" that works something out and plans nothing. */
function findConcluding({ units, cues }: Told, reach: number): Conclusion | undefined {
  for (let at = units.length - 1; at >= Math.max(0, units.length - reach); at--) {
    const cue = cues[at]!;
    if (units[at]!.kind === "code" || !cue.concludes || cue.question || cue.check || cue.alternative || cue.filler)
      continue;
    const value = readLast(units[at]!) ?? readKnown(units, at);
    if (value !== undefined) return { value, units: [at], kind: "stated" };
  }
  return undefined;
}

function findCode(units: readonly Unit[]): Conclusion | undefined {
  const code = units.findLast((unit) => unit.kind === "code");
  return code && units.length - code.index < 80 ? { value: "", units: [code.index], kind: "code" } : undefined;
}

function findLastWorked({ units, cues }: Told, reach: number): Conclusion | undefined {
  const last = units.at(-1);
  if (units.length > LONGEST_IMPLIED || (last && (cues[last.index]!.question || UNSETTLED.test(last.text))))
    return undefined;
  let remarks = 0;
  for (let at = units.length - 1; at >= Math.max(0, units.length - reach) && remarks <= MOST_REMARKS; at--) {
    const cue = cues[at]!;
    if (units[at]!.kind === "code" || cue.question || cue.check || cue.alternative || cue.filler) continue;
    const value = cue.plan && !units[at]!.text.includes("=") ? undefined : readLast(units[at]!);
    if (value !== undefined) return { value, units: [at], kind: "implied" };
    remarks++;
  }
  return undefined;
}

/** After so many sentences about something else, the last value is not what the trace was after. */
const MOST_REMARKS = 2;

/** A proof or an explanation comes to no value: its last "Therefore" is its conclusion. */
function findClosing({ units, cues }: Told): Conclusion | undefined {
  for (let at = units.length - 1; at >= Math.max(0, units.length - AT_THE_END); at--) {
    if (units[at]!.kind === "code" || cues[at]!.question || cues[at]!.filler) continue;
    if (CLOSES.test(units[at]!.text)) return { value: "", units: [at], kind: "stated" };
  }
  return undefined;
}

const CLOSES =
  /^(?:\*\*)?(?:therefore|thus|hence|in conclusion|in summary|consequently|we conclude|this (?:shows|proves|completes))\b|\bQ\.?E\.?D\b|\bas required\b|^(?:因此|所以|综上|故)|证毕|得证|命题成立/i;

/** The answer in what follows "the answer is": the first number, short formula or few words. */
function readValue(rest: string): string | undefined {
  const text = rest.slice(0, 400);
  const bold = /^[^.]{0,60}?\*\*([^*]{1,60})\*\*/.exec(text)?.[1];
  const formula = /^[^.\d]{0,30}(?:\$|\\\()([^$]{1,160}?)(?:\$|\\\))/.exec(text)?.[1];
  const number = /^[^.。]{0,80}?(-?\d[\d,]*(?:\.\d+)?(?:\s*\/\s*\d+)?)/.exec(text)?.[1];
  const words =
    /^([A-Z][\w'-]*(?: [A-Z][\w'-]*){0,3}|(?:yes|no|true|false|even|odd|none|undefined|infinite|infinity)\b)[.!]?$/.exec(
      text.replaceAll("*", "").trim(),
    )?.[1];
  const choice = /^[(（]?([A-Ja-j])[)）]?(?=[.):,，。、\s]|$)/.exec(text)?.[1];
  const judged = /^[“"*]*(是的?|否|不是|对|错|正确|错误|不正确|成立|不成立)[”"*]*[。.！]?\s*$/.exec(text)?.[1];
  if (judged) return judged;
  if (choice && /^(?:\(|[B-HJ])/.test(text)) return choice;
  const value = bold ?? formula?.split("=").at(-1) ?? number ?? words;
  return value === undefined ? undefined : bareText(value).replace(/[.,]+$/, "") || undefined;
}

/** "Therefore, 5 cars drove through": a number that one of the sentences just before came to. */
function readKnown(units: readonly Unit[], at: number): string | undefined {
  for (let back = at - 1; back >= Math.max(0, at - 3); back--) {
    for (const result of [...units[back]!.results].reverse()) if (units[at]!.terms.has(result)) return result;
  }
  return undefined;
}

/** The value a sentence comes to: what stands after its last equals sign or word of arriving. */
function readLast(unit: Unit): string | undefined {
  const text = foldWidth(unit.text);
  const side = text.includes("=") ? bareText(text.slice(text.lastIndexOf("=") + 1)) : "";
  const formula = /^-?[\w\\+\-*/^().√π]{1,60}?(?=[.,;。，；]?$)/.exec(side)?.[0];
  return formula || [...unit.results].at(-1);
}

export function isAnswerHeading(text: string): boolean {
  return /^[#*\s_]*(?:(?:final )?answer|(?:最终|最后)?答案|答)[*_:：\s]*$/i.test(text);
}

function findBrace(text: string, open: number): number {
  let depth = 0;
  const limit = Math.min(text.length, open + 2_000);
  for (let at = open; at < limit; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}
