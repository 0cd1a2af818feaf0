/**
 * CSV as RFC 4180 has it, cut by csv-parse, with a header line. A row with too many or too few cells is a problem of
 * that row; a broken quote ends the reading whatever was chosen for bad rows, because from there on nobody can tell
 * where a row begins (csv-parse's own recovery swallows the rows that follow, silently).
 */
import { CsvError, type Parser, parse } from "csv-parse";
import { MAX_LINE_BYTES } from "../lines.ts";
import { inputError, type ReadRow } from "../rows.ts";

interface Record {
  readonly line: number;
  readonly cells: readonly string[];
}

export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  input: { readonly name: string; readonly delimiter: string },
): AsyncGenerator<ReadRow> {
  let columns: readonly string[] | undefined;
  for await (const { line, cells } of readRecords(bytes, input)) {
    if (columns === undefined) {
      columns = nameColumns(cells, input.name);
      continue;
    }
    const where = `line ${line}`;
    if (cells.length !== columns.length) {
      const message = `${cells.length} cells where the header has ${columns.length} columns`;
      const hint = "A cell with a comma, a quote or a line break in it must stand in double quotes.";
      yield { problem: { line, where, code: "csv-cells", message, hint } };
      continue;
    }
    // fromEntries defines properties: a column named __proto__ is a column, not a prototype.
    const row = Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
    const size = cells.reduce((sum, cell) => sum + cell.length, 0);
    yield { raw: { line, where, row, size, textOnly: true } };
  }
}

/** Feeds the parser by hand: its stream side would run ahead of its `on_record`, and errors would overtake rows. */
async function* readRecords(
  bytes: AsyncIterable<Uint8Array>,
  input: { readonly name: string; readonly delimiter: string },
): AsyncGenerator<Record> {
  const ready: Record[] = [];
  /** csv-parse counts the line break of CRLF twice inside quotes; this is by how much it is ahead of the file. */
  let ahead = 0;
  const parser = parse({
    delimiter: input.delimiter,
    // Named, because the default takes the first line's break for all of them and mixed files lose rows.
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
    on_record: (cells: string[], context) => {
      const breaks = cells.reduce((sum, cell) => sum + count(cell, "\n"), 0);
      ahead += cells.reduce((sum, cell) => sum + count(cell, "\r"), 0);
      ready.push({ line: context.lines - ahead - breaks, cells });
      return null;
    },
  });
  parser.resume();
  const failed = new Promise<never>((_, reject) => parser.once("error", reject));
  // Raced below. When the reading has ended for another reason, nobody is left to hear of it.
  failed.catch(() => undefined);
  try {
    for await (const text of decodeUtf8(bytes, input.name)) {
      await Promise.race([failed, write(parser, text)]);
      yield* ready.splice(0);
    }
    await Promise.race([failed, end(parser)]);
    yield* ready.splice(0);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    yield* ready.splice(0);
    throw brokenCsv(error, input.name, ahead);
  } finally {
    parser.destroy();
  }
}

function write(parser: Parser, text: string): Promise<void> {
  return new Promise((resolve, reject) => parser.write(text, (error) => (error ? reject(error) : resolve())));
}

function end(parser: Parser): Promise<void> {
  return new Promise((resolve) => parser.once("end", resolve).end());
}

/** csv-parse would put U+FFFD where the bytes mean nothing, and a table in Windows-1252 would lose its accents. */
async function* decodeUtf8(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  try {
    for await (const chunk of bytes) {
      const text = decoder.decode(chunk, { stream: true });
      yield text;
      line += count(text, "\n");
    }
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError) || (error as NodeJS.ErrnoException).code !== "ERR_ENCODING_INVALID_ENCODED_DATA")
      throw error;
    const hint = `Save it as "CSV UTF-8", or: iconv -f WINDOWS-1252 -t UTF-8 ${name} > new.csv (GB18030 for Chinese)`;
    throw inputError("not-utf8", `${name} is not UTF-8 (somewhere after line ${line})`, hint, error);
  }
}

function nameColumns(header: readonly string[], name: string): readonly string[] {
  // A data frame's index is written without a name.
  const columns = header.map((cell, index) => cell.trim() || `column${index + 1}`);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice === undefined) return columns;
  throw inputError("csv-header", `${name}: two columns are named "${twice}"`, "Rename one of them in the header line.");
}

function brokenCsv(error: CsvError, name: string, ahead: number): Error {
  const reported = (error as { lines?: unknown }).lines;
  const where = typeof reported === "number" ? `${name}:${reported - ahead}` : name;
  const what: { readonly [code: string]: string } = {
    INVALID_OPENING_QUOTE: "a double quote stands inside a cell that does not begin with one",
    CSV_INVALID_CLOSING_QUOTE: "something follows the double quote that closes a cell",
    CSV_QUOTE_NOT_CLOSED: "a double quote opens a cell and none closes it before the file ends",
    CSV_MAX_RECORD_SIZE: "a row is longer than 64 MB; a double quote is probably missing before it",
  };
  const hint = 'Cells with quotes in them stand in quotes, and each quote inside is doubled: "a 5"" pipe".';
  return inputError("csv-quote", `${where}: ${what[error.code] ?? error.message}`, hint, error);
}

function count(text: string, char: string): number {
  let found = 0;
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) found++;
  return found;
}
