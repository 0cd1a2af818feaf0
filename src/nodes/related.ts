/**
 * Does a text have to do with a problem? By the words and numbers they share. It keeps out answers to another question,
 * greetings, error messages and made-up words; whether a chain is right is not its business.
 *
 * Two shares, because either can be small for good reason: of the text's words few may stand in a problem of one line
 * ("Compute C(16,5)"), and of a long problem's words few may be needed. Real traces fail both only where the text and
 * the problem are in different scripts; then numbers and formulas have to do.
 */

/** Of the text's words, those that the problem has; real traces: 1 % lie below. */
const LEAST_OF_TEXT = 0.07;
/** Of the problem's words, those that the text has; real traces: 0.5 % lie below. */
const LEAST_OF_PROBLEM = 0.2;
/** Fewer words than this are a short answer, not a chain. */
const SHORT = 12;

export function isRelated(text: string, related: string): boolean {
  if (related.trim() === "" || isPlainlyRelated(text, related)) return true;
  const ofText = wordsOf(text.slice(0, 6_000));
  const ofRelated = new Set(wordsOf(related.slice(0, 60_000)));
  if (ofText.length < SHORT) return isShortAnswer(text, ofText, ofRelated);
  if (sharesEnough(ofText, ofRelated)) return true;
  if (isLatin(text) === isLatin(related)) return false;
  const [numbers, known] = [ofText.filter(isAscii), new Set([...ofRelated].filter(isAscii))];
  return known.size === 0 || sharesEnough(numbers, known);
}

/**
 * Most traces share a third of their words with what they are about, and their first lines show it, or they name most of
 * what a short problem names: then the rest need not be read. A tenth of the price; it says yes only where the text shares
 * four times what it must, or where what is asked below would say so.
 */
function isPlainlyRelated(text: string, related: string): boolean {
  const ofRelated = new Set(wordsOf(related.slice(0, 1_500)));
  if (related.length <= 1_500 && names(text.slice(0, 6_000), ofRelated)) return true;
  const ofText = wordsOf(text.slice(0, 500));
  if (ofText.length < 3 * SHORT) return false;
  return ofText.filter((word) => ofRelated.has(word)).length >= 4 * LEAST_OF_TEXT * ofText.length;
}

/** Looks for the words in the text, instead of cutting the text into words; one at the edge of others does not count. */
function names(text: string, words: ReadonlySet<string>): boolean {
  const small = text.toLowerCase();
  const enough = LEAST_OF_PROBLEM * Math.max(1, words.size);
  let covered = 0;
  for (const word of words) {
    const at = small.indexOf(word);
    if (at < 0 || isOfWord(small, at - 1) || isOfWord(small, at + word.length)) continue;
    covered += 1;
    if (covered >= enough) return true;
  }
  return false;
}

/** Might a word go on here? */
function isOfWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
  return code >= 128;
}

function sharesEnough(words: readonly string[], known: ReadonlySet<string>): boolean {
  const said = new Set(words);
  const shared = words.filter((word) => known.has(word)).length;
  const covered = [...known].filter((word) => said.has(word)).length;
  return shared >= LEAST_OF_TEXT * Math.max(1, words.length) || covered >= LEAST_OF_PROBLEM * Math.max(1, known.size);
}

/** `\boxed{36}`, `x = 5`, `B`, `Yes`, or a sentence with a word of the problem's. Not "Sure!" and not "OK". */
function isShortAnswer(text: string, words: readonly string[], known: ReadonlySet<string>): boolean {
  if (words.some((word) => known.has(word))) return true;
  return /\d|\\[a-zA-Z]|=|^\(?[A-J]\)?[.:]?$|\b(?:answer|therefore|yes|no|true|false)\b|答案/i.test(text);
}

const WORD = /\p{Script=Han}|\p{L}{3,}|\p{N}+/gu;

/** Words that say nothing of what a text is about. */
const COMMON: ReadonlySet<string> = new Set(
  (
    "the and for that with this are was were which from have has had not but you can its then than there their they " +
    "them will would what when where how all any each one let get out over into some more most such only also been " +
    "being does did per very just about above below between both same other our your his her who whom why " +
    "的 了 是 在 和 有 我 你 这 那 们 个 一 不"
  ).split(" "),
);

function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(WORD) ?? []).filter((word) => !COMMON.has(word));
}

function isAscii(word: string): boolean {
  return word.charCodeAt(0) < 128;
}

/** Most of its letters are Latin. */
function isLatin(text: string): boolean {
  const letters = text.slice(0, 6_000).match(/\p{L}/gu) ?? [];
  return letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length >= letters.length / 2;
}
