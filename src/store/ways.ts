/** The ways that a run's samples have gone, in memory: a tree of a few hundred steps, read once and then as it grows. */
import { RATINGS, type Rating } from "../core/sample.ts";
import type { LookFilter } from "./look.ts";
import { currentOf, readStep, type WayStep } from "./standings.ts";

/** A row of `ways`. */
export interface WaysRow {
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
  /** Visits to nodes, those that an edit made void included. */
  readonly steps: number;
}

/** Of what a filter asks for: what has happened on a way so far. */
interface Met {
  readonly node: boolean;
  readonly label: boolean;
  readonly edges: number;
  readonly here: number;
}

export class Ways {
  readonly #more: (last: number) => Iterable<WaysRow>;
  readonly #ways = new Map<number, Way>();
  #last = 0;

  /** `more` gives the run's rows that came after that key, a parent before those that go on from it. */
  constructor(more: (last: number) => Iterable<WaysRow>) {
    this.#more = more;
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
    const fits = (met: Met, way: Way | undefined) =>
      (!nodes || met.node) &&
      (!labels || met.label) &&
      (!edges || met.edges > 0) &&
      (!here || met.here > 0) &&
      (!ratings || ratings.includes(way?.rating ?? "none")) &&
      (way?.rounds ?? 0) >= (roundsMin ?? 0) &&
      (way?.rounds ?? 0) <= (roundsMax ?? Infinity);
    const metBy = new Map<Way | undefined, Met>([[undefined, { node: false, label: false, edges: 0, here: 0 }]]);
    const found = fits(metBy.get(undefined)!, undefined) ? [0] : [];
    for (const [key, way] of this.#ways) {
      const { node, label, edges: gone, waits } = way.step;
      const before = metBy.get(way.parent)!;
      const met: Met = {
        node: before.node || nodes?.includes(node) === true,
        label: before.label || labels?.includes(`${node}:${label}`) === true,
        edges: before.edges + sumOf(gone, edges),
        here: before.here + sumOf(waits, here),
      };
      metBy.set(way, met);
      if (fits(met, way)) found.push(key);
    }
    return found;
  }

  get known(): readonly number[] {
    return [...this.#ways.keys()];
  }

  /** Rows that `more` could not give. */
  add(rows: Iterable<WaysRow>): void {
    for (const { key, parent, step: json, rounds, rating } of rows) {
      const before = this.#ways.get(parent);
      const step = readStep(json);
      const steps = (before?.steps ?? 0) + (step.kind === "" ? 0 : 1);
      this.#ways.set(key, { parent: before, step, rounds, rating: RATINGS[rating - 1], steps });
      this.#last = Math.max(this.#last, key);
    }
  }

  #readNew(): void {
    this.add(this.#more(this.#last));
  }
}

export function ratingsOf(way: Way | undefined): Rating[] {
  return currentOf(stepsOf(way)).flatMap(({ rating }) => RATINGS[rating - 1] ?? []);
}

/** The nodes that samples on this way have been to, those where they are unless they have ended, and the ways they have gone. */
export function tracesOf(way: Way | undefined): { nodes: Set<string>; here: string[]; edges: string[] } {
  const [edges, waits] = [new Map<string, number>(), new Map<string, number>()];
  const steps = stepsOf(way);
  for (const step of steps) {
    for (const [edge, add] of Object.entries(step.edges)) edges.set(edge, (edges.get(edge) ?? 0) + add);
    for (const [node, add] of Object.entries(step.waits)) waits.set(node, (waits.get(node) ?? 0) + add);
  }
  const left = (sums: Map<string, number>) => [...sums].filter(([, sum]) => sum > 0).map(([name]) => name);
  const nodes = new Set(steps.filter(({ kind }) => kind !== "").map(({ node }) => node));
  return { nodes, here: left(waits), edges: left(edges) };
}

/** The steps of a way, the first one first. */
function stepsOf(way: Way | undefined): WayStep[] {
  const steps: WayStep[] = [];
  for (let at = way; at !== undefined; at = at.parent) steps.push(at.step);
  return steps.reverse();
}

function sumOf(counts: Readonly<Record<string, number>>, names: readonly string[] | undefined): number {
  return (names ?? []).reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}
