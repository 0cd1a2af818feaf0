/**
 * Does the studio hold at 100,000 samples, and what do open pages cost a run? `node bench/studio.ts [samples] [store]`
 *
 *   routes   what a page asks, over HTTP, of a run of 100,000 samples and 800,000 steps (made through the store's own
 *            doors; a store that is named is kept and used again): the first answer, then p50 and p95 of 20
 *   pages    20 pages listen to a run that goes on and ask for what has changed: CPU time of the studio's process over
 *            that of the run's
 *
 * The program must be built (`npm run prepare`). What the page makes of it in a browser: bench/page.ts.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openGraph } from "../src/graph/open.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import { queryOf, type RunPage, type SamplePage } from "../src/studio/api.ts";
import { makeRun } from "./studio/made-run.ts";

const SAMPLES = Number(process.argv[2] ?? 100_000);
const TIMES = 20;
const PAGES = 20;
const REFRESH_MS = 2_000;
const WARM_MS = 4_000;
const root = resolve(import.meta.dirname, "..");
const launch = join(root, "dist/launch.js");
const folder = mkdtempSync(join(tmpdir(), "mezzo-bench-"));
const path = resolve(process.argv[3] ?? join(folder, "made.db"));

const round = (value: number) => Math.round(value * 10) / 10;

async function make(): Promise<void> {
  if (existsSync(path)) return;
  const plan = openGraph(join(root, "graphs/distill.yaml"), { env: {} }).plan!;
  const store = openSqliteStore({ path });
  for (const [run, seed] of [
    ["big", 1],
    ["other", 2],
  ] as const) {
    const began = performance.now();
    const samples = run === "big" ? SAMPLES : Math.round(SAMPLES / 4);
    const { steps, calls } = await makeRun(store, { run, plan, samples, seed, chars: 1_500 });
    const seconds = Math.round((performance.now() - began) / 1_000);
    console.error(`made ${run}: ${samples} samples, ${steps} steps, ${calls} calls in ${seconds} s`);
  }
  await store.close();
  console.error(`${Math.round(statSync(path).size / 1e6)} MB`);
}

/** The program in a process of its own; resolves with what it says first on stdout. */
function start(args: readonly string[], cwd: string) {
  const child = spawn(process.execPath, [launch, ...args], { cwd, stdio: ["ignore", "pipe", "ignore"] });
  const said = new Promise<string>((done) => child.stdout.once("data", (text: Buffer) => done(text.toString().trim())));
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  return { child, said, ended };
}

/** Milliseconds of CPU that a process has used so far. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function routes() {
  const { child, said, ended } = start(["studio", "--port", "0", "--store", path], root);
  const url = (await said).replace(/\/$/, "");
  const ask = async <T>(name: string, query: Record<string, unknown> = {}): Promise<T> => {
    const answer = await fetch(`${url}/api/${name}?${queryOf(query)}`);
    if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const run = "big";
  const some = { run, limit: 200 };
  const deep = Math.floor(SAMPLES / 2);
  const middle = { run, sample: `made-${deep}` };
  const questions: Record<string, () => Promise<unknown>> = {
    runs: () => ask("runs"),
    run: () => ask<RunPage>("run", { run }),
    series: () => ask("series", { run, points: 300 }),
    "samples, first page": () => ask("samples", some),
    "samples, scrolled to the middle": () => ask("samples", { ...some, from: deep }),
    "samples, by cost, the middle": () => ask("samples", { ...some, sort: "cost", from: deep }),
    "counts of all": () => ask("samples", { ...some, limit: 1, counts: 1 }),
    "filter by outcome": () => ask("samples", { ...some, outcome: "answer-lost", counts: 1 }),
    "filter by rating and rounds": () => ask("samples", { ...some, rating: "hard", roundsMin: 2, counts: 1 }),
    "filter by node and edge": () => ask("samples", { ...some, node: "condense", edge: "verify>expand", counts: 1 }),
    "filter by length and domain": () => ask("samples", { ...some, tokensMin: 250, domain: "code", counts: 1 }),
    "filter by words": () => ask<SamplePage>("samples", { ...some, text: `problem ${deep + 7}`, counts: 1 }),
    "filter that finds nothing": () => ask("samples", { ...some, text: "nowhere to be found", counts: 1 }),
    sample: () => ask("sample", middle),
    call: () => ask("call", { ...middle, call: 1 }),
    elsewhere: () => ask("elsewhere", middle),
    "compare, first": () => ask("compare", { a: "other", b: run, limit: 100 }),
    "compare, changed outcome": () => ask("compare", { a: "other", b: run, change: "outcome", limit: 100 }),
  };
  const figures: Record<string, { first: number; p50: number; p95: number }> = {};
  for (const [name, question] of Object.entries(questions)) {
    const took: number[] = [];
    for (let i = 0; i <= TIMES; i++) {
      const began = performance.now();
      await question();
      took.push(performance.now() - began);
    }
    const [first, ...others] = took;
    others.sort((a, b) => a - b);
    figures[name] = { first: round(first!), p50: round(others[10]!), p95: round(others[18]!) };
  }
  child.kill("SIGINT");
  await ended;
  return figures;
}

/** A run of the baseline over chains that it has to work on, with pages that listen to it. */
async function pages() {
  const rows = Array.from({ length: 25_000 }, (_, n) => {
    const trace = `We add ${n} and 1.\n\nWait, let me check that again: ${n} + 1.\n\nSo the sum is ${n + 1}.\n\nThe answer is \\boxed{${n + 1}}.`;
    return `${JSON.stringify({ id: `n-${n}`, problem: `What is ${n} + 1?`, answer: String(n + 1), trace })}\n`;
  });
  writeFileSync(join(folder, "rows.jsonl"), rows.join(""));
  const store = join(folder, "live.db");
  const studio = start(["studio", "--port", "0", "--store", store], folder);
  const url = await studio.said;
  const running = start(
    ["run", join(root, "graphs/distill.yaml"), "--input", "rows.jsonl", "--run", "r", "--store", store],
    folder,
  );
  let bytes = 0;
  const sockets = Array.from({ length: PAGES }, () =>
    get(`${url}api/events?run=r`, (answer) => answer.on("data", (piece: Buffer) => (bytes += piece.length))).on(
      "error",
      () => undefined,
    ),
  );
  // And ask, like the page of a run, for what may have changed.
  let isGoing = true;
  const refreshing = Array.from({ length: PAGES }, async () => {
    while (isGoing) {
      for (const query of ["samples?run=r&limit=200", "samples?run=r&limit=1&counts=1", "series?run=r&points=120"]) {
        await fetch(`${url}api/${query}`).then((answer) => answer.text());
      }
      await new Promise((done) => setTimeout(done, REFRESH_MS));
    }
  });
  // A run goes on for hours: what both take to get warm is left out.
  await new Promise((done) => setTimeout(done, WARM_MS));
  const before = cpuOf(studio.child.pid!);
  const ranBefore = cpuOf(running.child.pid!);
  let ran = 0;
  const watch = setInterval(() => {
    ran = existsSync(`/proc/${running.child.pid}/stat`) ? cpuOf(running.child.pid!) - ranBefore : ran;
  }, 20);
  const began = performance.now();
  await running.ended;
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1_000;
  const studioMs = cpuOf(studio.child.pid!) - before;
  isGoing = false;
  await Promise.all(refreshing);
  for (const socket of sockets) socket.destroy();
  studio.child.kill("SIGINT");
  await studio.ended;
  return {
    pages: PAGES,
    seconds: round(seconds),
    runCpuMs: ran,
    studioCpuMs: studioMs,
    sharePercent: round((100 * studioMs) / ran),
    studioCpuMsPerSecond: round(studioMs / seconds),
    mb: round(bytes / 1e6),
  };
}

try {
  await make();
  const figures = await routes();
  const open = await pages();
  console.log(JSON.stringify({ samples: SAMPLES, routes: figures, pages: open }));
  for (const [name, { first, p50, p95 }] of Object.entries(figures)) {
    console.log(
      `${name.padEnd(34)} first ${String(first).padStart(7)} ms   p50 ${String(p50).padStart(6)}   p95 ${String(p95).padStart(6)}`,
    );
  }
  console.log(
    `${open.pages} pages that listen: ${open.studioCpuMs} ms of CPU beside the run's ${open.runCpuMs} (${open.sharePercent} %, ${open.studioCpuMsPerSecond} ms a second), ${open.mb} MB sent in ${open.seconds} s`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
