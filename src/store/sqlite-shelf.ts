/** Checkpoints and writes on the store's file: rows go into the open batch, in the order in which they are asked for. */

import type Database from "better-sqlite3";
import type { CheckpointRow, IdKey, WriteRow } from "./checkpoint-rows.ts";
import { CheckpointRows } from "./checkpoint-rows.ts";
import type { CheckpointShelf, FoundCheckpoint, NewCheckpoint } from "./checkpoints.ts";
import type { Codec } from "./codec.ts";
import type { Commit } from "./commit.ts";
import type { Keys } from "./keys.ts";
import { isReplacing, mergeWrites } from "./pending-writes.ts";

export interface ShelfParts {
  readonly db: Database.Database;
  readonly commit: Commit;
  readonly keys: Keys;
  readonly codec: Codec;
  /** What inserts the events staged for a thread, or for one of its tasks; they are no longer staged then. */
  readonly takeStaged: (thread: string, task: string) => (() => void) | undefined;
}

export class SqliteShelf implements CheckpointShelf {
  readonly #parts: ShelfParts;
  readonly #rows: CheckpointRows;
  /** Threads with something in the batch of that number. */
  readonly #touched = new Set<string>();
  #touchedBatch = -1;

  constructor(parts: ShelfParts) {
    this.#parts = parts;
    this.#rows = new CheckpointRows(parts.db);
  }

  refuseIfEnded(): void {
    this.#parts.commit.refuseIfEnded();
  }

  put(thread: string, row: NewCheckpoint): Promise<void> {
    const { keys } = this.#parts;
    return this.#add(thread, () => this.#rows.put({ ...row, thread: keys.addThread(thread) }));
  }

  putWrites(
    thread: string,
    of: { readonly ns: string; readonly checkpoint: IdKey; readonly taskId: string },
    rows: readonly WriteRow[],
  ): Promise<void> {
    const { keys, takeStaged } = this.#parts;
    const insertStaged = takeStaged(thread, of.taskId);
    // An error or an interrupt alone: the step that staged its events is not finished after all.
    const isStep = rows.some(({ slot }) => slot === 0);
    return this.#add(thread, () => {
      this.#putRows(rows, { ...of, thread: keys.addThread(thread) });
      if (isStep) insertStaged?.();
    });
  }

  /** Waits only if something of that thread is not committed yet. */
  async settled(thread?: string): Promise<void> {
    const { commit } = this.#parts;
    if (thread === undefined || (this.#touchedBatch === commit.batchNo && this.#touched.has(thread)))
      await commit.settled();
  }

  async find(thread: string, ns: string, id: IdKey | undefined): Promise<CheckpointRow | undefined> {
    const key = this.#parts.keys.thread(thread);
    return key === undefined ? undefined : this.#rows.find(key, ns, id);
  }

  async *walk(in_: { thread?: string; ns?: string; before?: IdKey }): AsyncGenerator<FoundCheckpoint> {
    const { keys } = this.#parts;
    const key = in_.thread === undefined ? undefined : keys.thread(in_.thread);
    if (in_.thread !== undefined && key === undefined) return;
    for (const thread of key === undefined ? this.#rows.threads() : [key]) {
      const name = keys.threadName(thread);
      for (const ns of in_.ns === undefined ? this.#rows.namespaces(thread) : [in_.ns])
        for (const row of this.#rows.newestFirst(thread, ns, in_.before)) yield { name, row };
    }
  }

  async writes({ thread, ns, id }: Pick<CheckpointRow, "thread" | "ns" | "id">): Promise<readonly WriteRow[]> {
    return this.#rows.writes(thread, ns, id);
  }

  async decoderOf(): Promise<Codec> {
    return this.#parts.codec;
  }

  async deleteThread(thread: string): Promise<void> {
    await this.#parts.commit.alone(() => {
      const key = this.#parts.keys.thread(thread);
      if (key !== undefined) this.#rows.deleteThread(key);
    });
  }

  #putRows(rows: readonly WriteRow[], of: { thread: number; ns: string; checkpoint: IdKey }): void {
    const replace = isReplacing(rows);
    for (const row of rows)
      if (!this.#rows.putWrite(row, { ...of, replace }) && row.slot === 0) {
        const there = this.#rows.findWrite(row, of)!;
        const merged = mergeWrites(there, row, this.#parts.codec);
        if (merged) this.#rows.putWrite(merged, { ...of, replace: true });
      }
  }

  #add(thread: string, op: () => void): Promise<void> {
    const { commit } = this.#parts;
    const added = commit.add(op);
    if (this.#touchedBatch !== commit.batchNo) this.#touched.clear();
    this.#touchedBatch = commit.batchNo;
    this.#touched.add(thread);
    return added;
  }
}
