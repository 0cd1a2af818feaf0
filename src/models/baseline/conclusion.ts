/**
 * Where a trace arrives, and whether it does. The baseline never invents an ending: a trace that was cut off, or that
 * gave up, has none, and is told so.
 */
import { type Cues, stripHesitation } from "./cues.ts";
import { bareText, type Unit } from "./units.ts";

export interface Conclusion {
  /** The answer as written, bare of LaTeX dressing; for code "" (the code itself is the answer). */
  readonly value: string;
  /** The units that state it, in order; they end whatever is written. */
  readonly units: readonly number[];
  /** How surely: boxed, said to be the answer, or only the last thing worked out. */
  readonly kind: "boxed" | "stated" | "implied" | "code";
}

/** How far from the end an unboxed conclusion may stand, in units. */
const REACH = 14;

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
  return last.kind !== "prose" || /(?:[.!?。！？:)\]}$*"'”`✓✅]|\d|\\\])\s*$/.test(last.text);
}

/** Says that the problem lacks something, and where: the index of that unit. Only the last part of a trace counts. */
export function findGuess(units: readonly Unit[], cues: readonly Cues[]): number | undefined {
  const said = units.filter((unit) => cues[unit.index]!.guess).map((unit) => unit.index);
  return said.at(-1);
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

const STATED =
  /(?:\banswers?\b[^.=]{0,60}?(?:is|are|be|=|:)|\b(?:therefore|thus|so|hence|total|altogether)\b[^.]{0,120}?(?:is|are|=|gives|has|have|be|get|earns?|makes?|needs?|costs?|spends?|pays?))[\s:$*\\({]*/i;

function findStated(units: readonly Unit[], cues: readonly Cues[]): Conclusion | undefined {
  for (let at = units.length - 1; at >= Math.max(0, units.length - REACH); at--) {
    const unit = units[at]!;
    if (unit.kind === "code" || !/\banswer|答案/i.test(unit.text) || cues[at]!.guess || cues[at]!.question) continue;
    const value = readValue(unit.text);
    if (value !== undefined) return { value, units: [at], kind: "stated" };
  }
  for (let at = units.length - 1; at >= Math.max(0, units.length - REACH); at--) {
    const unit = units[at]!;
    if (unit.kind === "code" || !cues[at]!.concludes || cues[at]!.question || cues[at]!.check) continue;
    const value = readValue(unit.text);
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
  if (last && (cues[last.index]!.question || /not sure|confus|stuck|unclear|seems too/i.test(last.text)))
    return undefined;
  for (let at = units.length - 1; at >= Math.max(0, units.length - REACH); at--) {
    const unit = units[at]!;
    if (unit.kind === "code" || cues[at]!.question || cues[at]!.guess || unit.results.size === 0) continue;
    return { value: [...unit.results].at(-1)!, units: [at], kind: "implied" };
  }
  return undefined;
}

/** What a closing sentence says the answer is: a number or short expression after "answer is" and the like. */
function readValue(sentence: string): string | undefined {
  const text = stripHesitation(sentence);
  const match = STATED.exec(text);
  const rest = match ? text.slice(match.index + match[0].length) : "";
  const bold = /\*\*([^*]{1,60})\*\*/.exec(rest)?.[1];
  const formula = /^(?:[^.]{0,30}?)(?:\$|\\\()([^$]{1,160}?)(?:\$|\\\))/.exec(text.slice(match?.index ?? 0))?.[1];
  const number =
    /-?\d[\d,]*(?:\.\d+)?(?:\s*\/\s*\d+)?/.exec(rest)?.[0] ??
    /-?\d[\d,]*(?:\.\d+)?(?:\s*\/\s*\d+)?(?!.*\d)/.exec(text)?.[0];
  const value = (bold && /\d|\\/.test(bold) ? bold : undefined) ?? formula?.split("=").at(-1) ?? number;
  if (value === undefined) {
    const word = /^([A-Za-z][\w' -]{0,40})[.!]?$/.exec(rest.replaceAll("*", "").trim())?.[1];
    return word ? bareText(word) : undefined;
  }
  return bareText(value).replace(/[.,]+$/, "") || undefined;
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
