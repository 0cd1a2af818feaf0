/** JSON Lines: one object a line. A line that can't be read is a problem of that line alone. */
import { MAX_LINE_BYTES, splitLines } from "../lines.ts";
import { excerpt, type ReadRow, type RowProblem } from "../rows.ts";
import { findJsonFault } from "./json-fault.ts";
import { numberAsWritten } from "./numbers.ts";

export async function* readJsonLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReadRow> {
  for await (const line of splitLines(bytes)) {
    const where = `line ${line.number}`;
    const place = { line: line.number, where };
    if (line.trouble === "too-long") {
      yield { problem: tooLong(place, line.bytes) };
    } else if (line.trouble === "not-utf8") {
      yield { problem: notUtf8(place, line.text) };
    } else if (line.text.trim() !== "") {
      yield parseRow(line.text, place);
    }
  }
}

function parseRow(text: string, place: { readonly line: number; readonly where: string }): ReadRow {
  try {
    const row: unknown = JSON.parse(text);
    return { raw: { ...place, row, size: text.length, numberAsWritten: (column) => numberAsWritten(text, column) } };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = findJsonFault(text) ?? { at: 0, what: error.message };
    return {
      problem: {
        ...place,
        code: "bad-json",
        message: `not JSON: ${fault.what}, at character ${fault.at + 1}\n${excerpt(text, fault.at, place.line)}`,
      },
    };
  }
}

export function tooLong(place: { readonly line: number; readonly where: string }, bytes: number): RowProblem {
  const megabytes = (count: number) => Math.floor(count / 1024 / 1024);
  return {
    ...place,
    code: "row-too-long",
    message: `longer than ${megabytes(MAX_LINE_BYTES)} MB (${megabytes(bytes)} MB read)`,
    hint: "A sample is a single problem. Is this a file without line breaks, or not JSON Lines at all?",
  };
}

export function notUtf8(place: { readonly line: number; readonly where: string }, lossyText: string): RowProblem {
  const at = Math.max(0, lossyText.indexOf("\ufffd"));
  return {
    ...place,
    code: "not-utf8",
    message: `not UTF-8, at character ${at + 1}\n${excerpt(lossyText, at, place.line)}`,
    hint: "Convert the file first, for example: iconv -f WINDOWS-1252 -t UTF-8 old.jsonl > new.jsonl (GB18030 for Chinese)",
  };
}
