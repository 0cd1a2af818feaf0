/**
 * A trace cut for reading: its steps as judges count them (core/prompt.ts), each into words, formulas and code. Nothing
 * here is HTML; a formula is a piece that KaTeX may draw, code a piece that may be coloured, everything else is text.
 *
 * One pass, no pattern that backtracks over the whole: a trace of 5 MB, or one that opens a formula in every word, takes
 * time in proportion to its length.
 */
import { stepsOf } from "../../../core/prompt.ts";

export type Token =
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "math"; readonly text: string; readonly tex: string; readonly display: boolean };

/** Part of a step: prose, or code between fences. A fence may stay open over blank lines, so over steps. */
export type Block =
  | { readonly kind: "prose"; readonly tokens: readonly Token[] }
  | { readonly kind: "listing"; readonly text: string; readonly language: string };

export interface Step {
  /** As the judge counts it, from 1. */
  readonly n: number;
  readonly text: string;
  readonly blocks: readonly Block[];
}

const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+#-]*)/;
const LONGEST_FORMULA = 3_000;

export function cutSteps(trace: string): Step[] {
  let fence: { readonly mark: string; readonly language: string } | undefined;
  return stepsOf(trace).map((text, index) => {
    const blocks: Block[] = [];
    let lines: string[] = [];
    const flush = () => {
      if (lines.some((line) => line.trim() !== "")) blocks.push(blockOf(lines.join("\n"), fence?.language));
      lines = [];
    };
    for (const line of text.split("\n")) {
      const [, mark, language = ""] = FENCE.exec(line) ?? [];
      if (mark === undefined || (fence !== undefined && !mark.startsWith(fence.mark))) {
        lines.push(line);
        continue;
      }
      flush();
      fence = fence === undefined ? { mark, language } : undefined;
    }
    flush();
    return { n: index + 1, text: text.trim(), blocks };
  });
}

function blockOf(text: string, language: string | undefined): Block {
  if (language !== undefined) return { kind: "listing", text, language };
  return { kind: "prose", tokens: cutTokens(text.trim()) };
}

/** Words keep the white space after them, so that tokens joined are the text again. */
export function cutTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let wordsFrom = 0;
  const flushWords = () => {
    for (const [words] of text.slice(wordsFrom, at).matchAll(/\S+\s*|\s+/g)) {
      for (const word of HAN.test(words) ? cutHan(words) : [words]) tokens.push({ kind: "word", text: word });
    }
  };
  while (at < text.length) {
    const special = specialAt(text, at);
    if (special === undefined) {
      at = nextSpecial(text, at + 1);
      continue;
    }
    flushWords();
    tokens.push(special);
    at += special.text.length;
    wordsFrom = at;
  }
  flushWords();
  return tokens;
}

const HAN = /\p{Script=Han}/u;

/** Chinese parts its words by no spaces: by the browser's dictionary, white space staying with the word before it. */
function cutHan(text: string): string[] {
  const words: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    if (segment.trim() === "" && words.length > 0) words[words.length - 1] += segment;
    else words.push(segment);
  }
  return words;
}

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 36 || char === 92 || char === 96) return at; // $ \ `
  }
  return text.length;
}

function specialAt(text: string, at: number): Token | undefined {
  if (text[at] === "`") {
    const end = text.indexOf("`", at + 1);
    if (end <= at + 1 || end - at > LONGEST_FORMULA || text.slice(at, end).includes("\n")) return undefined;
    return { kind: "code", text: text.slice(at, end + 1) };
  }
  if (text.startsWith("$$", at)) return between(text, at, { open: "$$", close: "$$", display: true });
  if (text.startsWith("\\[", at)) return between(text, at, { open: "\\[", close: "\\]", display: true });
  if (text.startsWith("\\(", at)) return between(text, at, { open: "\\(", close: "\\)", display: false });
  if (text.startsWith("\\boxed{", at)) return boxedAt(text, at);
  return text[at] === "$" ? dollarsAt(text, at) : undefined;
}

interface Pair {
  readonly open: string;
  readonly close: string;
  readonly display: boolean;
}

function between(text: string, at: number, { open, close, display }: Pair): Token | undefined {
  const window = text.slice(at + open.length, at + LONGEST_FORMULA);
  const end = window.indexOf(close);
  if (end < 1) return undefined;
  return {
    kind: "math",
    text: text.slice(at, at + open.length + end + close.length),
    tex: window.slice(0, end),
    display,
  };
}

/** A formula between single dollars, not "$5 or $6": no white space inside the dollars, no digit after the second. */
function dollarsAt(text: string, at: number): Token | undefined {
  const window = text.slice(at + 1, at + LONGEST_FORMULA);
  if (/^\s/.test(window)) return undefined;
  for (let end = window.indexOf("$"); end > 0; end = window.indexOf("$", end + 1)) {
    if (window[end - 1] === "\\") continue;
    const tex = window.slice(0, end);
    if (/\s$/.test(tex) || /\d/.test(window[end + 1] ?? "") || tex.includes("\n\n")) return undefined;
    return { kind: "math", text: `$${tex}$`, tex, display: false };
  }
  return undefined;
}

/** A final answer stands in `\boxed{}` often without dollars around it. */
function boxedAt(text: string, at: number): Token | undefined {
  let depth = 0;
  for (let end = at + 6; end < text.length && end - at < LONGEST_FORMULA; end++) {
    if (text[end] === "{") depth += 1;
    if (text[end] === "}") depth -= 1;
    if (depth > 0) continue;
    const tex = text.slice(at, end + 1);
    return { kind: "math", text: tex, tex, display: false };
  }
  return undefined;
}
