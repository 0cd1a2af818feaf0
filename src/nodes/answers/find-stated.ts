/**
 * The answer that a text states in words. Chains of thought are the usual input: they conclude, doubt, conclude again
 * and end on a remark ("Yep, that seems right."). The last explicit statement counts, unless the text takes it back
 * afterwards and concludes something else; a text that stops in the middle of a sentence has concluded nothing.
 */
import type { FoundAnswer } from "./find.ts";
import { tidy } from "./notation.ts";
import { pickValue } from "./pick-value.ts";
import { readingsOf } from "./rules.ts";
import { formulasIn, type Sentence, type Span, sentencesIn } from "./sentences.ts";
import { choiceLetter } from "./words.ts";

/** What comes before this many characters from the end is the way, not the answer. */
const TAIL = 6000;
/** An answer that stands alone is not longer than this. */
const LONGEST_ALONE = 600;

const PHRASE =
  /\b(?:final answer|correct answer|answer|solution|result)\b(?:\s+(?:to|of|for)\s+(?:the|this)\s+\w+)?\s*(?:[*_]{0,2}\s*(?::|：|=|is\b|are\b|should be\b|must be\b|would be\b|will be\b|has to be\b|can be\b|might be\b|may be\b|could be\b|remains\b|comes out to\b|[*_]{2}\s*$)|\s(?=\$|\\\())|(?:réponse|respuesta|antwort|risposta|ответ)\s*(?:finale\s*)?(?::|est\b|es\b|ist\b|è\b)|(?:最终)?答案\s*(?:是|为|应为|应该是|：|:|等于)?/giu;
const HEADING =
  /^[\s#*_>\-✅]*(?:\p{Extended_Pictographic}\s*)?(?:final\s+answers?|answers?|solution|réponse|respuesta|答案|最终答案)[\s:：*_#]*$/iu;
const CONCLUDES =
  /^[\s*_>#\-–•]*(?:(?:yes|yep|yeah|okay|ok|alright|right|and|but|great|good|perfect|well|now)[,.!]?\s+)*(?:so|thus|therefore|hence|consequently|accordingly|in conclusion|in summary|finally|overall|altogether|in total|as a result|that means|this means|which means|this gives|we get|we have|i think|i believe|i'm (?:now )?(?:pretty |fairly |quite )?confident|we conclude|donc|por lo tanto|así que|also|daher|следовательно|因此|所以|故|于是|综上|لذا|इसलिए)(?![\p{L}])/iu;
const DOUBTS =
  /\b(?:wait|hmm|hold on|actually|no,|mistake|wrong|alternatively|but (?:maybe|perhaps|what if)|however|let me (?:re|check|double))/i;
const DENIES =
  /\b(?:not|isn't|can't be|cannot be|never|unclear|unknown|unsure|wrong|don't know|can't (?:be )?determine)\b/i;
const REMARK =
  /^[\s*_]*(?:i hope|let me|let's|wait|hmm|note|but |however|maybe|perhaps|check|verify|what|how|why|is |are |does |do |can |could |alternatively|another)/i;

interface Statement extends FoundAnswer {
  readonly weight: "explicit" | "concluding" | "plain";
  readonly sentence: number;
}

export function findStated(text: string, from: number): FoundAnswer | undefined {
  const end = contentEnd(text);
  if (end <= from) return undefined;
  const start = Math.max(from, end - TAIL);
  const alone = standsAlone(text, from, end);
  const formulas = formulasIn(text, start, end);
  const sentences = sentencesIn(text, start, end, formulas);
  const statements = statementsIn(text, sentences, formulas);
  const explicit = statements.findLast((each) => each.weight === "explicit");
  if (alone && !explicit) return alone;
  const chosen = choose(text, sentences, statements, explicit);
  return chosen && { text: chosen.text, form: chosen.form, start: chosen.start, end: chosen.end };
}

/** Control tokens that a runner left behind are no part of the text. */
function contentEnd(text: string): number {
  const token = text.indexOf("<|", Math.max(0, text.length - 200));
  let end = token >= 0 ? token : text.length;
  while (end > 0 && /\s/.test(text[end - 1]!)) end--;
  return end;
}

/** A short text that is an answer and nothing else: "28 %", "(0, 9)", "B". */
function standsAlone(text: string, from: number, end: number): FoundAnswer | undefined {
  if (end - from > LONGEST_ALONE) return undefined;
  const whole = text.slice(from, end);
  const start = from + whole.length - whole.trimStart().length;
  const inner = text.slice(start, end);
  // A line break inside of $...$ is where two prices were taken for a formula, or a reply is broken.
  if (/(?:\$|\\\()\s*\n/.test(inner) && !/\$\$/.test(inner)) return undefined;
  if (choiceLetter(inner) && inner.length < 12) return { text: inner, form: "choice", start, end };
  const isAnswer =
    readingsOf(inner, tidy(inner)).length > 0 || /^[\x21-\x7e]{1,40}$/.test(inner) || /^\$[^$\n]*\$$/.test(inner);
  return isAnswer ? { text: inner, form: "last-line", start, end } : undefined;
}

function statementsIn(text: string, sentences: readonly Sentence[], formulas: readonly Span[]): readonly Statement[] {
  const found: Statement[] = [];
  let broken = false;
  for (const [at, sentence] of sentences.entries()) {
    const words = text.slice(sentence.start, sentence.end);
    // A formula that is opened at the end of a line and closed on another is a broken one: its inside is no statement.
    if (
      /(?:^|[^\\$\d])(?:\$|\\\()\s*$/.test(words.slice(-12)) &&
      !formulas.some((span) => span.to >= sentence.end - 1 && span.from < sentence.end)
    ) {
      broken = !broken;
      continue;
    }
    if (broken) {
      broken = !/^\s*(?:\$|\\\))/.test(words);
      continue;
    }
    if (/[?？]\s*[*_]*\s*$/.test(words)) continue;
    const statement = explicitIn(text, sentences, at, formulas) ?? impliedIn(text, sentence, formulas);
    if (statement) found.push({ ...statement, sentence: at });
  }
  return found;
}

type Found = Omit<Statement, "sentence">;

function explicitIn(
  text: string,
  sentences: readonly Sentence[],
  at: number,
  formulas: readonly Span[],
): Found | undefined {
  const sentence = sentences[at]!;
  const words = text.slice(sentence.start, sentence.end);
  if (HEADING.test(words)) {
    const next = sentences[at + 1];
    const value = next && pickValue(text, next.start, next.end, formulas, "stated");
    return value && { ...value, weight: "explicit" };
  }
  const choice = choiceIn(words, sentence.start);
  if (choice) return choice;
  const phrase = [...words.matchAll(PHRASE)].at(-1);
  if (!phrase) return undefined;
  const start = sentence.start + phrase.index + phrase[0].length;
  if (DENIES.test(text.slice(start, Math.min(start + 24, sentence.end)))) return undefined;
  const value = pickValue(text, start, sentence.end, formulas, "stated");
  if (value) return { ...value, weight: "explicit" };
  const next =
    text.slice(start, sentence.end).trim() === "" || /[:：]\s*[*_]*\s*$/.test(words) ? sentences[at + 1] : undefined;
  const below = next && pickValue(text, next.start, next.end, formulas, "stated");
  return below && { ...below, weight: "explicit" };
}

const CHOOSES = [
  /(?:answer|option|choice|réponse|respuesta|antwort)(?:\s+(?:is|should be|must be|would be|est|es|ist))?(?:\s+(?:for sure|definitely|clearly|therefore|option|choice))*\s*[:：]?\s*\n?\s*[*_(["'$\\{]*(?:text(?:bf)?\{)?\(?([A-J])(?![\p{L}\d'’])/giu,
  /(?:i think|i believe|i'd say|so|therefore|thus|hence|it'?s|it is|must be|choose|select|pick|选择?|是)\s+(?:it'?s |it is |option |choice |answer )?[*_("]*([B-HJ]|A(?=[).*"]|$))(?=[\s.,)*"'。]|$)(?!\s*[=<>+\-/^(])/gu,
  /^\s*[*_(]*([A-J])[).:](?=\s+\S|[*_]|\s*$)/g,
  /\b(?:option|choice)\s+[*_("]*([A-J])\b(?=[^.]*\b(?:correct|right|best|answer))/gi,
] as const;

function choiceIn(words: string, offset: number): Found | undefined {
  for (const pattern of CHOOSES) {
    pattern.lastIndex = 0;
    const match = [...words.slice(0, 600).matchAll(pattern)].at(pattern === CHOOSES[0] ? 0 : -1);
    const letter = match?.[1];
    if (!match || !letter || letter !== letter.toUpperCase()) continue;
    const place = match.index + match[0].lastIndexOf(letter);
    if (/^\s*[=<>+\-*/^_(\\]/.test(words.slice(place + 1)) && !/^\s*[*_)]/.test(words.slice(place + 1))) continue;
    return { text: letter, form: "choice", start: offset + place, end: offset + place + 1, weight: "explicit" };
  }
  return undefined;
}

function impliedIn(text: string, sentence: Sentence, formulas: readonly Span[]): Found | undefined {
  const words = text.slice(sentence.start, sentence.end);
  const concludes = CONCLUDES.test(words);
  if (!concludes && REMARK.test(words)) return undefined;
  const value = pickValue(text, sentence.start, sentence.end, formulas, "last");
  if (!value) return undefined;
  return { ...value, form: "conclusion", weight: concludes ? "concluding" : "plain" };
}

/** Which of the statements stands at the end. */
function choose(
  text: string,
  sentences: readonly Sentence[],
  statements: readonly Statement[],
  explicit: Statement | undefined,
): Statement | undefined {
  const cutOff = !sentences.at(-1)?.whole;
  const concluding = statements.findLast((each) => each.weight === "concluding");
  const between = (after: Statement, before: Statement | undefined) =>
    text.slice(sentences[after.sentence]!.end, before ? before.start : (sentences.at(-1)?.end ?? 0));
  if (explicit) {
    const later = concluding && concluding.start > explicit.end ? concluding : undefined;
    const tookBack = later && DOUBTS.test(between(explicit, later));
    if (tookBack) return cutOff && sentences.length - later.sentence > 2 ? undefined : later;
    return cutOff && DOUBTS.test(between(explicit, undefined)) ? undefined : explicit;
  }
  const last = statements.at(-1);
  if (
    !last ||
    (cutOff &&
      sentences.length > 1 &&
      last.sentence === sentences.length - 1 &&
      last.weight === "plain" &&
      sentences.length > 6)
  )
    return undefined;
  if (!concluding) return last.sentence >= sentences.length - 3 ? last : undefined;
  const sinceConcluding = between(concluding, undefined);
  if (cutOff && (DOUBTS.test(sinceConcluding) || sinceConcluding.length > 400)) return undefined;
  return last.sentence > concluding.sentence && DOUBTS.test(sinceConcluding) ? last : concluding;
}
