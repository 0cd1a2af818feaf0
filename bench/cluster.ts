/**
 * What do more workers bring? `node bench/cluster.ts [workers=1,2,4] [seconds=30] [in flight=64] [latencyMs=1000]`
 *
 * For each number of workers a run of its own on one real PostgreSQL: as many `mezzo work` processes, each with one thread
 * and so many samples in flight, ask a server that takes a second. Counted is what it answers in a window after all of them are
 * at work, and what that costs: CPU of the workers and of PostgreSQL, its transactions, and the time that what `mezzo status`
 * reads takes meanwhile, from the connection on. The built program is what runs (`npm run prepare` builds it).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openStore } from "../src/store/open.ts";
import { readPlace } from "../src/store/where.ts";
import { startMockProcess } from "../tests/mock-elsewhere.ts";
import { startPostgres } from "../tests/postgres.ts";

const [crews = "1,2,4", seconds = "30", inFlight = "64", latencyMs = "1000"] = process.argv.slice(2);
const IN_FLIGHT = Number(inFlight);
const LAUNCH = fileURLToPath(new URL("../dist/launch.js", import.meta.url));

/** Two rewrites and three verdicts a sample, whatever the replies are: steps and calls are as many as in a short real run. */
const GRAPH = (url: string) => `graph: bench
student: { name: Qwen2.5-7B-Instruct, size: 7B }
models:
  m: { provider: openai, model: mock, baseUrl: "${url}" }
state:
  problem: string
  trace: { type: string, optional: true }
start: one
nodes:
  one: { kind: generate, model: m, prompt: say.md, writes: trace, then: two }
  two: { kind: generate, model: m, prompt: say.md, writes: trace, then: three }
  three: { kind: generate, model: m, prompt: say.md, writes: trace, then: four }
  four: { kind: generate, model: m, prompt: say.md, writes: trace, then: accepted }
`;
const PROMPT = "---\npurpose: collect\nvariables: [problem]\n---\n\n{{ problem }}\n";

const folder = mkdtempSync(join(tmpdir(), "mezzo-bench-"));
const postgres = await startPostgres(["fsync=on", "synchronous_commit=on", "shared_buffers=256MB"]);
const server = await startMockProcess({ latencyMs: Number(latencyMs), spread: 0.2 });
const going: ChildProcess[] = [];
let askedBefore = 0;
try {
  writeFileSync(join(folder, "graph.yaml"), GRAPH(server.url));
  writeFileSync(join(folder, "say.md"), PROMPT);
  const rates: Record<string, unknown>[] = [];
  for (const workers of crews.split(",").map(Number)) rates.push(await measure(workers));
  const first = rates[0]!.callsPerSecond as number;
  for (const rate of rates) rate.times = round((rate.callsPerSecond as number) / first);
  console.log(
    JSON.stringify({ cores: availableParallelism(), inFlight: IN_FLIGHT, latencyMs: Number(latencyMs), rates }),
  );
  for (const rate of rates) {
    console.log(
      `${rate.workers} workers: ${rate.callsPerSecond} calls/s (${rate.times} times); a step costs ${rate.cpuMsPerStep} ms of a worker's CPU and ` +
        `${rate.serverMsPerStep} ms of PostgreSQL's, ${rate.commitsPerStep} transactions; status in ${rate.statusMs} ms`,
    );
  }
} finally {
  for (const child of going) child.kill("SIGKILL");
  await server.close();
  await postgres.dispose();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(workers: number): Promise<Record<string, unknown>> {
  const store = await postgres.newDatabase();
  const samples = Math.ceil((workers * IN_FLIGHT * (Number(seconds) + 40)) / 4);
  const rows = Array.from(
    { length: samples },
    (_, n) => `${JSON.stringify({ id: `s${n}`, problem: `Count to ${n}.` })}\n`,
  );
  writeFileSync(join(folder, "in.jsonl"), rows.join(""));
  const shared = ["--store", store];
  const crew = [
    start(
      "run",
      "graph.yaml",
      "--input",
      "in.jsonl",
      "--run",
      "r",
      "--in-flight",
      `${IN_FLIGHT}`,
      "--workers",
      "1",
      ...shared,
    ),
  ];
  await untilAsked(1);
  while (crew.length < workers) crew.push(start("work", "--in-flight", `${IN_FLIGHT}`, "--workers", "1", ...shared));
  await untilAsked(samples / 100 + IN_FLIGHT * workers * 2);
  const before = await look(store, crew);
  const statusMs = await timed(async () => {
    const open = await openStore(readPlace(store, {}));
    await Promise.all([open.runs(), open.view("r"), open.plans("r"), open.sharing?.members()]);
    await open.close();
  });
  await sleep(Number(seconds) * 1_000);
  const after = await look(store, crew);
  for (const child of crew) child.kill("SIGKILL");
  await Promise.all(crew.map(ended));
  const steps = after.answered - before.answered;
  const wallS = (after.at - before.at) / 1_000;
  return {
    workers,
    callsPerSecond: round(steps / wallS),
    cpuMsPerStep: round((after.cpuMs - before.cpuMs) / steps),
    serverMsPerStep: round((after.serverMs - before.serverMs) / steps),
    commitsPerStep: round((after.commits - before.commits) / steps),
    statusMs: Math.round(statusMs),
  };
}

/** So many requests since the last run was begun. */
async function untilAsked(count: number): Promise<void> {
  if (count === 1) askedBefore = (await server.counts()).requests;
  while ((await server.counts()).requests - askedBefore < count) await sleep(100);
}

async function look(store: string, crew: readonly ChildProcess[]) {
  const [row] = await postgres.ask(
    store,
    "SELECT xact_commit::float8 AS commits FROM pg_stat_database WHERE datname = current_database()",
  );
  return {
    at: performance.now(),
    answered: (await server.counts()).answered,
    commits: Number(row!.commits),
    serverMs: postgres.cpuMs(),
    cpuMs: crew.reduce((sum, child) => sum + cpuOf(child.pid!), 0),
  };
}

/** The program starts itself once more on the Node it is made for: the work is in that one. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return (Number(stat[11]) + Number(stat[12])) * 10 + children.reduce((sum, child) => sum + cpuOf(Number(child)), 0);
}

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [LAUNCH, ...args], { cwd: folder, stdio: "ignore" });
  going.push(child);
  return child;
}

function ended(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", resolve));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
