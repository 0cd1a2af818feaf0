/** What several asked for within a few milliseconds, as the columns of one commit (schema.ts). */
import type { RunEvent, SampleEvent, Tally } from "../../core/events.ts";
import { type CheckpointRow, type IdKey, idOf, type WriteRow } from "../checkpoint-rows.ts";
import type { NewCheckpoint } from "../checkpoints.ts";
import type { Codec } from "../codec.ts";
import { isSampleEvent } from "../event-rows.ts";
import { firstKey } from "../keys.ts";
import { isReplacing, mergeWrites } from "../pending-writes.ts";
import { addEvent, addToStretches, type Change, noChange, SERIES, type Stretch } from "../standings.ts";
import { STARTED, statusOf } from "../status.ts";
import type { Keep } from "../store.ts";
import type { TextRow } from "../texts.ts";
import { mixed } from "./cells.ts";
import { type Cell, Column } from "./columns.ts";
import type { KnownSample, Names } from "./names.ts";
import { BATCH_COLUMNS, type BatchColumn } from "./schema.ts";
import type { WaysThere } from "./ways-there.ts";

/** An event whose body is written already. */
export interface PreparedEvent {
  readonly event: RunEvent;
  readonly type: number;
  readonly request: number | null;
  readonly body: string | Buffer;
  readonly counts: readonly Tally[];
}

/** One thing asked for. `fence` is that of the sample, where the store guards it. */
export type Op =
  | {
      readonly kind: "events";
      readonly run: string;
      readonly events: readonly PreparedEvent[];
      readonly fences: ReadonlyMap<string, number>;
    }
  | {
      readonly kind: "checkpoint";
      readonly thread: string;
      readonly row: NewCheckpoint;
      readonly fence: number | undefined;
    }
  | {
      readonly kind: "writes";
      readonly thread: string;
      readonly ns: string;
      readonly checkpoint: IdKey;
      readonly rows: readonly WriteRow[];
      readonly fence: number | undefined;
      readonly staged: { readonly run: string; readonly events: readonly PreparedEvent[] } | undefined;
    }
  /** Only brings the texts that wait. */
  | { readonly kind: "texts" }
  | { readonly kind: "forget"; readonly run: string; readonly sample: string; readonly keep: Exclude<Keep, "all"> };

interface Moved {
  readonly known: KnownSample;
  readonly run: number;
  readonly change: Change;
  newest: number;
  goes: number | null;
  moreGoes: number;
  /** Undefined where it stays. */
  reason: string | null | undefined;
}

type PutWrite = WriteRow & {
  readonly thread: number;
  readonly ns: string;
  readonly checkpoint: IdKey;
  readonly replaces: boolean;
};

export class Batch {
  readonly #columns: Readonly<Record<BatchColumn, Column>>;
  readonly #codec: Codec;
  readonly #points = new Map<string, CheckpointRow>();
  readonly #writes = new Map<string, PutWrite>();
  readonly #moved = new Map<number, Moved>();
  readonly #tallies = new Map<number, Map<string, number>>();
  readonly #stretches = new Map<string, Stretch>();
  readonly #runs = new Map<number, readonly [state: string, code: string | null, reason: string | null]>();
  readonly #fences = new Map<number, number>();

  constructor(codec: Codec) {
    this.#codec = codec;
    this.#columns = Object.fromEntries(BATCH_COLUMNS.map(([name, type]) => [name, new Column(type)])) as Record<
      BatchColumn,
      Column
    >;
  }

  /** Regular writes: should some of them be there already, what they add has to be added to those. */
  get regularWrites(): readonly PutWrite[] {
    return [...this.#writes.values()].filter(({ slot, replaces }) => slot === 0 && !replaces);
  }

  /** Adds what was asked; throws, before it has added anything, `unknown-run` and `unknown-sample`. */
  async add(op: Op, names: Names): Promise<void> {
    switch (op.kind) {
      case "texts":
        return;
      case "events":
        return this.#addEvents(op.run, op.events, op.fences, names);
      case "checkpoint": {
        const thread = await names.thread(op.thread);
        if (op.fence !== undefined) this.#fences.set(thread, op.fence);
        this.#points.set(`${thread} ${op.row.ns}\n${idOf(op.row.id)}`, { ...op.row, thread });
        return;
      }
      case "writes": {
        const thread = await names.thread(op.thread);
        const fences = new Map<string, number>();
        if (op.staged !== undefined) await this.#addEvents(op.staged.run, op.staged.events, fences, names);
        if (op.fence !== undefined) this.#fences.set(thread, op.fence);
        const replaces = isReplacing(op.rows);
        for (const row of op.rows) this.#putWrite({ ...row, thread, ns: op.ns, checkpoint: op.checkpoint, replaces });
        return;
      }
      case "forget": {
        const { key } = await names.sample(op.run, op.sample);
        this.#columns[op.keep === "last" ? "forget_last" : "forget_all"].push(key);
      }
    }
  }

  /** The function's parameters; `committed` takes over where the samples stand, once that is committed. */
  async close(
    texts: readonly TextRow[],
    ways: WaysThere,
  ): Promise<{ readonly values: Buffer[]; readonly committed: () => void }> {
    const put = (group: string, cells: Readonly<Record<string, Cell>>) => {
      for (const [name, cell] of Object.entries(cells)) this.#columns[`${group}_${name}` as BatchColumn].push(cell);
    };
    for (const row of texts.toSorted((a, b) => Buffer.compare(a.hash, b.hash))) put("text", { ...row });
    for (const row of this.#points.values())
      put("point", {
        ...row,
        ...{ id: mixed(row.id), parent: row.parent === null ? null : mixed(row.parent), at: mixed(row.at) },
      });
    for (const { thread, ns, checkpoint, task, slot, shape, body, replaces } of this.#writes.values())
      put("write", {
        thread,
        ns,
        checkpoint: mixed(checkpoint),
        task: mixed(task),
        slot,
        shape: mixed(shape),
        body,
        replaces,
      });
    const later: (() => void)[] = [];
    for (const [key, moved] of [...this.#moved].sort(([a], [b]) => a - b)) {
      const { known, run, change, newest, goes, moreGoes, reason } = moved;
      const way = await ways.follow(run, known.way, change.steps);
      const { status = null, before = null, after = null, calls, cost, ms } = change;
      put("sample", { key, was: known.way, way, event: newest, status, goes, more_goes: moreGoes });
      put("sample", { has_reason: reason !== undefined, reason: reason ?? null, before, after, calls, cost, ms });
      later.push(() => {
        known.way = way;
      });
    }
    for (const [run, sums] of [...this.#tallies].sort(([a], [b]) => a - b))
      for (const [path, sum] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
        if (sum !== 0) put("tally", { run, path, sum });
    for (const { run, at, sums } of [...this.#stretches.values()].sort((a, b) => a.run - b.run || a.at - b.at))
      put("series", { run, at, ...Object.fromEntries(SERIES.map((name, i) => [name, sums[i]!])) });
    for (const [key, [state, code, reason]] of [...this.#runs].sort(([a], [b]) => a - b))
      put("run", { key, state, code, reason });
    for (const [key, no] of this.#fences) put("fence", { key, no });
    return {
      values: BATCH_COLUMNS.map(([name]) => this.#columns[name].toBuffer()),
      committed: () => {
        for (const take of later) take();
      },
    };
  }

  async #addEvents(
    run: string,
    events: readonly PreparedEvent[],
    fences: ReadonlyMap<string, number>,
    names: Names,
  ): Promise<void> {
    const runKey = await names.run(run);
    const ids = new Set(events.flatMap(({ event }) => (isSampleEvent(event) ? [event.sample] : [])));
    const found = await names.findSamples(run, ids);
    for (const id of ids) {
      const known = found.get(id) ?? (await names.sample(run, id));
      const fence = fences.get(id);
      if (fence !== undefined) this.#fences.set(known.key, fence);
    }
    for (const prepared of events) this.#addEvent(prepared, runKey, found);
  }

  #addEvent(
    { event, type, request, body, counts }: PreparedEvent,
    run: number,
    found: ReadonlyMap<string, KnownSample>,
  ): void {
    const known = isSampleEvent(event) ? found.get(event.sample)! : undefined;
    const columns = this.#columns;
    columns.event_of.push(known?.key ?? firstKey(run));
    columns.event_type.push(type);
    columns.event_request.push(request);
    columns.event_body.push(body);
    if (isSampleEvent(event)) this.#move(event, { known: known!, run, counts, newest: columns.event_of.length });
    else this.#moveRun(event, run);
    const sums = this.#tallies.get(run) ?? new Map<string, number>();
    this.#tallies.set(run, sums);
    for (const [path, add] of counts) sums.set(path, (sums.get(path) ?? 0) + add);
  }

  #move(event: SampleEvent, at: { known: KnownSample; run: number; counts: readonly Tally[]; newest: number }): void {
    const { known, run, counts, newest } = at;
    let moved = this.#moved.get(known.key);
    if (moved === undefined) {
      moved = { known, run, change: noChange(), newest, goes: null, moreGoes: 0, reason: undefined };
      this.#moved.set(known.key, moved);
    }
    moved.newest = newest;
    addEvent(moved.change, event, counts);
    addToStretches(this.#stretches, event, run);
    if (event.type === "sample.started") {
      moved.goes = 1;
      moved.moreGoes = 0;
      moved.change.status = STARTED;
    } else if (event.type === "sample.finished") {
      moved.reason = event.reason;
      moved.change.status = statusOf(event.outcome);
    } else if (event.type === "sample.reopened" || event.type === "sample.rewound") {
      moved.moreGoes += 1;
      moved.reason = null;
    }
  }

  #moveRun(event: Exclude<RunEvent, SampleEvent>, run: number): void {
    switch (event.type) {
      case "run.started":
      case "run.resumed":
        this.#runs.set(run, ["running", null, null]);
        break;
      case "run.paused":
        this.#runs.set(run, ["paused", event.code, event.reason]);
        break;
      case "run.finished":
        this.#runs.set(run, ["finished", null, null]);
        break;
      case "run.edited":
        this.#runs.set(run, ["paused", "edited", EDITED]);
        break;
      case "run.rewound":
      case "run.extended":
        this.#runs.set(run, ["paused", null, null]);
        break;
    }
  }

  /** Within a batch as on the server: a row that is there stays, unless it is replaced. */
  #putWrite(row: PutWrite): void {
    const name = [row.thread, row.ns, idOf(row.checkpoint), idOf(row.task), row.slot].join("\n");
    const there = this.#writes.get(name);
    if (there === undefined || row.replaces) this.#writes.set(name, row);
    else if (row.slot === 0) {
      const merged = mergeWrites(there, row, this.#codec);
      if (merged !== undefined) this.#writes.set(name, { ...there, ...merged });
    }
  }
}

/** Also what SQLite's store says (../event-rows.ts). */
export const EDITED = "its graph was edited, and not every sample is sent back yet";
