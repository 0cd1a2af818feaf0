/**
 * A trace in chunks whose size goes by how complex it is: a plain one is a single step; of the others, the more complex,
 * the more paragraphs belong together, up to a bound. Chunks put together again are the trace, byte for byte.
 *
 *   chunk = the whole                               where complexity < low
 *         = min(most, round(base * complexity / low)) paragraphs, else
 *
 * The complexity is a stated proxy, in [0, 1], since a student's surprisal needs its log-probabilities: how densely a
 * text is set with symbols, how many different operations it does, and how little of it repeats (its packed size).
 * It orders texts; it is not the student's difficulty, and docs/performance.md says how far the two agree.
 */
import { deflateRawSync } from "node:zlib";
import { cutSegments, cutSentences, endsParagraph } from "./segments.ts";

export interface ChunkRule {
  /** Complexity below which a trace is one step. */
  readonly low: number;
  /** Paragraphs in a chunk at that complexity. */
  readonly base: number;
  /** Most paragraphs in a chunk. */
  readonly most: number;
}

export interface Chunked {
  readonly chunks: readonly string[];
  /** In [0, 1]. */
  readonly complexity: number;
  readonly paragraphs: number;
}

export function cutChunks(trace: string, rule: ChunkRule): Chunked {
  const complexity = complexityOf(trace);
  const paragraphs = cutParagraphs(trace);
  if (complexity < rule.low) return { chunks: trace === "" ? [] : [trace], complexity, paragraphs: paragraphs.length };
  const size = Math.max(1, Math.min(rule.most, Math.round((rule.base * complexity) / rule.low)));
  const chunks: string[] = [];
  for (let at = 0; at < paragraphs.length; at += size) chunks.push(paragraphs.slice(at, at + size).join(""));
  return { chunks, complexity, paragraphs: paragraphs.length };
}

/**
 * Paragraphs with the white space after them; code and formulas are never cut. A Chinese trace is often written in one go:
 * then it is cut where a sentence opens the next step by its words (首先, 然后, 因此, 第二步).
 */
function cutParagraphs(trace: string): string[] {
  const paragraphs = byBlankLines(trace);
  return paragraphs.length === 1 && HAN.test(trace) ? byStepWords(trace) : paragraphs;
}

const HAN = /[\u3400-\u9fff]/;
const OPENS_STEP =
  /^\s*(?:[-*•]\s*)?(?:首先|其次|再次|然后|接着|接下来|随后|之后|再(?=[来由用把将求算看])|最后|第[一二三四五六七八九十\d]+步|步骤\s*[一二三四五六七八九十\d]+|由此|因此|因而|所以|于是|从而|综上|故(?!事|意))/u;

function byStepWords(trace: string): string[] {
  const steps: string[] = [];
  for (const { kind, body, gap } of cutSegments(trace)) {
    const pieces = kind === "prose" || kind === "item" ? cutSentences(body) : [body];
    for (const [at, piece] of pieces.entries()) {
      const text = at === pieces.length - 1 ? piece + gap : piece;
      if (steps.length === 0 || OPENS_STEP.test(piece)) steps.push(text);
      else steps[steps.length - 1] += text;
    }
  }
  return steps;
}

function byBlankLines(trace: string): string[] {
  const paragraphs: string[] = [];
  let open = "";
  for (const segment of cutSegments(trace)) {
    open += segment.body + segment.gap;
    if (segment.kind === "blank" || !endsParagraph(segment)) continue;
    paragraphs.push(open);
    open = "";
  }
  if (open !== "") paragraphs.push(open);
  return paragraphs;
}

/** Beyond this the beginning tells enough, and packing a trace of megabytes would cost what it does not bring. */
const MOST_CHARS = 60_000;

export function complexityOf(text: string): number {
  const seen = text.slice(0, MOST_CHARS);
  const bare = seen.replace(/\s+/g, "");
  if (bare.length < 2) return 0;
  const symbols = (bare.match(/[=+\-*/^_<>≤≥≠±×÷∑∫√\\{}()[\]|]|\d/g) ?? []).length / bare.length;
  const operations = new Set(seen.match(/[\d.]+\s*(?:[-+*/^=<>×÷]|\\times|\\cdot|\\frac|\\sqrt)\s*[\d.]*/g) ?? []).size;
  const packed = deflateRawSync(seen, { level: 1 }).length / Buffer.byteLength(seen);
  // Each in [0, 1]: half symbols is a page of formulas; forty operations a long calculation; prose packs to a third.
  const parts = [
    Math.min(1, symbols / 0.5),
    Math.min(1, operations / 40),
    Math.min(1, Math.max(0, (packed - 0.2) / 0.5)),
  ];
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

/**
 * How deep a trace reasons within its own reasoning: cases within cases, suppositions within them, lists within lists,
 * sub-headings. By what the text says of itself; a supposition ends where a paragraph concludes.
 */
export function nestingOf(trace: string): number {
  let suppositions = 0;
  let heading = 0;
  let deepest = 0;
  const cases: number[] = [];
  for (const { kind, body } of cutSegments(trace)) {
    if (kind === "blank") continue;
    if (kind === "heading") {
      heading = Math.max(0, (/^#+/.exec(body)?.[0].length ?? 1) - 1);
      suppositions = 0;
      cases.length = 0;
    }
    const label = /^(?:\W*)(?:sub-?)?case\s+(\d+(?:\.\d+)*|[ivx]+|[a-z])\b/i.exec(body) ?? CASE_IN_CHINESE.exec(body);
    if (label !== null) {
      const level = /^\W*(?:sub|子情[况形])/i.test(body)
        ? cases.length + 1
        : (label.slice(1).find(Boolean) ?? "").split(".").length;
      cases.length = Math.min(cases.length, level - 1);
      while (cases.length < level) cases.push(0);
      suppositions = 0;
    } else if (SUPPOSES.test(body)) suppositions++;
    const indent = kind === "item" ? 1 : 0;
    deepest = Math.max(deepest, heading + cases.length + suppositions + indent);
    if (CONCLUDES.test(body)) {
      suppositions = Math.max(0, suppositions - 1);
      if (CLOSES_CASES.test(body)) cases.length = 0;
    }
  }
  return deepest;
}

/** 情况一, 情形 2.1, （1）当……时, 第二种情况. */
const CASE_IN_CHINESE =
  /^[\s*_#（(]*(?:子?(?:情况|情形)\s*[（(]?([一二三四五六七八九十]+|\d+(?:\.\d+)*)|第([一二三四五六七八九十\d]+)种(?:情况|情形|可能)|[（(]?(\d+(?:\.\d+)*)[）)]\s*(?:若|当|如果))/u;
const SUPPOSES =
  /^(?:\W*)(?:suppose|assume|let's (?:suppose|assume|say|try)|if we (?:suppose|assume|take|try)|(?:反证|现在|再|先)?(?:[，,]?)(?:假设|假定|设想|若不然|如果不然))/i;
const CONCLUDES =
  /\b(?:contradiction|impossible|so this (?:case|works)|doesn't work|does not work|therefore|hence|thus|in (?:this|either|all) cases?)\b|矛盾|因此|所以|不可能|不成立/i;
const CLOSES_CASES =
  /\b(?:in (?:all|both|either|every) cases?|combining the cases|adding (?:up )?the cases|all cases)\b|综上|(?:所有|各种|两种|三种)(?:情况|情形)(?:相加|合起来|都)|把各(?:情况|情形)/i;
