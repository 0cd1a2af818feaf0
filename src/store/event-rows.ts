/**
 * Events as rows: the type as a number, the other fields as a JSON array in a fixed order (their names would be half of a
 * row), long texts as refs. What a row leaves out, its place says: the sample is the row's `of`.
 *
 * The lists below are the file's format: append only. Fields that they do not name go into an object before the first,
 * which is always a number.
 *
 * Inserting an event does, in the same transaction, all that the event means elsewhere: the sample's status and reason,
 * the run's state, the run's tallies.
 */
import type Database from "better-sqlite3";
import { MezzoError } from "../core/errors.ts";
import { type Evidence, type RunEvent, type SampleEvent, tallies } from "../core/events.ts";
import type { Rating } from "../core/sample.ts";
import { type Codec, type Decoder, packRow } from "./codec.ts";
import { firstKey, type Keys, runOf } from "./keys.ts";
import type { Standings } from "./standings.ts";
import { ASKED, DECIDED, STARTED, statusOf } from "./status.ts";
import { threadOf } from "./store.ts";
import { type Kin, type Texts, unpack } from "./texts.ts";

const FIELDS = {
  "run.started": ["at", "plan", "samples"],
  "run.resumed": ["at"],
  "run.paused": ["at", "code", "reason"],
  "run.finished": ["at"],
  "sample.started": ["at", "next", "skipped"],
  "call.finished": [
    ...["at", "node", "visit", "ask", "role", "model", "requestHash", "messages", "text", "thinking", "finish"],
    ...["usage", "costUsd", "ms", "waitedMs", "attempts"],
  ],
  "step.finished": [
    ...["at", "node", "kind", "visit", "label", "next", "skipped", "writes", "reason", "evidence", "calls", "ms"],
    "plan",
  ],
  "sample.finished": ["at", "outcome", "reason", "shapedBy", "tokensBefore", "tokensAfter"],
  "sample.reopened": ["at", "was", "next"],
  "run.leased": ["at", "upTo"],
  "run.edited": ["at", "plan", "no"],
  "run.rewound": ["at", "no", "samples"],
  "run.extended": ["at", "samples", "input", "more"],
  "sample.rewound": ["at", "plan", "after", "next", "skipped", "left", "was"],
  "fork.joined": ["at", "node", "join", "next", "skipped"],
  "review.asked": ["at", "places"],
  "review.decided": ["at", "node", "visit", "decided", "by", "seconds", "reason", "text", "last"],
  "review.withdrawn": ["at", "node", "visit", "first", "only"],
  "review.taken": ["at", "places", "open"],
} as const satisfies Record<RunEvent["type"], readonly string[]>;

export const TYPES = Object.keys(FIELDS) as RunEvent["type"][];
export const CALL_FINISHED = TYPES.indexOf("call.finished");
export const STEP_FINISHED = TYPES.indexOf("step.finished");
export const SAMPLE_FINISHED = TYPES.indexOf("sample.finished");
export const FORK_JOINED = TYPES.indexOf("fork.joined");
export const REOPENED = TYPES.indexOf("sample.reopened");
export const REWOUND = TYPES.indexOf("sample.rewound");

export interface EventRow {
  readonly type: number;
  readonly body: string | Buffer;
}

export class EventRows {
  readonly #keys: Keys;
  readonly #texts: Texts;
  readonly #codec: Codec;
  readonly #standings: Standings;
  readonly #insert: Database.Statement<[number, number, number | null, string | Buffer]>;
  readonly #setSample: Database.Statement<[number, string | null, number]>;
  readonly #startSample: Database.Statement<[number, number]>;
  readonly #reopenSample: Database.Statement<[number, number]>;
  readonly #setStatus: Database.Statement<[number, number]>;
  readonly #setRun: Database.Statement<[string, string | null, string | null, number]>;
  readonly #addTally: Database.Statement<[number, string, number]>;
  /** Counter steps of the open transaction, by run and path. */
  readonly #sums = new Map<number, Map<string, number>>();

  constructor(db: Database.Database, parts: { keys: Keys; texts: Texts; codec: Codec; standings: Standings }) {
    const { keys, texts, codec, standings } = parts;
    this.#standings = standings;
    this.#keys = keys;
    this.#texts = texts;
    this.#codec = codec;
    this.#insert = db.prepare("INSERT INTO events (of, type, request, body) VALUES (?, ?, ?, ?)");
    this.#setSample = db.prepare("UPDATE samples SET status = ?, reason = ? WHERE key = ?");
    this.#startSample = db.prepare("UPDATE samples SET started = 1, status = ? WHERE key = ?");
    // `started` counts the goes.
    this.#reopenSample = db.prepare(
      "UPDATE samples SET started = started + 1, status = ?, reason = NULL WHERE key = ?",
    );
    this.#setStatus = db.prepare("UPDATE samples SET status = ? WHERE key = ?");
    this.#setRun = db.prepare("UPDATE runs SET state = ?, paused_code = ?, paused_reason = ? WHERE key = ?");
    this.#addTally = db.prepare(
      "INSERT INTO tallies (run, path, sum) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sum = sum + excluded.sum",
    );
  }

  /** What inserts these events once it is called inside a transaction. Throws `unknown-run`, `unknown-sample`. */
  prepare(run: string, events: readonly RunEvent[]): () => void {
    const runKey = this.#keys.run(run);
    const inserts = events.map((event) => this.#prepareOne(run, runKey, event));
    return () => {
      for (const insert of inserts) insert();
    };
  }

  /** Inside a transaction, last: the counters' new sums, and where samples stand now. */
  writeSums(): void {
    this.#standings.write();
    for (const [run, sums] of this.#sums) for (const [path, sum] of sums) this.#addTally.run(run, path, sum);
    this.#sums.clear();
  }

  decode(row: EventRow, sample: string | undefined): RunEvent {
    return { ...decodeEvent(row, this.#codec), ...(sample === undefined ? {} : { sample }) } as RunEvent;
  }

  #prepareOne(run: string, runKey: number, event: RunEvent): () => void {
    const of = isSampleEvent(event) ? this.#keys.sample(run, event.sample) : firstKey(runKey);
    const type = TYPES.indexOf(event.type);
    const thread = isSampleEvent(event) ? threadOf(run, event.sample) : undefined;
    const kin = thread === undefined ? undefined : this.#texts.kinOf(thread);
    const body = packRow(encodeEvent(event, this.#codec, kin));
    if (event.type === "sample.finished") this.#texts.forgetKin(thread!);
    const request = event.type === "call.finished" ? requestKey(event.requestHash) : null;
    const steps = tallies(event);
    return () => {
      const { lastInsertRowid } = this.#insert.run(of, type, request, body);
      this.#project(event, of);
      if (isSampleEvent(event)) this.#standings.note(event, { key: of, seq: Number(lastInsertRowid), counts: steps });
      for (const [path, add] of steps) if (add !== 0) this.#count(runKey, path, add);
    };
  }

  #project(event: RunEvent, of: number): void {
    switch (event.type) {
      case "run.started":
      case "run.resumed":
        this.#setRun.run("running", null, null, runOf(of));
        break;
      case "run.paused":
        this.#setRun.run("paused", event.code, event.reason, runOf(of));
        break;
      case "run.finished":
        this.#setRun.run("finished", null, null, runOf(of));
        break;
      case "sample.started":
        this.#startSample.run(STARTED, of);
        break;
      case "sample.finished":
        this.#setSample.run(statusOf(event.outcome), event.reason, of);
        break;
      case "run.edited":
        this.#setRun.run("paused", "edited", "its graph was edited, and not every sample is sent back yet", runOf(of));
        break;
      case "run.rewound":
      case "run.extended":
        this.#setRun.run("paused", null, null, runOf(of));
        break;
      case "sample.reopened":
      case "sample.rewound":
        this.#reopenSample.run(STARTED, of);
        break;
      case "review.asked":
        this.#setStatus.run(ASKED, of);
        break;
      case "review.decided":
        this.#setStatus.run(DECIDED, of);
        break;
      case "review.withdrawn":
        if (event.only) this.#setStatus.run(ASKED, of);
        break;
      case "review.taken":
        this.#setStatus.run(STARTED, of);
        break;
    }
  }

  #count(run: number, path: string, add: number): void {
    const sums = this.#sums.get(run) ?? new Map<string, number>();
    sums.set(path, (sums.get(path) ?? 0) + add);
    this.#sums.set(run, sums);
  }
}

/** 48 bits of a request's hash: an index of small integers; who searches compares the whole hash. */
export function requestKey(requestHash: string): number {
  const key = Number.parseInt(requestHash.slice(0, 12), 16);
  return Number.isNaN(key) ? 0 : key;
}

export function isSampleEvent(event: RunEvent): event is SampleEvent {
  return "sample" in event;
}

/** What a judge found in a finished step, read without the texts that the step wrote; undefined where there was no judge. */
export function verdictIn(row: EventRow): { readonly rating: Rating; readonly step: number | null } | undefined {
  const values = JSON.parse(unpack(row.body)) as unknown[];
  const first = typeof values[0] === "number" ? 0 : 1;
  const evidence = values[first + FIELDS["step.finished"].indexOf("evidence")] as Evidence | undefined;
  return evidence?.verdict && { rating: evidence.verdict.rating, step: evidence.verdict.step };
}

export function encodeEvent(event: RunEvent, codec: Codec, kin: Kin | undefined): string {
  const { type } = event;
  const { type: _type, sample: _sample, ...left }: Record<string, unknown> = { ...event };
  const values = FIELDS[type].map((field) => {
    const value = left[field];
    if (value === undefined || value === null) return "null"; // A null goes with the rest, below.
    delete left[field];
    return codec.encode(value, kin);
  });
  while (values.at(-1) === "null") values.pop();
  const rest = codec.encode(left, kin);
  if (rest !== "{}") values.unshift(rest);
  return `[${values.join(",")}]`;
}

export function decodeEvent(row: EventRow, codec: Decoder): RunEvent {
  const type = TYPES[row.type];
  if (type === undefined) throw new MezzoError("store-damaged", `An event of unknown type ${row.type}.`);
  const values = codec.decode(unpack(row.body)) as unknown[];
  const rest = typeof values[0] === "number" ? undefined : values.shift();
  const event: Record<string, unknown> = { type };
  for (const [i, field] of FIELDS[type].entries()) {
    if (values[i] !== undefined && values[i] !== null) event[field] = values[i];
  }
  return Object.assign(event, rest) as unknown as RunEvent;
}
