/**
 * Counts the tokens of a text piece by piece, each different piece once.
 *
 * An encoder cuts a text into pieces (a word with the blank before it, three digits, a run of signs) by a regular
 * expression, and no token crosses from one into the next. The expression knows all scripts, and with its array for each
 * piece costs more than the rest; the same words come again and again. So here a loop finds the pieces that are ASCII, by
 * the same rules, and a table has the counts of pieces seen before, found by their characters without cutting them out.
 * Where a character beyond ASCII has a say, the expression is asked. tests/core/tokens.test.ts holds the sum to the
 * encoder's own.
 */

/** Pieces in the table at most; then it starts anew. */
const REMEMBERED = 16_384;
const SLOTS = 4 * REMEMBERED;
/** Longer ones hardly come twice. */
const LONGEST = 24;

export interface Encoder {
  /** How texts are cut, o200k's expression. */
  readonly pieces: RegExp;
  countTokens(piece: string): number;
}

export function createPieceCounter(encoder: Encoder): (text: string) => number {
  const expression = new RegExp(encoder.pieces.source, "uy");
  const pieces: (string | undefined)[] = new Array(SLOTS).fill(undefined);
  const counts = new Uint8Array(SLOTS);
  let remembered = 0;

  return (text) => {
    let total = 0;
    for (let at = 0, end = 0; at < text.length; at = end) {
      end = endOfAsciiPiece(text, at);
      if (end < 0) {
        expression.lastIndex = at;
        expression.test(text);
        end = expression.lastIndex;
        // Never for o200k, whose expression matches everywhere.
        if (end <= at) return encoder.countTokens(text);
      }
      total += countOf(text, at, end);
    }
    return total;
  };

  function countOf(text: string, from: number, to: number): number {
    if (to - from > LONGEST) return encoder.countTokens(text.slice(from, to));
    let hash = to - from;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const piece = pieces[slot];
      if (piece === undefined) return remember(slot, text.slice(from, to));
      if (piece.length === to - from && isAt(text, from, piece)) return counts[slot]!;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  function remember(slot: number, piece: string): number {
    const count = encoder.countTokens(piece);
    if (remembered === REMEMBERED) {
      pieces.fill(undefined);
      remembered = 0;
    }
    remembered += 1;
    // A copy: a part of a text keeps the whole text in memory.
    pieces[slot] = Buffer.from(piece, "utf16le").toString("utf16le");
    counts[slot] = count;
    return count;
  }
}

function isAt(text: string, from: number, piece: string): boolean {
  for (let n = 0; n < piece.length; n++) if (text.charCodeAt(from + n) !== piece.charCodeAt(n)) return false;
  return true;
}

/** What an ASCII character is to the expression. */
const [LOWER, UPPER, DIGIT, NEWLINE, BLANK, SIGN, BEYOND] = [0, 1, 2, 3, 4, 5, 6] as const;
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const sign = String.fromCharCode(code);
  if (/[a-z]/.test(sign)) return LOWER;
  if (/[A-Z]/.test(sign)) return UPPER;
  if (/[0-9]/.test(sign)) return DIGIT;
  if (/[\r\n]/.test(sign)) return NEWLINE;
  return /\s/.test(sign) ? BLANK : SIGN;
});
/** The end of a text is no letter and no digit, and nothing goes on there. */
const END = 7;

function kindAt(text: string, at: number): number {
  if (at >= text.length) return END;
  const code = text.charCodeAt(at);
  return code < 128 ? KINDS[code]! : BEYOND;
}

/** Where the piece that begins here ends; -1 where a character beyond ASCII belongs to it or may. */
function endOfAsciiPiece(text: string, start: number): number {
  const first = kindAt(text, start);
  if (first === LOWER || first === UPPER) return endOfWord(text, start);
  if (first === BEYOND) return -1;
  if (first === DIGIT) return endOfDigits(text, start);
  const second = kindAt(text, start + 1);
  if (second === BEYOND) return -1;
  // Any one character but a newline goes with the word after it.
  if ((second === LOWER || second === UPPER) && first !== NEWLINE) return endOfWord(text, start + 1);
  if (first === SIGN) return endOfSigns(text, start);
  if (second === SIGN && text.charCodeAt(start) === 32) return endOfSigns(text, start + 1);
  return endOfBlanks(text, start);
}

/** Capitals, then small letters, then `'s` and its like. */
function endOfWord(text: string, start: number): number {
  let at = start;
  while (kindAt(text, at) === UPPER) at++;
  while (kindAt(text, at) === LOWER) at++;
  if (kindAt(text, at) === BEYOND) return -1;
  if (text.charCodeAt(at) !== 39) return at;
  const suffix = text.slice(at + 1, at + 3).toLowerCase();
  if (/^[sdmt]/.test(suffix)) return at + 2;
  return suffix === "ll" || suffix === "ve" || suffix === "re" ? at + 3 : at;
}

function endOfDigits(text: string, start: number): number {
  let at = start + 1;
  while (at < start + 3 && kindAt(text, at) === DIGIT) at++;
  return at < start + 3 && kindAt(text, at) === BEYOND ? -1 : at;
}

/** Signs, and the newlines and slashes after them. */
function endOfSigns(text: string, start: number): number {
  let at = start;
  while (kindAt(text, at) === SIGN) at++;
  if (kindAt(text, at) === BEYOND) return -1;
  while (kindAt(text, at) === NEWLINE || text.charCodeAt(at) === 47) at++;
  return at;
}

/** To the last newline; without one, to the blank that goes with what comes next. */
function endOfBlanks(text: string, start: number): number {
  let at = start;
  let newline = -1;
  for (let kind = kindAt(text, at); kind === BLANK || kind === NEWLINE; kind = kindAt(text, ++at)) {
    if (kind === NEWLINE) newline = at;
  }
  if (kindAt(text, at) === BEYOND) return -1;
  if (newline >= 0) return newline + 1;
  return at === text.length || at === start + 1 ? at : at - 1;
}
