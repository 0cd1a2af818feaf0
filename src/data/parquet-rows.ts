/**
 * Rows as Parquet, a thousand at a time: each group is encoded, packed (zstd) and handed on, so that memory does not grow
 * with the file. A format's columns are written down here and not guessed from its first rows, so that a file of one
 * row has the same types as one of a million: `datasets`, pandas and TRL then read turns as lists of {role, content}.
 * What has no fixed shape (a state, a source row) is a JSON text.
 */
import { zstdCompressSync } from "node:zlib";
import type { SchemaElement } from "hyparquet";
import type { ExportFormat } from "./writers/index.ts";
import type { Row } from "./writers/writer.ts";

type Column =
  | { readonly name: string; readonly as: "text" | "number" | "json" | "flag" }
  | { readonly name: string; readonly as: "list"; readonly of: readonly Column[] };

const text = (name: string): Column => ({ name, as: "text" });
const json = (name: string): Column => ({ name, as: "json" });
const list = (name: string, of: readonly Column[]): Column => ({ name, as: "list", of });

const number = (name: string): Column => ({ name, as: "number" });

const TURN = [text("role"), text("content")];
const SPANS = [
  list("spans", [text("field"), text("part"), ...["start", "end", "weight"].map(number)]),
  number("row_weight"),
];
/** There only where they were asked for. */
const OPTIONAL: readonly string[] = ["mode", "reasoning", "spans", "row_weight"];
const OPTIONAL_OF_TURN: readonly string[] = ["reasoning_content", "loss_scale"];

const COLUMNS: Readonly<Record<ExportFormat, readonly Column[]>> = {
  messages: [
    ...[list("messages", [...TURN, text("reasoning_content"), number("loss_scale")]), text("id"), text("mode")],
    ...SPANS,
  ],
  sharegpt: [
    ...[list("conversations", [text("from"), text("value")]), text("id"), text("reasoning"), text("mode")],
    ...SPANS,
  ],
  alpaca: [...["instruction", "input", "output", "id", "reasoning", "mode"].map(text), ...SPANS],
  dpo: [list("prompt", TURN), list("chosen", TURN), list("rejected", TURN), text("gap"), text("id")],
  cogpo: [text("prompt"), text("chosen"), text("rejected"), { name: "beta", as: "number" }, text("gap"), text("id")],
  omnithought: [
    text("id"),
    text("question"),
    text("answer"),
    list("reasoning", [
      ...["id", "thought", "solution", "full_response", "teacher"].map(text),
      { name: "thought_correctness_verify", as: "flag" },
      { name: "Reasoning_Verbosity", as: "number" },
      { name: "Cognitive_Difficulty", as: "number" },
    ]),
  ],
  jsonl: [
    ...["id", "outcome", "reason", "run", "plan"].map(text),
    ...["state", "source", "steps", "ratings", "models", "tokens"].map(json),
    ...SPANS,
  ],
};

const ROWS_A_GROUP = 1000;
/** Rows of long chains: a group is closed earlier. */
const CHARS_A_GROUP = 32 * 1024 * 1024;

export async function* packParquet(rows: AsyncIterable<Row>, format: ExportFormat): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const writer = new ByteWriter();
  const { columns, held } = await usedColumns(rows, COLUMNS[format]);
  const parquet = new ParquetWriter({
    writer,
    schema: schemaOf(columns),
    codec: "ZSTD",
    compressors: { ZSTD: zstdCompressSync },
    // Bounds of texts serve searches in a column; training files are read whole.
    statistics: false,
    createdBy: "mezzo",
  });
  const taken = () => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  let group: Row[] = [];
  let chars = 0;
  const close = () => {
    const columnData = columns.map((column) => ({
      name: column.name,
      data: group.map((row) => cellOf(row[column.name], column)),
    }));
    parquet.write({ columnData, rowGroupSize: Math.max(1, group.length) });
    group = [];
    chars = 0;
    return taken();
  };
  for await (const row of held) {
    group.push(row);
    chars += sizeOf(row);
    if (group.length >= ROWS_A_GROUP || chars >= CHARS_A_GROUP) yield close();
  }
  if (group.length > 0 || parquet.row_groups.length === 0) yield close();
  parquet.finish();
  yield taken();
}

/** Optional columns that the first row has no use for (a mode, a field for thinking) are left out of the file. */
async function usedColumns(rows: AsyncIterable<Row>, all: readonly Column[]) {
  const iterator = rows[Symbol.asyncIterator]();
  const first = await iterator.next();
  const isUsed = ({ name, as }: Column) =>
    !OPTIONAL.includes(name) || (as === "list" && name !== "spans") || (!first.done && first.value[name] !== undefined);
  const said = first.done ? "" : JSON.stringify(first.value);
  const isUsedInTurns = ({ name }: Column) => !OPTIONAL_OF_TURN.includes(name) || said.includes(`"${name}":`);
  const columns = all
    .filter(isUsed)
    .map((column) => (column.as === "list" ? { ...column, of: column.of.filter(isUsedInTurns) } : column));
  async function* held(): AsyncGenerator<Row> {
    if (!first.done) yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { columns, held: held() };
}

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [{ name: "root", num_children: columns.length }, ...columns.flatMap(elementsOf)];
}

function elementsOf(column: Column): SchemaElement[] {
  const { name } = column;
  const base = { name, repetition_type: "OPTIONAL" } as const;
  switch (column.as) {
    case "text":
    case "json":
      return [{ ...base, type: "BYTE_ARRAY", converted_type: "UTF8" }];
    case "number":
      return [{ ...base, type: "DOUBLE" }];
    case "flag":
      return [{ ...base, type: "BOOLEAN" }];
    case "list":
      return [
        { ...base, converted_type: "LIST", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "OPTIONAL", num_children: column.of.length },
        ...column.of.flatMap(elementsOf),
      ];
  }
}

function cellOf(value: unknown, column: Column): unknown {
  if (value === undefined || value === null) return null;
  switch (column.as) {
    case "text":
      return (typeof value === "string" ? value : JSON.stringify(value)).toWellFormed();
    case "json":
      return JSON.stringify(value).toWellFormed();
    case "number":
    case "flag":
      return value;
    case "list":
      return (value as readonly Row[]).map((each) =>
        Object.fromEntries(column.of.map((inner) => [inner.name, cellOf(each[inner.name], inner)])),
      );
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (value === null || typeof value !== "object") return 8;
  return Object.values(value).reduce((sum: number, inner) => sum + sizeOf(inner), 0);
}
