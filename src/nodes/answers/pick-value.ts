/** Picks the value out of a sentence: "the length is 45 cm" gives 45 cm, "353 - 79 = 274" gives 274. */
import { type Expression, unknownsOf } from "./expression.ts";
import type { FoundAnswer } from "./find.ts";
import { tidy } from "./notation.ts";
import { isRegion } from "./regions.ts";
import { directReadings } from "./rules.ts";
import type { Span } from "./sentences.ts";
import { measureOf } from "./units.ts";

type Picked = Pick<FoundAnswer, "text" | "start" | "end">;

/**
 * `stated`: the words before `from` announced an answer, so what comes first counts. `last`: the sentence only
 * concludes, and what counts stands behind its last verb.
 */
export function pickValue(
  text: string,
  from: number,
  to: number,
  formulas: readonly Span[],
  how: "stated" | "last",
): Picked | undefined {
  const inside = formulas.filter((span) => span.from >= from && span.to <= to);
  const whole = how === "stated" ? (wholeFormula(text, from, to, inside) ?? wholeRest(text, from, to)) : undefined;
  if (whole) return whole;
  const begin = how === "stated" ? from : afterOpening(text, from, to);
  const several = how === "last" ? severalValues(text, begin, to) : undefined;
  if (several) return several;
  const values = valuesIn(text, begin, to, inside);
  const first =
    how === "stated" ? (values.find((value) => value.bold) ?? values[0]) : behindVerb(text, begin, to, values);
  if (!first) return how === "stated" ? words(text, from, to) : undefined;
  const { start, end } = workedOut(text, first, to, values);
  return trimmed(text, start, withUnit(text, end, to));
}

/** "3 小时 30 分钟", "5 元 8 角": the smaller measures belong to the number, too. */
const MIXED =
  /^\s?(?:小时|个?小时|时|分钟?|元|角|千米|公里|米|分米|厘米|吨|千克|天|年|个?月|升)(?:\s?\d+(?:\.\d+)?\s?(?:分钟?|秒钟?|角|分|米|分米|厘米|毫米|千克|克|小时|个?月|天|毫升)){1,2}/u;

/** 35.6 THz is not 35.6: a unit with a scale belongs to its number. */
function withUnit(text: string, end: number, to: number): number {
  const word = /^\s?([A-Za-zμΩ]{1,12}(?:\/[A-Za-z]{1,6}(?:\^?[23])?)?)(?![A-Za-z])/.exec(
    text.slice(end, Math.min(to, end + 24)),
  );
  const isPlain = /\d$/.test(text.slice(end - 1, end));
  const manifold = isPlain ? /^\s?[万亿](?![分个]之)/u.exec(text.slice(end, end + 4)) : null;
  if (manifold !== null) return end + manifold[0].length;
  const mixed = isPlain ? MIXED.exec(text.slice(end, Math.min(to, end + 40))) : null;
  if (mixed !== null) return end + mixed[0].length;
  return isPlain && word?.[1] && word[1] !== "in" && measureOf(word[1]) ? end + word[0].length : end;
}

function trimmed(text: string, start: number, end: number): Picked {
  const inner = text.slice(start, end);
  const from = start + inner.length - inner.trimStart().length;
  return { text: inner.trim(), start: from, end: from + inner.trim().length };
}

const OPENER =
  /^[\s*_>-]*(?:(?:所以|因此|故|综上(?:所述)?|于是|从而|解得|可得|得到?|即|答[:：])[\s,，:：]*)*(?:(?:so|thus|therefore|hence|then|and|we (?:get|have|find)|it follows that)[\s,]+)*/i;

/** "Therefore x = 3 or x = -3": a whole sentence that is one list, or a set of numbers. */
function severalValues(text: string, from: number, to: number): Picked | undefined {
  if (to - from > 120) return undefined;
  const start = from + (OPENER.exec(text.slice(from, to))?.[0].length ?? 0);
  const whole = wholeRest(text, start, to);
  const trees = whole ? directReadings(whole.text, tidy(whole.text)) : [];
  return trees.some((tree) => isRegion(tree) || (tree.kind === "list" && !tree.items.some(isSum))) ? whole : undefined;
}

/** 20 * 30 = 600: a step of the way, not one of several answers. */
function isSum(tree: Expression): boolean {
  return tree.kind === "relation" && unknownsOf(tree.members[0]!).size === 0;
}

/** A formula with nothing around it. */
function wholeFormula(text: string, from: number, to: number, inside: readonly Span[]): Picked | undefined {
  const [only] = inside;
  if (!only || inside.length > 1) return undefined;
  const around = text.slice(from, only.from) + text.slice(only.to, to);
  if (!/^[\s*_:：>#.。!,]*$/.test(around)) return undefined;
  const inner = text.slice(only.start, only.end);
  const start = only.start + inner.length - inner.trimStart().length;
  return inner.trim() === "" ? undefined : { text: inner.trim(), start, end: start + inner.trim().length };
}

/** All that is left of the sentence, when all of it is one answer. */
function wholeRest(text: string, from: number, to: number): Picked | undefined {
  if (to - from > 400) return undefined;
  const raw = text.slice(from, to);
  const inner = raw.replace(/^[\s*_:：>#=]+/u, "").replace(/[\s*_.。!,]+$/u, "");
  if (inner === "" || !/[\d\\π√]|^[A-Za-z]$/.test(inner) || directReadings(inner, tidy(inner)).length === 0)
    return undefined;
  const start = from + raw.indexOf(inner);
  return { text: inner, start, end: start + inner.length };
}

/** Behind "Subtracting the 6,000 steps, ..." and "Since there are 7 days, ...": what came first is not the result. */
function afterOpening(text: string, from: number, to: number): number {
  const words = text.slice(from, Math.min(to, from + 400));
  const turn = words.search(/,\s(?:so|thus|therefore|hence)\s[^\n]{0,120}\d/);
  const opening = OPENING.exec(words.slice(0, 260));
  const behind = from + Math.max(turn < 0 ? 0 : turn + 1, opening?.[0].length ?? 0);
  return /\d|[\\π√]/.test(text.slice(behind, to)) ? behind : from;
}

const OPENING =
  /^[\s*_]*(?:(?:so|thus|therefore|hence|and|finally|then|next)[,\s]+)?(?:adding|subtracting|multiplying|dividing|combining|since|because|given|with|after|if|as|for|over|when|in)\b[^\n]{0,200}?[^\d\n],\s/i;

const VERB =
  /\b(?:total(?: \w+)?(?=\s\$?\d)|is|are|was|were|be|equals|equal to|gives?(?: (?:us|me|him|her|them))?|giving|get|yields?|totals?|totaling|comes? (?:out )?to|makes?|making|means|leaves?|leaving|results? in|resulting in|has|have|had|earn(?:s|ed)?|need(?:s|ed)?|spen[dt]s?|paid|pays|sold|sells|slept|est|es|ist|only|find that|total of|it's|that's|there's|(?<=\bthan\b.*)by(?=\s\$?\d[\d,.]*[^\d]{0,12}$))(?![\p{L}])|[是为]|等于|赚了|(?<![<>!])=/giu;
/** Where the main clause ends and an explanation begins. */
const ASIDE =
  /,?\s(?:which|because|since|where|whereas|while|so that|as (?:required|expected|needed|above|before|we)|to have|in order|if|when|giving \()|\s\((?=[a-z])|,\s(?:attained|achieved|reached|obtained|occurring|at|for|with)\b/i;

const CLINGS =
  /^[\s*$\\([]*(?:(?:about|approximately|just|only|a|an|exactly|also|still|now|the|equal to)\s)*[\s*$\\([]*$/;

function behindVerb(text: string, from: number, to: number, values: readonly Value[]): Value | undefined {
  const [first] = values;
  if (!first) return undefined;
  const aside = ASIDE.exec(text.slice(first.end, to));
  const limit = aside ? first.end + aside.index : to;
  let chosen: Value | undefined;
  let isNextTo = false;
  let verbs = 0;
  for (const verb of text.slice(from, limit).matchAll(VERB)) {
    verbs++;
    const at = from + verb.index + verb[0].length;
    const next = values.find((value) => value.end > at && value.start < limit);
    // An equals sign inside of a formula belongs to the formula.
    if (!next || (next.start < at && !next.formula)) continue;
    const isPlain = values.every((value) => !value.formula || value.end < at || value.start >= limit);
    const clause = isPlain ? wholeClause(text, at, limit) : undefined;
    if (clause) {
      chosen = clause;
      isNextTo = true;
      continue;
    }
    const clings = CLINGS.test(text.slice(at, next.start));
    // "leaves 1000 people who have not voted by 16:00": a verb with its value beside it wins over one without.
    if (!clings && isNextTo) continue;
    chosen = next;
    isNextTo = clings;
  }
  const restated = aside && (!isNextTo || !aside[0].startsWith(",")) ? afterWhich(text, limit, to, values) : undefined;
  // "Dividing 24 by 240 gives the cost": the verb promises a value that never comes.
  if (
    !restated &&
    !chosen &&
    verbs > 0 &&
    /^[\s*_]*(?:adding|subtracting|multiplying|dividing)\b/i.test(text.slice(from, to))
  )
    return undefined;
  return restated ?? chosen ?? first;
}

/** "is x^2 - 5x + 6", "is 3:4", "are 2, 3 and 5": all that follows is one answer, and more than a number. */
function wholeClause(text: string, from: number, to: number): Value | undefined {
  if (to - from > 80) return undefined;
  const whole = wholeRest(text, from, to);
  if (!whole || /^[-\s$\d.,]*$/.test(whole.text) || !/^(?:[-+\d([{√π\\]|[A-Za-z](?![A-Za-z]))/.test(whole.text))
    return undefined;
  const tree = directReadings(whole.text, tidy(whole.text))[0];
  const bounds = tree?.kind === "relation" && tree.signs.every((sign) => sign !== "=");
  const isMore = tree && tree.kind !== "number" && tree.kind !== "unit" && (bounds || tree.kind !== "relation");
  return isMore ? { start: whole.start, end: whole.end, bold: false, formula: true } : undefined;
}

/** "is one fourth of 80, which is 20": what the aside comes to. */
function afterWhich(text: string, from: number, to: number, values: readonly Value[]): Value | undefined {
  const which = /^,?\s(?:which|giving)(?: (?:is|equals|gives|comes to|makes|are|would be))?\s/.exec(
    text.slice(from, to),
  );
  if (!which) return undefined;
  const at = from + which[0].length;
  const next = values.find((value) => value.start >= at);
  return next && next.start - at < 24 ? next : undefined;
}

/** "8 multiplied by 5, which equals 40" comes to 40; "1 divided by 3" is all of it. */
function workedOut(text: string, value: Value, to: number, values: readonly Value[]): { start: number; end: number } {
  if (value.formula) return value;
  const rest = text.slice(value.end, Math.min(to, value.end + 400));
  if (
    !/^(?:\s?(?:[A-Za-z$]+|\([^()\n]{0,30}\))){0,3}?\s?(?:[-+*/×·÷^=!]|\((?=[\d-])|times\b|plus\b|minus\b|multiplied by\b|divided by\b|raised to\b|choose\b)/.test(
      rest,
    )
  )
    return value;
  const results = [
    ...rest.matchAll(
      /[=≈]|\b(?:equals|is|totaling|resulting in|which is|giving|gives|makes|leaving|leaves|results in)\s/gi,
    ),
  ];
  for (const result of results.reverse()) {
    const at = value.end + result.index + result[0].length;
    const next = values.find((each) => each.start >= at && each.start - at < 12);
    if (next) return next;
  }
  const run =
    /^(?:\s?(?:[-+*/×·÷^()[\],!]|C(?=\()|times|plus|minus|multiplied by|divided by|\$?\d[\d,]*(?:\.\d+)?|√|π|sqrt))+/.exec(
      rest,
    )?.[0] ?? "";
  const end = value.end + run.trimEnd().length;
  const all = text.slice(value.start, end);
  return run !== "" && directReadings(all, tidy(all)).length > 0 ? { start: value.start, end } : value;
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly bold: boolean;
  readonly formula: boolean;
}

const DIGITS = String.raw`\d+(?:[, \u00a0\u202f]\d{3}(?!\d))*(?:[.,]\d+)?`;
const BEHIND = String.raw`\s?(?:\\?%|percent\b|√\d+|π(?:\/\d+)?|°|sqrt\(\d+\)|\*?\s?(?:pi\b|π)|\^\{?-?\d+\}?|\*\s?10\^\{?-?\d+\}?|×\s?10\^?\{?[-−]?\d+\}?|×\s?10[⁻⁰¹²³⁴-⁹]+|e[-+]?\d+)`;
const NUMBER = new RegExp(
  [
    // A point or a tuple, but not the arguments of a function.
    String.raw`(?<![\p{L}\d)])[([](?:\s?[-−]?[\w./√π\\^{} -]{1,30},){1,5}\s?[-−]?[\w./√π\\^{} -]{1,30}[)\]]`,
    String.raw`(?<![\p{Script=Latin}\d_.\\{])(?:[-−]\s?)?(?:US\$|[$€£¥])?\s?${DIGITS}(?:\s?\/\s?${DIGITS})?(?::\d{2}(?:\s?[ap]\.?m\b)?)?(?:${BEHIND})?`,
    String.raw`[-−]?\d*\\[dt]?frac\s?\{[^{}\n]{1,40}\}\s?\{[^{}\n]{1,40}\}`,
    String.raw`[-−]?\d*\\sqrt\s?\{[^{}\n]{1,40}\}`,
    String.raw`(?<![\p{L}\d])[-−]?(?:√\d+|π(?:\/\d+)?|sqrt\([^()\n]{1,40}\)(?:\s?\/\s?\d+)?)`,
  ].join("|"),
  "gu",
);
/** Sentences are looked at up to this many characters from their end. */
const LONGEST = 1200;

function valuesIn(text: string, from: number, to: number, formulas: readonly Span[]): readonly Value[] {
  const values: Value[] = [];
  const begin = Math.max(from, to - LONGEST);
  for (const match of text.slice(begin, to).matchAll(NUMBER)) {
    const start = begin + match.index + match[0].length - match[0].trimStart().length;
    if (!/\d|π/.test(match[0]) || formulas.some((span) => start >= span.from && start < span.to)) continue;
    const bold = /\*\*[\s$\\]*$/.test(text.slice(Math.max(0, start - 5), start));
    values.push({ start, end: begin + match.index + match[0].length, bold, formula: false });
  }
  for (const { start, end, from: opening } of formulas) {
    if (opening < from || !isValue(text.slice(start, end))) continue;
    values.push({ start, end, bold: text.slice(0, opening).endsWith("**"), formula: true });
  }
  return [...values, ...spelledIn(text, begin, to)].sort((a, b) => a.start - b.start);
}

const SPELLED =
  /(?<=\b(?:is|are|has|have|had|read|of|get|got|answer:?) )(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|twenty)\b(?! (?:methods|ways|cases|approaches|steps|times|numbers|equations|parts|digits))/gi;

/** "所以一共有十二个。": behind a verb, and nothing but its measure after it. */
const SPELLED_IN_CHINESE =
  /(?<=[是为有共得于剩出需用]\s?)[零一二两三四五六七八九十百千万亿]{1,12}(?=(?:个|人|元|次|种|条|只|本|页|天|岁|倍|名|张|件|块|支|辆|棵|米|厘米|千米|千克|克|秒|分钟|小时|度|平方米|平方厘米)?[\s*_。，,.！]*$)/gu;

/** "Together they read six books in total." "Both ways" and "three methods" are talk. */
function spelledIn(text: string, from: number, to: number): readonly Value[] {
  const words = text.slice(from, to);
  return [...words.matchAll(SPELLED), ...words.matchAll(SPELLED_IN_CHINESE)].map((match) => ({
    start: from + match.index,
    end: from + match.index + match[0].length,
    bold: false,
    formula: false,
  }));
}

/** A formula that is more than a name: `$n$` in "the largest $n$ is 34" is none. */
function isValue(formula: string): boolean {
  return /\d|\\(?:pi|infty|frac|sqrt|text|emptyset|begin)|[=<>]|\\in|\\[lg]e/.test(formula);
}

/** A few words, when the text said that they are the answer: "Navin", "not possible". */
function words(text: string, from: number, to: number): Picked | undefined {
  const raw = text.slice(from, Math.min(to, from + 80));
  const inner = /^[\s*_:："'“]*([\p{L}][\p{L}\s'-]*?)["'”]?[\s*_.。!,]*$/u.exec(raw)?.[1];
  if (
    !inner ||
    inner.split(/\s+/).length > 4 ||
    /^(?:correct|right|that|this|it|the|what|consistent|valid|confirmed|clear|not|indeed|just|simply|so|also|in|as|an?|positive|negative)\b/i.test(
      inner,
    )
  ) {
    return undefined;
  }
  const start = from + raw.indexOf(inner);
  return { text: inner, start, end: start + inner.length };
}
