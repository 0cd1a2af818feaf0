/**
 * Loss weights by span: which characters of a reply are chain and which answer, and what each counts. Token-independent:
 * offsets count Unicode code points, as Python's strings do, so that a fast tokenizer's `offset_mapping` meets them.
 *
 *   spans      every character of the reply is in exactly one span, in order
 *   weight     of each token in the span
 *   rowWeight  efficiency has no tokens of its own, so it weighs the row: (answer + chain + efficiency * share) / all
 *
 * Two forms (docs/training-data.md says which trainer takes which):
 *   spans      a column beside an unchanged row, for a collator of your own
 *   turns      `messages` only: chain and answer are two assistant messages in a row, each with its `loss_scale` (row
 *              weight included), which ms-swift joins to one reply again, byte for byte
 */
import { cutSentences } from "../core/segments.ts";
import type { Weights } from "../core/weights.ts";
import type { FinishedSample } from "./finished.ts";

export const WEIGHT_FORMS = ["spans", "turns"] as const;
export type WeightForm = (typeof WEIGHT_FORMS)[number];

export interface LossWeights extends Weights {
  readonly form: WeightForm;
  /** The state field with the share of efficiency, in [0, 1]; where a sample has none its row counts whole. */
  readonly share?: string;
  /** Where the final answer of a text begins, in UTF-16 units; undefined where it states none. */
  readonly findAnswer: (text: string) => number | undefined;
}

export interface Span {
  /** The field of the row, as a path: `messages.1.content`. */
  readonly field: string;
  readonly part: "chain" | "answer";
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/** Cuts `text` into its chain and its answer at `answerAt` (UTF-16); an empty part has no span. */
export function spansOf(field: string, text: string, answerAt: number, { chain, answer }: Weights): Span[] {
  const cut = codePoints(text.slice(0, answerAt));
  const all = cut + codePoints(text.slice(answerAt));
  const spans: Span[] = [
    { field, part: "chain", start: 0, end: cut, weight: chain },
    { field, part: "answer", start: cut, end: all, weight: answer },
  ];
  return spans.filter(({ start, end }) => end > start);
}

/** Where the answer's part of a chain begins: the sentence that states it. The last paragraph where the rules find none. */
export function answerStart(text: string, findAnswer: LossWeights["findAnswer"]): number {
  const found = findAnswer(text);
  if (found === undefined) {
    const gap = text.trimEnd().lastIndexOf("\n\n");
    return gap < 0 ? 0 : gap + 2;
  }
  let at = text.lastIndexOf("\n", found) + 1;
  const end = text.indexOf("\n", at);
  for (const sentence of cutSentences(text.slice(at, end < 0 ? undefined : end))) {
    if (at + sentence.length > found) break;
    at += sentence.length;
  }
  return at;
}

/** What a row counts, in [0, 1], to three digits. */
export function rowWeightOf(sample: FinishedSample, { answer, chain, efficiency, share }: LossWeights): number {
  const value = share === undefined ? undefined : sample.state[share];
  const spent = typeof value === "number" ? Math.min(1, Math.max(0, value)) : 1;
  const all = answer + chain + efficiency;
  return all === 0 ? 1 : Math.round((1000 * (answer + chain + efficiency * spent)) / all) / 1000;
}

/** How long a text is for Python. */
function codePoints(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}
