/**
 * A store as tables of plain rows, the same whatever it stands on: what one store gives, another takes. Rows come ordered by
 * their first cells, keys and the order of events stay what they were, so a copy can be compared with what it was made of
 * cell by cell.
 *
 *   int, real   a number          text   a string          bytes   as they are
 *   body        text, or bytes where it is packed (../texts.ts `pack`)
 *   mixed       text, bytes or a number: LangGraph's ids and times (../checkpoint-rows.ts)
 */
import { createHash, type Hash } from "node:crypto";
import { SERIES } from "../standings.ts";

export type Cell = string | number | Buffer | null;
export type Row = readonly Cell[];
export type CellKind = "int" | "real" | "text" | "bytes" | "body" | "mixed";

export interface Table {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, kind: CellKind])[];
}

const table = (name: string, columns: Readonly<Record<string, CellKind>>): Table => ({
  name,
  columns: Object.entries(columns),
});

/** In an order in which they can be put in: texts before what names them. */
export const TABLES: readonly Table[] = [
  table("texts", { hash: "bytes", base: "bytes", body: "body" }),
  table("runs", {
    ...{ key: "int", run: "text", graph: "text", plan: "text", plan_body: "body", settings: "body", created_at: "int" },
    ...{ state: "text", paused_code: "text", paused_reason: "text" },
  }),
  table("plans", { run: "int", no: "int", plan: "text", body: "body" }),
  // With where it stands, and what it is found by.
  table("samples", {
    ...{ key: "int", run: "int", id: "text", line: "int", state: "body", source: "body" },
    ...{ status: "int", started: "int", reason: "text", way: "int", seq: "int", tokens_before: "int" },
    ...{ tokens_after: "int", calls: "int", cost: "real", ms: "real", domain: "text", gist: "text" },
  }),
  table("events", { seq: "int", of: "int", type: "int", request: "int", body: "body" }),
  table("tallies", { run: "int", path: "text", sum: "real" }),
  table("ways", { key: "int", run: "int", parent: "int", step: "text", rounds: "int", rating: "int" }),
  table("series", { run: "int", at: "int", ...Object.fromEntries(SERIES.map((name) => [name, "real" as const])) }),
  table("threads", { key: "int", name: "text" }),
  table("checkpoints", {
    ...{
      thread: "int",
      ns: "text",
      id: "mixed",
      parent: "mixed",
      at: "mixed",
      shape: "bytes",
      body: "body",
      extra: "text",
    },
  }),
  table("writes", {
    ...{ thread: "int", ns: "text", checkpoint: "mixed", task: "mixed", slot: "int", shape: "mixed", body: "body" },
  }),
];

/** How many of its first columns order a table's rows. */
export const KEY_COLUMNS: Readonly<Record<string, number>> = {
  ...{
    texts: 1,
    runs: 1,
    plans: 2,
    samples: 1,
    events: 1,
    tallies: 2,
    ways: 1,
    series: 2,
    threads: 1,
    checkpoints: 3,
    writes: 5,
  },
};

/** A store that is read at one moment, however long it takes. */
export interface Source {
  /** All rows of a table, some at a time. */
  pages(table: Table): AsyncIterable<readonly Row[]>;
  close(): Promise<void>;
}

/** An empty store that is filled: all of it is there once it is kept, and nothing before. */
export interface Target extends Source {
  put(table: Table, rows: readonly Row[]): Promise<void>;
  keep(): Promise<void>;
}

/** Rows seen, and a hash of all their cells in order. */
export class Sum {
  rows = 0;
  readonly #hash: Hash = createHash("sha256");

  add(rows: readonly Row[]): void {
    this.rows += rows.length;
    for (const row of rows) for (const cell of row) this.#addCell(cell);
  }

  digest(): string {
    return this.#hash.digest("hex");
  }

  /** Each cell with its sort and its length, so that no two rows are one string. */
  #addCell(cell: Cell): void {
    const bytes = Buffer.isBuffer(cell) ? cell : Buffer.from(String(cell));
    const sort = cell === null ? "-" : Buffer.isBuffer(cell) ? "b" : typeof cell === "number" ? "n" : "t";
    this.#hash.update(`${sort}${bytes.length}:`).update(bytes);
  }
}
