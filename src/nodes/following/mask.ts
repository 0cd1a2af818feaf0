/**
 * A trace with its answer blanked out: what a student is given when it is asked to follow. A full trace carries even a
 * student that follows nothing, because the answer stands in it (docs/performance.md has the measurement); so every place
 * that gives it away is taken out, step by step:
 *
 *   restated    the answer in any form, wherever it is telling; elsewhere where it comes out or is concluded
 *   announced   a sentence that names the answer ("So the answer is", a box, 答案) keeps its calculation, not its value
 *   worked back a sentence after it that calculates with the blank ("____ - 8 = 25") would give it back: it is dropped
 *   bare        a step of which only the announcement is left is dropped
 *
 * It errs towards taking out too much: a chain that is wrongly called too hard costs a rewrite, one that is wrongly
 * called followable spoils the data. What still slips through is caught by the leak controls (probe.ts).
 */
import { stepsOf } from "../../core/prompt.ts";
import { cutSentences } from "../../core/segments.ts";
import { findFinalAnswer } from "../answers/index.ts";
import { findRestatements, type Restatement, type Wanted, wantedIn } from "./restatements.ts";

export const BLANK = "____";

export interface MaskedStep {
  /** Which of the trace's steps it is, from 1. */
  readonly step: number;
  readonly text: string;
}

export interface Masked {
  readonly steps: readonly MaskedStep[];
  /** Places blanked out, and sentences and steps dropped. */
  readonly blanks: number;
  readonly dropped: number;
}

/** `answers`: every accepted one. What the trace itself concludes is blanked out too, however it is written. */
export function maskAnswer(trace: string, answers: readonly string[], problem: string): Masked {
  const wanted = wantedIn([...answers, ...ownAnswers(trace)], problem);
  const raw = stepsOf(trace);
  const closing = raw.findLastIndex((text) => /[\p{L}\d]/u.test(text));
  const kept: MaskedStep[] = [];
  let blanks = 0;
  let dropped = 0;
  let known = false;
  for (const [index, text] of raw.entries()) {
    const isLast = index >= closing - 1 && closing > 0;
    const masked = maskStep(text.trim(), wanted, { isLast, known });
    blanks += masked.blanks;
    dropped += masked.dropped;
    known ||= masked.blanks > 0;
    if (masked.text !== "" && !isBare(masked.text)) kept.push({ step: index + 1, text: masked.text });
    else dropped += 1;
  }
  return { steps: kept, blanks, dropped };
}

/** The masked trace as one text. */
export function joinSteps(steps: readonly MaskedStep[]): string {
  return steps.map(({ text }) => text).join("\n\n");
}

/** What the trace gives as its answer, as it is written there: a box, and the words around the end. */
function ownAnswers(trace: string): string[] {
  const found = [findFinalAnswer(trace), findFinalAnswer(trace, { forms: ["phrase", "choice", "conclusion"] })];
  // "Total = 6 × 7 = 42": what it comes to stands last.
  return found.flatMap((each) => (each === undefined || each.form === "code" ? [] : [each.text.split("=").at(-1)!]));
}

function maskStep(text: string, wanted: Wanted, at: { isLast: boolean; known: boolean }) {
  let masked = "";
  let blanks = 0;
  let dropped = 0;
  let known = at.known;
  let announced = false;
  for (const sentence of cutSentences(text)) {
    const concludes = at.isLast || announced || CONCLUDES.test(sentence);
    // "**Answer**" on a line of its own announces the next one.
    announced = ANNOUNCES_NEXT.test(sentence);
    const places = merge(findRestatements(sentence, wanted, concludes));
    if (places.length === 0) {
      masked += sentence;
      continue;
    }
    const blanked = blankOut(sentence, places);
    if (known && WORKS_BACK.test(blanked)) {
      dropped += 1;
      masked += /\n\s*$/.exec(sentence)?.[0] ?? "";
      continue;
    }
    blanks += places.length;
    known = true;
    masked += blanked;
  }
  return { text: masked.trim(), blanks, dropped };
}

const CONCLUDES =
  /\\boxed|\\fbox|\b(?:answer|therefore|thus|hence|conclu\w+|finally|final|in total|altogether|in summary|correct (?:option|choice)|corresponds to|matches option)\b|^[\s*_#>-]*so\b|答案|因此|所以|综上|故/iu;
const ANNOUNCES_NEXT =
  /^[\s#*_>-]*(?:(?:the )?final answer|answer|result|conclusion|答案)(?: is)?[\s:：*_#]*$|[:：]\s*[*_]*\s*$/iu;
const OPERATOR = String.raw`(?:[-+−*/×·÷^]|\\(?:times|cdot|div)\b|(?:plus|minus|times|divided by|multiplied by)\b)`;
/** The blank as one side of an operation whose outcome stands there, or put into something. */
const WORKS_BACK = new RegExp(
  String.raw`(?:${BLANK}[\s)}\]]*${OPERATOR}|${OPERATOR}[\s({\[]*${BLANK}|[({\[]\s*${BLANK}\s*[)}\]]\s*[-+=^({]|\bmod\b)`,
  "i",
);

function merge(places: readonly Restatement[]): Restatement[] {
  const merged: Restatement[] = [];
  for (const place of [...places].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last !== undefined && place.start < last.end) {
      merged[merged.length - 1] = { ...last, end: Math.max(last.end, place.end) };
    } else merged.push(place);
  }
  return merged;
}

function blankOut(sentence: string, places: readonly Restatement[]): string {
  let text = "";
  let at = 0;
  for (const { start, end } of places) {
    text += sentence.slice(at, start) + BLANK;
    at = end;
  }
  return text + sentence.slice(at);
}

/** Nothing is left but words that announce, and the blank. */
function isBare(text: string): boolean {
  if (!text.includes(BLANK))
    return /^[\s#*_>-]*(?:(?:the )?final )?(?:answer|result|conclusion|答案)[\s:：*_#]*$/iu.test(text);
  const left = text
    .replaceAll(BLANK, " ")
    .replace(/\\(?:boxed|text|mathbf|textbf|left|right|quad|[()[\],;! ])/g, " ")
    .replace(
      /\b(?:so|thus|therefore|hence|and|the|final|correct|answer|result|is|are|we|get|it|that|value|of|my|this|option|choice|in|to|a|an|i|can|think|total|must|be)\b/gi,
      " ",
    );
  return !/[\p{L}\d=]/u.test(left);
}
