/**
 * How many tokens a text has.
 *
 * Two answers, because they cost differently. `estimateTokens` is one pass over the characters and needs no table; its
 * weights were fitted by least squares to o200k counts of real traces (1,700 of them in English mathematics, science
 * and code), where it is off by about 2 % on average, and by up to a third on a short odd one. `countTokens` is the
 * real o200k count; its table takes about 150 ms to load, once per process, and only if somebody asks.
 */
import { createRequire } from "node:module";
import { createPieceCounter } from "./token-pieces.ts";

/** What each kind of character adds. A run of letters is a word, and long words are cut about every six letters. */
const WEIGHT = {
  word: 0.995,
  wordPart: 0.424,
  /** Digits come in groups of three at most. */
  digits: 1.318,
  mark: 0.569,
  markRun: 0.168,
  newlines: 0.45,
  /** A space before a digit, or two spaces or more, is a token of its own more often than not. */
  oddSpace: 0.786,
  /** Chinese characters, of which words of two are often one token, and full-width punctuation; fitted on prose and problems. */
  han: 0.78,
  fullWidth: 0.68,
  /** Greek, accents, mathematical signs. */
  beyondAscii: 1.14,
} as const;

/** A quick estimate, in tokens; a whole number, 0 for the empty text. */
export function estimateTokens(text: string): number {
  let total = 0;
  let at = 0;
  while (at < text.length) {
    const start = at;
    const code = text.charCodeAt(at);
    if (isLetter(code)) {
      while (at < text.length && isLetter(text.charCodeAt(at))) at++;
      total += WEIGHT.word + WEIGHT.wordPart * Math.max(0, Math.ceil((at - start - 8) / 6));
    } else if (isDigit(code)) {
      while (at < text.length && isDigit(text.charCodeAt(at))) at++;
      total += WEIGHT.digits * Math.ceil((at - start) / 3);
    } else if (code === 10) {
      while (at < text.length && isBlank(text.charCodeAt(at))) at++;
      total += WEIGHT.newlines;
    } else if (isBlank(code)) {
      while (at < text.length && isBlank(text.charCodeAt(at)) && text.charCodeAt(at) !== 10) at++;
      if (at - start > 1 || isDigit(text.charCodeAt(at))) total += WEIGHT.oddSpace;
    } else if (code >= 128) {
      at++;
      total += isHan(code) ? WEIGHT.han : isFullWidth(code) ? WEIGHT.fullWidth : WEIGHT.beyondAscii;
    } else {
      while (at < text.length && isMark(text.charCodeAt(at))) at++;
      total += WEIGHT.markRun + WEIGHT.mark * (at - start);
    }
  }
  return Math.round(total);
}

/** The exact count under o200k. Blocks for about 150 ms the first time; later texts take about 1 ms per 20,000 characters. */
export function countTokens(text: string): number {
  const known = memo.get(text);
  if (known !== undefined) return known;
  let count = 0;
  for (const piece of cutRuns(text)) count += loadEncoder()(piece);
  memo.set(text, count);
  return count;
}

/**
 * The encoder needs quadratic time on a run without white space (32,000 such characters take a second), and no merge
 * crosses white space anyway: long runs are cut, which costs a token or so per cut.
 */
function cutRuns(text: string): readonly string[] {
  const longest = 1_000;
  if (text.length <= longest) return [text];
  const pieces: string[] = [];
  let start = 0;
  let runStart = 0;
  for (let at = 0; at < text.length; at++) {
    if (isBlank(text.charCodeAt(at))) runStart = at + 1;
    else if (at - runStart >= longest) {
      pieces.push(text.slice(start, at));
      start = at;
      runStart = at;
    }
  }
  pieces.push(text.slice(start));
  return pieces;
}

const loadEncoder = once((): ((text: string) => number) => {
  const require = createRequire(import.meta.url);
  const encoding = require("gpt-tokenizer/encoding/o200k_base") as {
    countTokens(text: string, options: { disallowedSpecial: Set<string> }): number;
  };
  // A trace may well contain "<|endoftext|>": it is text here, never a control token, and must not throw.
  const options = { disallowedSpecial: new Set<string>() };
  const { O200K_TOKEN_SPLIT_REGEX: pieces } = require("gpt-tokenizer/encodingParams/constants") as {
    O200K_TOKEN_SPLIT_REGEX: RegExp;
  };
  return createPieceCounter({ pieces, countTokens: (piece) => encoding.countTokens(piece, options) });
});

const memo = createMemo({ maxEntries: 512, maxCharacters: 8_000_000 });

/** Forgets the least recently used first, by number and by size: traces can be megabytes. */
function createMemo(limits: { readonly maxEntries: number; readonly maxCharacters: number }) {
  const counts = new Map<string, number>();
  let characters = 0;
  return {
    get(text: string): number | undefined {
      const count = counts.get(text);
      if (count === undefined) return undefined;
      counts.delete(text);
      counts.set(text, count);
      return count;
    },
    set(text: string, count: number): void {
      if (text.length > limits.maxCharacters / 4) return;
      counts.set(text, count);
      characters += text.length;
      for (const oldest of counts.keys()) {
        if (counts.size <= limits.maxEntries && characters <= limits.maxCharacters) break;
        counts.delete(oldest);
        characters -= oldest.length;
      }
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** The common block; rarer characters are a token or two each. */
function isHan(code: number): boolean {
  return code >= 0x4e00 && code <= 0x9fff;
}

function isFullWidth(code: number): boolean {
  return (code >= 0x3000 && code <= 0x303f) || (code >= 0xff00 && code <= 0xffef);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function isMark(code: number): boolean {
  return code < 128 && !isLetter(code) && !isDigit(code) && !isBlank(code);
}
