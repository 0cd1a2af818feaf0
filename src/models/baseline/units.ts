/**
 * A trace as the baseline sees it: a list of units. A unit is one sentence, or one formula, list item, table or piece of
 * code that is never cut. Each knows what stood between it and the one before, so that those which stay can be put
 * together as they stood.
 */
import { foldWidth } from "../../core/fold-width.ts";
import { cutSegments, cutSentences, endsParagraph, type Segment, type SegmentKind } from "../../core/segments.ts";
import { readTerms } from "../../core/terms.ts";

export type Joint = "" | " " | "\n" | "\n\n";

export interface Unit {
  readonly index: number;
  readonly kind: SegmentKind;
  /** What it says, with its list marker, without the white space around it. */
  readonly text: string;
  /** What stood before it: nothing (Chinese has no spaces), a space, a line end, or a blank line. */
  readonly joint: Joint;
  readonly terms: ReadonlySet<string>;
  readonly results: ReadonlySet<string>;
  /** Without white space and LaTeX dressing: where a final answer is looked for. */
  readonly bare: string;
}

export function readUnits(trace: string): Unit[] {
  const units: Unit[] = [];
  let joint: Joint = "\n\n";
  for (const segment of cutSegments(trace)) {
    if (segment.kind === "blank") continue;
    const pieces = isCut(segment) ? cutSentences(segment.body) : [segment.body];
    for (const piece of pieces) {
      const text = piece.trim();
      if (text !== "") units.push(makeUnit(units.length, segment.kind, text, joint));
      const space = piece.slice(piece.trimEnd().length);
      joint = space.includes("\n") ? "\n" : space === "" ? "" : " ";
    }
    joint = endsParagraph(segment) ? "\n\n" : "\n";
  }
  return units;
}

/** Longer list items are paragraphs with a dot in front; a short one says one thing. */
const LONGEST_ITEM = 260;

function isCut(segment: Segment): boolean {
  return segment.kind === "prose" || (segment.kind === "item" && segment.body.length > LONGEST_ITEM);
}

export function makeUnit(index: number, kind: SegmentKind, text: string, joint: Joint): Unit {
  const folded = foldWidth(text);
  const { all, results } = readTerms(kind === "code" ? "" : folded.replace(/^(?:\d{1,3}[.)]|[-*+•])\s+/, ""));
  return { index, kind, text, joint, terms: all, results, bare: bareText(folded) };
}

/** Puts units together again; where some are missing between two, the strongest joint among them holds. */
export function writeUnits(units: readonly { readonly text: string; readonly joint: Joint }[]): string {
  return units.map((unit, at) => (at === 0 ? "" : unit.joint) + unit.text).join("");
}

const JOINTS: readonly Joint[] = ["", " ", "\n", "\n\n"];

export function strongerJoint(a: Joint, b: Joint): Joint {
  return JOINTS.indexOf(a) > JOINTS.indexOf(b) ? a : b;
}

/** One spelling for what may be an answer: `\dfrac{5}{7}` and `5/7`, `1,000` and `1000` meet. */
export function bareText(text: string): string {
  return text
    .replace(/\\(?:left|right|displaystyle|,|;|!|quad|qquad)(?![A-Za-z])/g, "")
    .replace(/\\(?:text|mathrm|textbf|mathbf|mbox)\{([^{}]{0,80})\}/g, "$1")
    .replace(/\\pi(?![A-Za-z])/g, "π")
    .replace(/\\sqrt(?![A-Za-z])|\bsqrt(?=\()/g, "√")
    .replace(/\\(?:times|cdot)(?![A-Za-z])/g, "*")
    .replace(/\\[dt]frac/g, "\\frac")
    .replace(/\\frac\{([^{}]{1,40})\}\{([^{}]{1,40})\}/g, "$1/$2")
    .replace(/\\frac(\d)(\d)/g, "$1/$2")
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replace(/\\%/g, "%")
    .replace(/[\s$*{}]|\\[()[\]]/g, "");
}
