/**
 * The tables on PostgreSQL, their version, and the function that commits a batch. All of it lives in the schema `mezzo`: one
 * store a database. The tables are those of SQLite (../migrations.ts), but for what several writers at once ask for:
 *
 *   runs, plans, threads, checkpoints, writes, texts, gists, ways     as there
 *   samples     never changed once they are there; what changes of a sample stands in
 *   standings   with its status, its goes, its reason and its `fence` (../store.ts `Sharing`)
 *   tallies, series   have a `slot`: each writer adds to rows of its own, readers sum them up
 *   writers     the number of the last batch of each store that is open: a batch whose answer was lost is recognised
 *
 * Every text of ours is bytea, UTF-8: PostgreSQL's text takes no U+0000, and may have another encoding.
 *
 * The order of events. `seq` is given out while a batch is being committed, and a batch with lower numbers may be seen
 * later than one with higher ones. Therefore each batch holds, until its commit is seen, a shared advisory lock that names
 * a number below all of its own; `horizon()` is the highest number below which no batch is under way:
 *
 *     every event up to the horizon can be seen, and every event that is seen later is above it
 *
 * so who pages by seq up to the horizon misses none. (Read the last number first, then the locks: whoever takes a lock
 * after that gets higher numbers. A lock ends after its commit is seen.) Within a sample the order is that of its commits,
 * since a sample is worked on by one at a time.
 *
 * Locks are taken in one order by everyone, so that no two wait for each other: fences by key, texts by hash, checkpoints
 * and writes, events, standings by key, the slot's own counters, runs.
 */
import { MezzoError } from "../../core/errors.ts";
import { CREW_TABLES } from "../crew/tables.ts";
import { SERIES } from "../standings.ts";
import type { ColumnType } from "./columns.ts";
import { LOST, STALE } from "./failures.ts";
import type { Server } from "./server.ts";

/** Numbers of ours among a database's advisory locks. */
export const LOCKS = { migrate: 0x6d7a6f30, slot: 0x6d7a6f31, seq: 0x6d7a6f32 } as const;
export const SLOTS = 64;

const BATCH = {
  text_hash: "bytea",
  text_base: "bytea",
  text_body: "bytea",
  point_thread: "int8",
  point_ns: "bytea",
  point_id: "bytea",
  point_parent: "bytea",
  point_at: "bytea",
  point_shape: "bytea",
  point_body: "bytea",
  point_extra: "bytea",
  write_thread: "int8",
  write_ns: "bytea",
  write_checkpoint: "bytea",
  write_task: "bytea",
  write_slot: "int2",
  write_shape: "bytea",
  write_body: "bytea",
  write_replaces: "bool",
  event_of: "int8",
  event_type: "int2",
  event_request: "int8",
  event_body: "bytea",
  sample_key: "int8",
  sample_was: "int8",
  sample_way: "int8",
  /** Its newest event: which of this batch's, from 1. */
  sample_event: "int4",
  sample_status: "int2",
  sample_goes: "int4",
  sample_more_goes: "int4",
  sample_has_reason: "bool",
  sample_reason: "bytea",
  sample_before: "int4",
  sample_after: "int4",
  sample_calls: "int4",
  sample_cost: "float8",
  sample_ms: "float8",
  tally_run: "int8",
  tally_path: "bytea",
  tally_sum: "float8",
  series_run: "int8",
  series_at: "int8",
  ...Object.fromEntries(SERIES.map((name) => [`series_${name}`, "float8"] as const)),
  run_key: "int8",
  run_state: "bytea",
  run_code: "bytea",
  run_reason: "bytea",
  fence_key: "int8",
  fence_no: "int8",
  forget_last: "int8",
  forget_all: "int8",
} as const satisfies Record<string, ColumnType>;

/** The columns of a batch, in the order of the function's parameters. */
export type BatchColumn = keyof typeof BATCH | `series_${(typeof SERIES)[number]}`;
export const BATCH_COLUMNS = Object.entries(BATCH) as readonly (readonly [BatchColumn, ColumnType])[];

/** What the function answers. */
export const [DONE, AGAIN, SOME_STAYED] = [0, 1, 2];

const columns = (group: string) => BATCH_COLUMNS.map(([name]) => name).filter((name) => name.startsWith(`${group}_`));
const unnest = (group: string) =>
  `unnest(${columns(group)
    .map((name) => `_${name}`)
    .join(", ")})`;
const named = (group: string) =>
  columns(group)
    .map((name) => name.slice(group.length + 1))
    .join(", ");

const COMMIT = `
CREATE FUNCTION mezzo.commit_1(_writer bytea, _no int8, _counter int4, ${BATCH_COLUMNS.map(([name, type]) => `_${name} ${type}[]`).join(", ")})
RETURNS int4 LANGUAGE plpgsql AS $commit$
DECLARE
  seqs int8[];
  lost int8[];
  n int8;
  answer int4 := ${DONE};
BEGIN
  UPDATE mezzo.writers w SET no = _no, seen = now() WHERE w.writer = _writer AND w.no < _no;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM mezzo.writers w WHERE w.writer = _writer) THEN RETURN ${AGAIN}; END IF;
    INSERT INTO mezzo.writers (writer, no) VALUES (_writer, _no);
  END IF;
  IF cardinality(_fence_key) > 0 THEN
    PERFORM s.key FROM mezzo.standings s WHERE s.key = ANY (_fence_key) ORDER BY s.key FOR NO KEY UPDATE;
    lost := ARRAY(SELECT f.key FROM ${unnest("fence")} f(${named("fence")}) LEFT JOIN mezzo.standings s ON s.key = f.key
      WHERE s.fence IS DISTINCT FROM f.no);
    IF cardinality(lost) > 0 THEN
      RAISE EXCEPTION 'lost' USING ERRCODE = '${LOST}', DETAIL = array_to_string(lost, ',');
    END IF;
  END IF;
  IF cardinality(_text_hash) > 0 THEN
    INSERT INTO mezzo.texts (hash, base, body) SELECT * FROM ${unnest("text")} ON CONFLICT (hash) DO NOTHING;
  END IF;
  IF cardinality(_point_thread) > 0 THEN
    INSERT INTO mezzo.checkpoints AS c (${named("point")}) SELECT * FROM ${unnest("point")}
      ON CONFLICT (thread, ns, id) DO UPDATE SET parent = excluded.parent, at = excluded.at, shape = excluded.shape,
        body = excluded.body, extra = excluded.extra;
  END IF;
  IF cardinality(_write_thread) > 0 THEN
    INSERT INTO mezzo.writes AS w (thread, ns, checkpoint, task, slot, shape, body)
      SELECT thread, ns, checkpoint, task, slot, shape, body FROM ${unnest("write")} u(${named("write")}) WHERE NOT replaces
      ON CONFLICT (thread, ns, checkpoint, task, slot) DO NOTHING;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n < (SELECT count(*) FROM unnest(_write_replaces) r WHERE NOT r) THEN answer := ${SOME_STAYED}; END IF;
    IF true = ANY (_write_replaces) THEN
      INSERT INTO mezzo.writes AS w (thread, ns, checkpoint, task, slot, shape, body)
        SELECT thread, ns, checkpoint, task, slot, shape, body FROM ${unnest("write")} u(${named("write")}) WHERE replaces
        ON CONFLICT (thread, ns, checkpoint, task, slot) DO UPDATE SET shape = excluded.shape, body = excluded.body;
    END IF;
  END IF;
  IF cardinality(_event_of) > 0 THEN
    PERFORM pg_advisory_xact_lock_shared(${LOCKS.seq}, ((SELECT last_value FROM mezzo.event_seq) & 2147483647)::int4);
    seqs := ARRAY(SELECT nextval('mezzo.event_seq') FROM generate_series(1, cardinality(_event_of)));
    INSERT INTO mezzo.events (seq, ${named("event")}) SELECT * FROM unnest(seqs, ${columns("event")
      .map((name) => `_${name}`)
      .join(", ")});
  END IF;
  IF cardinality(_sample_key) > 0 THEN
    UPDATE mezzo.standings s SET way = u.way, seq = seqs[u.event], status = coalesce(u.status, s.status),
        started = coalesce(u.goes, s.started) + u.more_goes,
        reason = CASE WHEN u.has_reason THEN u.reason ELSE s.reason END,
        tokens_before = coalesce(u.before, s.tokens_before), tokens_after = coalesce(u.after, s.tokens_after),
        calls = s.calls + u.calls, cost = s.cost + u.cost, ms = s.ms + u.ms
      FROM ${unnest("sample")} u(${named("sample")}) WHERE s.key = u.key AND s.way = u.was;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n < cardinality(_sample_key) THEN RAISE EXCEPTION 'stale' USING ERRCODE = '${STALE}'; END IF;
  END IF;
  IF cardinality(_tally_run) > 0 THEN
    INSERT INTO mezzo.tallies AS t (slot, run, path, sum) SELECT _counter, * FROM ${unnest("tally")}
      ON CONFLICT (run, slot, path) DO UPDATE SET sum = t.sum + excluded.sum;
  END IF;
  IF cardinality(_series_run) > 0 THEN
    INSERT INTO mezzo.series AS t (slot, ${named("series")}) SELECT _counter, * FROM ${unnest("series")}
      ON CONFLICT (run, at, slot) DO UPDATE SET ${SERIES.map((name) => `${name} = t.${name} + excluded.${name}`).join(", ")};
  END IF;
  IF cardinality(_run_key) > 0 THEN
    UPDATE mezzo.runs r SET state = u.state, paused_code = u.code, paused_reason = u.reason
      FROM ${unnest("run")} u(${named("run")}) WHERE r.key = u.key;
  END IF;
  IF cardinality(_forget_all) > 0 THEN
    DELETE FROM mezzo.writes w USING mezzo.standings s WHERE w.thread = ANY (_forget_all) AND s.key = w.thread AND s.status > 1;
    DELETE FROM mezzo.checkpoints c USING mezzo.standings s WHERE c.thread = ANY (_forget_all) AND s.key = c.thread AND s.status > 1;
  END IF;
  IF cardinality(_forget_last) > 0 THEN
    DELETE FROM mezzo.writes w USING mezzo.standings s WHERE w.thread = ANY (_forget_last) AND s.key = w.thread AND s.status > 1
      AND NOT (w.ns = '' AND w.checkpoint = (SELECT c.id FROM mezzo.checkpoints c WHERE c.thread = w.thread AND c.ns = '' ORDER BY c.id DESC LIMIT 1));
    DELETE FROM mezzo.checkpoints d USING mezzo.standings s WHERE d.thread = ANY (_forget_last) AND s.key = d.thread AND s.status > 1
      AND NOT (d.ns = '' AND d.id = (SELECT c.id FROM mezzo.checkpoints c WHERE c.thread = d.thread AND c.ns = '' ORDER BY c.id DESC LIMIT 1));
  END IF;
  RETURN answer;
END
$commit$`;

/** From version n (the index) to n + 1. Released steps never change. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE mezzo.runs (
    key int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run bytea NOT NULL UNIQUE, graph bytea NOT NULL,
    plan bytea NOT NULL, plan_body bytea NOT NULL, settings bytea NOT NULL, created_at int8 NOT NULL,
    state bytea NOT NULL, paused_code bytea, paused_reason bytea,
    holder_pid int8, holder_host bytea, holder_since int8, holder_birth bytea, holder_beat timestamptz
  );
  CREATE TABLE mezzo.plans (
    run int8 NOT NULL, no int4 NOT NULL, plan bytea NOT NULL, body bytea NOT NULL, PRIMARY KEY (run, no)
  );
  CREATE TABLE mezzo.samples (
    key int8 PRIMARY KEY, run int8 NOT NULL, hash bytea NOT NULL, id bytea NOT NULL, line int8 NOT NULL,
    state bytea NOT NULL, source bytea NOT NULL
  );
  CREATE UNIQUE INDEX samples_by_id ON mezzo.samples (run, hash);
  CREATE TABLE mezzo.standings (
    key int8 PRIMARY KEY, way int8 NOT NULL DEFAULT 0, seq int8 NOT NULL DEFAULT 0, cost float8 NOT NULL DEFAULT 0,
    ms float8 NOT NULL DEFAULT 0, fence int8 NOT NULL DEFAULT 0, started int4 NOT NULL DEFAULT 0, tokens_before int4,
    tokens_after int4, calls int4 NOT NULL DEFAULT 0, status int2 NOT NULL DEFAULT 0, reason bytea
  ) WITH (fillfactor = 70);
  CREATE INDEX standings_by_status ON mezzo.standings (status, key);
  CREATE TABLE mezzo.gists (key int8 PRIMARY KEY, domain bytea NOT NULL, gist bytea NOT NULL);
  CREATE SEQUENCE mezzo.event_seq;
  SELECT nextval('mezzo.event_seq');
  CREATE TABLE mezzo.events (
    seq int8 PRIMARY KEY, of int8 NOT NULL, request int8, type int2 NOT NULL, body bytea NOT NULL
  );
  CREATE INDEX events_by_sample ON mezzo.events (of, seq);
  CREATE INDEX events_by_request ON mezzo.events (request) WHERE request IS NOT NULL;
  CREATE TABLE mezzo.tallies (
    run int8 NOT NULL, slot int4 NOT NULL, path bytea NOT NULL, sum float8 NOT NULL, PRIMARY KEY (run, slot, path)
  ) WITH (fillfactor = 50);
  CREATE TABLE mezzo.threads (key int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name bytea NOT NULL UNIQUE);
  CREATE TABLE mezzo.checkpoints (
    thread int8 NOT NULL, ns bytea NOT NULL, id bytea NOT NULL, parent bytea, at bytea NOT NULL, shape bytea NOT NULL,
    body bytea NOT NULL, extra bytea, PRIMARY KEY (thread, ns, id)
  );
  CREATE TABLE mezzo.writes (
    thread int8 NOT NULL, ns bytea NOT NULL, checkpoint bytea NOT NULL, task bytea NOT NULL, slot int2 NOT NULL,
    shape bytea NOT NULL, body bytea NOT NULL, PRIMARY KEY (thread, ns, checkpoint, task, slot)
  );
  CREATE TABLE mezzo.texts (hash bytea PRIMARY KEY, base bytea, body bytea NOT NULL);
  CREATE TABLE mezzo.ways (
    key int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run int8 NOT NULL, parent int8 NOT NULL, hash bytea NOT NULL,
    step bytea NOT NULL, rounds int4 NOT NULL, rating int4 NOT NULL, UNIQUE (run, parent, hash)
  );
  CREATE TABLE mezzo.series (
    run int8 NOT NULL, at int8 NOT NULL, slot int4 NOT NULL,
    ${SERIES.map((name) => `${name} float8 NOT NULL`).join(", ")}, PRIMARY KEY (run, at, slot)
  ) WITH (fillfactor = 50);
  CREATE TABLE mezzo.writers (
    writer bytea PRIMARY KEY, no int8 NOT NULL, seen timestamptz NOT NULL DEFAULT now()
  ) WITH (fillfactor = 50);
  ${[
    "samples.state",
    "samples.source",
    "events.body",
    "checkpoints.body",
    "writes.body",
    "texts.body",
    "runs.plan_body",
    "plans.body",
  ]
    .map((column) => column.split("."))
    .map(([table, column]) => `ALTER TABLE mezzo.${table} ALTER COLUMN ${column} SET STORAGE EXTERNAL;`)
    .join("\n  ")}
  CREATE FUNCTION mezzo.horizon() RETURNS int8 LANGUAGE plpgsql AS $horizon$
  DECLARE
    last int8;
    back int8;
  BEGIN
    SELECT last_value INTO last FROM mezzo.event_seq;
    SELECT max((last - l.objid::int8) & 2147483647) INTO back FROM pg_locks l WHERE l.locktype = 'advisory'
      AND l.classid::int8 = ${LOCKS.seq} AND l.objsubid = 2
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
    RETURN last - coalesce(back, 0);
  END
  $horizon$;
  ${COMMIT};
  `,
  CREW_TABLES,
];

export const CURRENT_VERSION = MIGRATIONS.length;

/**
 * Makes the tables, or brings them up to date. False if there are none and none are to be made. Throws `store-newer` and
 * `store-foreign`.
 */
export async function migrate(server: Server, { create }: { readonly create: boolean }): Promise<boolean> {
  const version = await versionOf(server);
  if (version === undefined && !create) return false;
  if (version !== CURRENT_VERSION)
    await server.transact(async (client) => {
      // Whoever opens a new store at the same time waits here for the one that makes the tables.
      await client.query("SELECT pg_advisory_xact_lock($1, 0)", [LOCKS.migrate]);
      const { rows } = await client.query<{ found: boolean }>(
        "SELECT to_regclass('mezzo.format') IS NOT NULL AS found",
      );
      if (rows[0]?.found !== true)
        await client.query(
          `CREATE SCHEMA mezzo; CREATE TABLE mezzo.format (program text NOT NULL, version int4 NOT NULL);
           INSERT INTO mezzo.format VALUES ('mezzo', 0)`,
        );
      const now = await client.query<{ version: number }>("SELECT version FROM mezzo.format FOR UPDATE");
      for (let at = now.rows[0]!.version; at < CURRENT_VERSION; at++) await client.query(MIGRATIONS[at]!);
      await client.query("UPDATE mezzo.format SET version = $1 WHERE version < $1", [CURRENT_VERSION]);
    });
  return true;
}

async function versionOf(server: Server): Promise<number | undefined> {
  const [found] = await server.read<{ schema: boolean; format: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'mezzo') AS schema, to_regclass('mezzo.format') IS NOT NULL AS format`,
  );
  if (found?.schema !== true) return undefined;
  const rows = found.format
    ? await server.read<{ version: number }>("SELECT version FROM mezzo.format WHERE program = 'mezzo'")
    : [];
  const version = rows[0]?.version;
  if (version === undefined) {
    const hint = "Name another database with --store: Mezzo makes its schema where there is none of that name.";
    throw new MezzoError("store-foreign", `${server.shown} has a schema "mezzo" that is not Mezzo's.`, {
      hint,
      exitCode: 2,
    });
  }
  if (version > CURRENT_VERSION) {
    const message = `${server.shown} was written by a newer Mezzo (format ${version}; this one reads up to ${CURRENT_VERSION}).`;
    throw new MezzoError("store-newer", message, { hint: "Update Mezzo, or name another store.", exitCode: 2 });
  }
  return version;
}
