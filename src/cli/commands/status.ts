/** `mezzo status`: the runs there are, or one run as it stands. */
import { finishedCount, type RunView } from "../../core/events.ts";
import { pausedNow, requireRun, stateOf, WAITS_FOR_PERSON } from "../../engine/run.ts";
import type { Member, RunRecord, Store } from "../../store/store.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { summarise } from "../summary.ts";
import { count, duration, forPersonWords, outcomeList, plural, share, table, usd } from "../words.ts";
import { runJson } from "./report-run.ts";
import { withStore } from "./with-store.ts";

export interface StatusFlags {
  readonly store: string;
  readonly json?: boolean;
}

export async function status(io: Io, run: string | undefined, flags: StatusFlags): Promise<ExitCode> {
  return withStore(io, flags.store, async (store) => {
    if (run === undefined) await listRuns(io, store, flags);
    else await showRun(io, store, await requireRun(store, run), flags);
    return 0 as const;
  });
}

async function listRuns(io: Io, store: Store, flags: StatusFlags): Promise<void> {
  const records = await store.runs();
  const views = await Promise.all(records.map((record) => store.view(record.run)));
  if (flags.json) {
    const rows = records.map((record, at) => ({ ...statusJson(record, views[at]!), nodes: undefined }));
    io.out(JSON.stringify(rows, null, 2));
    return;
  }
  if (records.length === 0) return io.say("There are no runs here yet: `mezzo run` makes one.");
  const rows = records.map((record, at) => {
    const view = views[at]!;
    const done = `${count(finishedCount(view))} of ${count(view.samples)}`;
    const age = `${duration(Date.now() - record.createdAt)} ago`;
    return [
      record.run,
      stateOf(record),
      done,
      [outcomeList(view.outcomes, io.paint), forPersonWords(view) ?? []].flat().join("; "),
      usd(view.costUsd),
      io.paint.faint(age),
    ];
  });
  for (const line of table([["run", "state", "samples", "outcomes", "cost", "started"], ...rows])) io.out(line);
}

function statusJson(record: RunRecord, view: RunView) {
  const nodes = Object.entries(view.nodes).map(([name, { visits, waiting, forPerson }]) => [
    name,
    { visits, waiting, ...(forPerson > 0 ? { forPerson } : {}) },
  ]);
  return {
    ...runJson(record.run, view),
    state: stateOf(record),
    pausedBy: stateOf(record) === "paused" ? pausedNow(record, view) : undefined,
    nodes: Object.fromEntries(nodes) as Record<string, { visits: number; waiting: number; forPerson?: number }>,
    graph: record.graph,
    plan: record.plan,
    createdAt: new Date(record.createdAt).toISOString(),
  };
}

function planWords(plan: string, of: number): string {
  return of === 1 ? plan.slice(0, 12) : `${plan.slice(0, 12)}, its ${of}${ordinal(of)}: the graph was edited`;
}

function ordinal(n: number): string {
  const teens = n % 100 > 10 && n % 100 < 14;
  return teens ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
}

function whyPaused(record: RunRecord, view: RunView): string {
  const { state } = record;
  const pausedBy = pausedNow(record, view);
  if (pausedBy !== undefined) return `: ${pausedBy.reason}`;
  return state === "running" ? ": its process ended without a word (killed, or no room was left)" : "";
}

function workerJson({ name, host, pid, since, beatAt, inFlight, perMinute, isAlive }: Member) {
  const times = { since: new Date(since).toISOString(), heardAt: new Date(beatAt).toISOString() };
  return { name, host, pid, ...times, inFlight, perMinute: Math.round(perMinute), isSilent: !isAlive };
}

function tellWorkers(io: Io, workers: readonly Member[]): void {
  if (workers.length === 0) return;
  // The newest sign of life stands for now: this machine's clock and the database's may differ.
  const now = Math.max(...workers.map(({ beatAt }) => beatAt));
  const rows = workers.map(({ name, host, since, beatAt, inFlight, perMinute, isAlive }) => [
    `  ${name}`,
    host,
    duration(now - since),
    count(inFlight),
    count(perMinute),
    isAlive ? "" : io.paint.heavy(`silent for ${duration(now - beatAt)}`),
  ]);
  const head = ["  worker", "host", "for", "in flight", "samples/min", ""];
  for (const line of table([head, ...rows], [2, 3, 4])) io.out(line);
  io.out("");
}

async function showRun(io: Io, store: Store, record: RunRecord, flags: StatusFlags): Promise<void> {
  const view = await store.view(record.run);
  const plans = await store.plans(record.run);
  const workers = ((await store.sharing?.members()) ?? []).filter((member) => member.run === record.run);
  if (flags.json) {
    const shared = workers.length === 0 ? {} : { workers: workers.map(workerJson) };
    return io.out(JSON.stringify({ ...statusJson(record, view), plans, ...shared }, null, 2));
  }
  const { paint } = io;
  const state = stateOf(record);
  const why = state === "paused" ? whyPaused(record, view) : "";
  const holder = workers.some(({ isAlive }) => isAlive)
    ? `, worked on by ${plural(workers.filter(({ isAlive }) => isAlive).length, "worker")}`
    : record.holder === undefined
      ? ""
      : `, worked on by process ${record.holder.pid} on ${record.holder.host}`;
  io.out(
    `${paint.strong(record.run)}  ${state}${why}${holder}  ${paint.faint(`graph ${record.graph}, plan ${planWords(record.plan, plans.length)}`)}`,
  );
  io.out("");
  const rows = Object.entries(view.nodes).map(([name, node]) => [
    `  ${name}`,
    count(node.waiting),
    count(node.visits),
    count(node.skipped),
    count(node.calls),
    node.visits === 0 ? "-" : duration(node.ms / node.visits),
    Object.entries(node.labels)
      .sort(([, a], [, b]) => b - a)
      .map(([label, n]) => `${label} ${share(n, node.visits)}`)
      .join(", "),
  ]);
  const head = ["  node", "here", "visits", "passed by", "calls", "a visit", ""];
  for (const line of table([head, ...rows], [1, 2, 3, 4, 5])) io.out(line);
  io.out("");
  tellWorkers(io, workers);
  for (const line of summarise(io, view)) io.out(line);
  if (state !== "paused") return;
  const words = view.forPerson > 0 && record.pausedBy?.code === WAITS_FOR_PERSON ? "review" : "resume";
  io.say(`\nnext: ${nextCommand(io, `${words} ${record.run}`, flags.store)}`);
}
