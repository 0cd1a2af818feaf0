/**
 * What the server says by itself. One stream for the page, about all runs and, where one is open, about that run.
 *
 *   asleep ──a view wants it──▶ connecting ──first event──▶ live ──30 s of silence──▶ stale
 *      ▲                            ▲  └──────error──────────┴──────▶ stale ──┐
 *      └──hidden, or unwanted       └───────────the browser tries again──────┘
 *
 * Every event is a whole picture, so missing some loses nothing. A page in the background lets go of its stream: a
 * browser gives all pages of one server only six connections, and nobody looks. It comes back when someone does, and asks
 * for everything again.
 */
import { useEffect } from "react";
import { createStore } from "zustand/vanilla";
import type { RunHead, RunList, RunPage, StudioEvent } from "../api.ts";
import { addressOf } from "./client.ts";
import { invalidate, patch } from "./remote.ts";

type EventOf<T extends StudioEvent["type"]> = Extract<StudioEvent, { type: T }>;

export interface Live {
  readonly line: "asleep" | "connecting" | "live" | "stale";
  readonly heardAt: number;
  /** The newest `seq` of the run that is listened to. */
  readonly seq: number;
  /** Files that changed, the newest last. */
  readonly files: readonly EventOf<"file">[];
  /** What went wrong where nobody waits for an answer, until someone has read it. */
  readonly troubles: readonly EventOf<"trouble">[];
}

const SILENCE_MS = 30_000;

export const live = createStore<Live>(() => ({ line: "asleep", heardAt: 0, seq: 0, files: [], troubles: [] }));

let wanted: { readonly run: string | undefined; by: number } | undefined;
let stream: EventSource | undefined;
let server: string | undefined;

export function dismiss(trouble: EventOf<"trouble">): void {
  live.setState(({ troubles }) => ({ troubles: troubles.filter((other) => other !== trouble) }));
}

/** Listens for as long as the view is there. */
export function useLive(run?: string): void {
  useEffect(() => {
    if (wanted === undefined || wanted.run !== run) {
      wanted = { run, by: 0 };
      live.setState({ seq: 0 });
      connect();
    }
    const mine = wanted;
    mine.by += 1;
    return () => {
      mine.by -= 1;
    };
  }, [run]);
}

function connect(): void {
  stream?.close();
  stream = undefined;
  const isWanted = wanted !== undefined && !document.hidden;
  live.setState({ line: isWanted ? "connecting" : "asleep" });
  if (!isWanted) return;
  const opened = new EventSource(addressOf("/api/events", { run: wanted?.run }));
  stream = opened;
  const on = <T extends StudioEvent["type"]>(type: T, take: (event: EventOf<T>) => void) =>
    opened.addEventListener(type, (message) => {
      if (stream !== opened) return;
      live.setState({ line: "live", heardAt: performance.now() });
      take(JSON.parse((message as MessageEvent<string>).data) as EventOf<T>);
    });
  on("runs", (event) => takeRuns(event.runs));
  on("run", takeRun);
  on("file", (event) => live.setState(({ files }) => ({ files: [...files.slice(-19), event] })));
  on("resync", (event) => {
    if (server !== undefined && server !== event.server) location.reload(); // Its page may be another one, too.
    server = event.server;
    invalidate(() => true);
  });
  on("trouble", (event) => live.setState(({ troubles }) => ({ troubles: [...troubles.slice(-2), event] })));
  on("still", () => undefined);
  opened.addEventListener("error", () => {
    if (stream !== opened) return;
    live.setState({ line: "stale" });
    // The browser tries again by itself, but not after an answer that is no stream.
    if (opened.readyState === EventSource.CLOSED) setTimeout(() => stream === opened && connect(), 2_000);
  });
}

function takeRuns(runs: readonly RunHead[]): void {
  patch<RunList>("/api/runs", () => ({ runs }));
}

function takeRun(event: EventOf<"run">): void {
  patch<RunPage>(addressOf("/api/run", { run: event.run.run }), (page) => {
    if (page.state !== event.run.state) invalidate((address) => address.startsWith("/api/run?"));
    return { ...page, ...event.run, view: event.view, pace: event.pace, workers: event.workers };
  });
  live.setState({ seq: event.seq });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && wanted !== undefined) invalidate((address) => !address.startsWith("/api/file"));
  connect();
});

setInterval(() => {
  const { line, heardAt } = live.getState();
  if (line === "live" && performance.now() - heardAt > SILENCE_MS) live.setState({ line: "stale" });
}, 1_000);
