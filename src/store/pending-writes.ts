/**
 * What tasks wrote, before the next checkpoint takes it in. A task's regular writes are one row (slot 0), each special write
 * (error, interrupt, resume) a row of its own (slot < 0), since those replace each other.
 */
import {
  type CheckpointPendingWrite,
  compareWritesSortKeys,
  type PendingWrite,
  WRITES_IDX_MAP,
  writesSortKey,
} from "@langchain/langgraph-checkpoint";
import type { IdKey, WriteRow } from "./checkpoint-rows.ts";
import { idOf } from "./checkpoint-rows.ts";
import { type Decoder, packRow } from "./codec.ts";
import { type Texts, unpack } from "./texts.ts";

/** The same for every sample whose task wrote to the same channels: a text, stored once. */
interface Shape {
  readonly path: string;
  readonly channels: readonly string[];
  /** Each write's index, where it is not simply its place. */
  readonly at?: readonly number[];
}

/** A row's writes with their indexes, values as parsed JSON that is not decoded yet. */
interface Indexed {
  readonly path: string;
  readonly writes: readonly { readonly idx: number; readonly channel: string; readonly stored: unknown }[];
}

/** `encoded` holds each write's value, as `encodeAny` gives it. */
export function prepareWrites(
  writes: readonly PendingWrite[],
  encoded: readonly string[],
  of: { readonly task: IdKey; readonly path: string; readonly texts: Texts },
): WriteRow[] {
  const row = (slot: number, shape: Shape, parts: readonly string[]): WriteRow => ({
    task: of.task,
    slot,
    shape: of.texts.hashOf(JSON.stringify(shape)),
    body: packRow(`[${parts.join(",")}]`),
  });
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
  const parts = regular.map((i) => encoded[i]!);
  return [...rows, row(0, { path: of.path, channels, ...at }, parts)];
}

/** Special writes replace each other if nothing else came with them; what is there else stays. */
export function isReplacing(rows: readonly WriteRow[]): boolean {
  return rows.every(({ slot }) => slot < 0);
}

/** A task wrote twice: what is there stays, indexes that are missing are added. Undefined where none is. */
export function mergeWrites(there: WriteRow, row: WriteRow, decoder: Pick<Decoder, "textOf">): WriteRow | undefined {
  const old = indexed(there, decoder);
  const added = indexed(row, decoder).writes.filter(({ idx }) => !old.writes.some((other) => other.idx === idx));
  if (added.length === 0) return undefined;
  const all = [...old.writes, ...added];
  // The JSON itself and no hash: in a transaction it is too late for a new text.
  const shape = JSON.stringify({
    path: old.path,
    channels: all.map(({ channel }) => channel),
    at: all.map(({ idx }) => idx),
  } satisfies Shape);
  return { ...there, shape, body: packRow(JSON.stringify(all.map(({ stored }) => stored))) };
}

/** In the order in which a superstep applies them. */
export async function readWrites(rows: readonly WriteRow[], decoder: Decoder): Promise<CheckpointPendingWrite[]> {
  const writes = rows.flatMap((row) => {
    const { path, writes: all } = indexed(row, decoder);
    const task = idOf(row.task);
    return all.map(({ idx, channel, stored }) => ({ key: writesSortKey(path, task, idx), task, channel, stored }));
  });
  writes.sort((a, b) => compareWritesSortKeys(a.key, b.key));
  return Promise.all(
    writes.map(async (w): Promise<CheckpointPendingWrite> => [w.task, w.channel, await decoder.decodeAny(w.stored)]),
  );
}

function indexed(row: WriteRow, decoder: Pick<Decoder, "textOf">): Indexed {
  const shape = typeof row.shape === "string" ? row.shape : decoder.textOf(row.shape);
  const { path, channels, at } = JSON.parse(shape) as Shape;
  const stored = JSON.parse(unpack(row.body)) as unknown[];
  const idxOf = (i: number) => (row.slot < 0 ? row.slot : (at?.[i] ?? i));
  return { path, writes: channels.map((channel, i) => ({ idx: idxOf(i), channel, stored: stored[i] })) };
}

/** Special channels have a slot of their own, below 0. */
function slotOf(channel: string): number {
  return Object.hasOwn(WRITES_IDX_MAP, channel) ? WRITES_IDX_MAP[channel]! : 0;
}
