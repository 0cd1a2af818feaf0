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
  /^[\s*_>#\-–•]*(?:(?:yes|yep|yeah|okay|ok|alright|right|and|but|great|good|perfect|well|now)[,.!]?\s+)*(?:so|thus|therefore|hence|consequently|accordingly|in conclusion|conclusion|in summary|finally|overall|altogether|in total|as a result|that means|this means|which means|i think|i believe|i'm (?:now )?(?:pretty |fairly |quite )?confident|we conclude|donc|por lo tanto|así que|also|daher|следовательно|لذا|इसलिए)(?![\p{L}])|^[\s*_>#\-–•]*(?:因此|所以|故|于是|综上|总之|从而|由此可见|由此可知|可见|最终|最后得|解得|可得|答\s?[:：])/iu;
/** "答：小明有 12 个苹果。": the sentence with which a worked exercise ends. */
const ANSWERS = /^[\s*_>#]*答\s?[:：]/u;
/** "所以这个说法是错误的": what a question of right or wrong comes to. */
const JUDGES = /(不正确|不成立|不对|正确|错误|成立|对|错|是|否)(?:的|了)?[\s*_。！!.]*$/u;
const COMES_TO =
  /^[\s*_]*(?:(?:this|that|which|it)(?: \w+)? (?:gives?|leaves?|totals?|equals|makes|means|results in|comes to|amounts to|would be|is)\b|(?:adding|subtracting|multiplying|dividing|combining|summing|together|simplifying|solving|taking)\b.*?\b(?:gives?|equals|totals?|totaling|results? in|resulting in|leaves|is|are|we get|get|makes|yields|took|has|have|=))/iu;
/** What will be done, not what came out. */
const WORK =
  "(?:add|subtract|multiply|divide|calculate|compute|determine|find|compare|convert|identify|sum|figure|use|combine|count)";
const PLANS = new RegExp(
  String.raw`\b(?:i'll|i will|we'll|we will|(?:i|we) (?:need|have|want) to|i should|i can|we can) (?:then |now |also |just )?${WORK}\b|\bwill (?:give|tell|yield|result)\b|^[\s*_]*(?:next|then|finally|first|lastly|second|third|after that)?,?\s*(?:i )?${WORK}\b`,
  "i",
);
const PLANS_IN_CHINESE =
  /^[\s*_]*(?:(?:首先|其次|然后|接着|接下来|最后|现在|下一步|那么|再)[，,]?)*(?:我们?)?(?:再|还|先|只)?(?:需要|要|得|应该?|可以|来|就能|还得)(?:先|再|来)?(?:求|算|计算|确定|找|验证|考虑|看|比较|判断)/u;
const INTENDS =
  /\b(?:let's|let me|to (?:find|determine|calculate|compute|get|figure|identify)\b)|让我们?(?:再|先|来)?(?:求|算|计算|看|想|试|考虑)|(?:为了|要想)(?:求|得到|知道)/i;
const CAME_OUT =
  /[=≈]|\b(?:equals|gives|totals|totaling|results? in|resulting in|yields|comes (?:out )?to|which is|makes|means|(?:find|see|shows?) that)\b[^\n]*\d|等于|得出|算得/i;
const CHECKS =
  /\b(?:check|checks|verify|verified|matches|match|consistent|confirms?|confirmed|works|correct[,.]|indeed)\b|验证|验算|检验|检查|核对|符合|一致|没错|没有问题/i;
const REMARKS =
  /^[\s*_]*(?:i hope|wait|hmm|note\b|but\b|however|maybe|perhaps|check|verify|what|how|why|is |are |does |do |can |could |alternatively|another|the key|sometimes|the problem|note that|since|because|if |for example|recall|remember|let|no |i don't|(?:that|this|it|which|everything|all)(?:'s| all)? (?:seems|sounds|looks|checks|aligns|makes sense|is (?:correct|right|reasonable|consistent)|correct|right|reasonable|consistent))|^[\s*_]*(?:等等|等一下|嗯|不过|但是?|也许|可能|注意|因为|如果|例如|比如|回忆|另外|另一种|换一种|换个|检查|验证|验算|为什么|怎么)/i;
const DENIES =
  /^\W{0,4}(?:\w+ )?(?:not|isn't|can't be|cannot be|never|unclear|unknown|unsure|wrong|don't know|can't (?:be )?determined?)\b|^\s*(?:不是|并非|不可能是|不会是|不应该是)/i;

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
  if (!phrase && ANSWERS.test(words)) {
    const value = pickValue(text, sentence.start, sentence.end, formulas, "last") ?? judged(words, sentence.start);
    return value && { ...value, form: "phrase", weight: "explicit" };
  }
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

/** Only of what is judged by such a word: "所以两者是相等的对" is about something else. */
function judged(words: string, offset: number): Pick<FoundAnswer, "text" | "start" | "end"> | undefined {
  if (!/判断|说法|命题|结论|论断|答|陈述|断言|猜想|[:：]/.test(words)) return undefined;
  const match = JUDGES.exec(words.slice(-24));
  if (match === null) return undefined;
  const start = offset + Math.max(0, words.length - 24) + match.index;
  return { text: match[1]!, start, end: start + match[1]!.length };
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
  if (!cameOut && (PLANS.test(words) || PLANS_IN_CHINESE.test(words)))
    return { text: "", start: sentence.start, end: sentence.end, form: "conclusion", weight: "planning" };
  if (!cameOut && INTENDS.test(words)) return undefined;
  const concludes = OPENS.test(words) || COMES_TO.test(words);
  if (!concludes && REMARKS.test(words)) return undefined;
  const value =
    pickValue(text, sentence.start, sentence.end, formulas, "last") ??
    (concludes ? judged(words, sentence.start) : undefined);
  if (!value) return undefined;
  const next = sentences[at + 1];
  const checks =
    CHECKS.test(words) || (next && /^\s*(?:works|correct|which matches)\b/i.test(text.slice(next.start, next.end)));
  return { ...value, form: "conclusion", weight: concludes ? "concluding" : checks ? "checking" : "plain" };
}
