/**
 * What does a store on PostgreSQL cost beside one on SQLite? `node bench/postgres.ts [samples a round] [samples planned]`
 *
 *   superstep   CPU of this process for put + putWrites with the step's two events (as in bench/store.ts), on both; on
 *               PostgreSQL also of the server's processes, and how many statements a step takes: one for each batch, so
 *               the more is under way at once, the fewer
 *   samples     short samples planned: seconds, and what this process grew by
 *   status      the run's counters and its runs, of that many samples, while steps are being committed: median of 20
 *
 * The server is a real one in a temporary folder, with fsync on; the client waits for its answers.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openPostgresStore } from "../src/store/postgres/postgres.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import type { Store } from "../src/store/store.ts";
import { startPostgres } from "../tests/postgres.ts";
import { addSamples, measure, round, STEPS } from "./store/steps.ts";

const THREADS = Number(process.argv[2] ?? 1_000);
const SAMPLES = Number(process.argv[3] ?? 1_000_000);

let statements = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function counted(this: pg.Client, ...asked: never[]) {
  statements++;
  return (query as (...asked: never[]) => unknown).apply(this, asked);
} as typeof query;

async function fill(store: Store): Promise<Store> {
  await store.createRun({ run: "bench", graph: "bench", plan: "p", planBody: "{}", settings: {}, at: 0 });
  await addSamples(store, THREADS);
  return store;
}

const folder = mkdtempSync(join(tmpdir(), "mezzo-bench-"));
const server = await startPostgres(["fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=4GB"]);
const openOn = async () => {
  const url = await server.newDatabase();
  return openPostgresStore({ url, shown: "the bench's database", create: true });
};
try {
  let sqlite = { cpuMs: 0, wallMs: 0 };
  for (const name of ["warm", "measured"]) {
    const store = await fill(openSqliteStore({ path: join(folder, `${name}.db`) }));
    sqlite = await measure(store.saver, { threads: THREADS, store });
    await store.close();
  }
  let postgres = { cpuMs: 0, wallMs: 0 };
  let [perStep, serverMs] = [0, 0];
  for (let i = 0; i < 2; i++) {
    const store = await fill(await openOn());
    const before = { statements, cpuMs: server.cpuMs() };
    postgres = await measure(store.saver, { threads: THREADS, store });
    perStep = round((statements - before.statements) / (THREADS * STEPS));
    serverMs = round((server.cpuMs() - before.cpuMs) / (THREADS * STEPS));
    await store.close();
  }
  const million = await openOn();
  await million.createRun({ run: "bench", graph: "bench", plan: "p", planBody: "{}", settings: {}, at: 0 });
  const [start, rss] = [performance.now(), process.memoryUsage().rss];
  await addSamples(million, SAMPLES);
  const seconds = round((performance.now() - start) / 1_000);
  const grownMb = Math.round((process.memoryUsage().rss - rss) / 1e6);
  const working = measure(million.saver, { threads: Math.min(THREADS, SAMPLES), store: million });
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    await Promise.all([million.runs(), million.view("bench")]);
    times.push(performance.now() - began);
  }
  await working;
  await million.close();
  const statusMs = Math.round(times.sort((a, b) => a - b)[10]!);
  const ratio = round(postgres.cpuMs / sqlite.cpuMs);
  console.log(
    JSON.stringify({ sqlite, postgres, ratio, perStep, serverMs, samples: SAMPLES, seconds, grownMb, statusMs }),
  );
  console.log(
    `CPU per superstep with its events: ${postgres.cpuMs} ms here (SQLite ${sqlite.cpuMs} ms: ${ratio} times), ${serverMs} ms on the ` +
      `server, ${perStep} statements; ${SAMPLES} samples planned in ${seconds} s, +${grownMb} MB; status in ${statusMs} ms`,
  );
} finally {
  await server.dispose();
  rmSync(folder, { recursive: true });
}
