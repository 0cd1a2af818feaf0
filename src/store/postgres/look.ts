/** Looking, on PostgreSQL: scans of `standings`, narrowed by ways that are found in memory (../standings.ts, ../ways.ts). */
import { type EventRow, STEP_FINISHED, verdictIn } from "../event-rows.ts";
import { firstKey, lastKey, placeOf, runOf } from "../keys.ts";
import type {
  Look,
  LookCounts,
  LookFilter,
  LookPage,
  LookSeries,
  LookSort,
  PairQuery,
  Pairs,
  RecentSums,
  Standing,
} from "../look.ts";
import {
  badCursor,
  type Cursor,
  countsOf,
  readCursor,
  type StandingRow,
  standingOf,
  stretchesOf,
  wordsOf,
} from "../shown.ts";
import { SERIES } from "../standings.ts";
import { ASKED, DECIDED, STARTED, statusesOf } from "../status.ts";
import { Ways } from "../ways.ts";
import { bodyOf } from "./cells.ts";
import { arrayOf } from "./columns.ts";
import type { Names } from "./names.ts";
import { comparePairs } from "./pairs.ts";
import type { Row, Server, Value } from "./server.ts";
import type { TextsThere } from "./texts-there.ts";

interface Found extends Row {
  readonly key: number;
  readonly id: Buffer;
  readonly reason: Buffer | null;
  readonly domain: Buffer | null;
}

const SORT_BY: Readonly<Record<Exclude<LookSort, "input">, string>> = {
  recent: "s.seq",
  tokens: "coalesce(s.tokens_after, -1)",
  cost: "s.cost",
  rounds: "coalesce((SELECT w.rounds FROM mezzo.ways w WHERE w.key = s.way), 0)",
};
const DOMAINS_AT_MOST = 50;
const OUTCOME_COLUMNS = SERIES.slice(0, SERIES.indexOf("steps"));

export interface LookParts {
  readonly server: Server;
  readonly names: Names;
  readonly texts: TextsThere;
}

/** Conditions, and the values of their places. */
class Where {
  readonly values: Value[] = [];
  readonly #parts: string[] = [];

  /** `?` stands for the value. */
  and(sql: string, ...values: readonly Value[]): void {
    let i = 0;
    this.#parts.push(sql.replaceAll("?", () => this.place(values[i++]!)));
  }

  place(value: Value): string {
    return `$${this.values.push(value)}`;
  }

  get sql(): string {
    return this.#parts.join(" AND ");
  }
}

export class PostgresLook implements Look {
  readonly #server: Server;
  readonly #names: Names;
  readonly #texts: TextsThere;
  readonly #ways = new Map<number, Ways>();

  constructor({ server, names, texts }: LookParts) {
    this.#server = server;
    this.#names = names;
    this.#texts = texts;
  }

  /** The order of commits moves with every commit that a page could show; what moves without events is looked at anyhow. */
  version(): Promise<number> {
    return this.seq();
  }

  async seq(): Promise<number> {
    const [row] = await this.#server.read<{ seq: number }>("SELECT mezzo.horizon() AS seq");
    return row!.seq;
  }

  async text(ref: string): Promise<string | undefined> {
    return /^[\w-]{22}$/.test(ref) ? this.#texts.find(ref) : undefined;
  }

  async pairs(a: string, b: string, query: PairQuery): Promise<Pairs> {
    if (query.after !== undefined && !/^\d+$/.test(query.after)) throw badCursor(query.after);
    const [first, second] = [await this.#names.run(a), await this.#names.run(b)];
    return comparePairs(this.#server, { a: first, b: second }, query, (keys) => this.#standings(keys));
  }

  async find(run: string, sample: string): Promise<Standing | undefined> {
    const known = await this.#names.findSample(run, sample);
    return known && (await this.#standings([known.key])).get(known.key);
  }

  async samples(run: string, filter: LookFilter, { sort, after, from = 0, limit }: LookPage) {
    const key = await this.#names.run(run);
    const where = await this.#where(key, filter);
    const value = sort === "input" ? "0" : SORT_BY[sort];
    if (after !== undefined) goOnAfter(where, sort, readCursor(after, key));
    const order = sort === "input" ? "s.key" : `${value} DESC, s.key`;
    const rows = await this.#server.read<{ key: number; value: number }>(
      `SELECT s.key, ${value} AS value FROM mezzo.standings s ${join(filter)} WHERE ${where.sql}
         ORDER BY ${order} LIMIT ${where.place(limit + 1)} OFFSET ${where.place(from)}`,
      where.values,
    );
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const standings = await this.#standings(page.map((row) => row.key));
    return {
      samples: page.flatMap((row) => standings.get(row.key) ?? []),
      next: last === undefined ? null : `${last.value}:${placeOf(last.key)}`,
    };
  }

  async total(run: string, filter: LookFilter): Promise<number> {
    const { sql, values } = await this.#where(await this.#names.run(run), filter);
    const [row] = await this.#server.read<{ total: number }>(
      `SELECT count(*) AS total FROM mezzo.standings s ${join(filter)} WHERE ${sql}`,
      values,
    );
    return row!.total;
  }

  async counts(run: string, filter: LookFilter): Promise<LookCounts> {
    const key = await this.#names.run(run);
    const { sql, values } = await this.#where(key, filter);
    const groups = await this.#server.read<{ way: number; status: number; samples: number }>(
      `SELECT s.way, s.status, count(*) AS samples FROM mezzo.standings s ${join(filter)} WHERE ${sql} GROUP BY s.way, s.status`,
      values,
    );
    const domains = await this.#server.read<{ domain: Buffer; samples: number }>(
      `SELECT g.domain, count(*) AS samples FROM mezzo.standings s JOIN mezzo.gists g ON g.key = s.key WHERE ${sql}
         GROUP BY g.domain ORDER BY samples DESC, g.domain LIMIT ${DOMAINS_AT_MOST}`,
      values,
    );
    // Read after the groups: what they name is there.
    const ways = await this.#waysOf(key);
    return {
      ...countsOf(groups, ways),
      domains: domains.map(({ domain, samples }) => ({ domain: domain.toString(), samples })),
    };
  }

  async series(run: string, points: number): Promise<LookSeries> {
    const key = await this.#names.run(run);
    const [span] = await this.#server.read<{ first: number | null; last: number | null }>(
      "SELECT min(at) AS first, max(at) AS last FROM mezzo.series WHERE run = $1",
      [key],
    );
    const { first, stretchMs, make } = stretchesOf(span!, points);
    const sums = SERIES.map((name) => `sum(${name}) AS ${name}`).join(", ");
    const rows = await this.#server.read<Record<"no" | (typeof SERIES)[number], number>>(
      `SELECT (at - $1::int8) / $2::int8 AS no, ${sums} FROM mezzo.series WHERE run = $3 GROUP BY no`,
      [first, stretchMs, key],
    );
    return make(rows.map((row) => [row.no, ...SERIES.map((name) => row[name])]));
  }

  async recent(run: string, from: number): Promise<RecentSums> {
    const [row] = await this.#server.read<Omit<RecentSums, "since"> & { readonly since: number | null } & Row>(
      `SELECT min(at) AS since, coalesce(sum(${OUTCOME_COLUMNS.join(" + ")}), 0) AS finished, coalesce(sum(calls), 0) AS calls,
         coalesce(sum(cost), 0) AS "costUsd", coalesce(sum(asked_ms), 0) AS "askedMs"
         FROM mezzo.series WHERE run = $1 AND at >= $2`,
      [await this.#names.run(run), from],
    );
    return { ...row!, since: row!.since ?? undefined };
  }

  async runSeq(run: string): Promise<number> {
    const [row] = await this.#server.read<{ seq: number | null }>(
      "SELECT max(seq) AS seq FROM mezzo.events WHERE of = $1",
      [firstKey(await this.#names.run(run))],
    );
    return row?.seq ?? 0;
  }

  async changedAt(run: string): Promise<number | undefined> {
    const [row] = await this.#server.read<{ at: number | null }>(
      "SELECT max(at) AS at FROM mezzo.series WHERE run = $1",
      [await this.#names.run(run)],
    );
    return row?.at ?? undefined;
  }

  /** Every store on PostgreSQL is ready to be looked at. */
  async catchUp(): Promise<boolean> {
    return false;
  }

  /** Ways are given numbers before they are seen, so those that are not known are asked for, whatever their numbers. */
  async #waysOf(run: number): Promise<Ways> {
    const ways = this.#ways.get(run) ?? new Ways(() => []);
    this.#ways.set(run, ways);
    const rows = await this.#server.read<{ key: number; parent: number; step: Buffer; rounds: number; rating: number }>(
      "SELECT key, parent, step, rounds, rating FROM mezzo.ways WHERE run = $1 AND key <> ALL ($2::int8[]) ORDER BY key",
      [run, arrayOf("int8", ways.known)],
    );
    ways.add(rows.map((row) => ({ ...row, step: row.step.toString() })));
    return ways;
  }

  async #standings(keys: readonly number[]): Promise<Map<number, Standing>> {
    const rows = await this.#server.read<Found>(
      `SELECT s.*, a.id, g.domain FROM mezzo.standings s
         JOIN mezzo.samples a ON a.key = s.key LEFT JOIN mezzo.gists g ON g.key = s.key WHERE s.key = ANY ($1::int8[])`,
      [arrayOf("int8", keys)],
    );
    const ways = new Map<number, Ways>();
    for (const run of new Set(rows.map(({ key }) => runOf(key)))) ways.set(run, await this.#waysOf(run));
    const found = rows.map((row) => ({
      row: {
        ...(row as unknown as StandingRow),
        ...{ id: row.id.toString(), reason: row.reason?.toString() ?? null, domain: row.domain?.toString() ?? null },
      },
      way: ways.get(runOf(row.key))!.get((row as unknown as StandingRow).way),
    }));
    const verdicts = await this.#lastVerdicts(
      found.flatMap(({ row, way }) => (way?.rating === undefined ? [] : [row.key])),
    );
    return new Map(found.map(({ row, way }) => [row.key, standingOf(row, way, verdicts.get(row.key) ?? null)]));
  }

  async #lastVerdicts(keys: readonly number[]): Promise<Map<number, Standing["verdict"]>> {
    const verdicts = new Map<number, Standing["verdict"]>();
    if (keys.length === 0) return verdicts;
    const rows = await this.#server.read<{ of: number; type: number; body: Buffer }>(
      "SELECT of, type, body FROM mezzo.events WHERE of = ANY ($1::int8[]) AND type = $2 ORDER BY of, seq DESC",
      [arrayOf("int8", keys), STEP_FINISHED],
    );
    for (const { of, type, body } of rows) {
      if (verdicts.has(of)) continue;
      const verdict = verdictIn({ type, body: bodyOf(body) } satisfies EventRow);
      if (verdict !== undefined) verdicts.set(of, verdict);
    }
    return verdicts;
  }

  async #where(run: number, filter: LookFilter): Promise<Where> {
    const where = new Where();
    where.and("s.key BETWEEN ? AND ?", firstKey(run) + 1, lastKey(run));
    const ways = (await this.#waysOf(run)).matching(filter);
    if (filter.outcomes) where.and("s.status = ANY (?::int8[])", arrayOf("int8", statusesOf(filter.outcomes)));
    if (filter.here) where.and(`s.status IN (${STARTED}, ${ASKED}, ${DECIDED})`);
    if (ways) where.and("s.way = ANY (?::int8[])", arrayOf("int8", ways));
    // The length of a trace that left; of a sample that was sent back none has.
    if ((filter.tokensMin ?? filter.tokensMax) !== undefined) where.and(`s.status > ${STARTED}`);
    if (filter.tokensMin !== undefined) where.and("s.tokens_after >= ?", filter.tokensMin);
    if (filter.tokensMax !== undefined) where.and("s.tokens_after <= ?", filter.tokensMax);
    if (filter.domains) where.and("g.domain = ANY (?::bytea[])", arrayOf("bytea", filter.domains));
    for (const word of wordsOf(filter)) where.and("position(?::bytea IN g.gist) > 0", Buffer.from(word));
    return where;
  }
}

/** Only what is asked of gists needs them. */
function join(filter: LookFilter): string {
  return filter.domains || wordsOf(filter).length > 0 ? "JOIN mezzo.gists g ON g.key = s.key" : "";
}

function goOnAfter(where: Where, sort: LookSort, { value, key }: Cursor): void {
  const column = sort === "input" ? "" : SORT_BY[sort];
  if (column === "") where.and("s.key > ?", key);
  else where.and(`(${column} < ?::float8 OR (${column} = ?::float8 AND s.key > ?))`, value, value, key);
}
