/** What people are shown of many samples, made from rows of the tables for looking (standings.ts): the same on every store. */
import { MezzoError } from "../core/errors.ts";
import { OUTCOMES, type Outcome, RATINGS, type Rating } from "../core/sample.ts";
import { firstKey, placeOf } from "./keys.ts";
import type { LookCounts, LookFilter, LookSeries, Standing } from "./look.ts";
import { plain, SERIES, SERIES_MS } from "./standings.ts";
import { outcomeOf, personWordOf } from "./status.ts";
import { ratingsOf, tracesOf, type Way, type Ways } from "./ways.ts";

/** A sample's row of `standings`, with what its other tables say of it. */
export interface StandingRow {
  readonly key: number;
  readonly id: string;
  readonly started: number;
  readonly reason: string | null;
  readonly domain: string | null;
  readonly way: number | null;
  readonly status: number;
  readonly seq: number;
  readonly tokens_before: number | null;
  readonly tokens_after: number | null;
  readonly calls: number;
  readonly cost: number;
  readonly ms: number;
}

export function standingOf(row: StandingRow, way: Way | undefined, verdict: Standing["verdict"]): Standing {
  const outcome = outcomeOf(row.status) ?? null;
  return {
    id: row.id,
    n: placeOf(row.key),
    outcome,
    person: personWordOf(row.status) ?? null,
    here: outcome === null ? (tracesOf(way).here[0] ?? null) : null,
    ratings: ratingsOf(way),
    rounds: way?.rounds ?? 0,
    steps: way?.steps ?? 0,
    domain: row.domain ?? "",
    tokens:
      row.tokens_after === null || outcome === null
        ? null
        : { before: row.tokens_before ?? 0, after: row.tokens_after },
    calls: row.calls,
    costUsd: row.cost,
    ms: row.ms,
    reason: row.reason,
    verdict,
    goes: Math.max(0, row.started - 1),
    seq: row.seq,
  };
}

/** Counts of samples by way and status, as counts of what people see. */
export function countsOf(
  groups: readonly { way: number | null; status: number; samples: number }[],
  ways: Ways,
): Omit<LookCounts, "domains"> {
  const outcomes: Record<string, number> = Object.fromEntries([...OUTCOMES, "unfinished"].map((word) => [word, 0]));
  const ratings: Record<string, number> = Object.fromEntries([...RATINGS, "none"].map((word) => [word, 0]));
  const rounds = new Map<number, number>();
  const [nodes, here, edges] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()];
  let total = 0;
  for (const { way: wayKey, status, samples } of groups) {
    const way = ways.get(wayKey);
    const outcome = outcomeOf(status);
    total += samples;
    outcomes[outcome ?? "unfinished"]! += samples;
    ratings[way?.rating ?? "none"]! += samples;
    add(rounds, way?.rounds ?? 0, samples);
    const traces = tracesOf(way);
    for (const node of traces.nodes) add(nodes, node, samples);
    for (const edge of traces.edges) add(edges, edge, samples);
    if (outcome === undefined) for (const node of traces.here) add(here, node, samples);
  }
  return {
    total,
    outcomes: outcomes as Record<Outcome | "unfinished", number>,
    ratings: ratings as Record<Rating | "none", number>,
    rounds: [...rounds].sort(([a], [b]) => a - b).map(([n, samples]) => ({ rounds: n, samples })),
    nodes: Object.fromEntries(nodes),
    here: Object.fromEntries(here),
    edges: Object.fromEntries(edges),
  };
}

function add<K>(counts: Map<K, number>, key: K, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}

/** Into how many stretches a run's time is cut, and what makes the series of their sums: `[no, ...SERIES]` each. */
export function stretchesOf(span: { readonly first: number | null; readonly last: number | null }, points: number) {
  const first = span.first ?? 0;
  const stretches = span.first === null ? 0 : ((span.last ?? 0) - first) / SERIES_MS + 1;
  const stretchMs = Math.max(1, Math.ceil(stretches / points)) * SERIES_MS;
  const count = Math.ceil((stretches * SERIES_MS) / stretchMs);
  const make = (rows: Iterable<readonly number[]>): LookSeries => {
    const sums = SERIES.map(() => new Array<number>(count).fill(0));
    for (const [no, ...values] of rows) for (const [i, value] of values.entries()) sums[i]![no!] = value;
    const list = (name: (typeof SERIES)[number]) => sums[SERIES.indexOf(name)]!;
    return {
      at: Array.from({ length: count }, (_, no) => first + no * stretchMs),
      stretchMs,
      finished: Object.fromEntries(OUTCOMES.map((outcome, i) => [outcome, sums[i]!])) as Record<Outcome, number[]>,
      steps: list("steps"),
      calls: list("calls"),
      retries: list("retries"),
      tokensIn: list("tokens_in"),
      tokensOut: list("tokens_out"),
      costUsd: list("cost"),
      inFlight: list("asked_ms").map((ms) => ms / stretchMs),
    };
  };
  return { first, stretchMs, make };
}

/** The words that a filter looks for. */
export function wordsOf({ text }: LookFilter): string[] {
  return text === undefined
    ? []
    : plain(text)
        .split(" ")
        .filter((word) => word !== "");
}

/** Where a list goes on: after that value, and after that sample of those that share it. */
export interface Cursor {
  readonly value: number;
  readonly key: number;
}

export function readCursor(after: string, run: number): Cursor {
  const [, value, place] = /^(-?[\d.e+-]+):(\d+)$/.exec(after) ?? [];
  if (place === undefined || !Number.isFinite(Number(value))) throw badCursor(after);
  return { value: Number(value), key: firstKey(run) + 1 + Number(place) };
}

export function badCursor(after: string): MezzoError {
  return new MezzoError("bad-cursor", `"${after}" is no place to go on from.`, { exitCode: 2 });
}
