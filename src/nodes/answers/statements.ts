/** Sorts the sentences of a text's end by what they claim: an answer, a conclusion, a value in passing, or nothing. */
import type { FoundAnswer } from "./find.ts";
import { choiceIn } from "./find-choice.ts";
import { pickValue } from "./pick-value.ts";
import type { Sentence, Span } from "./sentences.ts";

export interface Statement extends FoundAnswer {
  /**
   * `explicit` names it the answer, `concluding` opens with "so" or says what something comes to, `plain` holds a value,
   * `checking` holds one that only confirms what was found before, `planning` says what would still have to be done.
   */
  readonly weight: "explicit" | "concluding" | "plain" | "checking" | "planning";
  /** Which sentence, counted from the first that was looked at. */
  readonly sentence: number;
}

const PHRASE =
  /\b(?:final answer|correct answer|answer|solution)\b(?:\s{1,4}(?:to|of|for)\s{1,4}(?:the|this)\s{1,4}\w+)?\s{0,4}(?:[*_]{0,2}\s{0,4}(?::|：|=|is\b|are\b|should be\b|must be\b|would be\b|will be\b|has to be\b|might be\b|may be\b|could be\b|remains\b|comes out to\b|[*_]{2}\s{0,4}$)|\s(?=\$|\\\(|-?\d))|(?:réponse|respuesta|resposta|antwort|risposta|ответ|cevap|उत्तर|الإجابة|الجواب|정답|答え|đáp án)\s{0,4}(?:finale\s{0,4})?(?::|est\b|es\b|ist\b|è|é|है|هي|هو|은|는|は)|(?:最终)?答案\s{0,4}(?:应该是|应为|等于|是|为|：|:)?/giu;
const HEADING =
  /^[\s#*_>\-✅]*(?:\p{Extended_Pictographic}\s*)?(?:(?:the\s+)?final\s+answers?|answers?|solution|réponse|respuesta|答案|最终答案)(?:\s+is)?[\s:：*_#]*$/iu;
const OPENS =
  /^[\s*_>#\-–•]*(?:(?:yes|yep|yeah|okay|ok|alright|right|and|but|great|good|perfect|well|now)[,.!]?\s+)*(?:so|thus|therefore|hence|consequently|accordingly|in conclusion|conclusion|in summary|finally|overall|altogether|in total|as a result|that means|this means|which means|i think|i believe|i'm (?:now )?(?:pretty |fairly |quite )?confident|we conclude|donc|por lo tanto|así que|also|daher|следовательно|因此|所以|故|于是|综上|لذا|इसलिए)(?![\p{L}])/iu;
const COMES_TO =
  /^[\s*_]*(?:(?:this|that|which|it)(?: \w+)? (?:gives?|leaves?|totals?|equals|makes|means|results in|comes to|amounts to|would be|is)\b|(?:adding|subtracting|multiplying|dividing|combining|summing|together|simplifying|solving|taking)\b.*?\b(?:gives?|equals|totals?|totaling|results? in|resulting in|leaves|is|are|we get|get|makes|yields|took|has|have|=))/iu;
/** What will be done, not what came out. */
const WORK =
  "(?:add|subtract|multiply|divide|calculate|compute|determine|find|compare|convert|identify|sum|figure|use|combine|count)";
const PLANS = new RegExp(
  String.raw`\b(?:i'll|i will|we'll|we will|(?:i|we) (?:need|have|want) to|i should|i can|we can) (?:then |now |also |just )?${WORK}\b|\bwill (?:give|tell|yield|result)\b|^[\s*_]*(?:next|then|finally|first|lastly|second|third|after that)?,?\s*(?:i )?${WORK}\b`,
  "i",
);
const INTENDS = /\b(?:let's|let me|to (?:find|determine|calculate|compute|get|figure|identify)\b)/i;
const CAME_OUT =
  /[=≈]|\b(?:equals|gives|totals|totaling|results? in|resulting in|yields|comes (?:out )?to|which is|makes|means|(?:find|see|shows?) that)\b[^\n]*\d/i;
const CHECKS =
  /\b(?:check|checks|verify|verified|matches|match|consistent|confirms?|confirmed|works|correct[,.]|indeed)\b/i;
const REMARKS =
  /^[\s*_]*(?:i hope|wait|hmm|note\b|but\b|however|maybe|perhaps|check|verify|what|how|why|is |are |does |do |can |could |alternatively|another|the key|sometimes|the problem|note that|since|because|if |for example|recall|remember|let|no |i don't|(?:that|this|it|which|everything|all)(?:'s| all)? (?:seems|sounds|looks|checks|aligns|makes sense|is (?:correct|right|reasonable|consistent)|correct|right|reasonable|consistent))/i;
const DENIES =
  /^\W{0,4}(?:\w+ )?(?:not|isn't|can't be|cannot be|never|unclear|unknown|unsure|wrong|don't know|can't (?:be )?determined?)\b/i;

export function statementsIn(
  text: string,
  sentences: readonly Sentence[],
  formulas: readonly Span[],
): readonly Statement[] {
  const found: Statement[] = [];
  let broken = false;
  for (const [at, sentence] of sentences.entries()) {
    const words = text.slice(sentence.start, sentence.end);
    // A formula that opens at the end of a line and closes on another is a broken one: its inside states nothing.
    if (broken || opensAndBreaksOff(words, sentence, formulas)) {
      broken = broken ? !/^\s*(?:\$|\\\))/.test(words) : true;
      continue;
    }
    if (/[?？]\s*[*_]*\s*$/.test(words)) continue;
    if (deniesIn(words)) continue;
    const statement = explicitIn(text, sentences, at, formulas) ?? impliedIn(text, sentences, at, formulas);
    if (statement) found.push({ ...statement, sentence: at });
  }
  return found;
}

function opensAndBreaksOff(words: string, sentence: Sentence, formulas: readonly Span[]): boolean {
  if (!/(?:^|[^\\$\d])(?:\$|\\\()\s*$/.test(words.slice(-12))) return false;
  return !formulas.some((span) => span.to >= sentence.end - 1 && span.from < sentence.end);
}

/** "The answer is not 8" states nothing, not even in passing. */
function deniesIn(words: string): boolean {
  const phrase = [...words.matchAll(PHRASE)].at(-1);
  if (!phrase) return false;
  const behind = phrase.index + phrase[0].length;
  return DENIES.test(words.slice(behind, behind + 24));
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
  if (HEADING.test(words)) return below(text, sentences[at + 1], formulas);
  const choice = choiceIn(words, sentence.start, at >= sentences.length - 2);
  if (choice) return { ...choice, form: "choice", weight: "explicit" };
  const phrase = [...words.matchAll(PHRASE)].at(-1);
  if (!phrase) return undefined;
  const start = sentence.start + phrase.index + phrase[0].length;
  const value = pickValue(text, start, sentence.end, formulas, "stated");
  if (value) return { ...value, form: "phrase", weight: "explicit" };
  const announces = /^[\s*_:：]*$/.test(text.slice(start, sentence.end)) || /[:：]\s*[*_]*\s*$/.test(words);
  return announces ? below(text, sentences[at + 1], formulas) : undefined;
}

/** The value that stands under a heading or behind a colon. */
function below(text: string, next: Sentence | undefined, formulas: readonly Span[]): Found | undefined {
  if (!next) return undefined;
  const choice = choiceIn(text.slice(next.start, next.end), next.start, true);
  if (choice) return { ...choice, form: "choice", weight: "explicit" };
  const value = pickValue(text, next.start, next.end, formulas, "stated");
  return value && { ...value, form: "phrase", weight: "explicit" };
}

function impliedIn(
  text: string,
  sentences: readonly Sentence[],
  at: number,
  formulas: readonly Span[],
): Found | undefined {
  const sentence = sentences[at]!;
  const words = text.slice(sentence.start, sentence.end);
  const cameOut = CAME_OUT.test(words) && !/\bwill (?:give|tell|yield|result)\b/i.test(words);
  if (!cameOut && PLANS.test(words))
    return { text: "", start: sentence.start, end: sentence.end, form: "conclusion", weight: "planning" };
  if (!cameOut && INTENDS.test(words)) return undefined;
  const concludes = OPENS.test(words) || COMES_TO.test(words);
  if (!concludes && REMARKS.test(words)) return undefined;
  const value = pickValue(text, sentence.start, sentence.end, formulas, "last");
  if (!value) return undefined;
  const next = sentences[at + 1];
  const checks =
    CHECKS.test(words) || (next && /^\s*(?:works|correct|which matches)\b/i.test(text.slice(next.start, next.end)));
  return { ...value, form: "conclusion", weight: concludes ? "concluding" : checks ? "checking" : "plain" };
}
