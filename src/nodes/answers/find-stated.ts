/**
 * The answer that a text states in words. Chains of thought are the usual input: they conclude, doubt, conclude again
 * and end on a remark ("Yep, that seems right."). The last explicit statement counts, unless the text takes it back
 * afterwards and concludes something else; a text that stops in the middle of a sentence has concluded nothing.
 */
import type { FoundAnswer } from "./find.ts";
import { announcedChoice } from "./find-choice.ts";
import { tidy } from "./notation.ts";
import { directReadings } from "./rules.ts";
import { formulasIn, type Sentence, sentencesIn } from "./sentences.ts";
import { type Statement, statementsIn } from "./statements.ts";
import { choiceLetter } from "./words.ts";

/** What comes before this many characters from the end is the way, not the answer. */
const TAIL = 6000;
/** An answer that stands alone is not longer than this. */
const LONGEST_ALONE = 600;
/** A conclusion that was only implied must be among the last sentences. */
const LAST_SENTENCES = 8;

/** So few sentences are a short answer that lacks its full stop. */
const FEW_SENTENCES = 6;

const DOUBTS =
  /\b(?:wait|hmm|hold on|actually|no,|mistake|wrong|alternatively|but (?:maybe|perhaps|what if)|however|let (?:me|us|'s) (?:re|check|double|verify|confirm)|let's (?:re|check|double|verify|confirm))/i;

export function findStated(text: string, from: number): FoundAnswer | undefined {
  const end = contentEnd(text);
  if (end <= from) return undefined;
  const alone = standsAlone(text, from, end);
  if (alone) return alone;
  const start = Math.max(from, end - TAIL);
  const formulas = formulasIn(text, start, end);
  const sentences = sentencesIn(text, start, end, formulas);
  const chosen = choose(text, sentences, statementsIn(text, sentences, formulas));
  return chosen && { text: chosen.text, form: chosen.form, start: chosen.start, end: chosen.end };
}

/** Control tokens that a runner left behind are no part of the text. */
function contentEnd(text: string): number {
  const token = text.indexOf("<|", Math.max(0, text.length - 200));
  return text.slice(0, token >= 0 ? token : text.length).trimEnd().length;
}

/** A short text that is an answer and nothing else: "28 %", "(0, 9)", "B". */
function standsAlone(text: string, from: number, end: number): FoundAnswer | undefined {
  if (end - from > LONGEST_ALONE) return undefined;
  const whole = text.slice(from, end);
  const start = from + whole.length - whole.trimStart().length;
  const inner = text.slice(start, end);
  // A line break inside of $...$ is where two prices were taken for a formula, or a reply is broken.
  if (/(?:\$|\\\()\s*\n/.test(inner) && !/\$\$/.test(inner)) return undefined;
  if (choiceLetter(inner) && inner.length < 12) {
    const letter = announcedChoice(inner, start);
    return letter ? { ...letter, form: "choice" } : { text: inner, form: "choice", start, end };
  }
  const isAnswer =
    directReadings(inner, tidy(inner)).length > 0 || /^[\x21-\x7e]{1,40}$/.test(inner) || /^\$[^$\n]*\$$/.test(inner);
  return isAnswer ? { text: inner, form: "last-line", start, end } : undefined;
}

/** Which of the statements stands at the end. */
function choose(text: string, sentences: readonly Sentence[], statements: readonly Statement[]): Statement | undefined {
  const cutOff = !sentences.at(-1)?.whole;
  const last = statements.findLast((each) => each.weight !== "checking") ?? statements.at(-1);
  const explicit = statements.findLast((each) => each.weight === "explicit");
  if (!last) return undefined;
  const after = (statement: Statement) => text.slice(sentences[statement.sentence]!.end, sentences.at(-1)!.end);
  if (explicit) {
    const later = last.weight !== "planning" && last.start > explicit.end ? last : undefined;
    const tookBack = later !== undefined && DOUBTS.test(text.slice(explicit.end, later.start));
    if (!tookBack) return cutOff && DOUBTS.test(after(explicit)) ? undefined : explicit;
  }
  // What is still to be done was never done: the values before it are the way, not the answer.
  if (last.weight === "planning") return undefined;
  if (last.sentence < sentences.length - LAST_SENTENCES) return undefined;
  // A long text that stops without a full stop was cut off: "= 70" may have been about to be "= 70 + 5".
  if (cutOff && sentences.length > FEW_SENTENCES) return undefined;
  return last;
}
