/** The reader of each format, by the format that was found. */
import type { ReadRow } from "../rows.ts";
import type { Input } from "../source.ts";
import { readCsv } from "./csv.ts";
import { readJson } from "./json.ts";
import { readJsonLines } from "./jsonl.ts";
import { readParquet } from "./parquet.ts";

export function readRows(input: Input): AsyncGenerator<ReadRow> {
  switch (input.format.kind) {
    case "jsonl":
      return readJsonLines(input.bytes);
    case "json":
      return readJson(input.bytes, input);
    case "csv":
      return readCsv(input.bytes, { name: input.name, delimiter: input.format.delimiter });
    case "parquet":
      return readParquet(input);
  }
}
