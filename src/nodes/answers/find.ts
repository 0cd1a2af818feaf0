/**
 * What is the final answer in this text? From the surest sign to the weakest:
 *
 *   boxed       the last complete \boxed{...}; boxes joined by "and" or commas are one answer
 *   code        the text is, or ends as, a program
 *   phrase      "the answer is", "Final Answer", 答案
 *   choice      a letter, where the text chooses one
 *   conclusion  what the last sentence that concludes comes to ("So ... is 35.")
 *   last-line   a short text that is nothing but an answer
 *
 * A text that breaks off in the middle of a thought has no final answer. Every pass looks at a bounded tail, or goes
 * over the text once with indexOf: 5 MB of hostile text cost milliseconds.
 */

import { foldWidth } from "../../core/fold-width.ts";
import { findBoxed } from "./find-boxed.ts";
import { findStated } from "./find-stated.ts";
import { ANSWER_FORMS, type AnswerForm } from "./forms.ts";

export interface FoundAnswer {
  /** The answer as it is written, without box, dollars and the sentence around it. */
  readonly text: string;
  readonly form: AnswerForm;
  /** Where `text` lies, as offsets into the text that was searched. A joined answer spans all its parts. */
  readonly start: number;
  readonly end: number;
}

export interface FindOptions {
  /** Only these forms count; all when left out. */
  readonly forms?: readonly AnswerForm[];
}

/** The final answer, or undefined when the text does not come to one. Never throws. */
export function findFinalAnswer(text: string, options: FindOptions = {}): FoundAnswer | undefined {
  const folded = foldWidth(text);
  const found = findIn(folded, options);
  if (found === undefined || folded === text) return found;
  // As it is written: the folded text has the same places.
  const isPiece = folded.slice(found.start, found.end) === found.text;
  return isPiece ? { ...found, text: text.slice(found.start, found.end) } : found;
}

function findIn(text: string, options: FindOptions): FoundAnswer | undefined {
  const forms = options.forms ?? ANSWER_FORMS;
  const from = afterThinking(text);
  const boxed = forms.includes("boxed") ? (findBoxed(text, from) ?? findBoxed(text, 0)) : undefined;
  if (boxed) return boxed;
  const code = forms.includes("code") ? findCode(text, from) : undefined;
  const stated = findStated(text, code ? code.end + FENCE : from);
  // Behind a program only an outright statement counts: prose about it concludes all sorts of things.
  if (code && stated?.form !== "phrase" && stated?.form !== "choice") return code;
  return stated && forms.includes(stated.form) ? stated : undefined;
}

/** The line break and the three signs that end a block. */
const FENCE = 4;

/** Behind the thinking, when the text still carries it and says something after it. */
function afterThinking(text: string): number {
  const close = text.lastIndexOf("</think>");
  return close >= 0 && text.slice(close + 8).trim() !== "" ? close + 8 : 0;
}

/** The last complete fenced block that holds a program. */
function findCode(text: string, from: number): FoundAnswer | undefined {
  const close = text.lastIndexOf("\n```");
  if (close < from) return undefined;
  const open = text.lastIndexOf("```", close - 1);
  if (open < from) return undefined;
  const start = text.indexOf("\n", open) + 1;
  // An odd number of fences: what looked like the end is the beginning of a block that was cut off.
  if (start === 0 || start > close || !closesBlock(text, from, close + 1)) return undefined;
  const code = text.slice(start, close);
  if (code.trim() === "" || !looksLikeCode(text.slice(open + 3, start), code)) return undefined;
  return { text: code, form: "code", start, end: close };
}

function closesBlock(text: string, from: number, fence: number): boolean {
  let fences = 0;
  for (let at = text.indexOf("```", from); at >= 0 && at < fence; at = text.indexOf("```", at + 3)) fences++;
  return fences % 2 === 1;
}

function looksLikeCode(info: string, code: string): boolean {
  if (/^\s*(?:python|py|javascript|js|typescript|ts|cpp|c\+\+|c|java|rust|go|cuda|sql|bash|sh)\b/i.test(info))
    return true;
  return (
    info.trim() === "" &&
    /^\s*(?:def |class |import |from \w+ import|function |#include|const |let |return )/m.test(code.slice(0, 4000))
  );
}
