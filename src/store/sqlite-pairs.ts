/**
 * Two runs side by side, on SQLite. Which sample of b is which of a never changes once both are filled, so the pairs are
 * made once (in the connection's own temporary tables) and joined with where both samples stand now.
 */
import type Database from "better-sqlite3";
import type { Outcome } from "../core/sample.ts";
import { firstKey, lastKey } from "./keys.ts";
import type { Difference, PairQuery, PairSums, Pairs, Standing } from "./look.ts";
import { outcomeOf, STARTED, statusesOf } from "./status.ts";

const KEPT = 4;
const FROM = `pairs p LEFT JOIN standings x ON x.key = p.a LEFT JOIN standings y ON y.key = p.b
  LEFT JOIN ways v ON v.key = x.way LEFT JOIN ways w ON w.key = y.way`;
const BOTH = "p.a IS NOT NULL AND p.b IS NOT NULL";
/** Of a pair that is in both, or in one. */
const DIFFERENCES: Readonly<Record<Difference, string>> = {
  outcome: `(${BOTH} AND max(x.status, ${STARTED}) <> max(y.status, ${STARTED}))`,
  rounds: `(${BOTH} AND coalesce(v.rounds, 0) <> coalesce(w.rounds, 0))`,
  tokens: `(${BOTH} AND coalesce(x.tokens_after, -1) <> coalesce(y.tokens_after, -1))`,
  cost: `(${BOTH} AND x.cost <> y.cost)`,
  "only-a": "p.b IS NULL",
  "only-b": "p.a IS NULL",
};
const SUMS = ["tokens_before", "tokens_after", "calls", "cost", "ms"];

export class SqlitePairs {
  readonly #db: Database.Database;
  /** Pairs that are made, by both runs' keys; the oldest first. */
  readonly #made = new Map<string, { readonly no: number; readonly samples: string }>();
  #count = 0;

  constructor(db: Database.Database) {
    this.#db = db;
  }

  compare(a: number, b: number, query: PairQuery, standing: (key: number) => Standing): Pairs {
    const no = this.#make(a, b);
    const all = <T>(sql: string, ...values: (string | number)[]) => this.#db.prepare<unknown[], T>(sql).all(...values);
    const one = <T>(sql: string, ...values: (string | number)[]) => all<T>(sql, ...values)[0]!;
    const { both, onlyA, onlyB } = one<{ both: number; onlyA: number; onlyB: number }>(
      `SELECT sum(${BOTH}) AS "both", sum(b IS NULL) AS onlyA, sum(a IS NULL) AS onlyB FROM pairs p WHERE p.pair = ?`,
      no,
    );
    const ended = `${BOTH} AND x.status > ${STARTED} AND y.status > ${STARTED}`;
    const sums = SUMS.flatMap((name) => [`sum(x.${name}) AS a_${name}`, `sum(y.${name}) AS b_${name}`]).join(", ");
    const summed = one<Record<string, number | null>>(
      `SELECT count(*) AS samples, ${sums} FROM pairs p JOIN standings x ON x.key = p.a JOIN standings y ON y.key = p.b
         WHERE p.pair = ? AND ${ended}`,
      no,
    );
    const changes = all<{ x: number; y: number; samples: number }>(
      `SELECT max(x.status, ${STARTED}) AS x, max(y.status, ${STARTED}) AS y, count(*) AS samples
         FROM pairs p JOIN standings x ON x.key = p.a JOIN standings y ON y.key = p.b
         WHERE p.pair = ? GROUP BY 1, 2 ORDER BY samples DESC, x, y`,
      no,
    );
    const { sql, values } = whereOf(query);
    const { total } = one<{ total: number }>(
      `SELECT count(*) AS total FROM ${FROM} WHERE p.pair = ? AND ${sql}`,
      no,
      ...values,
    );
    const rows = all<{ no: number; a: number | null; b: number | null }>(
      `SELECT p.no, p.a, p.b FROM ${FROM} WHERE p.pair = ? AND ${sql} AND p.no > ? ORDER BY p.no LIMIT ?`,
      ...[no, ...values, Number(query.after ?? -1), query.limit + 1],
    );
    const page = rows.slice(0, query.limit).map((row) => {
      const sides = { a: row.a === null ? null : standing(row.a), b: row.b === null ? null : standing(row.b) };
      return { id: (sides.a ?? sides.b)!.id, ...sides };
    });
    return {
      ...{ both: both ?? 0, onlyA: onlyA ?? 0, onlyB: onlyB ?? 0 },
      outcomes: changes.map(({ x, y, samples }) => ({ from: wordOf(x), to: wordOf(y), samples })),
      sums: { samples: summed.samples ?? 0, a: sumsOf(summed, "a"), b: sumsOf(summed, "b") },
      total,
      page,
      next: rows.length > query.limit ? String(rows[query.limit - 1]!.no) : null,
    };
  }

  /** The pairs' number. Made anew where samples have come since: a run is filled before it begins, but may be looked at. */
  #make(a: number, b: number): number {
    const count = this.#db.prepare("SELECT count(*) FROM samples WHERE key BETWEEN ? AND ?").pluck();
    const samples = [a, b].map((run) => count.get(firstKey(run), lastKey(run))).join();
    const name = `${a} ${b}`;
    const known = this.#made.get(name);
    if (known?.samples === samples) return known.no;
    this.#db.exec(`CREATE TEMP TABLE IF NOT EXISTS pairs (pair INTEGER NOT NULL, no INTEGER NOT NULL, a INTEGER, b INTEGER,
      PRIMARY KEY (pair, no)) WITHOUT ROWID`);
    const no = ++this.#count;
    const ids = "SELECT key, id FROM samples INDEXED BY samples_by_id WHERE run = ?";
    const other = "INDEXED BY samples_by_id WHERE run = ? AND id = t.id";
    this.#db
      .prepare(
        `INSERT INTO pairs (pair, no, a, b)
           SELECT ?, row_number() OVER (ORDER BY t.key) - 1, t.key, (SELECT key FROM samples ${other}) FROM (${ids}) t`,
      )
      .run(no, b, a);
    this.#db
      .prepare(
        `INSERT INTO pairs (pair, no, a, b)
           SELECT ?, (SELECT count(*) FROM pairs WHERE pair = ?) + row_number() OVER (ORDER BY t.key), NULL, t.key
             FROM (${ids}) t WHERE NOT EXISTS (SELECT 1 FROM samples ${other})`,
      )
      .run(no, no, b, a);
    if (known) this.#drop(name, known.no);
    this.#made.set(name, { no, samples });
    const [oldest] = this.#made;
    if (oldest && this.#made.size > KEPT) this.#drop(oldest[0], oldest[1].no);
    return no;
  }

  #drop(name: string, no: number): void {
    this.#made.delete(name);
    this.#db.prepare("DELETE FROM pairs WHERE pair = ?").run(no);
  }
}

function whereOf({ differ, from, to }: PairQuery): { sql: string; values: string[] } {
  const parts = differ?.length ? [`(${[...new Set(differ)].map((one) => DIFFERENCES[one]).join(" OR ")})`] : [];
  const values: string[] = [];
  for (const [side, outcome] of [
    ["x", from],
    ["y", to],
  ] as const) {
    if (outcome === undefined) continue;
    parts.push(`${side}.status IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(statusesOf([outcome])));
  }
  return { sql: parts.join(" AND ") || "1", values };
}

function wordOf(status: number): Outcome | "unfinished" {
  return outcomeOf(status) ?? "unfinished";
}

function sumsOf(row: Readonly<Record<string, number | null>>, side: "a" | "b"): PairSums {
  const of = (name: string) => row[`${side}_${name}`] ?? 0;
  return {
    tokensBefore: of("tokens_before"),
    tokensAfter: of("tokens_after"),
    calls: of("calls"),
    costUsd: of("cost"),
    ms: of("ms"),
  };
}
