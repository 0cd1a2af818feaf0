/** Picks the value out of a sentence: "the length is 45 cm" gives 45 cm, "353 - 79 = 274" gives 274. */
import type { FoundAnswer } from "./find.ts";
import { tidy } from "./notation.ts";
import { readingsOf } from "./rules.ts";
import type { Span } from "./sentences.ts";

type Picked = Pick<FoundAnswer, "text" | "start" | "end"> & { readonly form: "phrase" };

/**
 * `stated`: the sentence's words up to `from` announced an answer, so what comes first counts. `last`: the sentence
 * only concludes, and what it comes to stands at its end.
 */
export function pickValue(
  text: string,
  from: number,
  to: number,
  formulas: readonly Span[],
  how: "stated" | "last",
): Picked | undefined {
  const inside = formulas.filter((span) => span.from >= from && span.to <= to);
  const whole = how === "stated" ? wholeRest(text, from, to) : undefined;
  if (whole) return whole;
  const start = how === "stated" ? afterTurn(text, from, to) : afterVerb(text, from, to);
  const values = valuesIn(text, start, to, inside);
  const chosen = how === "stated" || start > from ? (values.find((value) => value.strong) ?? values[0]) : values.at(-1);
  const found = chosen ?? (start > from ? valuesIn(text, from, to, inside).at(-1) : undefined);
  if (found) return { text: text.slice(found.start, found.end), form: "phrase", start: found.start, end: found.end };
  return how === "stated" ? words(text, from, to) : undefined;
}

/** All that is left of the sentence, when all of it is one answer. */
function wholeRest(text: string, from: number, to: number): Picked | undefined {
  const raw = text.slice(from, Math.min(to, from + 400));
  if (raw.length < to - from) return undefined;
  const match = /^[\s*_:：>#=]*(.*?)[\s*_.。!]*$/su.exec(raw);
  const inner = match?.[1] ?? "";
  if (inner === "" || !/[\d\\π√]|^[A-Za-z]$/.test(inner) || readingsOf(inner, tidy(inner)).length === 0)
    return undefined;
  const start = from + raw.indexOf(inner);
  return { text: inner, form: "phrase", start, end: start + inner.length };
}

/** "is 600 total, minus the 6 he has, so 594": the last turn of the sentence counts. */
function afterTurn(text: string, from: number, to: number): number {
  const turn =
    /(?:,\s*(?:so|which is|giving|i\.e\.,?|or rather)|\bequals|\btotal(?:s|ing)? (?:of|to)?)\s(?=[^\d\n]{0,30}\d)/g;
  const matches = [...text.slice(from, Math.min(to, from + 600)).matchAll(turn)];
  const last = matches.at(-1);
  return last ? from + last.index + last[0].length : from;
}

/** Behind the last verb that states a value. */
function afterVerb(text: string, from: number, to: number): number {
  const verb =
    /\b(?:is|are|was|were|be|equals|equal to|gives?|gives us|get|yields?|totals?|comes? (?:out )?to|makes?|means|leaves?|has|have|had|earn(?:s|ed)?|need(?:s|ed)?|spen[dt]s?|paid|pays|sold|sells|slept|est|es|ist|是|为|等于|有|赚了?)\b|[是为]|等于|(?<![<>!])=/gu;
  const begin = Math.max(from, to - 400);
  let best = from;
  for (const match of text.slice(begin, to).matchAll(verb)) {
    const end = begin + match.index + match[0].length;
    if (/\d|[\\π√]/.test(text.slice(end, to))) best = end;
  }
  return best;
}

interface Value {
  readonly start: number;
  readonly end: number;
  /** A formula, or set in bold. */
  readonly strong: boolean;
}

const NUMBER =
  /(?<![\p{Script=Latin}\d_.\\{])(?:[-−]\s?)?(?:\$|€|£|¥|US\$)?\s?\d+(?:[,  ]\d{3}(?!\d))*(?:[.,]\d+)?(?:\s?\/\s?\d+)?(?::\d{2}(?:\s?[ap]\.?m\b)?)?(?:\s?(?:\\?%|percent\b|√\d+|π|°|sqrt\(\d+\)|\^\{?\d+\}?|\*\s?10\^\{?-?\d+\}?|×\s?10\^?\{?[-−]?\d+\}?|×\s?10[⁻⁰¹²³⁴-⁹]+|e[-+]?\d+))?|[-−]?\d*\\[dt]?frac\s?\{[^{}\n]{1,40}\}\s?\{[^{}\n]{1,40}\}|[-−]?\d*\\sqrt\s?\{[^{}\n]{1,40}\}|(?<![\p{L}\d])[-−]?(?:√\d+|π(?:\/\d+)?|sqrt\([^()\n]{1,40}\)(?:\s?\/\s?\d+)?)/gu;

function valuesIn(text: string, from: number, to: number, formulas: readonly Span[]): readonly Value[] {
  const values: Value[] = [];
  const begin = Math.max(from, to - 1200);
  for (const match of text.slice(begin, to).matchAll(NUMBER)) {
    const start = begin + match.index;
    if (formulas.some((span) => start >= span.from && start < span.to)) continue;
    const [lead, end] = [match[0].length - match[0].trimStart().length, start + match[0].length];
    values.push({ start: start + lead, end, strong: /\*\*\s?$/.test(text.slice(Math.max(0, start - 3), start)) });
  }
  for (const span of formulas) {
    if (span.from < from || !isValue(text.slice(span.start, span.end))) continue;
    values.push({ start: span.start, end: span.end, strong: true });
  }
  return values.sort((a, b) => a.start - b.start);
}

/** A formula that is more than a name: `$n$` in "the largest $n$ is 34" is none. */
function isValue(formula: string): boolean {
  return /\d|\\(?:pi|infty|frac|sqrt|text|emptyset)|[=<>]|\\in|\\[lg]e/.test(formula);
}

/** A few words, when the text said that they are the answer: "Navin", "not possible". */
function words(text: string, from: number, to: number): Picked | undefined {
  const raw = text.slice(from, Math.min(to, from + 80));
  const inner = /^[\s*_:："'“]*([\p{L}][\p{L}\s'-]*?)["'”]?[\s*_.。!,]*$/u.exec(raw)?.[1];
  if (
    !inner ||
    inner.split(/\s+/).length > 4 ||
    /^(?:correct|right|that|this|it|the|what|consistent|valid|confirmed|clear|not|indeed|just|simply|so|also|in|as)\b/i.test(
      inner,
    )
  ) {
    return undefined;
  }
  const start = from + raw.indexOf(inner);
  return { text: inner, form: "phrase", start, end: start + inner.length };
}
