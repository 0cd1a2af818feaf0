/** Two runs side by side, on PostgreSQL: which sample of b is which of a is told by their ids, each time anew. */
import type { Outcome } from "../../core/sample.ts";
import { firstKey, lastKey } from "../keys.ts";
import type { Difference, PairQuery, PairSums, Pairs, Standing } from "../look.ts";
import { outcomeOf, STARTED, statusesOf } from "../status.ts";
import { arrayOf } from "./columns.ts";
import type { Row, Server, Value } from "./server.ts";

const BOTH = "p.a IS NOT NULL AND p.b IS NOT NULL";
/** Of a pair that is in both, or in one. */
const DIFFERENCES: Readonly<Record<Difference, string>> = {
  outcome: `(${BOTH} AND greatest(x.status, ${STARTED}) <> greatest(y.status, ${STARTED}))`,
  rounds: `(${BOTH} AND coalesce(v.rounds, 0) <> coalesce(w.rounds, 0))`,
  tokens: `(${BOTH} AND coalesce(x.tokens_after, -1) <> coalesce(y.tokens_after, -1))`,
  cost: `(${BOTH} AND x.cost <> y.cost)`,
  "only-a": "p.b IS NULL",
  "only-b": "p.a IS NULL",
};
const SUMS = ["tokens_before", "tokens_after", "calls", "cost", "ms"];
const PAIRS = `WITH p AS (
  SELECT s.key AS a, t.key AS b, row_number() OVER (ORDER BY s.key NULLS LAST, t.key) - 1 AS no
    FROM (SELECT key, hash FROM mezzo.samples WHERE key BETWEEN $1 AND $2) s
    FULL JOIN (SELECT key, hash FROM mezzo.samples WHERE key BETWEEN $3 AND $4) t ON t.hash = s.hash)`;
const FROM = `p LEFT JOIN mezzo.standings x ON x.key = p.a LEFT JOIN mezzo.standings y ON y.key = p.b
  LEFT JOIN mezzo.ways v ON v.key = x.way LEFT JOIN mezzo.ways w ON w.key = y.way`;

export async function comparePairs(
  server: Server,
  { a, b }: { readonly a: number; readonly b: number },
  query: PairQuery,
  standings: (keys: readonly number[]) => Promise<Map<number, Standing>>,
): Promise<Pairs> {
  const range = [firstKey(a) + 1, lastKey(a), firstKey(b) + 1, lastKey(b)];
  const all = <T extends Row>(sql: string, ...values: Value[]) =>
    server.read<T>(`${PAIRS} ${sql}`, [...range, ...values]);
  const sums = SUMS.flatMap((name) => [`sum(x.${name}) AS a_${name}`, `sum(y.${name}) AS b_${name}`]).join(", ");
  const changes = await all<
    { in_a: boolean; in_b: boolean; x: number; y: number; samples: number } & Record<string, number | null>
  >(
    `SELECT p.a IS NOT NULL AS in_a, p.b IS NOT NULL AS in_b, greatest(x.status, ${STARTED}) AS x, greatest(y.status, ${STARTED}) AS y,
       count(*) AS samples, ${sums} FROM ${FROM} GROUP BY 1, 2, 3, 4 ORDER BY samples DESC, x, y`,
  );
  const both = changes.filter(({ in_a, in_b }) => in_a && in_b);
  const ended = both.filter(({ x, y }) => x > STARTED && y > STARTED);
  const count = (rows: readonly { readonly samples: number }[]) => rows.reduce((sum, { samples }) => sum + samples, 0);
  const { sql, values } = whereOf(query);
  const [counted] = await all<{ total: number }>(`SELECT count(*) AS total FROM ${FROM} WHERE ${sql}`, ...values);
  const rows = await all<{ no: number; a: number | null; b: number | null }>(
    `SELECT p.no, p.a, p.b FROM ${FROM} WHERE ${sql} AND p.no > $${5 + values.length} ORDER BY p.no LIMIT $${6 + values.length}`,
    ...values,
    Number(query.after ?? -1),
    query.limit + 1,
  );
  const page = rows.slice(0, query.limit);
  const found = await standings(page.flatMap((row) => [row.a ?? [], row.b ?? []].flat()));
  return {
    ...{
      both: count(both),
      onlyA: count(changes.filter(({ in_b }) => !in_b)),
      onlyB: count(changes.filter(({ in_a }) => !in_a)),
    },
    outcomes: both.map(({ x, y, samples }) => ({ from: wordOf(x), to: wordOf(y), samples })),
    sums: { samples: count(ended), a: sumsOf(ended, "a"), b: sumsOf(ended, "b") },
    total: counted!.total,
    page: page.map((row) => {
      const sides = { a: (row.a && found.get(row.a)) || null, b: (row.b && found.get(row.b)) || null };
      return { id: (sides.a ?? sides.b)!.id, ...sides };
    }),
    next: rows.length > query.limit ? String(page.at(-1)!.no) : null,
  };
}

function whereOf({ differ, from, to }: PairQuery): { sql: string; values: Value[] } {
  const parts = differ?.length ? [`(${[...new Set(differ)].map((one) => DIFFERENCES[one]).join(" OR ")})`] : [];
  const values: Value[] = [];
  for (const [side, outcome] of [
    ["x", from],
    ["y", to],
  ] as const) {
    if (outcome === undefined) continue;
    parts.push(`${side}.status = ANY ($${4 + values.push(arrayOf("int8", statusesOf([outcome])))}::int8[])`);
  }
  return { sql: parts.join(" AND ") || "true", values };
}

function wordOf(status: number): Outcome | "unfinished" {
  return outcomeOf(status) ?? "unfinished";
}

function sumsOf(rows: readonly Readonly<Record<string, number | boolean | null>>[], side: "a" | "b"): PairSums {
  const of = (name: string) => rows.reduce((sum, row) => sum + Number(row[`${side}_${name}`] ?? 0), 0);
  return {
    tokensBefore: of("tokens_before"),
    tokensAfter: of("tokens_after"),
    calls: of("calls"),
    costUsd: of("cost"),
    ms: of("ms"),
  };
}
