/** The ways that a run's samples have gone, in memory: a tree of a few hundred steps, read once and then as it grows. */
import type Database from "better-sqlite3";
import { isOutcome, RATINGS, type Rating } from "../core/sample.ts";
import type { LookFilter } from "./look.ts";
import type { WayStep } from "./standings.ts";

interface Row {
  readonly key: number;
  readonly parent: number;
  readonly step: string;
  readonly rounds: number;
  readonly rating: number;
}

/** What is true of every sample that stands at this step. */
export interface Way {
  readonly parent: Way | undefined;
  readonly step: WayStep;
  readonly rounds: number;
  /** The last one. */
  readonly rating: Rating | undefined;
  readonly steps: number;
}

export class Ways {
  readonly #run: number;
  readonly #rows: Database.Statement<[number, number], Row>;
  readonly #ways = new Map<number, Way>();
  #last = 0;

  constructor(db: Database.Database, run: number) {
    this.#run = run;
    this.#rows = db.prepare(
      "SELECT key, parent, step, rounds, rating FROM ways WHERE run = ? AND key > ? ORDER BY key",
    );
  }

  /** Undefined for a sample that has not begun. */
  get(key: number | null): Way | undefined {
    if (key === null || key === 0) return undefined;
    if (!this.#ways.has(key)) this.#readNew();
    return this.#ways.get(key);
  }

  /** Keys of the ways that fit what a filter says of ways; undefined where it says nothing. 0 is the beginning. */
  matching(filter: LookFilter): number[] | undefined {
    const { ratings, here, nodes, edges, labels, roundsMin, roundsMax } = filter;
    if ([ratings, here, nodes, edges, labels, roundsMin, roundsMax].every((part) => part === undefined))
      return undefined;
    this.#readNew();
    const been = new Map<Way | undefined, boolean[]>([[undefined, [!nodes, !edges, !labels]]]);
    const found: number[] = [];
    if (been.get(undefined)!.every(Boolean) && !here && (!ratings || ratings.includes("none")) && !(roundsMin ?? 0))
      found.push(0);
    for (const [key, way] of this.#ways) {
      const before = been.get(way.parent)!;
      const now = [
        before[0]! || nodes!.includes(way.step[0]),
        before[1]! || edgesOf(way.step).some((edge) => edges!.includes(edge)),
        before[2]! || labels!.includes(`${way.step[0]}:${way.step[2]}`),
      ];
      been.set(way, now);
      if (!now.every(Boolean)) continue;
      if (here && !here.includes(way.step[4])) continue;
      if (ratings && !ratings.includes(way.rating ?? "none")) continue;
      if (way.rounds < (roundsMin ?? 0) || way.rounds > (roundsMax ?? Infinity)) continue;
      found.push(key);
    }
    return found;
  }

  #readNew(): void {
    for (const { key, parent, step, rounds, rating } of this.#rows.all(this.#run, this.#last)) {
      const before = this.#ways.get(parent);
      const parsed = JSON.parse(step) as WayStep;
      const steps = (before?.steps ?? 0) + (isStep(parsed) ? 1 : 0);
      this.#ways.set(key, { parent: before, step: parsed, rounds, rating: RATINGS[rating - 1], steps });
      this.#last = key;
    }
  }
}

/** The steps of a way, the first one first. */
export function stepsOf(way: Way | undefined): WayStep[] {
  const steps: WayStep[] = [];
  for (let at = way; at !== undefined; at = at.parent) steps.push(at.step);
  return steps.reverse();
}

export function ratingsOf(way: Way | undefined): Rating[] {
  return stepsOf(way).flatMap(([, , , rating]) => RATINGS[rating - 1] ?? []);
}

/** The node where a sample is, whose status says that it has not ended. */
export function hereOf(way: Way | undefined): string | undefined {
  const next = way?.step[4];
  return next === undefined || isOutcome(next) ? undefined : next;
}

/** A visit to a node; the other ones are a beginning and another go. */
export function isStep([, kind]: WayStep): boolean {
  return kind !== "";
}

/** `from>to`, over the nodes that were passed by; none for another go. */
export function edgesOf([from, , , , next, ...skipped]: WayStep): string[] {
  if (from === "") return [];
  const stops = [from, ...skipped, next];
  return stops.slice(1).map((to, i) => `${stops[i]}>${to}`);
}
