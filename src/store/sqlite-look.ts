/** Looking, on SQLite: scans of `standings`, narrowed by ways that are found in memory (standings.ts, ways.ts). */
import type Database from "better-sqlite3";
import { OUTCOMES } from "../core/sample.ts";
import { type EventRow, STEP_FINISHED, verdictIn } from "./event-rows.ts";
import { firstKey, type Keys, lastKey, placeOf, pluck, runOf } from "./keys.ts";
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
} from "./look.ts";
import {
  badCursor,
  type Cursor,
  countsOf,
  readCursor,
  type StandingRow,
  standingOf,
  stretchesOf,
  wordsOf,
} from "./shown.ts";
import { SqlitePairs } from "./sqlite-pairs.ts";
import { SERIES } from "./standings.ts";
import { ASKED, DECIDED, STARTED, statusesOf } from "./status.ts";
import type { Texts } from "./texts.ts";
import { Ways, type WaysRow } from "./ways.ts";

type Value = string | number;

/** A condition in SQL, and the values of its places. */
interface Where {
  readonly sql: string;
  readonly values: readonly Value[];
}

const SORT_BY: Readonly<Record<Exclude<LookSort, "input">, string>> = {
  recent: "s.seq",
  tokens: "coalesce(s.tokens_after, -1)",
  cost: "s.cost",
  rounds: "coalesce((SELECT rounds FROM ways WHERE key = s.way), 0)",
};
const DOMAINS_AT_MOST = 50;

export interface LookParts {
  readonly db: Database.Database;
  readonly keys: Keys;
  readonly texts: Texts;
  readonly catchUp: () => Promise<boolean>;
}

export class SqliteLook implements Look {
  readonly catchUp: () => Promise<boolean>;
  readonly #db: Database.Database;
  readonly #keys: Keys;
  readonly #texts: Texts;
  readonly #pairs: SqlitePairs;
  readonly #ways = new Map<number, Ways>();
  readonly #moreWays: Database.Statement<[number, number], WaysRow>;
  readonly #row: Database.Statement<[number], StandingRow>;
  readonly #stepsOf: Database.Statement<[number, number], EventRow>;
  readonly #newestOfRun: Database.Statement<[number], number | null>;
  readonly #newestStretch: Database.Statement<[number], number | null>;

  constructor({ db, keys, texts, catchUp }: LookParts) {
    this.catchUp = catchUp;
    this.#db = db;
    this.#keys = keys;
    this.#texts = texts;
    this.#pairs = new SqlitePairs(db);
    this.#moreWays = db.prepare(
      "SELECT key, parent, step, rounds, rating FROM ways WHERE run = ? AND key > ? ORDER BY key",
    );
    this.#row = db.prepare(
      `SELECT s.*, a.id, a.started, a.reason, g.domain FROM standings s
         JOIN samples a ON a.key = s.key LEFT JOIN gists g ON g.key = s.key WHERE s.key = ?`,
    );
    this.#stepsOf = db.prepare("SELECT type, body FROM events WHERE of = ? AND type = ? ORDER BY seq DESC");
    this.#newestOfRun = pluck(db, "SELECT max(seq) FROM events WHERE of = ?");
    this.#newestStretch = pluck(db, "SELECT max(at) FROM series WHERE run = ?");
  }

  async version(): Promise<number> {
    return Number(this.#db.pragma("data_version", { simple: true }));
  }

  async seq(): Promise<number> {
    return Number(this.#db.prepare("SELECT coalesce(max(seq), 0) FROM events").pluck().get());
  }

  async text(ref: string): Promise<string | undefined> {
    return /^[\w-]{22}$/.test(ref) ? this.#texts.find(ref) : undefined;
  }

  async pairs(a: string, b: string, query: PairQuery): Promise<Pairs> {
    if (query.after !== undefined && !/^\d+$/.test(query.after)) throw badCursor(query.after);
    return this.#pairs.compare(this.#keys.run(a), this.#keys.run(b), query, (key) => this.#standing(key));
  }

  async find(run: string, sample: string): Promise<Standing | undefined> {
    const key = this.#keys.findSample(run, sample);
    return key === undefined ? undefined : this.#standing(key);
  }

  async samples(run: string, filter: LookFilter, { sort, after, from = 0, limit }: LookPage) {
    const key = this.#keys.run(run);
    const where = this.#where(key, filter);
    const cursor = after === undefined ? undefined : readCursor(after, key);
    const [more, order] = sort === "input" ? afterKey(cursor) : afterValue(SORT_BY[sort], cursor);
    const value = sort === "input" ? "0" : SORT_BY[sort];
    const rows = this.#db
      .prepare<Value[], { key: number; value: number }>(
        `SELECT s.key, ${value} AS value FROM standings s ${join(filter)} WHERE ${where.sql} AND ${more.sql}
           ORDER BY ${order} LIMIT ? OFFSET ?`,
      )
      .all(...where.values, ...more.values, limit + 1, from);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      samples: page.map((row) => this.#standing(row.key)),
      next: last === undefined ? null : `${last.value}:${placeOf(last.key)}`,
    };
  }

  async total(run: string, filter: LookFilter): Promise<number> {
    const { sql, values } = this.#where(this.#keys.run(run), filter);
    const count = this.#db.prepare(`SELECT count(*) FROM standings s ${join(filter)} WHERE ${sql}`).pluck();
    return Number(count.get(...values));
  }

  async counts(run: string, filter: LookFilter): Promise<LookCounts> {
    const key = this.#keys.run(run);
    const { sql, values } = this.#where(key, filter);
    const from = `standings s ${join(filter)}`;
    const groups = this.#db
      .prepare<Value[], { way: number | null; status: number; samples: number }>(
        `SELECT s.way, s.status, count(*) AS samples FROM ${from} WHERE ${sql} GROUP BY s.way, s.status`,
      )
      .all(...values);
    const domains = this.#db
      .prepare<Value[], { domain: string; samples: number }>(
        `SELECT g.domain, count(*) AS samples FROM standings s JOIN gists g ON g.key = s.key WHERE ${sql}
           GROUP BY g.domain ORDER BY samples DESC, g.domain LIMIT ${DOMAINS_AT_MOST}`,
      )
      .all(...values);
    return { ...countsOf(groups, this.#waysOf(key)), domains };
  }

  async series(run: string, points: number): Promise<LookSeries> {
    const key = this.#keys.run(run);
    const span = this.#db
      .prepare<[number], { first: number | null; last: number }>(
        "SELECT min(at) AS first, max(at) AS last FROM series WHERE run = ?",
      )
      .get(key)!;
    const { first, stretchMs, make } = stretchesOf(span, points);
    const columns = SERIES.map((name) => `sum(${name})`).join(", ");
    const rows = this.#db
      .prepare<[number, number, number], number[]>(
        `SELECT cast((at - ?) / ? AS INTEGER) AS no, ${columns} FROM series WHERE run = ? GROUP BY no`,
      )
      .raw()
      .iterate(first, stretchMs, key) as IterableIterator<number[]>;
    return make(rows);
  }

  async recent(run: string, from: number): Promise<RecentSums> {
    const finished = SERIES.slice(0, OUTCOMES.length).join(" + ");
    return this.#db
      .prepare<[number, number], RecentSums>(
        `SELECT min(at) AS since, coalesce(sum(${finished}), 0) AS finished, coalesce(sum(calls), 0) AS calls,
           coalesce(sum(cost), 0) AS costUsd, coalesce(sum(asked_ms), 0) AS askedMs
           FROM series WHERE run = ? AND at >= ?`,
      )
      .get(this.#keys.run(run), from)!;
  }

  async runSeq(run: string): Promise<number> {
    return this.#newestOfRun.get(firstKey(this.#keys.run(run))) ?? 0;
  }

  async changedAt(run: string): Promise<number | undefined> {
    return this.#newestStretch.get(this.#keys.run(run)) ?? undefined;
  }

  #waysOf(run: number): Ways {
    const known = this.#ways.get(run) ?? new Ways((last) => this.#moreWays.all(run, last));
    this.#ways.set(run, known);
    return known;
  }

  /** The sample of that key, which is there. */
  #standing(key: number): Standing {
    const row = this.#row.get(key)!;
    const way = this.#waysOf(runOf(key)).get(row.way);
    return standingOf(row, way, way?.rating === undefined ? null : this.#lastVerdict(key));
  }

  #lastVerdict(key: number): Standing["verdict"] {
    for (const row of this.#stepsOf.iterate(key, STEP_FINISHED)) {
      const verdict = verdictIn(row);
      if (verdict !== undefined) return verdict;
    }
    return null;
  }

  #where(run: number, filter: LookFilter): Where {
    const parts: Where[] = [{ sql: "s.key BETWEEN ? AND ?", values: [firstKey(run) + 1, lastKey(run)] }];
    const isIn = (column: string, list: readonly Value[]) =>
      parts.push({ sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(list)] });
    const ways = this.#waysOf(run).matching(filter);
    if (filter.outcomes) isIn("s.status", statusesOf(filter.outcomes));
    if (filter.here) parts.push({ sql: `s.status IN (${STARTED}, ${ASKED}, ${DECIDED})`, values: [] });
    if (ways) isIn("s.way", ways);
    // The length of a trace that left; of a sample that was sent back none has.
    if ((filter.tokensMin ?? filter.tokensMax) !== undefined) parts.push({ sql: `s.status > ${STARTED}`, values: [] });
    if (filter.tokensMin !== undefined) parts.push({ sql: "s.tokens_after >= ?", values: [filter.tokensMin] });
    if (filter.tokensMax !== undefined) parts.push({ sql: "s.tokens_after <= ?", values: [filter.tokensMax] });
    if (filter.domains) isIn("g.domain", filter.domains);
    for (const word of wordsOf(filter)) parts.push({ sql: "instr(g.gist, ?) > 0", values: [word] });
    return { sql: parts.map(({ sql }) => sql).join(" AND "), values: parts.flatMap(({ values }) => values) };
  }
}

/** Only what is asked of gists needs them. */
function join(filter: LookFilter): string {
  return filter.domains || wordsOf(filter).length > 0 ? "JOIN gists g ON g.key = s.key" : "";
}

function afterKey(cursor: Cursor | undefined): [Where, string] {
  return [cursor ? { sql: "s.key > ?", values: [cursor.key] } : { sql: "1", values: [] }, "s.key"];
}

function afterValue(column: string, cursor: Cursor | undefined): [Where, string] {
  const more = cursor
    ? { sql: `(${column} < ? OR (${column} = ? AND s.key > ?))`, values: [cursor.value, cursor.value, cursor.key] }
    : { sql: "1", values: [] };
  return [more, `${column} DESC, s.key`];
}
