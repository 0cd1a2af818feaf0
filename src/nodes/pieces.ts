/**
 * A text cut into pieces that a model can rewrite one by one. Cuts fall between paragraphs and never inside a formula on
 * lines of its own, a listing or a table (core/segments.ts); the pieces and the gaps between them are the text, byte for
 * byte.
 */
import { cutSegments, endsParagraph, joinSegments, type Segment, type SegmentKind } from "../core/segments.ts";
import { estimateTokens } from "../core/tokens.ts";

export interface Piece {
  readonly body: string;
  /** The line ends and blank lines that follow. */
  readonly gap: string;
  /** Nothing in it is prose: it is not for a model to write anew. */
  readonly isProtected: boolean;
}

export interface PieceSize {
  readonly by: "paragraphs" | "tokens";
  readonly size: number;
}

export function cutPieces(text: string, { by, size }: PieceSize): Piece[] {
  const pieces: Piece[] = [];
  let open: Segment[] = [];
  let filled = 0;
  for (const paragraph of paragraphsOf(text)) {
    const weight = by === "paragraphs" ? 1 : estimateTokens(joinSegments(paragraph));
    if (open.length > 0 && filled + weight > size) {
      pieces.push(toPiece(open));
      open = [];
      filled = 0;
    }
    open.push(...paragraph);
    filled += weight;
  }
  return open.length === 0 ? pieces : [...pieces, toPiece(open)];
}

/** Segments up to a blank line; white space at the very start belongs to the first. */
function paragraphsOf(text: string): Segment[][] {
  const paragraphs: Segment[][] = [];
  let open: Segment[] = [];
  for (const segment of cutSegments(text)) {
    open.push(segment);
    if (segment.kind === "blank" || !endsParagraph(segment)) continue;
    paragraphs.push(open);
    open = [];
  }
  return open.length === 0 ? paragraphs : [...paragraphs, open];
}

const PROTECTED: readonly SegmentKind[] = ["code", "math", "table", "rule", "blank"];

function toPiece(segments: readonly Segment[]): Piece {
  const { gap } = segments.at(-1)!;
  const whole = joinSegments(segments);
  const isProtected = segments.every(({ kind }) => PROTECTED.includes(kind));
  return { body: whole.slice(0, whole.length - gap.length), gap, isProtected };
}
