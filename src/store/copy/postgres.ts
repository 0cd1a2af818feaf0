/** A server's rows, for a copy. What is put in is one transaction: a copy that dies leaves nothing behind. */
import type pg from "pg";
import { MezzoError } from "../../core/errors.ts";
import { hashText } from "../../core/hash.ts";
import { bodyOf, mixed, unmixed } from "../postgres/cells.ts";
import { arrayOf, type ColumnType } from "../postgres/columns.ts";
import { migrate } from "../postgres/schema.ts";
import type { Server } from "../postgres/server.ts";
import { type Cell, type CellKind, KEY_COLUMNS, type Row, type Source, type Table, type Target } from "./tables.ts";

const AT_ONCE = 1_000;

const FROM: Readonly<Record<string, string>> = {
  samples: `(SELECT a.*, s.status, s.started, s.reason, s.way, s.seq, s.tokens_before, s.tokens_after, s.calls, s.cost, s.ms,
    g.domain, g.gist FROM mezzo.samples a JOIN mezzo.standings s ON s.key = a.key LEFT JOIN mezzo.gists g ON g.key = a.key) x`,
  tallies: "(SELECT run, path, sum(sum) AS sum FROM mezzo.tallies GROUP BY run, path) x",
};

const SERVER_TYPES: Readonly<Record<CellKind, ColumnType>> = {
  ...{ int: "int8", real: "float8", text: "bytea", bytes: "bytea", body: "bytea", mixed: "bytea" },
};

/** Connections that the caller gives, and closes with `close`. */
export interface Connected {
  readonly client: pg.Client;
  readonly server: Server;
  readonly close: () => Promise<void>;
}

/** Reads in one snapshot: what is committed meanwhile is not part of it. */
export async function readServerRows({ client, server, close }: Connected): Promise<Source> {
  if (!(await migrate(server, { create: false })))
    throw new MezzoError("no-store", `There are no runs here: ${server.shown} has no Mezzo store yet`, { exitCode: 2 });
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  return { pages: (table) => pagesOf(client, table), close };
}

/** Throws `store-not-empty`. */
export async function fillServerRows({ client, server, close }: Connected): Promise<Target> {
  await migrate(server, { create: true });
  await client.query("BEGIN");
  await client.query("LOCK TABLE mezzo.runs IN SHARE ROW EXCLUSIVE MODE");
  const { rowCount } = await client.query("SELECT FROM mezzo.runs LIMIT 1");
  if (rowCount !== 0)
    throw new MezzoError("store-not-empty", `${server.shown} has runs already`, {
      hint: "A copy keeps all numbers as they are: name an empty database.",
      exitCode: 2,
    });
  // What a compacted or emptied store has left.
  await client.query("DELETE FROM mezzo.texts; DELETE FROM mezzo.threads");
  return {
    pages: (table) => pagesOf(client, table),
    put: (table, rows) => putRows(client, table, rows),
    keep: async () => {
      await client.query(`
        SELECT setval(pg_get_serial_sequence('mezzo.runs', 'key'), greatest(1, (SELECT max(key) FROM mezzo.runs)));
        SELECT setval(pg_get_serial_sequence('mezzo.ways', 'key'), greatest(1, (SELECT max(key) FROM mezzo.ways)));
        SELECT setval(pg_get_serial_sequence('mezzo.threads', 'key'), greatest(1, (SELECT max(key) FROM mezzo.threads)));
        SELECT setval('mezzo.event_seq', greatest(1, (SELECT max(seq) FROM mezzo.events)));
        COMMIT`);
      await client.query(
        "ANALYZE mezzo.samples, mezzo.standings, mezzo.events, mezzo.checkpoints, mezzo.writes, mezzo.texts",
      );
    },
    close,
  };
}

async function putRows(client: pg.Client, { name, columns }: Table, rows: readonly Row[]): Promise<void> {
  const names = columns.map(([column]) => column);
  const values = columns.map(([, kind], i) =>
    arrayOf(
      SERVER_TYPES[kind],
      rows.map((row) => toServer(row[i]!, kind)),
    ),
  );
  const types = columns.map(([, kind]) => SERVER_TYPES[kind]);
  const more = MORE[name];
  const hashes =
    more === undefined
      ? []
      : [
          arrayOf(
            "bytea",
            rows.map((row) => hashText(String(row[names.indexOf(more)]))),
          ),
        ];
  await client.query({ name: `copy ${name}`, text: insertOf(name, names, types), values: [...values, ...hashes] });
}

/** Tables that are found by the hash of one of their columns. */
const MORE: Readonly<Record<string, string>> = { samples: "id", ways: "step" };

function insertOf(name: string, names: readonly string[], types: readonly ColumnType[]): string {
  const all = names.join(", ");
  const places = types.map((type, i) => `$${i + 1}::${type}[]`);
  const unnest = `unnest(${places.join(", ")}) u(${all})`;
  const withHash = `unnest(${places.join(", ")}, $${types.length + 1}::bytea[]) u(${all}, hash)`;
  switch (name) {
    case "samples":
      return `WITH u AS (SELECT * FROM ${withHash}),
        a AS (INSERT INTO mezzo.samples (key, run, hash, id, line, state, source) SELECT key, run, hash, id, line, state, source FROM u),
        g AS (INSERT INTO mezzo.gists (key, domain, gist) SELECT key, coalesce(domain, ''), coalesce(gist, '') FROM u)
        INSERT INTO mezzo.standings (key, way, seq, status, started, reason, tokens_before, tokens_after, calls, cost, ms)
          SELECT key, way, seq, status, started, reason, tokens_before, tokens_after, calls, cost, ms FROM u`;
    case "ways":
      return `INSERT INTO mezzo.ways (${all}, hash) OVERRIDING SYSTEM VALUE SELECT ${all}, hash FROM ${withHash}`;
    case "tallies":
    case "series":
      return `INSERT INTO mezzo.${name} (${all}, slot) SELECT ${all}, 0 FROM ${unnest}`;
    case "runs":
    case "threads":
      return `INSERT INTO mezzo.${name} (${all}) OVERRIDING SYSTEM VALUE SELECT ${all} FROM ${unnest}`;
    default:
      return `INSERT INTO mezzo.${name} (${all}) SELECT ${all} FROM ${unnest}`;
  }
}

async function* pagesOf(client: pg.Client, { name, columns }: Table): AsyncGenerator<readonly Row[]> {
  const names = columns.map(([column]) => column);
  const order = names.slice(0, KEY_COLUMNS[name]).join(", ");
  const from = name === "series" ? seriesOf(names) : (FROM[name] ?? `mezzo.${name}`);
  await client.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT ${names.join(", ")} FROM ${from} ORDER BY ${order}`);
  for (;;) {
    const { rows } = await client.query<Record<string, number | Buffer | null>>(`FETCH ${AT_ONCE} FROM copied`);
    if (rows.length === 0) break;
    yield rows.map((row) => columns.map(([column, kind]) => fromServer(row[column] ?? null, kind)));
  }
  await client.query("CLOSE copied");
}

function seriesOf(names: readonly string[]): string {
  const sums = names.slice(2).map((name) => `sum(${name}) AS ${name}`);
  return `(SELECT run, at, ${sums.join(", ")} FROM mezzo.series GROUP BY run, at) x`;
}

function toServer(cell: Cell, kind: CellKind): Cell {
  return cell !== null && kind === "mixed" ? mixed(cell) : cell;
}

function fromServer(cell: number | Buffer | null, kind: CellKind): Cell {
  if (!Buffer.isBuffer(cell) || kind === "bytes") return cell;
  if (kind === "body") return bodyOf(cell);
  return kind === "mixed" ? unmixed(cell) : cell.toString();
}
