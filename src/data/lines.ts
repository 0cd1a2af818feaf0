/**
 * Bytes in, lines out, in memory bounded by one line. Node's readline is not used: it has no bound, hides broken UTF-8
 * behind U+FFFD, and breaks lines at U+2028, which is an ordinary character inside JSON.
 */
import { isUtf8 } from "node:buffer";

/** A line without its line break, or what is wrong with it. Numbers count from 1; blank lines count too. */
export type Line =
  | { readonly number: number; readonly text: string; readonly trouble?: undefined }
  /** Longer than the bound; its bytes were let go. */
  | { readonly number: number; readonly trouble: "too-long"; readonly bytes: number }
  /** `text` has U+FFFD where the bytes mean nothing. */
  | { readonly number: number; readonly trouble: "not-utf8"; readonly text: string };

/** No real trace comes near; a file without line breaks would otherwise be held whole. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 10;
const RETURN = 13;

export async function* splitLines(
  bytes: AsyncIterable<Uint8Array>,
  options: { readonly maxBytes?: number } = {},
): AsyncGenerator<Line> {
  const maxBytes = options.maxBytes ?? MAX_LINE_BYTES;
  let number = 1;
  let held: Buffer[] = [];
  let heldBytes = 0;

  const hold = (piece: Buffer) => {
    heldBytes += piece.length;
    if (heldBytes > maxBytes) held = [];
    else if (piece.length > 0) held.push(piece);
  };
  const finishLine = (): Line => {
    const line = heldBytes > maxBytes ? tooLong(number, heldBytes) : decode(number, held);
    number += 1;
    held = [];
    heldBytes = 0;
    return line;
  };

  for await (const piece of bytes) {
    const chunk = asBuffer(piece);
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      hold(chunk.subarray(start, end));
      yield finishLine();
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  if (heldBytes > 0) yield finishLine();
}

function tooLong(number: number, bytes: number): Line {
  return { number, trouble: "too-long", bytes };
}

function decode(number: number, pieces: readonly Buffer[]): Line {
  const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  const line = whole[whole.length - 1] === RETURN ? whole.subarray(0, -1) : whole;
  const text = line.toString("utf8");
  return isUtf8(line) ? { number, text } : { number, trouble: "not-utf8", text };
}

function asBuffer(piece: Uint8Array): Buffer {
  return Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}
