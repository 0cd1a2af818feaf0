/** Cuts the end of a text into sentences, and knows formulas from prices: both wear a dollar sign. */

export interface Sentence {
  readonly start: number;
  readonly end: number;
  /** False for a last sentence that just stops: no full stop, no closed formula. */
  readonly whole: boolean;
}

export interface Span {
  /** The inside of the delimiters. */
  readonly start: number;
  readonly end: number;
  /** With them. */
  readonly from: number;
  readonly to: number;
}

/** Formulas between `from` and `to`, in order. `$5 and $6` is money, and `$` never pairs across a line. */
export function formulasIn(text: string, from: number, to: number): readonly Span[] {
  const spans: Span[] = [];
  let at = from;
  while (at < to) {
    const sign = text[at];
    const span = sign === "$" ? dollars(text, at, to) : sign === "\\" ? slashed(text, at, to) : undefined;
    if (span) {
      spans.push(span);
      at = span.to;
    } else at += sign === "\\" ? 2 : 1;
  }
  return spans;
}

function dollars(text: string, at: number, to: number): Span | undefined {
  if (text[at + 1] === "$") {
    const close = text.indexOf("$$", at + 2);
    return close < 0 || close >= to ? undefined : { from: at, start: at + 2, end: close, to: close + 2 };
  }
  const limit = Math.min(to, at + 400);
  for (let close = at + 1; close < limit; close++) {
    if (text[close] === "\n") return undefined;
    if (text[close] === "\\") close++;
    else if (text[close] === "$") {
      const inside = text.slice(at + 1, close);
      return inside.trim() === "" || isProse(inside)
        ? undefined
        : { from: at, start: at + 1, end: close, to: close + 1 };
    }
  }
  return undefined;
}

/** Between two prices stand words; in a formula words wear \text. */
function isProse(inside: string): boolean {
  // "$500 + $800 = **$1,300**": between the first two signs stands a sum that goes on.
  // In a formula the dollar clings to what it closes; before a price stands a space.
  if (/^\d/.test(inside) && /\s$/.test(inside)) return true;
  if (inside.includes("**") || /^\d[\d,.]*[^\\]*[-+*/×=(]\s*$/.test(inside)) return true;
  const bare = inside.replace(/\\[A-Za-z]+\s?(?:\{[^{}]*\})?/g, " ");
  const words = bare.match(/[A-Za-z]{3,}/g) ?? [];
  return words.length >= 2 || (words.length === 1 && /^\d[\d,.]*\s+\S/.test(bare) && !/[=<>^_\\]/.test(bare));
}

function slashed(text: string, at: number, to: number): Span | undefined {
  const open = text[at + 1];
  if (open !== "(" && open !== "[") return undefined;
  const closer = open === "(" ? "\\)" : "\\]";
  const close = text.indexOf(closer, at + 2);
  if (close < 0 || close >= to || close - at > 4000) return undefined;
  if (open === "(" && text.slice(at + 2, close).includes("\n")) return undefined;
  return { from: at, start: at + 2, end: close, to: close + 2 };
}

export function sentencesIn(text: string, from: number, to: number, formulas: readonly Span[]): readonly Sentence[] {
  const sentences: Sentence[] = [];
  let start = from;
  let next = 0;
  for (let at = from; at < to; at++) {
    while (formulas[next] && formulas[next]!.to <= at) next++;
    const formula = formulas[next];
    if (formula && at >= formula.from) {
      at = formula.to - 1;
      continue;
    }
    if (!endsSentence(text, at, to)) continue;
    if (text.slice(start, at + 1).trim() !== "") sentences.push({ start, end: at + 1, whole: true });
    start = at + 1;
  }
  if (text.slice(start, to).trim() !== "")
    sentences.push({ start, end: to, whole: endsWhole(text, start, to, formulas.at(-1)) });
  return sentences;
}

function endsSentence(text: string, at: number, to: number): boolean {
  const sign = text[at]!;
  if (sign === "\n") return true;
  if ("。！？".includes(sign)) return true;
  if (!".!?".includes(sign)) return false;
  const after = text[at + 1];
  if (sign === "!" && /[\d)]/.test(text[at - 1] ?? "") && after !== undefined && /[ /*+=)]/.test(after)) return false;
  if (at + 1 < to && after !== undefined && !/[\s*)"'”]/.test(after)) return false;
  // "e.g. ", "i.e. ", "approx. ", and the number of a list item, "1. "
  return !/(?:\b(?:e\.g|i\.e|etc|vs|approx|Mr|Mrs|Dr|No)|(?:^|\n)\s*\d{1,2})$/.test(
    text.slice(Math.max(0, at - 8), at),
  );
}

function endsWhole(text: string, start: number, to: number, last: Span | undefined): boolean {
  const rest = text.slice(start, to).trimEnd();
  if (/[.!?。！？…]["'”)\]*_]*$|\*\*$/.test(rest)) return true;
  return last !== undefined && last.to >= start + rest.length - 1;
}
