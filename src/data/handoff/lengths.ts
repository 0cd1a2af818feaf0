/**
 * How long a method's rows are, and so where a trainer may cut. Counted, not guessed: each row's prompt and its (longer)
 * reply in o200k tokens, each digit for itself as Qwen2.5 writes numbers (o200k takes three at a time), and the chat
 * template around them. Qwen2.5's own vocabulary is not here, so the cutoff leaves a tenth on top.
 */
import { countTokens } from "../../core/tokens.ts";

/** Qwen2.5's template with its own system prompt has about 30 tokens beside the two texts. */
const TEMPLATE_TOKENS = 32;
const STEP = 512;

/** Control tokens of Qwen2.5's chat. In a text they are not read as text, and end the turn where they stand. */
const CONTROL = /<\|(?:im_start|im_end|endoftext)\|>/;

export class Lengths {
  /** Rows by length; as many entries as there are lengths, however many rows. */
  readonly #rows = new Map<number, number>();
  #count = 0;
  #withControl = 0;

  /** The texts of one row; of `replies`, the longest counts. */
  add(prompt: string, ...replies: readonly string[]): void {
    const longest = Math.max(0, ...replies.map(countForQwen));
    const tokens = countForQwen(prompt) + longest + TEMPLATE_TOKENS;
    this.#rows.set(tokens, (this.#rows.get(tokens) ?? 0) + 1);
    this.#count++;
    if ([prompt, ...replies].some((text) => CONTROL.test(text))) this.#withControl++;
  }

  /** 0 where there is no row. */
  get longest(): number {
    return Math.max(0, ...this.#rows.keys());
  }

  /** Rows that hold a control token of the student's chat. */
  get withControl(): number {
    return this.#withControl;
  }

  /** The length that this share of the rows does not exceed. */
  quantile(share: number): number {
    let seen = 0;
    for (const [tokens, rows] of [...this.#rows].sort(([a], [b]) => a - b)) {
      seen += rows;
      if (seen >= share * this.#count) return tokens;
    }
    return 0;
  }

  get mean(): number {
    let total = 0;
    for (const [tokens, rows] of this.#rows) total += tokens * rows;
    return this.#count === 0 ? 0 : total / this.#count;
  }

  longerThan(tokens: number): number {
    let longer = 0;
    for (const [length, rows] of this.#rows) if (length > tokens) longer += rows;
    return longer;
  }

  /** Room for every row with a tenth on top, in steps of 512, as far as the student can read. */
  cutoff(contextTokens: number): number {
    return Math.min(contextTokens, Math.max(1, Math.ceil((this.longest * 1.1) / STEP)) * STEP);
  }
}

function countForQwen(text: string): number {
  let extra = 0;
  for (const [digits] of text.matchAll(/\d{2,}/g)) extra += digits.length - Math.ceil(digits.length / 3);
  return countTokens(text) + extra;
}
