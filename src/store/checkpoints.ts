/**
 * LangGraph's checkpointer on the store's file. What makes it small and cheap:
 *
 *   - A checkpoint's `body` is the JSON array of its channels' values, long ones as refs: a field that did not change costs
 *     25 bytes a superstep and is not encoded again (`#last` keeps each thread's newest parts).
 *   - Its `shape` (channel names, versions, versions seen, step) is the same for every sample that went the same way, so
 *     it is a text like any other: stored once, named by its hash.
 *   - A task's writes are one row. Special writes (error, interrupt, resume) have rows of their own, since they replace
 *     each other.
 *
 * Values are kept by checkpoint and not by (channel, version), as the official PostgreSQL saver does: versions are plain
 * numbers here, and two branches of a forked thread use the same number for different values.
 *
 * A value that is not new in a checkpoint is kept only if there is a parent to have it from; the conformance tests put
 * parentless checkpoints and want the new values alone.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  compareWritesSortKeys,
  getCheckpointId,
  maxChannelVersion,
  type PendingWrite,
  type SerializerProtocol,
  TASKS,
  WRITES_IDX_MAP,
  writesSortKey,
} from "@langchain/langgraph-checkpoint";
import type Database from "better-sqlite3";
import {
  type CheckpointRow,
  CheckpointRows,
  type IdKey,
  idKey,
  idOf,
  timeKey,
  timeOf,
  type WriteRow,
} from "./checkpoint-rows.ts";
import { type Codec, packRow } from "./codec.ts";
import type { Commit } from "./commit.ts";
import type { Keys } from "./keys.ts";
import { Recent } from "./recent.ts";
import { type Texts, unpack } from "./texts.ts";

const REMEMBERED_THREADS = 10_000;

interface Shape {
  readonly v: number;
  readonly names: readonly string[];
  readonly versions: ChannelVersions;
  readonly seen: Checkpoint["versions_seen"];
  readonly metadata: CheckpointMetadata;
}

interface WritesShape {
  readonly path: string;
  readonly channels: readonly string[];
  /** Each write's index where it is not simply its place. */
  readonly at?: readonly number[];
}

export interface SaverParts {
  readonly db: Database.Database;
  readonly commit: Commit;
  readonly keys: Keys;
  readonly texts: Texts;
  readonly codec: Codec;
  readonly serde: SerializerProtocol;
  /** What inserts a thread's staged events; they are no longer staged then. */
  readonly takeStaged: (thread: string) => (() => void) | undefined;
}

export class SqliteSaver extends BaseCheckpointSaver {
  readonly #parts: SaverParts;
  readonly #rows: CheckpointRows;
  /** The parts of each thread's newest checkpoint, by namespace and thread. */
  readonly #last = new Recent<string, { readonly id: string; readonly parts: ReadonlyMap<string, string> }>(
    REMEMBERED_THREADS,
  );
  /** Threads with something in the batch of that number. */
  readonly #touched = new Set<string>();
  #touchedBatch = -1;

  constructor(parts: SaverParts) {
    super(parts.serde);
    this.#parts = parts;
    this.#rows = new CheckpointRows(parts.db);
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const { keys, texts, codec } = this.#parts;
    const { thread, ns, id: parent } = addressOf(config);
    const { source, step, parents, ...rest } = metadata as CheckpointMetadata & Record<string, unknown>;
    const names = keptChannels(checkpoint, newVersions, parent);
    const known = this.#knownParts(thread, ns, parent);
    const encode = () => [
      ...names.map((name) =>
        Object.hasOwn(newVersions, name)
          ? codec.encodeAny(checkpoint.channel_values[name])
          : (known?.get(name) ?? codec.encodeAny(checkpoint.channel_values[name])),
      ),
      codec.encodeAny(rest),
    ];
    await this.#prepare(encode, (encoded) => {
      const extra = encoded.pop()!;
      const { v, channel_versions: versions, versions_seen: seen } = checkpoint;
      const shape: Shape = { v, names, versions, seen, metadata: { source, step, parents } };
      const row = {
        ns,
        id: idKey(checkpoint.id),
        parent: parent === undefined ? null : idKey(parent),
        at: timeKey(checkpoint.ts),
        shape: shapeKey(texts, shape),
        body: packRow(`[${encoded.join(",")}]`),
        extra: extra === "{}" ? null : extra,
      };
      const parts = new Map(names.map((name, i) => [name, encoded[i]!]));
      this.#last.set(`${ns}\n${thread}`, { id: checkpoint.id, parts }, 1);
      return this.#add(thread, () => this.#rows.put({ ...row, thread: keys.addThread(thread) }));
    });
    return configOf(thread, ns, checkpoint.id);
  }

  /** Takes the sample's staged events into the same transaction. */
  override async putWrites(
    config: RunnableConfig,
    writes: PendingWrite[],
    taskId: string,
    taskPath = "",
  ): Promise<void> {
    const { keys, codec } = this.#parts;
    const { thread, ns, id } = addressOf(config);
    if (id === undefined) throw new Error('putWrites: the config has no "checkpoint_id".');
    const replace = writes.every(([channel]) => slotOf(channel) < 0);
    await this.#prepare(
      () => writes.map(([, value]) => codec.encodeAny(value)),
      (encoded) => {
        const rows = this.#writeRows(writes, encoded, { task: idKey(taskId), path: taskPath });
        const insertStaged = this.#parts.takeStaged(thread);
        return this.#add(thread, () => {
          const at = { thread: keys.addThread(thread), ns, checkpoint: idKey(id), replace };
          for (const row of rows) if (!this.#rows.putWrite(row, at) && row.slot === 0) this.#addMissing(row, at);
          insertStaged?.();
        });
      },
    );
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    if (config.configurable?.thread_id === undefined) return undefined;
    const { thread, ns } = addressOf(config);
    await this.#settle(thread);
    const key = this.#parts.keys.thread(thread);
    if (key === undefined) return undefined;
    const id = getCheckpointId(config);
    const row = this.#rows.find(key, ns, id === "" ? undefined : idKey(id));
    return row && this.#read(row, thread);
  }

  override async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    await this.#parts.commit.settled();
    const { checkpoint_ns: ns, checkpoint_id: id, thread_id } = config.configurable ?? {};
    const before = options.before && getCheckpointId(options.before);
    const thread = thread_id === undefined ? undefined : this.#parts.keys.thread(String(thread_id));
    if (thread_id !== undefined && thread === undefined) return;
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    for (const row of this.#walk({ thread, ns, before: before ? idKey(before) : undefined })) {
      if (left <= 0) return;
      if (id && idOf(row.id) !== id) continue;
      const tuple = await this.#read(row, this.#parts.keys.threadName(row.thread));
      const metadata = tuple.metadata as unknown as Record<string, unknown>;
      if (!Object.entries(options.filter ?? {}).every(([key, value]) => metadata[key] === value)) continue;
      left--;
      yield tuple;
    }
  }

  override async deleteThread(threadId: string): Promise<void> {
    this.#last.clear();
    await this.#parts.commit.alone(() => {
      const key = this.#parts.keys.thread(threadId);
      if (key !== undefined) this.#rows.deleteThread(key);
    });
  }

  /** A batch failed, or texts were removed: what was encoded before may not be used again. */
  forgetKnown(): void {
    this.#last.clear();
  }

  *#walk(in_: { thread?: number; ns?: string; before?: IdKey }): Generator<CheckpointRow> {
    for (const thread of in_.thread === undefined ? this.#rows.threads() : [in_.thread])
      for (const ns of in_.ns === undefined ? this.#rows.namespaces(thread) : [in_.ns])
        yield* this.#rows.newestFirst(thread, ns, in_.before);
  }

  async #read(row: CheckpointRow, thread: string): Promise<CheckpointTuple> {
    const { codec, texts } = this.#parts;
    const { v, names, versions, seen, metadata } = JSON.parse(shapeText(texts, row.shape)) as Shape;
    const stored = JSON.parse(unpack(row.body)) as unknown[];
    const decoded = await Promise.all(stored.map((part) => codec.decodeAny(part)));
    const values = Object.fromEntries(names.map((name, i) => [name, decoded[i]]));
    const extra = row.extra === null ? {} : ((await codec.decodeAny(JSON.parse(row.extra))) as object);
    const checkpoint: Checkpoint = {
      v,
      id: idOf(row.id),
      ts: timeOf(row.at),
      channel_values: values,
      channel_versions: versions,
      versions_seen: seen,
    };
    if (v < 4 && row.parent !== null) await this.#migrateSends(checkpoint, row, row.parent);
    const tuple: CheckpointTuple = {
      config: configOf(thread, row.ns, checkpoint.id),
      checkpoint,
      metadata: { ...metadata, ...extra },
      pendingWrites: await this.#readWrites(row.thread, row.ns, row.id),
    };
    if (row.parent !== null) tuple.parentConfig = configOf(thread, row.ns, idOf(row.parent));
    return tuple;
  }

  async #readWrites(thread: number, ns: string, checkpoint: IdKey): Promise<CheckpointPendingWrite[]> {
    const { codec, texts } = this.#parts;
    const writes = this.#rows.writes(thread, ns, checkpoint).flatMap((row) => {
      const { path, channels, at } = JSON.parse(shapeText(texts, row.shape)) as WritesShape;
      const task = idOf(row.task);
      const stored = JSON.parse(unpack(row.body)) as unknown[];
      return channels.map((channel, i) => {
        const idx = row.slot < 0 ? row.slot : (at?.[i] ?? i);
        return { key: writesSortKey(path, task, idx), task, channel, stored: stored[i] };
      });
    });
    writes.sort((a, b) => compareWritesSortKeys(a.key, b.key));
    return Promise.all(
      writes.map(async (w): Promise<CheckpointPendingWrite> => [w.task, w.channel, await codec.decodeAny(w.stored)]),
    );
  }

  /** Before format 4, tasks to send were kept as the parent's writes. */
  async #migrateSends(checkpoint: Checkpoint, row: CheckpointRow, parent: IdKey): Promise<void> {
    const writes = await this.#readWrites(row.thread, row.ns, parent);
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_values[TASKS] = writes.filter(([, channel]) => channel === TASKS).map(([, , value]) => value);
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  #writeRows(
    writes: readonly PendingWrite[],
    encoded: readonly string[],
    of: { task: IdKey; path: string },
  ): WriteRow[] {
    const { texts } = this.#parts;
    const row = (slot: number, shape: WritesShape, parts: readonly string[]): WriteRow => {
      return { task: of.task, slot, shape: shapeKey(texts, shape), body: packRow(`[${parts.join(",")}]`) };
    };
    const rows: WriteRow[] = [];
    const regular: number[] = [];
    for (const [i, [channel]] of writes.entries()) {
      const slot = slotOf(channel);
      if (slot === 0) regular.push(i);
      else rows.push(row(slot, { path: of.path, channels: [channel] }, [encoded[i]!]));
    }
    if (regular.length === 0) return rows;
    const channels = regular.map((i) => writes[i]![0]);
    const at = regular.length === writes.length ? {} : { at: regular };
    return [
      ...rows,
      row(
        0,
        { path: of.path, channels, ...at },
        regular.map((i) => encoded[i]!),
      ),
    ];
  }

  /** A task wrote twice: what is there stays, indexes that are missing are added. */
  #addMissing(row: WriteRow, at: { thread: number; ns: string; checkpoint: IdKey }): void {
    const there = this.#rows
      .writes(at.thread, at.ns, at.checkpoint)
      .find((other) => other.slot === 0 && idOf(other.task) === idOf(row.task))!;
    const [old, added] = [there, row].map((one) => this.#indexed(one)) as [IndexedWrites, IndexedWrites];
    const all = [...old.writes, ...added.writes.filter(({ idx }) => !old.writes.some((other) => other.idx === idx))];
    if (all.length === old.writes.length) return;
    const shape: WritesShape = {
      path: old.path,
      channels: all.map(({ channel }) => channel),
      at: all.map(({ idx }) => idx),
    };
    const body = packRow(JSON.stringify(all.map(({ stored }) => stored)));
    this.#rows.putWrite({ ...row, shape: JSON.stringify(shape), body }, { ...at, replace: true });
  }

  #indexed(row: WriteRow): IndexedWrites {
    const { path, channels, at } = JSON.parse(shapeText(this.#parts.texts, row.shape)) as WritesShape;
    const stored = JSON.parse(unpack(row.body)) as unknown[];
    return { path, writes: channels.map((channel, i) => ({ idx: at?.[i] ?? i, channel, stored: stored[i] })) };
  }

  /** `use` runs in the same tick as the encoding it gets, or as the check that no failure made it void. */
  async #prepare(encode: () => (string | Promise<string>)[], use: (encoded: string[]) => Promise<void>): Promise<void> {
    const { commit } = this.#parts;
    for (;;) {
      const failure = commit.failure;
      const encoded = encode();
      const whole = encoded.every((part) => typeof part === "string") ? encoded : await Promise.all(encoded);
      if (failure === commit.failure) return use(whole);
    }
  }

  #knownParts(thread: string, ns: string, parent: string | undefined): ReadonlyMap<string, string> | undefined {
    const last = this.#last.get(`${ns}\n${thread}`);
    return last !== undefined && last.id === parent ? last.parts : undefined;
  }

  #add(thread: string, op: () => void): Promise<void> {
    const { commit } = this.#parts;
    const added = commit.add(op);
    if (this.#touchedBatch !== commit.batchNo) this.#touched.clear();
    this.#touchedBatch = commit.batchNo;
    this.#touched.add(thread);
    return added;
  }

  /** Waits only if something of that thread is not committed yet. */
  async #settle(thread: string): Promise<void> {
    const { commit } = this.#parts;
    if (this.#touchedBatch === commit.batchNo && this.#touched.has(thread)) await commit.settled();
  }
}

interface IndexedWrites {
  readonly path: string;
  readonly writes: readonly { readonly idx: number; readonly channel: string; readonly stored: unknown }[];
}

/** Special channels have a slot of their own, below 0. */
function slotOf(channel: string): number {
  return Object.hasOwn(WRITES_IDX_MAP, channel) ? WRITES_IDX_MAP[channel]! : 0;
}

/** The channels whose values a checkpoint keeps. */
function keptChannels(checkpoint: Checkpoint, newVersions: ChannelVersions, parent: string | undefined): string[] {
  return Object.keys(checkpoint.channel_values).filter(
    (name) =>
      Object.hasOwn(newVersions, name) || (parent !== undefined && Object.hasOwn(checkpoint.channel_versions, name)),
  );
}

function shapeKey(texts: Texts, shape: Shape | WritesShape): Buffer {
  return Buffer.from(texts.refOf(JSON.stringify(shape)), "base64url");
}

function shapeText(texts: Texts, shape: Buffer | string): string {
  return typeof shape === "string" ? shape : texts.read(shape.toString("base64url"));
}

/** Where a config points to. Throws without a thread. */
function addressOf(config: RunnableConfig): { thread: string; ns: string; id: string | undefined } {
  const { thread_id, checkpoint_ns = "" } = config.configurable ?? {};
  if (thread_id === undefined) throw new Error('The config has no "thread_id" in its "configurable".');
  return { thread: String(thread_id), ns: checkpoint_ns, id: getCheckpointId(config) || undefined };
}

function configOf(thread_id: string, checkpoint_ns: string, checkpoint_id: string): RunnableConfig {
  return { configurable: { thread_id, checkpoint_ns, checkpoint_id } };
}
