/** Every row that may name a text, in pages, so that other statements may run in between. */
import type Database from "better-sqlite3";
import { unpack } from "./texts.ts";

const PAGE = 1_000;

export interface RefRow {
  /** For people: table and key. */
  readonly where: string;
  readonly jsons: readonly string[];
  /** A text's hash that the row names by itself. */
  readonly shape?: Buffer;
}

const TABLES: readonly { table: string; key: readonly string[]; columns: readonly string[]; shape?: string }[] = [
  { table: "runs", key: ["key"], columns: ["settings"] },
  { table: "samples", key: ["key"], columns: ["state", "source"] },
  { table: "events", key: ["seq"], columns: ["body"] },
  { table: "checkpoints", key: ["thread", "ns", "id"], columns: ["body", "extra"], shape: "shape" },
  { table: "writes", key: ["thread", "ns", "checkpoint", "task", "slot"], columns: ["body"], shape: "shape" },
];

export function* walkRows(db: Database.Database): Generator<RefRow> {
  for (const { table, key, columns, shape } of TABLES) {
    const all = [...key, ...columns, ...(shape ? [shape] : [])].join(", ");
    const after = `(${key.join(", ")}) > (${key.map(() => "?").join(", ")})`;
    const first = db.prepare(`SELECT ${all} FROM ${table} ORDER BY ${key.join(", ")} LIMIT ${PAGE}`);
    const next = db.prepare(`SELECT ${all} FROM ${table} WHERE ${after} ORDER BY ${key.join(", ")} LIMIT ${PAGE}`);
    for (let rows = first.all() as Row[]; rows.length > 0; ) {
      for (const row of rows) yield asRefRow(row, { table, key, columns, shape });
      const last = rows.at(-1)!;
      rows = next.all(...key.map((column) => last[column])) as Row[];
    }
  }
}

type Row = Readonly<Record<string, string | number | Buffer | null>>;

function asRefRow(row: Row, of: (typeof TABLES)[number]): RefRow {
  const bodies = of.columns.map((column) => row[column]).filter((body) => body !== null);
  const shape = of.shape ? row[of.shape] : undefined;
  return {
    where: `${of.table} ${of.key.map((column) => show(row[column])).join(" ")}`,
    jsons: bodies.map((body) => unpack(body as string | Buffer)),
    ...(Buffer.isBuffer(shape) ? { shape } : {}),
  };
}

function show(value: Row[string] | undefined): string {
  return Buffer.isBuffer(value) ? value.toString("hex") : String(value);
}
