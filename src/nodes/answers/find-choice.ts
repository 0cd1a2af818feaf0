/** A choice made in words: "The answer is (B)", "I think it's B", "D. it can't be A or B". */
import type { FoundAnswer } from "./find.ts";

type Chosen = Pick<FoundAnswer, "text" | "start" | "end">;

/** A letter behind a word that announces an answer. */
const ANNOUNCED =
  /(?:answer|option|choice|réponse|respuesta|resposta|risposta|antwort|ответ|cevap|उत्तर|الإجابة|الجواب|정답|答え|đáp án|答案|选项?)(?:\s+(?:correcte?|correcta|correta|corretta|корректный|सही|الصحيحة)\b)?(?:\s+(?:is|should be|must be|would be|est|es|é|è|ist|है|هي|هو|là)|\s?[是为は은는])?(?:\s+(?:for sure|definitely|clearly|therefore|option|choice))*\s*[:：]?\s*\n?\s*[*_(["'$\\{]*(?:text(?:bf)?\{)?\(?([A-J])(?![\p{L}\d'’])/gu;
/** The text opens with the letter of an option. */
const LEADING = /^\s*[*_(]*([A-J])[).:](?=\s+\S|[*_]|\s*$)/gu;
const PRAISED = /\b(?:[Oo]ption|[Cc]hoice)\s+[*_("]*([A-J])\b(?=[^.]{0,80}\b(?:correct|right|best|answer))/gu;
const CALLED_RIGHT = /(?:^|[\s(*])([A-J])[)*]{0,3}\s+is (?:the |clearly |therefore )*(?:correct|right|best|final)\b/gu;
/** "I think it's B": letters are also the names of points, so only at the very end of a text. */
const BELIEVED =
  /(?:\b[Ii] think|\b[Ii] believe|\b[Ii]t'?s|\b[Ii]t is|\b[Ii]t must be|\b[Cc]hoose|\b[Ss]elect|\b[Pp]ick|\bgo with)\s+(?:it'?s |it is |option |choice )?[*_("]*([A-J])(?=[.,)*"'。]*\s*$)/gu;

/** "故选 B", "应选 C", "选择 B 选项", "答案选（B）", "故选 B、D", "B 选项正确". */
const CHOSEN_IN_CHINESE =
  /(?:(?:故|应|因此|所以|答案|本题)?(?:选择?|为|是)(?:答案)?|正确(?:的)?(?:答案|选项)(?:是|为)?)\s{0,4}[:：]?\s{0,4}[*_(（"“$\\{]*(?:text(?:bf)?\{)?([A-J](?:\s?[、,，和与]?\s?[A-J]){0,5})(?![\p{L}\d'’=])(?!\s?[=<>+\-/^_\\(])/gu;
const RIGHT_IN_CHINESE = /(?:选项)?\s?([A-J])\s?(?:选项|项)?\s?(?:是|为)?(?:正确|对的)/gu;

function chosenInChinese(words: string): { letter: string; at: number } | undefined {
  if (!/[选项]|正确/.test(words)) return undefined;
  const chosen = [...words.slice(0, 600).matchAll(CHOSEN_IN_CHINESE)].filter(([whole]) => /[选项]|正确/.test(whole));
  const match = chosen.at(-1) ?? [...words.slice(0, 600).matchAll(RIGHT_IN_CHINESE)].at(-1);
  const letter = match?.[1];
  return match && letter ? { letter, at: match.index + match[0].lastIndexOf(letter) } : undefined;
}

/** The letter of a text that is nothing but its announcement: "Answer: (A)", "答案是B". */
export function announcedChoice(words: string, offset: number): Chosen | undefined {
  const letter = lastLetter(ANNOUNCED, words, 0);
  return letter && { text: letter.letter, start: offset + letter.at, end: offset + letter.at + 1 };
}

/** `isLast`: the sentence is among the last ones of the text. */
export function choiceIn(words: string, offset: number, isLast: boolean): Chosen | undefined {
  const announced =
    chosenInChinese(words) ??
    lastLetter(ANNOUNCED, words, 0) ??
    lastLetter(PRAISED, words, -1) ??
    lastLetter(CALLED_RIGHT, words, -1);
  const letter = announced ?? (isLast ? (lastLetter(LEADING, words, 0) ?? lastLetter(BELIEVED, words, -1)) : undefined);
  if (!letter) return undefined;
  const end = letter.at + letter.letter.length;
  const after = words.slice(end, end + 11);
  // "The answer is A = 5", "the answer is C(n, 2)": that letter is a quantity.
  if (/^\s*[=<>+\-/^_\\(]/.test(after) || /^\*\w/.test(after)) return undefined;
  return { text: letter.letter, start: offset + letter.at, end: offset + end };
}

function lastLetter(pattern: RegExp, words: string, which: 0 | -1): { letter: string; at: number } | undefined {
  const match = [...words.slice(0, 600).matchAll(pattern)].at(which);
  const letter = match?.[1];
  return match && letter ? { letter, at: match.index + match[0].lastIndexOf(letter) } : undefined;
}
