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
import { measureOf } from "./units.ts";
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
  /\b(?:wait|hmm|hold on|actually|no,|mistake|wrong|alternatively|but (?:maybe|perhaps|what if)|however|let (?:me|us|'s) (?:re|check|double|verify|confirm)|let's (?:re|check|double|verify|confirm))|等等|等一下|慢着|不对|算错|弄错|搞错|错了|重新(?:算|计算|考虑|检查)|再(?:检查|验算|想)|验算一下|但是?(?:也许|可能|如果)/i;

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
  const end = sentences.at(-1);
  const cutOff = !end?.whole;
  const last = statements.findLast((each) => each.weight !== "checking") ?? statements.at(-1);
  const isHalf = (each: Statement) =>
    cutOff && each.sentence === sentences.length - 1 && breaksOff(text.slice(each.end, end?.end));
  const explicit = statements.findLast((each) => each.weight === "explicit" && !isHalf(each));
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
  if (cutOff && (sentences.length > FEW_SENTENCES || breaksOff(text.slice(end?.start, end?.end)))) return undefined;
  const isAtEnd = last.sentence === sentences.length - 1;
  if (cutOff && isAtEnd && GOES_ON.test(text.slice(last.end, end?.end))) return undefined;
  return last;
}

/** "So that is 24 times the": behind these nothing can end. */
const LEAVES_OPEN =
  /(?:[-=+−×÷·/<>≈([{,:;&^_]|(?<!\*)\*|\\(?:times|cdot|div|frac|sqrt|left|approx|le|ge|pm)|\b(?:an|and|are|as|at|because|but|by|cannot|divided|each|equals?|for|from|gives?|has|have|her|his|if|in|is|its|leaving|makes|means|minus|multiplied|of|on|or|our|per|plus|resulting|since|so|than|that|the|their|then|there|these|this|times|to|totaling|was|we|when|where|which|will|with|would))$/i;
const LEAVES_OPEN_IN_CHINESE =
  /(?:[，、：；（“《]|[的和与或及且是为在从把将被对向由以]|等于|因为|所以|因此|那么|如果|于是|其中|也就是|即|得到|加上|减去|乘以|除以|再|还有|还需要|需要|并且|但是?)$/u;
/** Another clause, or many words, behind the value of a sentence that never stops. */
const GOES_ON = /,\s+[a-z]|(?:\s+[A-Za-z']+){7}/;
/** A word of two letters at most, which is seldom the last of a sentence: the rest of it is missing. */
const HALF_A_WORD = /\s[a-z]{1,2}$/;

/** Whether a sentence without its end stops where it can't: after a sign or word that needs another, or within one. */
function breaksOff(rest: string): boolean {
  const tail = rest.trimEnd().slice(-80);
  if (LEAVES_OPEN_IN_CHINESE.test(tail)) return true;
  if (LEAVES_OPEN.test(tail)) return true;
  const half = HALF_A_WORD.exec(tail)?.[0].trim();
  return half !== undefined && !/[=≈+*/^<>]\s*$/.test(tail.slice(0, -half.length)) && measureOf(half) === undefined;
}
