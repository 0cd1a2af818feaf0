/**
 * Where each sample stands and how it came there, in tables made for looking: a filter over 100,000 samples is one scan
 * of 4 MB. Kept by the transaction that inserts the events, from those events alone (`foldStanding` makes the same again).
 *
 *   standings   a small row a sample: its way, its status, the newest event, and sums of its calls and steps
 *   ways        a step taken after another one; samples that went the same way so far share a row, up to the first step,
 *               whose parent is 0. A run has a few hundred, however many samples: asking who has been to a node, or gone
 *               an edge, is asking which ways have
 *   gists       what a sample is found by: its domain, its id and its problem, in lower case. Of a problem as much as most have
 *               whole: a search scans all of a run's, 30 MB for 100,000 usual ones
 *   series      sums over ten seconds of a run
 *
 *   sample.started ─┐                             ┌─▶ UPDATE standings (one a sample and transaction)
 *   step.finished  ─┼─▶ note ──▶ (transaction) ──▶ write ─▶ INSERT ways (only where nobody has gone before)
 *   call.finished  ─┘                             └─▶ UPSERT series (one a transaction, mostly)
 *
 * `standings.way` is NULL for a sample of a file that an older Mezzo wrote, until somebody looks (catch-up.ts).
 */
import type Database from "better-sqlite3";
import { unreachable } from "../core/errors.ts";
import {
  type CallFinished,
  type SampleEvent,
  type SampleFinished,
  type StepFinished,
  type Tally,
  tallies,
} from "../core/events.ts";
import { type NewSample, OUTCOMES, RATINGS } from "../core/sample.ts";
import { pluck, runOf } from "./keys.ts";
import { Recent } from "./recent.ts";
import { ASKED, DECIDED, STARTED, statusOf } from "./status.ts";

/**
 * A step of a way: a visit to a node, or what else moved the sample (its beginning, another go, an edit of the graph). What
 * it counts is what `tallies` counts. Stored as the JSON array of these.
 */
export interface WayStep {
  /** `start`, a node, or "" for what is no visit. */
  readonly node: string;
  readonly visit: number;
  readonly kind: string;
  /** As the step's; of what is no visit, the event's type. */
  readonly label: string;
  /** From 1 in the order of RATINGS; 0 for none. */
  readonly rating: number;
  /** Ways that it has gone (`from>to`), or that are taken back. */
  readonly edges: Readonly<Record<string, number>>;
  /** Nodes at which it waits from here on, or no longer. */
  readonly waits: Readonly<Record<string, number>>;
  /** Of an edit: the last visit that stays; null where none does. */
  readonly stays?: { readonly node: string; readonly visit: number } | null;
}

export const SERIES_MS = 10_000;
export const NO_ROUND = { rounds: 0, rating: 0 } as const;
const DOMAIN_CHARS = 200;
const GIST_CHARS = 1_000;

/** What the events of one sample change, summed. */
export interface Change {
  seq: number;
  readonly steps: WayStep[];
  status: number | undefined;
  before: number | undefined;
  after: number | undefined;
  calls: number;
  cost: number;
  ms: number;
}

export interface WayRow {
  readonly parent: number;
  readonly step: string;
  readonly rounds: number;
  readonly rating: number;
}

export class Standings {
  readonly #insert: Database.Statement<[number, number]>;
  readonly #clear: Database.Statement<[number]>;
  readonly #insertGist: Database.Statement<[number, string, string]>;
  readonly #wayOf: Database.Statement<[number], number | null>;
  readonly #update: Database.Statement<(number | null)[]>;
  readonly #findWay: Database.Statement<[number, number, string], number>;
  readonly #oneWay: Database.Statement<[number], WayRow>;
  readonly #insertWay: Database.Statement<[number, number, string, number, number]>;
  readonly #addSeries: Database.Statement<(number | bigint)[]>;
  readonly #knownWays = new Recent<string, number>(20_000);
  /** Of the open transaction: by sample, and by run and stretch. */
  readonly #changes = new Map<number, Change>();
  readonly #stretches = new Map<string, Stretch>();

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
    this.#findWay = pluck(db, "SELECT key FROM ways WHERE run = ? AND parent = ? AND step = ?");
    this.#oneWay = db.prepare("SELECT parent, step, rounds, rating FROM ways WHERE key = ?");
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
  note(event: SampleEvent, { key, seq, counts }: { key: number; seq: number; counts: readonly Tally[] }): void {
    let change = this.#changes.get(key);
    if (change === undefined) {
      change = noChange();
      this.#changes.set(key, change);
    }
    addEvent(change, event, counts);
    change.seq = seq;
    addToStretches(this.#stretches, event, runOf(key));
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
    if (way !== null) for (const step of steps) way = this.#follow(run, way, step);
    this.#update.run(way, seq, status ?? null, before ?? null, after ?? null, calls, cost, ms, key);
  }

  #follow(run: number, parent: number, step: WayStep): number {
    const json = writeStep(step);
    const name = `${run}\t${parent}\t${json}`;
    const known = this.#knownWays.get(name) ?? this.#findWay.get(run, parent, json);
    const key = known ?? this.#addWay(run, parent, step, json);
    this.#knownWays.set(name, key, 1);
    return key;
  }

  #addWay(run: number, parent: number, step: WayStep, json: string): number {
    const { rounds, rating } = this.#goOn(parent, step);
    return Number(this.#insertWay.run(run, parent, json, rounds, rating).lastInsertRowid);
  }

  /** The last rating (0: none yet), and rewrites tried after the first one: the rounds. */
  #goOn(parent: number, step: WayStep): Pick<WayRow, "rounds" | "rating"> {
    const before = parent === 0 ? NO_ROUND : this.#oneWay.get(parent)!;
    if (step.stays === undefined) return addRound(before, step);
    const steps = [step];
    for (let at = parent; at !== 0; ) {
      const row = this.#oneWay.get(at)!;
      steps.push(readStep(row.step));
      at = row.parent;
    }
    return roundsOf(steps.reverse());
  }
}

/** Sums of one run over one stretch of time. */
export interface Stretch {
  readonly run: number;
  readonly at: number;
  readonly sums: number[];
}

export function addToStretches(stretches: Map<string, Stretch>, event: SampleEvent, run: number): void {
  if (event.type !== "call.finished" && event.type !== "step.finished" && event.type !== "sample.finished") return;
  const at = Math.floor(event.at / SERIES_MS) * SERIES_MS;
  const name = `${run}\t${at}`;
  let stretch = stretches.get(name);
  if (stretch === undefined) {
    stretch = { run, at, sums: SERIES.map(() => 0) };
    stretches.set(name, stretch);
  }
  addToStretch(stretch.sums, event);
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

/** The visits that led to where the sample is: those that an edit of the graph made void are not among them. */
export function currentOf(steps: readonly WayStep[]): WayStep[] {
  const current: WayStep[] = [];
  for (const step of steps) {
    if (step.kind !== "") current.push(step);
    const { stays } = step;
    if (stays !== undefined)
      current.length = 1 + current.findLastIndex(({ node, visit }) => node === stays?.node && visit === stays.visit);
  }
  return current;
}

export function addRound({ rounds, rating }: Pick<WayRow, "rounds" | "rating">, step: WayStep) {
  return { rounds: rounds + (rating > 0 && step.kind === "rewrite" ? 1 : 0), rating: step.rating || rating };
}

export function writeStep({ node, visit, kind, label, rating, edges, waits, stays }: WayStep): string {
  return JSON.stringify([node, visit, kind, label, rating, edges, waits, ...(stays === undefined ? [] : [stays])]);
}

export function readStep(json: string): WayStep {
  const [node, visit, kind, label, rating, edges, waits, ...more] = JSON.parse(json);
  return { node, visit, kind, label, rating, edges, waits, ...(more.length === 0 ? {} : { stays: more[0] }) };
}

/** The same over a whole way, the first step first. */
export function roundsOf(steps: readonly WayStep[]): Pick<WayRow, "rounds" | "rating"> {
  return currentOf(steps).reduce(addRound, NO_ROUND);
}

/** What a sample's events come to. */
export function foldStanding(events: Iterable<SampleEvent>): Change {
  const change = noChange();
  for (const event of events) addEvent(change, event, tallies(event));
  return change;
}

export function noChange(): Change {
  return { seq: 0, steps: [], status: undefined, before: undefined, after: undefined, calls: 0, cost: 0, ms: 0 };
}

/** Adds what an event changes; `counts` are its tallies. */
export function addEvent(change: Change, event: SampleEvent, counts: readonly Tally[]): void {
  switch (event.type) {
    case "call.finished":
      change.calls += 1;
      change.cost += event.costUsd;
      return; // Nothing moves.
    case "step.finished": {
      const { node, visit, kind, label } = event;
      const rating = event.evidence?.verdict?.rating;
      const rated = rating === undefined ? 0 : RATINGS.indexOf(rating) + 1;
      change.ms += event.ms;
      change.steps.push({ node, visit, kind, label, rating: rated, ...movesIn(counts) });
      return;
    }
    case "sample.finished": {
      change.status = statusOf(event.outcome);
      change.before = event.tokensBefore;
      change.after = event.tokensAfter;
      if (event.during !== undefined) change.steps.push(otherStep(event, counts));
      return;
    }
    case "sample.rewound":
      change.status = STARTED;
      change.steps.push({ ...otherStep(event, counts), stays: event.after });
      return;
    case "sample.started":
    case "sample.reopened":
      change.status = STARTED;
      change.steps.push(otherStep(event, counts));
      return;
    case "fork.joined":
      change.steps.push(otherStep(event, counts));
      return;
    // A person does not move a sample: its way has no step for them.
    case "review.asked":
      change.status = ASKED;
      return;
    case "review.decided":
      change.status = DECIDED;
      return;
    case "review.withdrawn":
      if (event.only) change.status = ASKED;
      return;
    case "review.taken":
      change.status = STARTED;
      return;
  }
  unreachable(event);
}

function otherStep({ type }: SampleEvent, counts: readonly Tally[]): WayStep {
  return { node: "", visit: 0, kind: "", label: type, rating: 0, ...movesIn(counts) };
}

/** Of all that an event counts: ways gone, and where the sample is. */
function movesIn(counts: readonly Tally[]): Pick<WayStep, "edges" | "waits"> {
  const [edges, waits]: Record<string, number>[] = [{}, {}];
  for (const [path, add] of counts) {
    const [group, first, second] = path.split("\t") as [string, string, string];
    const [sums, name] = group === "edge" ? [edges, `${first}>${second}`] : [waits, first];
    if (group === "edge" || second === "waiting") sums![name] = (sums![name] ?? 0) + add;
  }
  return { edges: edges!, waits: waits! };
}

export interface Gist {
  readonly domain: string;
  readonly gist: string;
}

export function gistOf({ id, state, source }: Pick<NewSample, "id" | "state" | "source">): Gist {
  const domain = state.domain ?? source.domain;
  const problem = typeof state.problem === "string" ? state.problem.slice(0, GIST_CHARS) : "";
  return { domain: typeof domain === "string" ? domain.slice(0, DOMAIN_CHARS) : "", gist: plain(`${id}\n${problem}`) };
}

/** As it is searched: lower case, one space between words. */
export function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ").trim().toWellFormed();
}
