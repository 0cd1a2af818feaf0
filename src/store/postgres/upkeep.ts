/** What keeps a store on PostgreSQL small and right: deleting runs, removing texts that nothing refers to, looking it all through. */
import type pg from "pg";
import { messageOf } from "../../core/errors.ts";
import { addTallies, type RunEvent } from "../../core/events.ts";
import { hashText } from "../../core/hash.ts";
import { refsIn } from "../codec.ts";
import { decodeEvent, REOPENED, REWOUND, SAMPLE_FINISHED } from "../event-rows.ts";
import { firstKey, lastKey } from "../keys.ts";
import { STARTED, statusOf } from "../status.ts";
import { unpack } from "../texts.ts";
import { bodyOf, unmixed } from "./cells.ts";
import { arrayOf } from "./columns.ts";
import type { Row, Server } from "./server.ts";
import type { TextsThere } from "./texts-there.ts";

const PAGE = 1_000;
/** The first problems of a sort tell enough. */
const SHOWN = 20;

/** Rows that name texts: in their bodies, and by a hash of their own. */
const NAMING: readonly {
  readonly table: string;
  readonly key: readonly string[];
  readonly bodies: readonly string[];
  readonly shape?: true;
}[] = [
  { table: "runs", key: ["key"], bodies: ["settings"] },
  { table: "samples", key: ["key"], bodies: ["state", "source"] },
  { table: "events", key: ["seq"], bodies: ["body"] },
  { table: "checkpoints", key: ["thread", "ns", "id"], bodies: ["body", "extra"], shape: true },
  { table: "writes", key: ["thread", "ns", "checkpoint", "task", "slot"], bodies: ["body"], shape: true },
];

type Cells = Readonly<Record<string, Buffer | number | null>>;
type Read = <T extends Row>(sql: string, values?: (string | number | Buffer)[]) => Promise<T[]>;

export class PostgresUpkeep {
  readonly #server: Server;
  readonly #texts: TextsThere;

  constructor(server: Server, texts: TextsThere) {
    this.#server = server;
    this.#texts = texts;
  }

  /** Inside a transaction. */
  async deleteRun(client: pg.Client, run: number): Promise<void> {
    const range = [firstKey(run), lastKey(run)];
    for (const [table, column] of [
      ["writes", "thread"],
      ["checkpoints", "thread"],
      ["events", "of"],
      ["samples", "key"],
      ["standings", "key"],
      ["gists", "key"],
    ])
      await client.query(`DELETE FROM mezzo.${table} WHERE ${column} BETWEEN $1 AND $2`, range);
    for (const table of ["tallies", "ways", "series", "plans"])
      await client.query(`DELETE FROM mezzo.${table} WHERE run = $1`, [run]);
    await client.query("DELETE FROM mezzo.runs WHERE key = $1", [run]);
  }

  /** Inside a transaction: removes the texts that no row, and no text that a row refers to, names. */
  async removeLooseTexts(client: pg.Client): Promise<void> {
    await client.query("LOCK TABLE mezzo.texts IN EXCLUSIVE MODE");
    await client.query("CREATE TEMP TABLE named (hash bytea PRIMARY KEY) ON COMMIT DROP");
    const read: Read = async (sql, values) => (await client.query(sql, values)).rows;
    const name = async (found: ReadonlyMap<string, boolean>) => {
      let marked = found;
      while (marked.size > 0) {
        const hashes = arrayOf(
          "bytea",
          [...marked.keys()].map((ref) => Buffer.from(ref, "base64url")),
        );
        const fresh = await read<{ hash: Buffer }>(
          "INSERT INTO named SELECT DISTINCT * FROM unnest($1::bytea[]) ON CONFLICT DO NOTHING RETURNING hash",
          [hashes],
        );
        // Only these texts are JSON of ours, with refs of their own.
        const jsons = fresh.map(({ hash }) => hash.toString("base64url")).filter((ref) => marked.get(ref) === true);
        const inner = new Map<string, boolean>();
        for (const ref of jsons) addRefs(inner, (await this.#texts.find(ref)) ?? "");
        marked = inner;
      }
    };
    for await (const rows of namingRows(read)) {
      const found = new Map<string, boolean>();
      for (const { jsons, shape } of rows) {
        for (const json of jsons) addRefs(found, json);
        if (shape && !found.has(shape.toString("base64url"))) found.set(shape.toString("base64url"), false);
      }
      await name(found);
    }
    // A base may have a base itself, where two stores met the same texts.
    for (let more = 1; more > 0; )
      more =
        (
          await client.query(
            "INSERT INTO named SELECT DISTINCT t.base FROM mezzo.texts t JOIN named n ON n.hash = t.hash WHERE t.base IS NOT NULL ON CONFLICT DO NOTHING",
          )
        ).rowCount ?? 0;
    await client.query("DELETE FROM mezzo.texts t WHERE NOT EXISTS (SELECT FROM named n WHERE n.hash = t.hash)");
  }

  /** Outside a transaction: gives free room back to the disk. */
  async shrink(client: pg.Client): Promise<void> {
    for (const table of ["texts", "checkpoints", "writes", "events", "samples"])
      await client.query(`VACUUM (FULL, ANALYZE) mezzo.${table}`);
  }

  async bytes(): Promise<number> {
    const [row] = await this.#server.read<{ bytes: number }>(
      `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::int8 AS bytes FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'mezzo' AND c.relkind = 'r'`,
    );
    return row!.bytes;
  }

  /** What is wrong, a line each. */
  async check(): Promise<string[]> {
    const problems: string[] = [];
    for (const found of [
      this.#looseRefs(),
      this.#spoiltTexts(),
      this.#wrongCounters(),
      this.#wrongOutcomes(),
      this.#unplaced(),
    ]) {
      let shown = 0;
      for await (const problem of found) {
        problems.push(problem);
        if (++shown === SHOWN) break;
      }
    }
    return problems;
  }

  async *#looseRefs(): AsyncGenerator<string> {
    for await (const rows of namingRows(this.#read)) {
      const named = new Map<string, string>();
      for (const { where, jsons, shape } of rows) {
        for (const json of jsons) for (const { ref } of refsIn(json)) named.set(ref, where);
        if (shape) named.set(shape.toString("base64url"), where);
      }
      const hashes = [...named.keys()].map((ref) => Buffer.from(ref, "base64url"));
      const there = await this.#read<{ hash: Buffer }>("SELECT hash FROM mezzo.texts WHERE hash = ANY ($1::bytea[])", [
        arrayOf("bytea", hashes),
      ]);
      for (const { hash } of there) named.delete(hash.toString("base64url"));
      for (const [ref, where] of named) yield `${where}: refers to a text that is missing (${ref})`;
    }
  }

  async *#spoiltTexts(): AsyncGenerator<string> {
    const page = (after: Buffer) =>
      this.#read<{ hash: Buffer }>(`SELECT hash FROM mezzo.texts WHERE hash > $1 ORDER BY hash LIMIT ${PAGE}`, [after]);
    for (let rows = await page(Buffer.alloc(0)); rows.length > 0; rows = await page(rows.at(-1)!.hash))
      for (const { hash } of rows) {
        const trouble = await this.#troubleWith(hash);
        if (trouble !== undefined) yield `texts ${hash.toString("hex")}: ${trouble}`;
      }
  }

  async #troubleWith(hash: Buffer): Promise<string | undefined> {
    try {
      const text = await this.#texts.findAgain(hash.toString("base64url"));
      return text !== undefined && hashText(text).equals(hash) ? undefined : "is not the text that its hash names";
    } catch (error) {
      return `cannot be unpacked: ${messageOf(error)}`;
    }
  }

  async *#wrongCounters(): AsyncGenerator<string> {
    for (const { key, run } of await this.#read<{ key: number; run: Buffer }>(
      "SELECT key, run FROM mezzo.runs ORDER BY key",
    )) {
      const sums = new Map<string, number>();
      const page = (after: number) =>
        this.#read<{ seq: number; type: number; body: Buffer }>(
          `SELECT seq, type, body FROM mezzo.events WHERE seq > $1 AND of BETWEEN $2 AND $3 ORDER BY seq LIMIT ${PAGE}`,
          [after, firstKey(key), lastKey(key)],
        );
      for (let rows = await page(0); rows.length > 0; rows = await page(rows.at(-1)!.seq))
        for (const event of await this.#decode(rows)) addTallies(sums, event);
      const kept = await this.#read<{ path: Buffer; sum: number }>(
        "SELECT path, sum(sum) AS sum FROM mezzo.tallies WHERE run = $1 GROUP BY path",
        [key],
      );
      const found = new Map(kept.map(({ path, sum }) => [path.toString(), sum]));
      for (const path of new Set([...sums.keys(), ...found.keys()])) {
        const [is, shouldBe] = [found.get(path) ?? 0, sums.get(path) ?? 0];
        // Money and times are sums of fractions, added in another order.
        if (Math.abs(is - shouldBe) > 1e-6 * Math.max(1, Math.abs(shouldBe)))
          yield `run ${run}: counter "${path.replaceAll("\t", " ")}" is ${is}, its events make ${shouldBe}`;
      }
    }
  }

  async *#wrongOutcomes(): AsyncGenerator<string> {
    const last = `SELECT e.type, e.body FROM mezzo.events e WHERE e.of = s.key AND e.type IN (${SAMPLE_FINISHED}, ${REOPENED}, ${REWOUND})
      ORDER BY e.seq DESC LIMIT 1`;
    const page = (after: number) =>
      this.#read<{ key: number; id: Buffer; status: number; type: number | null; body: Buffer | null }>(
        `SELECT s.key, a.id, s.status, l.type, l.body FROM mezzo.standings s JOIN mezzo.samples a ON a.key = s.key
           LEFT JOIN LATERAL (${last}) l ON true WHERE s.key > $1 ORDER BY s.key LIMIT ${PAGE}`,
        [after],
      );
    for (let rows = await page(0); rows.length > 0; rows = await page(rows.at(-1)!.key)) {
      const ended = rows.flatMap((row) =>
        row.type === null || row.body === null ? [] : [{ ...row, type: row.type, body: row.body }],
      );
      const events = new Map((await this.#decode(ended)).map((event, i) => [ended[i]!.key, event]));
      for (const { key, id, status } of rows) {
        const event = events.get(key);
        const shouldBe = event?.type === "sample.finished" ? statusOf(event.outcome) : undefined;
        if (shouldBe === undefined ? status > STARTED : status !== shouldBe)
          yield `sample ${id}: its outcome is not what its events say`;
      }
    }
  }

  async *#unplaced(): AsyncGenerator<string> {
    const rows = await this.#read<{ id: Buffer }>(
      `SELECT a.id FROM mezzo.samples a LEFT JOIN mezzo.standings s ON s.key = a.key WHERE s.key IS NULL LIMIT ${SHOWN}`,
    );
    for (const { id } of rows) yield `sample ${id}: where it stands is not known`;
  }

  readonly #read: Read = (sql, values) => this.#server.read(sql, values);

  async #decode(rows: readonly { readonly type: number; readonly body: Buffer }[]): Promise<RunEvent[]> {
    const bodies = rows.map(({ type, body }) => ({ type, body: bodyOf(body) }));
    const decoder = await this.#texts.decoderOf(bodies.map(({ body }) => unpack(body)));
    return bodies.map((row) => decodeEvent(row, decoder));
  }
}

interface NamingRow {
  readonly where: string;
  readonly jsons: readonly string[];
  readonly shape: Buffer | undefined;
}

/** In pages by key. */
async function* namingRows(read: Read): AsyncGenerator<NamingRow[]> {
  for (const { table, key, bodies, shape } of NAMING) {
    const all = [...key, ...bodies, ...(shape ? ["shape"] : [])].join(", ");
    const after = `(${key.join(", ")}) > (${key.map((_, i) => `$${i + 1}`).join(", ")})`;
    const page = (where: string, values: (number | Buffer)[]) =>
      read<Cells>(`SELECT ${all} FROM mezzo.${table} ${where} ORDER BY ${key.join(", ")} LIMIT ${PAGE}`, values);
    for (let rows = await page("", []); rows.length > 0; ) {
      yield rows.map((row) => ({
        where: `${table} ${key.map((column) => show(row[column])).join(" ")}`,
        jsons: bodies.flatMap((column) => (Buffer.isBuffer(row[column]) ? [unpack(bodyOf(row[column]))] : [])),
        shape: shape ? shapeOf(table, row.shape as Buffer) : undefined,
      }));
      const last = rows.at(-1)!;
      rows = await page(
        `WHERE ${after}`,
        key.map((column) => last[column] as number | Buffer),
      );
    }
  }
}

/** A checkpoint's is a hash; a write's may be its JSON. */
function shapeOf(table: string, shape: Buffer): Buffer | undefined {
  if (table === "checkpoints") return shape;
  const value = unmixed(shape);
  return Buffer.isBuffer(value) ? value : undefined;
}

function addRefs(found: Map<string, boolean>, json: string): void {
  for (const { ref, mark } of refsIn(json)) found.set(ref, found.get(ref) === true || mark === "{");
}

function show(cell: Cells[string] | undefined): string {
  return Buffer.isBuffer(cell) ? cell.toString("hex") : String(cell);
}
