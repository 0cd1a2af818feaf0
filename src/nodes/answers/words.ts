/** Answers that are words: a choice by letter or by its text, yes and no, numbers spelled out, a short phrase. */
import { TEXT_CLOSE, TEXT_OPEN, tidy, trimEnds } from "./notation.ts";
import { measureOf } from "./units.ts";
import { different, equal, undecided, type Verdict } from "./verdict.ts";

/** The letter that an answer chooses: "B", "(B)", "b.", "**C**", "C Cecile", "Option D: 12", "选B". Upper case. */
export function choiceLetter(answer: string): string | undefined {
  const text = plain(answer).replace(/^(?:the )?(?:option|choice|answer|选项?|答案)(?: is|是|:|：)?\s?/i, "");
  return lone(text) ?? /^[([]?([A-J])(?:[)\].:]\s*\S|\]|\)|\s+\p{Lu}\p{L}{2,}$)/u.exec(text)?.[1];
}

/** "A, C and D" and "ACD", when more than one option is right: the letters in order. */
function choiceLetters(answer: string): string | undefined {
  const letters = plain(answer).replace(/\b(?:and|or)\b|[,;&()\s]/g, "");
  return /^[A-J]{2,10}$/.test(letters) && new Set(letters).size === letters.length
    ? [...letters].sort().join("")
    : undefined;
}

function lone(text: string): string | undefined {
  return /^[([]?\s?([A-Ja-j])\s?[)\]]?[.:]?$/.exec(text)?.[1]?.toUpperCase();
}

/** Letter against letter, or letter against one of the problem's own options. Undefined: not a choice. */
export function compareChoices(gold: string, pred: string, problem: string | undefined): Verdict | undefined {
  const [wanted, given] = [choiceLetter(gold), choiceLetter(pred)];
  if (wanted && given) {
    if (wanted === given) return equal("choice", `both choose ${wanted}`);
    return different("choice", `${given} instead of ${wanted}`);
  }
  const [several, others] = [choiceLetters(gold), choiceLetters(pred)];
  if (several && others && (/[^A-J]/.test(gold.trim()) || /[^A-J]/.test(pred.trim()))) {
    return several === others
      ? equal("choice", `both choose ${several}`)
      : different("choice", `${others} instead of ${several}`);
  }
  if (problem === undefined || (!wanted && !given)) return undefined;
  const options = optionsOf(problem);
  const letter = wanted ?? given;
  const other = simple(wanted ? pred : gold);
  const own = letter === undefined ? undefined : options.get(letter);
  if (own === undefined) return undefined;
  if (own === other) return equal("choice-text", `option ${letter} says the same`);
  const hit = [...options].find(([, text]) => text === other);
  return hit ? different("choice-text", `that is option ${hit[0]}, not ${letter}`) : undefined;
}

/** Options as problems list them: "(A) 12", "B. oxygen", "C: none", as bare words. */
export function optionsOf(problem: string): ReadonlyMap<string, string> {
  return new Map([...writtenOptions(problem)].map(([letter, text]) => [letter, simple(text)]));
}

/** The same, as they are written there. */
export function writtenOptions(problem: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  const marks = [
    ...problem.slice(0, 50_000).matchAll(/(?:^|[\s$({])\(?\\?(?:text(?:bf)?\{\s?)?\(?([A-J])\s?[).:][)}]?\s?/g),
  ];
  for (const [at, mark] of marks.entries()) {
    const text = problem.slice(
      mark.index + mark[0].length,
      Math.min(marks[at + 1]?.index ?? problem.length, mark.index + 400),
    );
    options.set(
      mark[1]!,
      text
        .split("\n")[0]!
        .replace(/\\q?quad.*$|\\\\.*$|[$\s]*\\textbf\s?\{?\(?$/, "")
        .trim(),
    );
  }
  return options;
}

const YES = /^(?:yes|true|correct|right|是|是的|对|正确|成立|真)$/;
const NO = /^(?:no|false|incorrect|wrong|not true|否|不是|不|错|错误|不正确|不成立|假)$/;

/** Two answers of which at least one is no mathematics. */
export function compareWords(gold: string, pred: string): Verdict {
  const [wanted, given] = [simple(gold), simple(pred)];
  if (wanted === "" || given === "") return undecided("empty", "one side is empty");
  if (wanted === given || wanted.replaceAll(" ", "") === given.replaceAll(" ", ""))
    return equal("same-text", "the same words");
  const sides = [yesOrNo(wanted), yesOrNo(given)];
  if (sides[0] && sides[1]) {
    return sides[0] === sides[1]
      ? equal("yes-no", `both say ${sides[0]}`)
      : different("yes-no", `${sides[1]} instead of ${sides[0]}`);
  }
  const [a, b] = [wanted.split(" "), given.split(" ")];
  const isWordy = [wanted, given].every((text) => /^[\p{L}\s'-]+$/u.test(text));
  const shares = a.some((word) => b.includes(word)) || wanted.includes(given) || given.includes(wanted);
  const nearly = a.length === 1 && b.length === 1;
  if (isWordy && a.length <= 3 && b.length <= 3 && (nearly || !shares)) return different("other-text", "other words");
  return undecided("text", "words that only a reader can compare");
}

function yesOrNo(text: string): "yes" | "no" | undefined {
  const first = text.split(/[\s,]/)[0] ?? "";
  if (YES.test(text) || (/^(?:yes|true)$/.test(first) && text.length < 80)) return "yes";
  return NO.test(text) ||
    (/^(?:no|false)$/.test(first) && text.length < 80 && !/^no (?:solution|real|such|integer)/.test(text))
    ? "no"
    : undefined;
}

const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );
const TENS: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};
const PARTS: Readonly<Record<string, number>> = {
  half: 2,
  halves: 2,
  third: 3,
  thirds: 3,
  quarter: 4,
  quarters: 4,
  fourth: 4,
  fourths: 4,
  fifth: 5,
  fifths: 5,
  sixth: 6,
  sixths: 6,
  eighth: 8,
  eighths: 8,
  tenth: 10,
  tenths: 10,
};

/** "twenty-five" is 25, "one half" is 1/2, 三分之二 is 2/3, 百分之二十 is 20%. Undefined for anything else. */
export function spelledNumber(answer: string): string | undefined {
  const text = plain(answer).toLowerCase();
  if (/\p{Script=Han}/u.test(text)) return chineseNumber(text);
  const words = text.split(/[\s-]+/).filter((word) => word !== "and");
  if (words.length === 0 || words.length > 4) return undefined;
  const under = PARTS[words.at(-1)!];
  if (under && words.length === 2) {
    const over = words[0] === "a" ? 1 : SMALL.indexOf(words[0]!);
    return over > 0 ? `${over}/${under}` : undefined;
  }
  let value = 0;
  for (const word of words) {
    if (word === "hundred") value = Math.max(value, 1) * 100;
    else if (word === "thousand") value = Math.max(value, 1) * 1000;
    else if (TENS[word] !== undefined) value += TENS[word];
    else if (SMALL.includes(word)) value += SMALL.indexOf(word);
    else return undefined;
  }
  return String(value);
}

const HAN_DIGITS = "零一二三四五六七八九";
const HAN_MEASURES =
  /(?:个|人|元|次|种|条|只|本|页|天|岁|倍|名|张|件|块|支|辆|棵|頭|头|匹|箱|袋|瓶|米|厘米|千米|公里|千克|克|吨|升|毫升|秒|分钟|小时|度|名学生|平方米|平方厘米|立方米|立方厘米)$/u;
const HAN_TENS: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1000, 万: 10_000 };

function chineseNumber(text: string): string | undefined {
  if (text === "一半") return "1/2";
  const parts = /^([^又]{1,12})分之(.{1,12})$/u.exec(text);
  if (parts) {
    const over = hanValue(parts[2]!);
    if (parts[1] === "百") return over === undefined ? undefined : `${over}%`;
    const under = hanValue(parts[1]!);
    return over === undefined || under === undefined ? undefined : `${over}/${under}`;
  }
  const mixed = /^(.{1,12})又(.{1,12})分之(.{1,12})$/u.exec(text);
  if (mixed) {
    const [whole, under, over] = mixed.slice(1).map(hanValue);
    return [whole, under, over].includes(undefined) ? undefined : `${whole! * under! + over!}/${under}`;
  }
  const unit = HAN_MEASURES.exec(text)?.[0] ?? "";
  const [, minus = "", bare = ""] = /^(负?)(.*)$/u.exec(text.slice(0, text.length - unit.length)) ?? [];
  const [whole = "", decimals] = bare.split("点");
  const value = hanValue(whole);
  const digits = decimals === undefined ? "" : [...decimals].map((sign) => "〇零一二三四五六七八九".indexOf(sign) - 1);
  if (value === undefined || (digits !== "" && (digits.length === 0 || digits.some((digit) => digit < -1)))) {
    return undefined;
  }
  const behind = digits === "" ? "" : `.${digits.map((digit) => Math.max(0, digit)).join("")}`;
  // An hour is no minute: a unit that has a size stays.
  return `${minus === "" ? "" : "-"}${value}${behind}${measureOf(unit) === undefined ? "" : ` ${unit}`}`;
}

function hanValue(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  let [total, digit] = [0, 0];
  for (const sign of text.replace(/[两〇]/g, (sign) => (sign === "两" ? "二" : "零"))) {
    const place = HAN_DIGITS.indexOf(sign);
    if (place >= 0) digit = place;
    else if (sign === "亿") [total, digit] = [(total + digit) * 100_000_000, 0];
    else if (sign === "万") [total, digit] = [(total + digit) * 10_000, 0];
    else if (HAN_TENS[sign]) [total, digit] = [total + (digit || 1) * HAN_TENS[sign], 0];
    else return undefined;
  }
  return text === "" ? undefined : total + digit;
}

/** An answer as bare words: no marks, no articles, lower case. */
export function simple(answer: string): string {
  const text = plain(answer)
    .toLowerCase()
    .replace(/["'“”]/g, "")
    .replace(/\b(?:the|an?)\s/g, "");
  return trimEnds(text.replace(/[{}\\]/g, " ").replace(/\s+/g, " "));
}

function plain(answer: string): string {
  return trimEnds(tidy(answer).replaceAll(TEXT_OPEN, " ").replaceAll(TEXT_CLOSE, " ").replace(/\s+/g, " "));
}
