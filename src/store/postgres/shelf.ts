/** Checkpoints and writes on PostgreSQL: rows go into the open batch, in the order in which they are asked for. */
import type { CheckpointRow, IdKey, WriteRow } from "../checkpoint-rows.ts";
import type { CheckpointShelf, FoundCheckpoint, NewCheckpoint } from "../checkpoints.ts";
import type { Decoder } from "../codec.ts";
import { mergeWrites } from "../pending-writes.ts";
import { unpack } from "../texts.ts";
import type { Batch, PreparedEvent } from "./batch.ts";
import { bodyOf, mixed, NO_BOUND, unmixed } from "./cells.ts";
import { arrayOf } from "./columns.ts";
import type { PostgresCommit } from "./commit.ts";
import type { Names } from "./names.ts";
import type { Row, Server } from "./server.ts";
import type { TextsThere } from "./texts-there.ts";
import { Together } from "./together.ts";

export interface ShelfParts {
  readonly server: Server;
  readonly commit: PostgresCommit;
  readonly names: Names;
  readonly texts: TextsThere;
  readonly fenceOf: (thread: string) => number | undefined;
  /** The events staged for a thread, or for one of its tasks; they are no longer staged then. */
  readonly takeStaged: (
    thread: string,
    task: string,
  ) => { readonly run: string; readonly events: readonly PreparedEvent[] } | undefined;
}

interface PointRow extends Row {
  readonly thread: number;
  readonly ns: Buffer;
  readonly id: Buffer;
  readonly parent: Buffer | null;
  readonly at: Buffer;
  readonly shape: Buffer;
  readonly body: Buffer;
  readonly extra: Buffer | null;
}

interface WriteRowThere extends Row {
  readonly task: Buffer;
  readonly slot: number;
  readonly shape: Buffer;
  readonly body: Buffer;
}

const COLUMNS = "thread, ns, id, parent, at, shape, body, extra";
const PAGE = 100;

export class PostgresShelf implements CheckpointShelf {
  readonly #parts: ShelfParts;
  /** By thread and namespace. */
  readonly #newest = new Together<CheckpointRow>((keys) => this.#loadNewest(keys));
  /** Threads with something that is not committed yet, and how much. */
  readonly #pending = new Map<string, number>();

  constructor(parts: ShelfParts) {
    this.#parts = parts;
  }

  refuseIfEnded(): void {
    this.#parts.commit.refuseIfEnded();
  }

  put(thread: string, row: NewCheckpoint): Promise<void> {
    const { commit, fenceOf } = this.#parts;
    return this.#watch(thread, commit.add({ kind: "checkpoint", thread, row, fence: fenceOf(thread) }));
  }

  putWrites(
    thread: string,
    { ns, checkpoint, taskId }: { readonly ns: string; readonly checkpoint: IdKey; readonly taskId: string },
    rows: readonly WriteRow[],
  ): Promise<void> {
    const { commit, fenceOf, takeStaged } = this.#parts;
    const events = takeStaged(thread, taskId);
    // An error or an interrupt alone: the step that staged its events is not finished after all.
    const staged = rows.some(({ slot }) => slot === 0) ? events : undefined;
    const op = { kind: "writes", thread, ns, checkpoint, rows, fence: fenceOf(thread), staged } as const;
    return this.#watch(thread, commit.add(op));
  }

  async settled(thread?: string): Promise<void> {
    if (thread === undefined || this.#pending.has(thread)) await this.#parts.commit.settled();
  }

  async find(thread: string, ns: string, id: IdKey | undefined): Promise<CheckpointRow | undefined> {
    const { names, server } = this.#parts;
    const key = await names.findThread(thread);
    if (key === undefined) return undefined;
    if (id === undefined) return this.#newest.ask(`${key} ${ns}`);
    const rows = await server.read<PointRow>(
      `SELECT ${COLUMNS} FROM mezzo.checkpoints WHERE thread = $1 AND ns = $2 AND id = $3`,
      [key, Buffer.from(ns), mixed(id)],
    );
    return rows.map(asCheckpoint)[0];
  }

  async *walk(in_: { thread?: string; ns?: string; before?: IdKey }): AsyncGenerator<FoundCheckpoint> {
    const { names, server } = this.#parts;
    const key = in_.thread === undefined ? undefined : await names.findThread(in_.thread);
    if (in_.thread !== undefined && key === undefined) return;
    const threads = key === undefined ? await server.read<{ thread: number }>(DISTINCT_THREADS) : [{ thread: key }];
    for (const { thread } of threads) {
      const name = await names.threadName(thread);
      for (const ns of in_.ns === undefined ? await this.#namespaces(thread) : [in_.ns])
        for await (const row of this.#newestFirst(thread, ns, in_.before)) yield { name, row };
    }
  }

  async writes({ thread, ns, id }: Pick<CheckpointRow, "thread" | "ns" | "id">): Promise<readonly WriteRow[]> {
    const rows = await this.#parts.server.read<WriteRowThere>(
      "SELECT task, slot, shape, body FROM mezzo.writes WHERE thread = $1 AND ns = $2 AND checkpoint = $3",
      [thread, Buffer.from(ns), mixed(id)],
    );
    return rows.map((row) => ({
      task: unmixed(row.task) as IdKey,
      slot: row.slot,
      shape: unmixed(row.shape) as Buffer | string,
      body: bodyOf(row.body),
    }));
  }

  decoderOf(
    checkpoint: Pick<CheckpointRow, "body" | "extra" | "shape">,
    writes: readonly WriteRow[],
  ): Promise<Decoder> {
    const jsons = [unpack(checkpoint.body), checkpoint.extra ?? "", ...writes.map(({ body }) => unpack(body))];
    const shapes = writes.flatMap(({ shape }) => (typeof shape === "string" ? [] : [shape]));
    return this.#parts.texts.decoderOf(jsons, [checkpoint.shape, ...shapes]);
  }

  async deleteThread(thread: string): Promise<void> {
    const { names, commit } = this.#parts;
    await commit.settled();
    const key = await names.findThread(thread);
    if (key === undefined) return;
    await commit.alone(
      async (client) => {
        await client.query("DELETE FROM mezzo.writes WHERE thread = $1", [key]);
        await client.query("DELETE FROM mezzo.checkpoints WHERE thread = $1", [key]);
      },
      async () => undefined,
    );
  }

  /** Tasks that wrote again what they had written: what is there stays, indexes that are missing are added. */
  async mend(batch: Batch): Promise<void> {
    for (const row of batch.regularWrites) {
      const there = (await this.writes({ ...row, id: row.checkpoint })).find(
        ({ task, slot }) => slot === 0 && Buffer.compare(mixed(task), mixed(row.task)) === 0,
      );
      if (there === undefined) continue;
      const shapes = [there.shape, row.shape].flatMap((shape) => (typeof shape === "string" ? [] : [shape]));
      const merged = mergeWrites(there, row, await this.#parts.texts.decoderOf([], shapes));
      if (merged === undefined) continue;
      await this.#parts.server.write((client) =>
        client.query(
          `UPDATE mezzo.writes SET shape = $6, body = $7
             WHERE thread = $1 AND ns = $2 AND checkpoint = $3 AND task = $4 AND slot = $5`,
          [
            ...[row.thread, Buffer.from(row.ns), mixed(row.checkpoint), mixed(row.task), row.slot],
            ...[mixed(merged.shape), Buffer.from(merged.body)],
          ],
        ),
      );
    }
  }

  async *#newestFirst(thread: number, ns: string, before: IdKey | undefined): AsyncGenerator<CheckpointRow> {
    let bound = before === undefined ? NO_BOUND : mixed(before);
    for (;;) {
      const page = await this.#page(thread, ns, bound, PAGE);
      yield* page;
      if (page.length < PAGE) return;
      bound = mixed(page.at(-1)!.id);
    }
  }

  async #page(thread: number, ns: string, before: Buffer, limit: number): Promise<CheckpointRow[]> {
    const rows = await this.#parts.server.read<PointRow>(
      `SELECT ${COLUMNS} FROM mezzo.checkpoints WHERE thread = $1 AND ns = $2 AND id < $3 ORDER BY id DESC LIMIT $4`,
      [thread, Buffer.from(ns), before, limit],
    );
    return rows.map(asCheckpoint);
  }

  async #loadNewest(keys: readonly string[]): Promise<Map<string, CheckpointRow>> {
    const asked = keys.map((key) => ({ thread: Number.parseInt(key, 10), ns: key.slice(key.indexOf(" ") + 1) }));
    const rows = await this.#parts.server.read<PointRow>(
      `SELECT c.* FROM unnest($1::int8[], $2::bytea[]) u(thread, ns) CROSS JOIN LATERAL (SELECT ${COLUMNS}
         FROM mezzo.checkpoints p WHERE p.thread = u.thread AND p.ns = u.ns ORDER BY p.id DESC LIMIT 1) c`,
      [
        arrayOf(
          "int8",
          asked.map(({ thread }) => thread),
        ),
        arrayOf(
          "bytea",
          asked.map(({ ns }) => ns),
        ),
      ],
    );
    return new Map(rows.map(asCheckpoint).map((row) => [`${row.thread} ${row.ns}`, row]));
  }

  async #namespaces(thread: number): Promise<string[]> {
    const sql = "SELECT DISTINCT ns FROM mezzo.checkpoints WHERE thread = $1 ORDER BY ns";
    const rows = await this.#parts.server.read<{ ns: Buffer }>(sql, [thread]);
    return rows.map(({ ns }) => ns.toString());
  }

  #watch(thread: string, done: Promise<void>): Promise<void> {
    const pending = this.#pending;
    pending.set(thread, (pending.get(thread) ?? 0) + 1);
    const leave = () => {
      const left = pending.get(thread)! - 1;
      if (left === 0) pending.delete(thread);
      else pending.set(thread, left);
    };
    done.then(leave, leave);
    return done;
  }
}

const DISTINCT_THREADS = "SELECT DISTINCT thread FROM mezzo.checkpoints ORDER BY thread";

function asCheckpoint(row: PointRow): CheckpointRow {
  return {
    thread: row.thread,
    ns: row.ns.toString(),
    id: unmixed(row.id) as IdKey,
    parent: row.parent === null ? null : (unmixed(row.parent) as IdKey),
    at: unmixed(row.at) as number | string,
    shape: row.shape,
    body: bodyOf(row.body),
    extra: row.extra === null ? null : row.extra.toString(),
  };
}
