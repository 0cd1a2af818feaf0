/**
 * A JSON document with rows in it: a list, or an object that holds the list under `data` or `rows`, or a single object,
 * which is one row. Read in a stream: the bytes are only followed for brackets and strings until a row is complete, and
 * the row alone is parsed, so a list of any length takes the memory of one row.
 *
 *     start --[--> rows --]--> after          row: from its first byte to the comma or bracket that ends it
 *       '--{--> object --"data":[--> rows
 *                  '--}--> after              the object itself was the row
 *
 * A fault in the brackets ends the reading whatever was chosen for bad rows: what follows can't be told apart.
 */
import { isUtf8 } from "node:buffer";
import { MAX_LINE_BYTES } from "../lines.ts";
import { excerpt, inputError, type ReadRow } from "../rows.ts";
import { LIST_KEYS } from "../sniff.ts";
import { findJsonFault } from "./json-fault.ts";
import { notUtf8, tooLong } from "./jsonl.ts";
import { numberAsWritten } from "./numbers.ts";

const [QUOTE, COMMA, COLON, BACKSLASH, NEWLINE] = [0x22, 0x2c, 0x3a, 0x5c, 0x0a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

export async function* readJson(
  bytes: AsyncIterable<Uint8Array>,
  input: { readonly name: string },
): AsyncGenerator<ReadRow> {
  const cutter = new RowCutter(input.name);
  for await (const chunk of bytes) {
    for (const cut of cutter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) yield parseRow(cut);
  }
  cutter.end();
}

interface Cut {
  readonly row: number;
  readonly line: number;
  readonly bytes: Buffer;
}

/** Follows the bytes and cuts rows out of them. */
class RowCutter {
  readonly #name: string;
  #phase: "start" | "object" | "rows" | "after" = "start";
  #listWasWrapped = false;
  /** Brackets open inside the row (or inside the top object). */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #rows = 0;
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #holding = false;
  #rowLine = 1;
  /** The top object's latest key, and what comes next at its own level. */
  #key: number[] = [];
  #next: "key" | "colon" | "value" | "comma" = "key";

  constructor(name: string) {
    this.#name = name;
  }

  /** A generator, so that the rows before a fault are given before it is thrown. */
  *push(chunk: Buffer): Generator<Cut> {
    /** Where the held bytes begin in this chunk. */
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === NEWLINE) this.#line++;
      if (this.#inString) {
        this.#followString(byte);
        continue;
      }
      if (byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09) continue;

      if (this.#phase === "start") {
        if (byte === OPEN_LIST) this.#phase = "rows";
        else if (byte === OPEN_OBJECT) {
          this.#phase = "object";
          this.#startRow();
          from = at;
          this.#depth = 1;
        } else throw this.#fault(`it begins with "${String.fromCharCode(byte)}", neither a list nor an object`);
      } else if (this.#phase === "object") {
        if (this.#findsList(byte)) {
          this.#drop();
          this.#depth = 0;
          this.#phase = "rows";
          this.#listWasWrapped = true;
        } else if (this.#depth === 0) {
          yield this.#cutRow(chunk.subarray(from, at + 1));
          this.#phase = "after";
        }
      } else if (this.#phase === "rows") {
        const atBase = this.#depth === 0;
        if (atBase && (byte === COMMA || byte === CLOSE_LIST)) {
          if (this.#holding) yield this.#cutRow(chunk.subarray(from, at));
          if (byte === CLOSE_LIST) this.#phase = "after";
          continue;
        }
        if (atBase && byte === CLOSE_OBJECT) throw this.#fault('found "}" where the list should go on or end');
        if (!this.#holding) {
          this.#startRow();
          from = at;
        }
        this.#followBracket(byte);
        this.#inString = byte === QUOTE;
      } else if (!this.#listWasWrapped) {
        throw this.#fault("something follows the end of the list or object", "Is it JSON Lines? Name it .jsonl.");
      }
    }
    if (this.#holding) this.#hold(chunk.subarray(from));
  }

  /** Throws when the document was not finished. */
  end(): void {
    if (this.#phase === "after") return;
    if (this.#phase === "start") throw this.#fault("there is nothing in it");
    const text = Buffer.concat(this.#pieces).toString("utf8");
    const fault = this.#holding ? findJsonFault(text) : undefined;
    // A quote or bracket lost in one row makes all that follows look like part of it: name the place where it began.
    if (fault !== undefined && fault.at < text.length) {
      throw this.#fault(`${fault.what}\n${excerpt(text, fault.at, lineAt(text, fault.at, this.#rowLine))}`);
    }
    throw this.#fault("it ends before its list or object is closed: it seems to be cut off");
  }

  #followString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      return;
    }
    if (this.#phase === "object" && this.#depth === 1 && this.#next === "colon" && this.#key.length < 8)
      this.#key.push(byte);
  }

  #followBracket(byte: number): void {
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#depth++;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.#depth--;
  }

  /** Follows the top object; true at the bracket that opens the list of rows. */
  #findsList(byte: number): boolean {
    if (this.#depth === 1) {
      if (byte === QUOTE && this.#next === "key") {
        this.#key = [];
        this.#next = "colon";
      } else if (byte === COLON) this.#next = "value";
      else if (byte === COMMA) this.#next = "key";
      else if (byte === OPEN_LIST && this.#next === "value" && LIST_KEYS.has(String.fromCharCode(...this.#key)))
        return true;
    }
    this.#followBracket(byte);
    this.#inString = byte === QUOTE;
    return false;
  }

  #startRow(): void {
    this.#holding = true;
    this.#rowLine = this.#line;
  }

  #hold(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes <= MAX_LINE_BYTES) return;
    const fault = findJsonFault(Buffer.concat(this.#pieces).toString("utf8"));
    const row = { line: this.#rowLine, where: `line ${this.#rowLine}` };
    throw this.#fault(`row ${this.#rows + 1}: ${tooLong(row, this.#heldBytes).message}; ${fault?.what ?? ""}`);
  }

  #cutRow(last: Buffer): Cut {
    this.#rows++;
    const cut = { row: this.#rows, line: this.#rowLine, bytes: Buffer.concat([...this.#pieces, last]) };
    this.#drop();
    return cut;
  }

  #drop(): void {
    this.#pieces = [];
    this.#heldBytes = 0;
    this.#holding = false;
  }

  #fault(what: string, hint?: string): Error {
    const place = this.#holding
      ? `${this.#name}:${this.#rowLine}: row ${this.#rows + 1}`
      : `${this.#name}:${this.#line}`;
    return inputError("bad-json", `${place}: not a JSON document: ${what}`, hint);
  }
}

function parseRow(cut: Cut): ReadRow {
  const place = { line: cut.row, where: `row ${cut.row} (line ${cut.line})` };
  const text = cut.bytes.toString("utf8");
  if (!isUtf8(cut.bytes)) return { problem: notUtf8(place, text) };
  try {
    const row: unknown = JSON.parse(text);
    return { raw: { ...place, row, size: text.length, numberAsWritten: (column) => numberAsWritten(text, column) } };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = findJsonFault(text) ?? { at: 0, what: error.message };
    const shown = excerpt(text, fault.at, lineAt(text, fault.at, cut.line));
    return { problem: { ...place, code: "bad-json", message: `not JSON: ${fault.what}\n${shown}` } };
  }
}

function lineAt(text: string, at: number, firstLine: number): number {
  return firstLine + text.slice(0, at).split("\n").length - 1;
}
