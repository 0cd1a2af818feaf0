/**
 * Where in a text does an answer stand, in whatever form? Numbers by value ("1,490", "1490.0", "\frac{3}{4}" and 0.75),
 * spelled out in words, formulas with other spacing, options of a choice by letter and by text, words.
 *
 * A form is *telling* where nobody would write it by accident: then it is the answer wherever it stands. A small number,
 * or one that the problem itself gives, is the answer only where something comes out or is concluded ("= 6", "so 6").
 */
import { foldWidth } from "../../core/fold-width.ts";
import { compareByRules } from "../answers/index.ts";
import { choiceLetter, optionsOf } from "../answers/words.ts";
import { wordPatterns } from "./number-words.ts";

export interface Restatement {
  readonly start: number;
  readonly end: number;
  readonly form: "number" | "words" | "formula" | "text" | "choice";
}

/** What to look for. Made once for a problem and its accepted answers. */
export interface Wanted {
  readonly numbers: readonly { readonly value: number; readonly decimals: number; readonly telling: boolean }[];
  readonly patterns: readonly {
    readonly pattern: RegExp;
    readonly form: Restatement["form"];
    readonly telling: boolean;
  }[];
  /** Formulas that are compared by rules with what stands behind an equals sign. */
  readonly formulas: readonly string[];
  readonly letters: readonly string[];
}

export function wantedIn(written: readonly string[], asked: string): Wanted {
  const [answers, problem] = [written.map(foldWidth), foldWidth(asked)];
  const options = optionsOf(problem);
  const letters = [...new Set(answers.map((answer) => choiceLetter(answer)))].filter(
    (letter) => letter !== undefined && (options.size > 0 || answers.some((answer) => answer.trim().length < 5)),
  ) as string[];
  const byText = letters.map((letter) => options.get(letter) ?? "").filter((text) => text !== "");
  const all = [...new Set([...answers.map(bare), ...byText])].filter((text) => text !== "");
  const given = numbersIn(problem, true).map(({ value }) => Math.abs(value));
  const isGiven = (value: number) => given.some((other) => isSame(other, value));
  const numbers = all.flatMap((answer) => valuesOf(answer, isGiven));
  return {
    numbers,
    patterns: [
      ...numbers.flatMap(({ value, telling }) =>
        wordPatterns(value).map((words) => ({ pattern: new RegExp(words, "giu"), form: "words" as const, telling })),
      ),
      ...all.filter((answer) => !isNumeric(answer)).flatMap((answer) => patternFor(answer, problem)),
      ...all.flatMap(judgementsFor),
    ],
    formulas: all.filter((answer) => !isNumeric(answer) && /[\\^_=+*/()<>]|\d/.test(answer) && answer.length <= 200),
    letters,
  };
}

/** Every place in `text` where the answer stands. `concludes`: nothing but conclusions, so that any form counts. */
export function findRestatements(written: string, wanted: Wanted, concludes: boolean): Restatement[] {
  // The places are the same in it.
  const text = foldWidth(written);
  const found: Restatement[] = [];
  const add = (start: number, end: number, form: Restatement["form"]) => found.push({ start, end, form });
  const comesOut = (start: number, end: number) => isResult(text, start, end);
  const fractions = wanted.numbers.some(({ value }) => !Number.isInteger(value));
  for (const { value, start, end } of wanted.numbers.length === 0 ? [] : numbersIn(text, fractions)) {
    const hits = wanted.numbers.filter((number) => isThat(value, number));
    if (hits.some(({ telling }) => telling || concludes) || (hits.length > 0 && comesOut(start, end)))
      add(start, end, "number");
  }
  for (const { pattern, form, telling } of wanted.patterns) {
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length;
      if (match[0] !== "" && (telling || concludes || comesOut(match.index, end))) add(match.index, end, form);
    }
  }
  // A box is the answer, whatever stands in it.
  for (const box of text.matchAll(/\\(?:boxed|fbox)\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\}){1,400})\}/g))
    add(box.index + box[0].indexOf("{") + 1, box.index + box[0].length - 1, "formula");
  if (wanted.formulas.length > 0) for (const piece of equalPieces(text, wanted.formulas)) add(...piece, "formula");
  if (concludes) {
    for (const letter of wanted.letters) {
      const alone = new RegExp(String.raw`(?<![\p{L}\d\\'])${letter}(?![\p{L}\d'’])(?!\s*[=<>^_])`, "gu");
      for (const match of text.matchAll(alone)) add(match.index, match.index + 1, "choice");
    }
  }
  return found;
}

/** Without the dress of an answer: dollars, boxes, text around a formula, a full stop. */
function bare(answer: string): string {
  return answer
    .replace(/\\(?:text|mbox|mathrm|textbf|mathbf|operatorname)\s*\{([^{}]*)\}/g, " $1 ")
    .replace(/^\s*\\boxed\s*\{([\s\S]*)\}\s*$/, "$1")
    .replace(/\$|\\[()[\]]|\*\*/g, "")
    .replace(/\\left|\\right|\\[,;!:]/g, "")
    .replace(/[.。\s]+$/, "")
    .trim();
}

interface NumberAt {
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

const DIGITS = String.raw`\d{1,3}(?:(?:,(?:\\!)?|\\,|\{,\}|\\ )\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|\.\d+`;
const FRACTION = String.raw`\\[dt]?frac\s*\{\s*\d+(?:\.\d+)?\s*\}\s*\{\s*\d+(?:\.\d+)?\s*\}|\\[dt]?frac\s*\d\s*\d`;
const WHOLE_NUMBER = new RegExp(String.raw`(?<![\d.]|\d,)(?:[-−]\s?)?(?:${DIGITS})`, "g");
/** A quotient is a number only where the answer may be one; else 84/3 is a calculation that has to stay. */
const NUMBER_OR_FRACTION = new RegExp(
  String.raw`(?<![\d.]|\d,)(?:[-−]\s?)?(?:(?:\d+\s*)?(?:${FRACTION})|(?:\d+\s)?\d+\s*\/\s*\d+|${DIGITS})`,
  "g",
);

function numbersIn(text: string, fractions: boolean): NumberAt[] {
  const found: NumberAt[] = [];
  for (const match of text.matchAll(fractions ? NUMBER_OR_FRACTION : WHOLE_NUMBER)) {
    const end = match.index + match[0].length;
    const percent = /^\s?\\?%|^ percent\b/.exec(text.slice(end, end + 9))?.[0] ?? "";
    const value = readNumber(match[0]);
    if (value === undefined) continue;
    found.push({ value, start: match.index, end });
    if (percent !== "") found.push({ value: value / 100, start: match.index, end: end + percent.length });
  }
  return found;
}

function readNumber(written: string): number | undefined {
  const text = written.replace(/^[-−]\s?/, "").replace(/(\d)(?:,(?:\\!)?|\\,|\{,\}|\\ )(?=\d{3})/g, "$1");
  const parts = (text.match(/\d+(?:\.\d+)?|\.\d+/g) ?? []).map(Number);
  const isFraction = /frac|\//.test(text);
  const [a = Number.NaN, b = 1, c = 1] = parts;
  if (!isFraction) return Number.isFinite(a) ? a : undefined;
  const short = /frac\s*(\d)\s*(\d)$/.exec(text);
  if (short && parts.length === 1) return Number(short[1]) / Number(short[2]);
  const value = parts.length === 3 ? a + b / c : a / b;
  return Number.isFinite(value) ? value : undefined;
}

/** One number with perhaps a unit: "864 inches^2" is 864, "2\sqrt{3}" is no number. */
function isNumeric(answer: string): boolean {
  return ONE_NUMBER.test(answer);
}

const ONE_NUMBER = new RegExp(
  String.raw`^(?:[A-Za-z]\w*\s*=\s*)?[-−+]?\s?[$€£¥]?\s?(?:(?:\d+\s*)?(?:${FRACTION})|(?:\d+\s)?\d+\s*\/\s*\d+|${DIGITS})\s?(?:\\?%|°|\^\s?\{?\\circ\}?)?\s?(?:[A-Za-z²³/·.\s-]|\^\s?\{?-?\d\}?)*$`,
);

/** The numbers that are the answer: the one it is, or the parts of a list, each where it comes out. */
function valuesOf(answer: string, isGiven: (value: number) => boolean): Wanted["numbers"][number][] {
  const decimalsOf = (text: string) => /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
  if (isNumeric(answer)) {
    const first = numbersIn(answer, true)[0];
    if (first === undefined) return [];
    const { value } = first;
    const telling = !isGiven(value) && !(Number.isInteger(value) && value <= LARGEST_COMMON);
    const forms = [{ value, decimals: decimalsOf(answer), telling }];
    // 25 % is also 0.25.
    return /%/.test(answer) ? [...forms, { ...forms[0]!, value: value / 100, telling: !isGiven(value / 100) }] : forms;
  }
  const parts = answer.replace(/^[[({\\]+|[\])}\\]+$/g, "").split(/,|;|\band\b|\bor\b|\\\\|&/);
  if (parts.length < 2 || parts.length > 12) return [];
  return parts.flatMap((part) => {
    const value = isNumeric(bare(part)) ? numbersIn(part, true)[0]?.value : undefined;
    return value === undefined ? [] : [{ value, decimals: decimalsOf(part), telling: false }];
  });
}

/** Numbers up to here count things in every text. */
const LARGEST_COMMON = 12;

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

/** The number itself, or one that becomes it when it is rounded as the answer is. */
function isThat(value: number, { value: wanted, decimals }: { value: number; decimals: number }): boolean {
  if (isSame(value, wanted)) return true;
  return decimals > 0 && Math.abs(value - wanted) < 0.5 * 10 ** -decimals && Number(value.toFixed(decimals)) === wanted;
}

/** "所以这个说法是正确的" answers a question of right or wrong as much as 对 does. */
function judgementsFor(answer: string): Wanted["patterns"][number][] {
  const isYes = /^(?:对|正确|是的?|成立|真)$/u.test(answer);
  if (!isYes && !/^(?:不对|错误?|不正确|否|不是|不成立|假)$/u.test(answer)) return [];
  const words = isYes ? "正确|对|成立|真" : "不正确|错误|错|不成立|不对|假";
  const pattern = new RegExp(`(?<=(?:说法|判断|命题|结论|论断|陈述)[^，。；]{0,8}?)(?:${words})`, "gu");
  return [{ pattern, form: "text", telling: true }];
}

/** Spaces, and what LaTeX puts between two signs without meaning anything by it. */
const GAP = String.raw`(?:\s|\\[,;!: ]|\\left|\\right|\\displaystyle|\\text\s?|\\mathrm|~|[{}])*`;

/** A formula in any spacing, or words in any case. */
function patternFor(answer: string, problem: string): Wanted["patterns"][number][] {
  const signs = answer.match(/\\[A-Za-z]+|\\.|[\p{L}\p{M}]+|\d+(?:\.\d+)?|[^\s{}]/gu) ?? [];
  if (signs.length === 0 || signs.length > 120) return [];
  const isWords = /^[\p{L}\p{M}\s'’,.-]+$/u.test(answer);
  const source = signs.map(signPattern).join(GAP);
  const edge = (inside: string) => String.raw`(?<![\p{L}\d\\])${inside}(?![\p{L}\d])`;
  const pattern = new RegExp(/[\p{L}\d]/u.test(signs.at(-1)!) ? edge(source) : source, isWords ? "giu" : "gu");
  const known = pattern.test(problem);
  pattern.lastIndex = 0;
  const telling = !known && (isWords ? answer.length > 3 : signs.length > 2);
  return [{ pattern, form: isWords ? "text" : "formula", telling }];
}

function signPattern(sign: string): string {
  if (/^\\[dt]?frac$/.test(sign)) return String.raw`\\[dt]?frac`;
  if (/^\\(?:left|right|text|mathrm)$/.test(sign)) return "";
  return sign.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

const MOST_PIECES = 200;

/** What stands between equals signs and is the answer by the rules: a student that copies it would be right. */
function equalPieces(text: string, formulas: readonly string[]): [number, number][] {
  const found: [number, number][] = [];
  let looked = 0;
  for (const match of text.matchAll(
    /(?:=|≈|\\approx|\\implies|\\Rightarrow)\s?([^=≈\n$,;:]{2,80}?)(?=\s*(?:[=≈\n$,;]|\\[)\]]|\\approx|\.(?:\s|$)|$))/g,
  )) {
    if (looked++ >= MOST_PIECES) break;
    const piece = match[1]!;
    if (!formulas.some((answer) => compareByRules(answer, piece).verdict === "equal")) continue;
    const start = match.index + match[0].length - piece.length;
    found.push([start, start + piece.length]);
  }
  return found;
}

const BEFORE_RESULT =
  /(?:[=≈:：→]|\\(?:approx|implies|Rightarrow|to|boxed\s*\{)|\b(?:is|are|was|were|be|equals?|equal to|gives?|get|gets|got|makes?|totals?|total of|leaves?|yields?|results? in|resulting in|comes to|only|exactly|becomes?|have|has|left|remain|remains|as|earns?|need|needs|needed|takes?|took|pays?|costs?|saves?|gave|value|so|me|of)|[是为得有共即剩需约达]|等于|就是|得到|一共|总共)(?:[\s*_($[{]|\\[([]|\\text\s*\{|\\boxed\s*\{|\\mathbf\s*\{|\\\$|[-−+€£¥~]|about |approximately |just |simply |actually |then )*$/i;
const GOES_ON =
  /^\s*(?:\\?%\s*)?(?:[-+−*/×·÷^(]|\\(?:times|cdot|div|frac|sqrt|binom|pmod|left)\b|[a-zA-Z]\b(?!\s+[a-z]))/;

/** Something comes out here ("= 42", "which leaves 42"), and it is not the beginning of another calculation. */
function isResult(text: string, start: number, end: number): boolean {
  const after = text.slice(end, end + 24);
  if (
    /^\s*(?:[)}\]$]|\\[)\]])*\s*=(?!=)/.test(after) &&
    !/[-+−*/×·^\w]\s*$/.test(text.slice(Math.max(0, start - 4), start))
  )
    return true;
  return BEFORE_RESULT.test(text.slice(Math.max(0, start - 60), start)) && !GOES_ON.test(after);
}
