/**
 * Where each sample stands and how it came there, in tables made for looking: a filter over 100,000 samples is one scan
 * of 4 MB. Kept by the transaction that inserts the events, from those events alone (`foldStanding` makes the same again).
 *
 *   standings   a small row a sample: its way, its status, the newest event, and sums of its calls and steps
 *   ways        a step taken after another one; samples that went the same way so far share a row, up to the first step,
 *               whose parent is 0. A run has a few hundred, however many samples: asking who has been to a node, or gone
 *               an edge, is asking which ways have
 *   gists       what a sample is found by: its domain, its id and the first words of its problem, in lower case
 *   series      sums over ten seconds of a run
 *
 *   sample.started ─┐                             ┌─▶ UPDATE standings (one a sample and transaction)
 *   step.finished  ─┼─▶ note ──▶ (transaction) ──▶ write ─▶ INSERT ways (only where nobody has gone before)
 *   call.finished  ─┘                             └─▶ UPSERT series (one a transaction, mostly)
 *
 * `standings.way` is NULL for a sample of a file that an older Mezzo wrote, until somebody looks (catch-up.ts).
 */
import type Database from "better-sqlite3";
import {
  type CallFinished,
  passingOf,
  type SampleEvent,
  type SampleFinished,
  type StepFinished,
} from "../core/events.ts";
import { type NewSample, OUTCOMES, RATINGS } from "../core/sample.ts";
import { pluck, runOf } from "./keys.ts";
import { Recent } from "./recent.ts";
import { STARTED, statusOf } from "./status.ts";

/** A step of a way: where from, what came of it, where to. Stored as this JSON array; nodes passed by stand at the end. */
export type WayStep = readonly [
  from: string,
  kind: string,
  label: string,
  rating: number,
  next: string,
  ...skipped: string[],
];

/** The label of a step that is none: the sample was given another go. */
export const REOPENED_LABEL = "reopened";
export const SERIES_MS = 10_000;
const GIST_CHARS = 200;

/** An edit of the graph sent the sample back: the ways it had gone since are no longer its own. */
export interface WayBack {
  /** Where each of them began, in order. */
  readonly left: readonly string[];
  /** Where the first of them leads instead. */
  readonly next: string;
  readonly skipped: readonly string[];
}

/** What the events of one sample change, summed. */
export interface Change {
  seq: number;
  readonly steps: (WayStep | WayBack)[];
  status: number | undefined;
  before: number | undefined;
  after: number | undefined;
  calls: number;
  cost: number;
  ms: number;
}

interface WayRow {
  readonly rounds: number;
  readonly rating: number;
}

export class Standings {
  readonly #insert: Database.Statement<[number, number]>;
  readonly #clear: Database.Statement<[number]>;
  readonly #insertGist: Database.Statement<[number, string, string]>;
  readonly #wayOf: Database.Statement<[number], number | null>;
  readonly #update: Database.Statement<(number | null)[]>;
  readonly #findWay: Database.Statement<[number, number, string], { key: number } & WayRow>;
  readonly #oneWay: Database.Statement<[number], WayRow>;
  readonly #stepOf: Database.Statement<[number], { readonly parent: number; readonly step: string }>;
  readonly #insertWay: Database.Statement<[number, number, string, number, number]>;
  readonly #addSeries: Database.Statement<(number | bigint)[]>;
  readonly #knownWays = new Recent<string, number>(20_000);
  /** Of the open transaction: by sample, and by run and stretch. */
  readonly #changes = new Map<number, Change>();
  readonly #stretches = new Map<string, { readonly run: number; readonly at: number; readonly sums: number[] }>();

  constructor(db: Database.Database) {
    this.#insert = db.prepare("INSERT INTO standings (key, way, status) VALUES (?, 0, ?)");
    this.#clear = db.prepare("UPDATE standings SET way = 0, calls = 0, cost = 0, ms = 0 WHERE key = ?");
    this.#insertGist = db.prepare("INSERT OR REPLACE INTO gists (key, domain, gist) VALUES (?, ?, ?)");
    this.#wayOf = pluck(db, "SELECT way FROM standings WHERE key = ?");
    this.#update = db.prepare(
      `UPDATE standings SET way = ?, seq = ?, status = coalesce(?, status),
         tokens_before = coalesce(?, tokens_before), tokens_after = coalesce(?, tokens_after),
         calls = calls + ?, cost = cost + ?, ms = ms + ? WHERE key = ?`,
    );
    this.#findWay = db.prepare("SELECT key, rounds, rating FROM ways WHERE run = ? AND parent = ? AND step = ?");
    this.#oneWay = db.prepare("SELECT rounds, rating FROM ways WHERE key = ?");
    this.#stepOf = db.prepare("SELECT parent, step FROM ways WHERE key = ?");
    this.#insertWay = db.prepare("INSERT INTO ways (run, parent, step, rounds, rating) VALUES (?, ?, ?, ?, ?)");
    const sums = SERIES.map((name) => `${name} = ${name} + excluded.${name}`).join(", ");
    this.#addSeries = db.prepare(
      `INSERT INTO series (run, at, ${SERIES.join(", ")}) VALUES (?, ?${", ?".repeat(SERIES.length)})
         ON CONFLICT DO UPDATE SET ${sums}`,
    );
  }

  /** Inside a transaction: a sample that waits. */
  add(key: number, { domain, gist }: Gist): void {
    this.#insert.run(key, 0);
    this.#insertGist.run(key, domain, gist);
  }

  /** Inside a transaction, after the event's insert as `seq`. */
  note(event: SampleEvent, key: number, seq: number): void {
    let change = this.#changes.get(key);
    if (change === undefined) {
      change = noChange();
      this.#changes.set(key, change);
    }
    addEvent(change, event);
    change.seq = seq;
    this.#addToSeries(event, runOf(key));
  }

  /** Inside a transaction, last. */
  write(): void {
    for (const [key, change] of this.#changes) this.#writeOne(key, change);
    this.#changes.clear();
    for (const { run, at, sums } of this.#stretches.values()) this.#addSeries.run(run, at, ...sums);
    this.#stretches.clear();
  }

  /** Inside a transaction: what all of a sample's events come to, in place of what is there. */
  replace(key: number, change: Change, { domain, gist }: Gist): void {
    this.#clear.run(key);
    this.#insertGist.run(key, domain, gist);
    this.#writeOne(key, change);
  }

  #writeOne(key: number, { seq, steps, status, before, after, calls, cost, ms }: Change): void {
    let way = this.#wayOf.get(key);
    if (way === undefined) return; // Deleted by another process in between.
    const run = runOf(key);
    if (way !== null) {
      for (const step of steps) way = "left" in step ? this.#goBack(run, way, step) : this.#follow(run, way, step);
    }
    this.#update.run(way, seq, status ?? null, before ?? null, after ?? null, calls, cost, ms, key);
  }

  #follow(run: number, parent: number, step: WayStep): number {
    const json = JSON.stringify(step);
    const name = `${run}\t${parent}\t${json}`;
    const known = this.#knownWays.get(name) ?? this.#findWay.get(run, parent, json)?.key;
    const key = known ?? this.#addWay(run, parent, step, json);
    this.#knownWays.set(name, key, 1);
    return key;
  }

  /** Up the tree to where the first of the left ways begins, and from there down the new one. */
  #goBack(run: number, way: number, { left, next, skipped }: WayBack): number {
    const froms = [...left];
    for (let at = this.#stepOf.get(way); at !== undefined; at = this.#stepOf.get(at.parent)) {
      const step = JSON.parse(at.step) as WayStep;
      // What lies between belongs to another go that a retry has ended.
      if (step[0] === froms.at(-1)) froms.pop();
      if (froms.length > 0) continue;
      const [from, kind, label, rating] = step;
      return this.#follow(run, at.parent, [from, kind, label, rating, next, ...skipped]);
    }
    return this.#follow(run, 0, ["start", "", "", 0, next, ...skipped]);
  }

  #addWay(run: number, parent: number, step: WayStep, json: string): number {
    const before = parent === 0 ? { rounds: 0, rating: 0 } : this.#oneWay.get(parent)!;
    const { rounds, rating } = goOn(before, step);
    return Number(this.#insertWay.run(run, parent, json, rounds, rating).lastInsertRowid);
  }

  #addToSeries(event: SampleEvent, run: number): void {
    if (event.type !== "call.finished" && event.type !== "step.finished" && event.type !== "sample.finished") return;
    const at = Math.floor(event.at / SERIES_MS) * SERIES_MS;
    const name = `${run}\t${at}`;
    let stretch = this.#stretches.get(name);
    if (stretch === undefined) {
      stretch = { run, at, sums: SERIES.map(() => 0) };
      this.#stretches.set(name, stretch);
    }
    addToStretch(stretch.sums, event);
  }
}

/** The columns of `series`; the outcomes first, in their order. */
export const SERIES = [
  ...["accepted", "exhausted", "answer_lost", "undecided", "rejected", "failed"],
  ...["steps", "calls", "retries", "tokens_in", "tokens_out", "cost", "asked_ms"],
] as const;
const STEPS_AT = SERIES.indexOf("steps");

function addToStretch(sums: number[], event: CallFinished | StepFinished | SampleFinished): void {
  if (event.type === "sample.finished") sums[OUTCOMES.indexOf(event.outcome)]! += 1;
  else if (event.type === "step.finished") sums[STEPS_AT]! += 1;
  else {
    const { usage, attempts, costUsd, ms, waitedMs } = event;
    const add = [1, Math.max(0, attempts - 1), usage.in, usage.out, costUsd, Math.max(0, ms - waitedMs)];
    for (const [i, sum] of add.entries()) sums[STEPS_AT + 1 + i]! += sum;
  }
}

/** The last rating, from 1 in the order of RATINGS (0: none yet), and rewrites tried after the first one: the rounds. */
export function goOn({ rounds, rating }: WayRow, [, kind, , rated]: WayStep): WayRow {
  return { rounds: rounds + (rating > 0 && kind === "rewrite" ? 1 : 0), rating: rated || rating };
}

/** What a sample's events come to. */
export function foldStanding(events: Iterable<SampleEvent>): Change {
  const change = noChange();
  for (const event of events) addEvent(change, event);
  return change;
}

function noChange(): Change {
  return { seq: 0, steps: [], status: undefined, before: undefined, after: undefined, calls: 0, cost: 0, ms: 0 };
}

function addEvent(change: Change, event: SampleEvent): void {
  switch (event.type) {
    case "sample.started":
      change.status = STARTED;
      change.steps.push(["start", "", "", 0, event.next, ...event.skipped]);
      break;
    case "call.finished":
      change.calls += 1;
      change.cost += event.costUsd;
      break;
    case "step.finished": {
      const rating = event.evidence?.verdict?.rating;
      const rated = rating === undefined ? 0 : RATINGS.indexOf(rating) + 1;
      change.ms += event.ms;
      change.steps.push([event.node, event.kind, event.label, rated, event.next, ...event.skipped]);
      break;
    }
    case "fork.joined": {
      // The ways to the join are its branches' own.
      const passing = passingOf(event);
      if (passing !== undefined) change.steps.push([passing.from, "", "", 0, passing.next, ...passing.skipped]);
      break;
    }
    case "sample.finished":
      change.status = statusOf(event.outcome);
      change.before = event.tokensBefore;
      change.after = event.tokensAfter;
      break;
    case "sample.reopened":
      change.status = STARTED;
      change.steps.push(["", "", REOPENED_LABEL, 0, event.next]);
      break;
    case "sample.rewound": {
      const { left, next, skipped } = event;
      change.status = STARTED;
      change.steps.push({ left: left.map(({ from }) => from), next, skipped });
      break;
    }
  }
}

export interface Gist {
  readonly domain: string;
  readonly gist: string;
}

export function gistOf({ id, state, source }: Pick<NewSample, "id" | "state" | "source">): Gist {
  const domain = state.domain ?? source.domain;
  const problem = typeof state.problem === "string" ? state.problem.slice(0, GIST_CHARS) : "";
  return { domain: typeof domain === "string" ? domain.slice(0, GIST_CHARS) : "", gist: plain(`${id}\n${problem}`) };
}

/** As it is searched: lower case, one space between words. */
export function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ").trim().toWellFormed();
}
