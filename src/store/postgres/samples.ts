/** Samples as rows, in input order. What of a sample changes stands in `standings`. */
import type pg from "pg";
import { MezzoError } from "../../core/errors.ts";
import { hashText } from "../../core/hash.ts";
import type { NewSample, State } from "../../core/sample.ts";
import { type Codec, packRow } from "../codec.ts";
import { firstKey, keyAt, lastKey, placeOf } from "../keys.ts";
import { type Gist, gistOf } from "../standings.ts";
import { outcomeOf, personWordOf, STARTED, statusesOf, WAITING } from "../status.ts";
import type { SamplePage, StoredSample } from "../store.ts";
import { type Texts, unpack } from "../texts.ts";
import { bodyOf } from "./cells.ts";
import { arrayOf, type ColumnType } from "./columns.ts";
import type { Row, Server, Value } from "./server.ts";
import type { TextsThere } from "./texts-there.ts";
import { Together } from "./together.ts";

interface SampleRow extends Row {
  readonly key: number;
  readonly id: Buffer;
  readonly line: number;
  readonly state: Buffer;
  readonly source: Buffer;
  readonly status: number;
  readonly started: number;
  readonly reason: Buffer | null;
}

const SELECT = `SELECT a.key, a.id, a.line, a.state, a.source, s.status, s.started, s.reason
  FROM mezzo.samples a JOIN mezzo.standings s ON s.key = a.key`;

/** All of a call's samples in one statement; fewer rows come back where an id is there already. */
const INSERT_SAMPLES = `
  WITH a AS (
    INSERT INTO mezzo.samples (key, run, hash, id, line, state, source)
      SELECT $2 + n, $1, hash, id, line, state, source
        FROM unnest($3::bytea[], $4::bytea[], $5::int8[], $6::bytea[], $7::bytea[]) WITH ORDINALITY u(hash, id, line, state, source, n)
      ON CONFLICT (run, hash) DO NOTHING RETURNING key
  ), s AS (
    INSERT INTO mezzo.standings (key) SELECT key FROM a
  ), g AS (
    INSERT INTO mezzo.gists (key, domain, gist)
      SELECT $2 + n, domain, gist FROM unnest($8::bytea[], $9::bytea[]) WITH ORDINALITY u(domain, gist, n)
  ) SELECT count(*) AS samples FROM a`;

/** A sample whose texts are in place. */
export interface PreparedSample extends Gist {
  readonly hash: Buffer;
  readonly id: string;
  readonly line: number;
  readonly state: string | Buffer;
  readonly source: string | Buffer;
}

export interface SamplesParts {
  readonly texts: Texts;
  readonly textsThere: TextsThere;
  readonly codec: Codec;
}

export class SamplesThere {
  readonly #server: Server;
  readonly #parts: SamplesParts;
  readonly #asked = new Together<StoredSample>((keys) => this.#load(keys));

  constructor(server: Server, parts: SamplesParts) {
    this.#server = server;
    this.#parts = parts;
  }

  prepare(samples: readonly NewSample[]): PreparedSample[] {
    const { texts, codec } = this.#parts;
    return samples.map((sample) => {
      const kin = texts.newKin();
      return {
        ...{ hash: hashText(sample.id), id: sample.id, line: sample.line },
        state: packRow(codec.encode(sample.state, kin)),
        source: packRow(codec.encode(sample.source, kin)),
        ...gistOf(sample),
      };
    });
  }

  /** Inside a transaction. Throws `double-id`. */
  async insert(client: pg.Client, run: number, samples: readonly PreparedSample[]): Promise<void> {
    const column = (type: ColumnType, name: keyof PreparedSample) =>
      arrayOf(
        type,
        samples.map((sample) => sample[name]),
      );
    await client.query("SELECT key FROM mezzo.runs WHERE key = $1 FOR UPDATE", [run]);
    const { rows: there } = await client.query<{ last: number | null }>(
      "SELECT max(key) AS last FROM mezzo.samples WHERE key BETWEEN $1 AND $2",
      [firstKey(run), lastKey(run)],
    );
    const { rows } = await client.query<{ samples: number }>({
      name: "samples",
      text: INSERT_SAMPLES,
      values: [
        ...[
          run,
          there[0]!.last ?? firstKey(run),
          column("bytea", "hash"),
          column("bytea", "id"),
          column("int8", "line"),
        ],
        ...[column("bytea", "state"), column("bytea", "source"), column("bytea", "domain"), column("bytea", "gist")],
      ],
    });
    if (rows[0]!.samples < samples.length) throw await this.#doubleId(run, samples);
  }

  find(key: number): Promise<StoredSample | undefined> {
    return this.#asked.ask(String(key));
  }

  unfinished(run: number, page: { started: boolean; after: number; limit: number }): Promise<StoredSample[]> {
    return this.#read(`${SELECT} WHERE s.status = $1 AND s.key > $2 AND s.key <= $3 ORDER BY s.key LIMIT $4`, [
      ...[page.started ? STARTED : WAITING, keyAt(run, page.after), lastKey(run), page.limit],
    ]);
  }

  async page(run: number, page: SamplePage): Promise<StoredSample[]> {
    const range = [keyAt(run, page.after ?? -1), lastKey(run), page.limit];
    if (!page.outcomes) return this.#read(`${SELECT} WHERE a.key > $1 AND a.key <= $2 ORDER BY a.key LIMIT $3`, range);
    const pages = statusesOf(page.outcomes).map(
      (status) =>
        `(SELECT key FROM mezzo.standings WHERE status = ${status} AND key > $1 AND key <= $2 ORDER BY key LIMIT $3)`,
    );
    if (pages.length === 0) return [];
    const keys = `SELECT key FROM (${pages.join(" UNION ALL ")}) k ORDER BY key LIMIT $3`;
    return this.#read(`${SELECT} WHERE a.key IN (${keys}) ORDER BY a.key`, range);
  }

  async #load(keys: readonly string[]): Promise<Map<string, StoredSample>> {
    const rows = await this.#server.read<SampleRow>(`${SELECT} WHERE a.key = ANY ($1::int8[])`, [
      arrayOf("int8", keys.map(Number)),
    ]);
    const samples = await this.#decode(rows);
    return new Map(rows.map(({ key }, i) => [String(key), samples[i]!]));
  }

  async #read(sql: string, values: readonly Value[]): Promise<StoredSample[]> {
    return this.#decode(await this.#server.read<SampleRow>(sql, values));
  }

  async #decode(rows: readonly SampleRow[]): Promise<StoredSample[]> {
    const bodies = rows.map(({ state, source }) => [unpack(bodyOf(state)), unpack(bodyOf(source))] as const);
    const decoder = await this.#parts.textsThere.decoderOf(bodies.flat());
    return rows.map(({ key, id, line, status, started, reason }, i) => {
      const outcome = outcomeOf(status);
      const person = personWordOf(status);
      return {
        ...{ id: id.toString(), n: placeOf(key), line },
        state: decoder.decode(bodies[i]![0]) as State,
        source: decoder.decode(bodies[i]![1]) as StoredSample["source"],
        ...(outcome === undefined ? {} : { outcome }),
        ...(reason === null ? {} : { reason: reason.toString() }),
        started: started > 0,
        ...(person === undefined ? {} : { person }),
        goes: Math.max(0, started - 1),
      };
    });
  }

  async #doubleId(run: number, samples: readonly PreparedSample[]): Promise<MezzoError> {
    const hashes = arrayOf(
      "bytea",
      samples.map(({ hash }) => hash),
    );
    const there = await this.#server.read<{ hash: Buffer; line: number }>(
      "SELECT hash, line FROM mezzo.samples WHERE run = $1 AND hash = ANY ($2::bytea[])",
      [run, hashes],
    );
    const lines = new Map(there.map(({ hash, line }) => [hash.toString("hex"), line]));
    for (const { id, hash, line } of samples) {
      const first = lines.get(hash.toString("hex"));
      lines.set(hash.toString("hex"), line);
      if (first === undefined) continue;
      return new MezzoError("double-id", `Two samples have the id "${id}": lines ${first} and ${line}.`, {
        hint: "Give every row an id of its own, or leave the ids out: they are then made from the content.",
        exitCode: 2,
      });
    }
    throw new Error("Internal error: samples were left out");
  }
}
