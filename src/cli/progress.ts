/**
 * A run as it goes, for a person who watches: on a terminal one block that is drawn anew a few times a second, piped
 * into a file or a log one plain line every few seconds. Both are read from the run's view, like everything else.
 */
import { createLogUpdate } from "log-update";
import { finishedCount, type RunView } from "../core/events.ts";
import type { Io } from "./io.ts";
import { count, duration, forPersonWords, outcomeList, share, table, usd } from "./words.ts";

export interface Progress {
  /** Says a line that stays, above what moves. */
  note(line: string): void;
  stop(): void;
}

export interface Watched {
  readonly run: string;
  readonly nodes: readonly string[];
  view(): Promise<RunView>;
  inFlight(): number;
}

const DRAW_MS = 250;
const LINE_MS = 5_000;

export function startProgress(io: Io, watched: Watched): Progress {
  const began = performance.now();
  const draw = io.isTerminal ? createLogUpdate(io.stderr, { showCursor: true }) : undefined;
  const rate = createRate();
  let stopped = false;
  let drawing = false;
  let first: number | undefined;

  const tick = async () => {
    if (drawing) return;
    drawing = true;
    try {
      const view = await watched.view();
      if (stopped) return;
      const done = finishedCount(view);
      first ??= done;
      rate.add(performance.now(), done);
      const facts = { elapsedMs: performance.now() - began, perSecond: rate.perSecond(), done, fresh: done - first };
      if (draw !== undefined) draw(drawBlock(io, watched, view, facts));
      else io.say(drawLine(io, watched, view, facts));
    } finally {
      drawing = false;
    }
  };
  // A progress display must never be what ends a run: a view that can't be read just now is drawn next time.
  const timer = setInterval(() => void tick().catch(() => undefined), draw === undefined ? LINE_MS : DRAW_MS);

  return {
    note: (line) => {
      draw?.clear();
      io.say(line);
    },
    stop: () => {
      stopped = true;
      clearInterval(timer);
      draw?.clear();
    },
  };
}

interface Facts {
  readonly elapsedMs: number;
  readonly perSecond: number;
  readonly done: number;
  /** Finished since this process began. */
  readonly fresh: number;
}

function drawBlock(io: Io, watched: Watched, view: RunView, facts: Facts): string {
  const { paint } = io;
  const rows = watched.nodes.map((name) => {
    const node = view.nodes[name];
    return [
      `  ${name}`,
      node?.waiting ? paint.strong(count(node.waiting)) : paint.faint("0"),
      count(node?.visits ?? 0),
      node?.skipped ? paint.faint(`${count(node.skipped)} passed by`) : "",
    ];
  });
  const width = 30;
  const filled = view.samples === 0 ? 0 : Math.round((width * facts.done) / view.samples);
  const bar = `${"█".repeat(filled)}${paint.faint("░".repeat(width - filled))}`;
  return [
    `${paint.strong(watched.run)}  ${bar}  ${count(facts.done)} of ${count(view.samples)} (${share(facts.done, view.samples)})`,
    ...table([["", "here", "visits", ""], ...rows], [1, 2]),
    `  ${outcomesOf(io, view)}`,
    `  ${drawRates(watched, view, facts)}`,
  ].join("\n");
}

function drawLine(io: Io, watched: Watched, view: RunView, facts: Facts): string {
  const outcomes = outcomesOf(io, view);
  return `${watched.run}: ${count(facts.done)} of ${count(view.samples)} done (${outcomes}); ${drawRates(watched, view, facts)}`;
}

function outcomesOf(io: Io, view: RunView): string {
  const person = forPersonWords(view);
  return `${outcomeList(view.outcomes, io.paint)}${person === undefined ? "" : `; ${person}`}`;
}

function drawRates(watched: Watched, view: RunView, facts: Facts): string {
  const left = view.samples - facts.done - view.forPerson;
  const rest = facts.perSecond > 0 && left > 0 ? `, about ${duration((1000 * left) / facts.perSecond)} left` : "";
  const tokens = `${count(view.tokens.in)} tokens in, ${count(view.tokens.out)} out`;
  const rates = `${count(watched.inFlight())} in flight, ${facts.perSecond.toFixed(1)} samples/s${rest}`;
  return `${rates}; ${count(view.calls)} calls, ${tokens}, ${usd(view.costUsd)}; ${duration(facts.elapsedMs)}`;
}

/** Samples finished per second over the last half minute. */
function createRate() {
  const points: { at: number; done: number }[] = [];
  return {
    add: (at: number, done: number) => {
      points.push({ at, done });
      while (points.length > 2 && points[0]!.at < at - 30_000) points.shift();
    },
    perSecond: () => {
      const first = points[0];
      const last = points.at(-1);
      if (first === undefined || last === undefined || last.at - first.at < 200) return 0;
      return (1000 * (last.done - first.done)) / (last.at - first.at);
    },
  };
}
