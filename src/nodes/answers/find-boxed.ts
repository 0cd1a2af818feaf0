/** Finds `\boxed{...}`: complete ones only, nested braces and all, and several of them when they are one answer. */
import type { FoundAnswer } from "./find.ts";
import { closingBrace } from "./notation.ts";

interface Box {
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

/** Only this many boxes from the end are looked at: hostile texts hold a million. */
const MOST_BOXES = 24;
/** A box that is not closed within this many characters is a broken one. */
const LONGEST_BOX = 8000;

export function findBoxed(text: string, from: number): FoundAnswer | undefined {
  const boxes = lastBoxes(text, from);
  const last = boxes.at(-1);
  if (!last) return undefined;
  const joined = [last];
  for (let at = boxes.length - 2; at >= 0; at--) {
    const box = boxes[at]!;
    const gap = text.slice(box.end + 1, joined[0]!.from);
    if (!joins(gap)) break;
    joined.unshift(box);
  }
  const parts = joined.map((box) => text.slice(box.start, box.end).trim());
  const [start, end] = [joined[0]!.start, last.end];
  const one = parts.length === 1 ? trimmed(text, start, end) : undefined;
  return one ?? { text: [...new Set(parts)].join(" \\text{ and } "), form: "boxed", start, end };
}

function trimmed(text: string, start: number, end: number): FoundAnswer {
  const inside = text.slice(start, end);
  const lead = inside.length - inside.trimStart().length;
  return { text: inside.trim(), form: "boxed", start: start + lead, end: start + lead + inside.trim().length };
}

function lastBoxes(text: string, from: number): readonly Box[] {
  const boxes: Box[] = [];
  let before = text.length;
  let looked = 0;
  while (boxes.length < MOST_BOXES && looked++ < 4 * MOST_BOXES) {
    const at = text.lastIndexOf("box", before - 1);
    if (at < from || before <= 0) break;
    before = at;
    const box = boxAt(text, at);
    if (box) boxes.unshift(box);
  }
  return boxes;
}

/** \boxed{..}, \boxed 5, \fbox{..}, found by their "box"; an escape may have read "\b" as a backspace. */
function boxAt(text: string, at: number): Box | undefined {
  const isFramed = text.startsWith("\\fbox", at - 2);
  if (!isFramed && !text.startsWith("boxed", at)) return undefined;
  const word = isFramed ? at + 3 : at + 5;
  const from = isFramed ? at - 2 : text[at - 1] === "\\" ? at - 1 : text[at - 1] === "\b" ? at - 1 : -1;
  if (from < 0) return undefined;
  let start = word;
  while (start < word + 4 && (text[start] === " " || text[start] === "\n")) start++;
  if (text[start] !== "{") {
    const bare = /^\s?(-?\d+(?:\.\d+)?|[A-Z])(?![\w.])/.exec(text.slice(word, word + 40));
    return bare ? { from, start: word + bare[0].length - bare[1]!.length, end: word + bare[0].length } : undefined;
  }
  const close = closingBrace(text.slice(start + 1, start + 1 + LONGEST_BOX), 0);
  return close < 0 || text.slice(start + 1, start + 1 + close).trim() === ""
    ? undefined
    : { from, start: start + 1, end: start + 1 + close };
}

/** Between two boxes of one answer: "and", a comma, at most three words, never the end of a sentence. */
function joins(gap: string): boolean {
  if (gap.length > 60) return false;
  const bare = gap
    .replace(/\\(?:text|mbox|textbf|mathrm)\s?\{([^{}]*)\}/g, " $1 ")
    .replace(/\\(?:quad|qquad|[,;:!()[\]])|\$|\\ /g, " ")
    .replace(/\s+/g, " ")
    .trim();
  if (/[.!?。]/.test(bare)) return false;
  const words = bare.replace(/[A-Za-z](?:_\{?\w\}?)?\s?(?:=|\\in|\\approx)/g, " ").match(/[\p{L}]+/gu) ?? [];
  const joiner = /[,;、]|\b(?:and|or|et|und|y|o)\b|[和或及与]/i.test(bare);
  return words.length === 0 ? bare === "" || joiner || /^[^\p{L}\d]+$/u.test(bare) : joiner && words.length <= 3;
}
