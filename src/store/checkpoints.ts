/**
 * LangGraph's checkpointer, on whatever shelf a store keeps its rows. What makes it small and cheap:
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
  type CheckpointTuple,
  getCheckpointId,
  maxChannelVersion,
  type PendingWrite,
  type SerializerProtocol,
  TASKS,
} from "@langchain/langgraph-checkpoint";
import { type CheckpointRow, type IdKey, idKey, idOf, timeKey, timeOf, type WriteRow } from "./checkpoint-rows.ts";
import { type Codec, type Decoder, packRow } from "./codec.ts";
import { prepareWrites, readWrites } from "./pending-writes.ts";
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

/** A checkpoint as it is to be kept; its thread is told by name. */
export type NewCheckpoint = Omit<CheckpointRow, "thread">;

/** Where checkpoints and writes are kept. What is asked for in order is committed in order. */
export interface CheckpointShelf {
  /** Throws why nothing is taken any more. */
  refuseIfEnded(): void;
  put(thread: string, row: NewCheckpoint): Promise<void>;
  /** Together with the events staged for the thread's task, where these are a step's writes. */
  putWrites(
    thread: string,
    of: { readonly ns: string; readonly checkpoint: IdKey; readonly taskId: string },
    rows: readonly WriteRow[],
  ): Promise<void>;
  /** What was asked for of that thread, or of all, can be read. */
  settled(thread?: string): Promise<void>;
  /** The checkpoint of that id, or the newest. */
  find(thread: string, ns: string, id: IdKey | undefined): Promise<CheckpointRow | undefined>;
  walk(in_: {
    readonly thread?: string;
    readonly ns?: string;
    readonly before?: IdKey;
  }): AsyncIterable<FoundCheckpoint>;
  writes(row: Pick<CheckpointRow, "thread" | "ns" | "id">): Promise<readonly WriteRow[]>;
  /** What reads these rows. */
  decoderOf(checkpoint: CheckpointRow, writes: readonly WriteRow[]): Promise<Decoder>;
  deleteThread(thread: string): Promise<void>;
}

export interface FoundCheckpoint {
  readonly name: string;
  readonly row: CheckpointRow;
}

export interface SaverParts {
  readonly shelf: CheckpointShelf;
  readonly texts: Texts;
  readonly codec: Codec;
  readonly serde: SerializerProtocol;
}

export class Saver extends BaseCheckpointSaver {
  readonly #parts: SaverParts;
  /** The parts of each thread's newest checkpoint, by namespace and thread. */
  readonly #last = new Recent<string, { readonly id: string; readonly parts: ReadonlyMap<string, string> }>(
    REMEMBERED_THREADS,
  );

  constructor(parts: SaverParts) {
    super(parts.serde);
    this.#parts = parts;
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const { shelf, texts, codec } = this.#parts;
    shelf.refuseIfEnded();
    const { thread, ns, id: parent } = addressOf(config);
    const { source, step, parents, ...rest } = metadata as CheckpointMetadata & Record<string, unknown>;
    const names = keptChannels(checkpoint, newVersions, parent);
    const known = this.#knownParts(thread, ns, parent);
    const kin = texts.kinOf(thread);
    const partOf = (name: string) => codec.encodeAny(checkpoint.channel_values[name], kin);
    const encoding = names.map((name) =>
      Object.hasOwn(newVersions, name) ? partOf(name) : (known?.get(name) ?? partOf(name)),
    );
    // Without an await where all is plain JSON, so that what is asked for first is added first.
    const parts = isSettled(encoding) ? encoding : await Promise.all(encoding);
    const extra = Object.keys(rest).length === 0 ? null : await codec.encodeAny(rest);

    const { v, channel_versions: versions, versions_seen: seen } = checkpoint;
    const shape: Shape = { v, names, versions, seen, metadata: { source, step, parents } };
    const row = {
      ns,
      id: idKey(checkpoint.id),
      parent: parent === undefined ? null : idKey(parent),
      at: timeKey(checkpoint.ts),
      shape: texts.hashOf(JSON.stringify(shape)),
      body: packRow(`[${parts.join(",")}]`),
      extra,
    };
    const partByName = new Map(names.map((name, i) => [name, parts[i]!]));
    this.#last.set(`${ns}\n${thread}`, { id: checkpoint.id, parts: partByName }, 1);
    await shelf.put(thread, row);
    return configOf(thread, ns, checkpoint.id);
  }

  /** Takes the sample's staged events into the same transaction. */
  override async putWrites(
    config: RunnableConfig,
    writes: PendingWrite[],
    taskId: string,
    taskPath = "",
  ): Promise<void> {
    const { shelf, codec, texts } = this.#parts;
    shelf.refuseIfEnded();
    const { thread, ns, id } = addressOf(config);
    if (id === undefined) throw new Error('putWrites: the config has no "checkpoint_id".');
    const kin = texts.kinOf(thread);
    const encoding = writes.map(([, value]) => codec.encodeAny(value, kin));
    const parts = isSettled(encoding) ? encoding : await Promise.all(encoding);
    const rows = prepareWrites(writes, parts, { task: idKey(taskId), path: taskPath, texts });
    await shelf.putWrites(thread, { ns, checkpoint: idKey(id), taskId }, rows);
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    if (config.configurable?.thread_id === undefined) return undefined;
    const { shelf } = this.#parts;
    const { thread, ns } = addressOf(config);
    await shelf.settled(thread);
    const id = getCheckpointId(config);
    const row = await shelf.find(thread, ns, id === "" ? undefined : idKey(id));
    return row && this.#read(row, thread);
  }

  override async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    await this.#parts.shelf.settled();
    const { checkpoint_ns: ns, checkpoint_id: id, thread_id } = config.configurable ?? {};
    const before = options.before && getCheckpointId(options.before);
    const thread = thread_id === undefined ? undefined : String(thread_id);
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    for await (const { row, name } of this.#parts.shelf.walk({
      thread,
      ns,
      before: before ? idKey(before) : undefined,
    })) {
      if (left <= 0) return;
      if (id && idOf(row.id) !== id) continue;
      const tuple = await this.#read(row, name);
      const metadata = tuple.metadata as unknown as Record<string, unknown>;
      if (!Object.entries(options.filter ?? {}).every(([key, value]) => metadata[key] === value)) continue;
      left--;
      yield tuple;
    }
  }

  override async deleteThread(threadId: string): Promise<void> {
    this.#last.clear();
    await this.#parts.shelf.deleteThread(threadId);
  }

  /** What is remembered of its newest checkpoint; nested graphs' go with time. */
  forgetThread(thread: string): void {
    this.#last.delete(`\n${thread}`);
  }

  /** Texts were removed: what was encoded before may not be used again. */
  forgetKnown(): void {
    this.#last.clear();
  }

  async #read(row: CheckpointRow, thread: string): Promise<CheckpointTuple> {
    const { shelf } = this.#parts;
    const writes = await shelf.writes(row);
    const decoder = await shelf.decoderOf(row, writes);
    const { v, names, versions, seen, metadata } = JSON.parse(decoder.textOf(row.shape)) as Shape;
    const stored = JSON.parse(unpack(row.body)) as unknown[];
    const decoded = await Promise.all(stored.map((part) => decoder.decodeAny(part)));
    const values = Object.fromEntries(names.map((name, i) => [name, decoded[i]]));
    const extra = row.extra === null ? {} : ((await decoder.decodeAny(JSON.parse(row.extra))) as object);
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
      pendingWrites: await readWrites(writes, decoder),
    };
    if (row.parent !== null) tuple.parentConfig = configOf(thread, row.ns, idOf(row.parent));
    return tuple;
  }

  /** Before format 4, tasks to send were kept as the parent's writes. */
  async #migrateSends(checkpoint: Checkpoint, row: CheckpointRow, parent: IdKey): Promise<void> {
    const { shelf } = this.#parts;
    const rows = await shelf.writes({ ...row, id: parent });
    const writes = await readWrites(rows, await shelf.decoderOf(row, rows));
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_values[TASKS] = writes.filter(([, channel]) => channel === TASKS).map(([, , value]) => value);
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  #knownParts(thread: string, ns: string, parent: string | undefined): ReadonlyMap<string, string> | undefined {
    const last = this.#last.get(`${ns}\n${thread}`);
    return last !== undefined && last.id === parent ? last.parts : undefined;
  }
}

function isSettled(encoded: readonly (string | Promise<string>)[]): encoded is readonly string[] {
  return encoded.every((part) => typeof part === "string");
}

/** The channels whose values a checkpoint keeps. */
function keptChannels(checkpoint: Checkpoint, newVersions: ChannelVersions, parent: string | undefined): string[] {
  return Object.keys(checkpoint.channel_values).filter(
    (name) =>
      Object.hasOwn(newVersions, name) || (parent !== undefined && Object.hasOwn(checkpoint.channel_versions, name)),
  );
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
