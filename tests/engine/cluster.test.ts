/**
 * The kill test of many processes on one run: a planner and workers on one PostgreSQL are killed, stopped for a while, and
 * their server is restarted under them, while the models' server makes faults. In the end it must be the run that one
 * process on SQLite makes where nothing goes wrong.
 *
 * The short form belongs to the suite. `npm run soak -- --cluster` is the long one: 4 workers, 1,000 samples, 40 disturbances.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../src/core/clock.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { readPlace } from "../../src/store/where.ts";
import type { MockRequest } from "../mock-server.ts";
import { startPostgres, type TestPostgres } from "../postgres.ts";
import { type Going, makeRig, type Rig } from "../rig.ts";
import { billOf, PRICE, soakReply, soakRows, someOfEach } from "./soak-story.ts";

const long = process.env.MEZZO_SOAK;
const form = {
  samples: Number(process.env.MEZZO_SOAK_SAMPLES ?? (long ? 1_000 : 36)),
  disturbances: Number(process.env.MEZZO_SOAK_KILLS ?? (long ? 40 : 2)),
  workers: long ? 4 : 2,
  inFlight: 16,
  faults: long ? 0.05 : 0.03,
  latencyMs: long ? 200 : 40,
  patienceMs: long ? 5_000 : 2_000,
  seed: Number(process.env.MEZZO_SOAK_SEED ?? (long ? Date.now() % 1_000_000 : 3)),
};
/** Over all processes: the model's limit, and the run's. */
const LANE = 24;
const BUDGET_USD = 40;
const SEED = 7;
const NODES = ["collect", "long-to-short", "judge", "expand", "condense", "verify", "accept"];
const TRIES = NODES.flatMap((node) => ["--set", `nodes.${node}.tries=6`]);
const ALL = "accepted,exhausted,answer-lost,undecided,rejected,failed";

type What = "kill" | "stop" | "restart";

let postgres: TestPostgres;
beforeAll(async () => {
  // What is committed must be there after a crash of the server: the tests' own default is quicker, and does not promise it.
  postgres = await startPostgres(["synchronous_commit=on"]);
});
afterAll(() => postgres.dispose());

test(`a run of ${form.workers} workers that are disturbed ${form.disturbances} times ends as one that never was`, async () => {
  const rig = await makeRig();
  await rig.write("in.jsonl", soakRows(form.samples));
  const needed = await undisturbed(rig);
  const expected = await endsOf(rig, "clean.db", "clean");
  const store = await postgres.newDatabase();

  let billed = 0;
  const reply = async (request: MockRequest) => {
    const content = String(await soakReply(request));
    billed += billOf(request, content);
    return content;
  };
  const { latencyMs, patienceMs, seed } = form;
  const server = await rig.serve(
    { faults: someOfEach(form.faults), latencyMs, spread: 1, seed, retryAfterS: 1 },
    reply,
  );
  const timeouts = `timeouts: { connectMs: 5000, firstByteMs: ${patienceMs}, idleMs: ${patienceMs}, totalMs: 20000 }`;
  const price = `price: { inUsdPerMTok: ${PRICE.inUsdPerMTok}, outUsdPerMTok: ${PRICE.outUsdPerMTok} }`;
  const graph = await rig.distillAt(server.url, `, maxTokens: 1000, inFlight: ${LANE}, ${timeouts}, ${price}`);

  const own = ["--store", store, "--in-flight", String(form.inFlight), "--workers", "1"];
  const crowd = new Set<Going>();
  const told: Going[] = [];
  const join = (...args: string[]) => {
    const going = rig.start(...args, ...own);
    crowd.add(going);
    told.push(going);
    void going.ended.then(() => crowd.delete(going));
    return going;
  };
  const terms = ["--input", "in.jsonl", "--run", "r", "--seed", String(SEED), "--budget-usd", String(BUDGET_USD)];
  const planner = join("run", graph, ...terms, ...TRIES);
  const planned = asked(server, 1);
  await Promise.race([planned, planner.ended]);
  while (crowd.size < form.workers) join("work", "--until-idle");

  const random = seededRandom(seed);
  const began = performance.now();
  const done: Record<What, number> = { kill: 0, stop: 0, restart: 0 };
  for (let n = 0; n < form.disturbances; n += 1) {
    const before = (await server.counts()).distinct;
    const step = Math.max(1, (1.2 * random() * (needed - before)) / (form.disturbances - n + 1));
    await Promise.race([asked(server, before + step), ...[...crowd].map(({ ended }) => ended)]);
    await sleep(50 * random());
    const what = long ? whatOf(random()) : (["restart", "kill"] as const)[n % 2]!;
    const victim = [...crowd][Math.floor(random() * crowd.size)];
    if (what === "restart") {
      await postgres.stop(random() < 0.5 ? "SIGQUIT" : "SIGINT");
      await sleep(500 * random());
      await postgres.start();
    } else if (victim === undefined) break;
    else if (what === "stop") {
      // For longer than the others are patient: it wakes up to samples that are theirs.
      victim.child.kill("SIGSTOP");
      void sleep(12_000).then(() => victim.child.kill("SIGCONT"));
    } else victim.child.kill("SIGKILL");
    done[what] += 1;
    if (what === "kill") await victim!.ended;
    while (crowd.size < form.workers) join("work", "--until-idle");
  }
  const last = await Promise.all([...crowd].map(({ ended }) => ended));
  const said = told.map((going) => going.said()).join("\n----\n");
  expect(
    last.map(({ code }) => code),
    said,
  ).toEqual(last.map(() => 0));

  const { state } = await rig.json<{ state: string }>("status", "r", "--store", store);
  expect(state, said).toBe("finished");
  const ends = await endsOf(rig, store, "r");
  const { faults, distinct, requests, peakParallel } = await server.counts();
  const faulty = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const facts = await withStore(store, (open) => factsOf(open));
  console.log(
    `cluster soak: seed ${seed}: ${form.samples} samples, ${form.workers} workers, ${done.kill} killed, ${done.stop} stopped for 12 s, ` +
      `${done.restart} restarts of PostgreSQL, ${Math.round((performance.now() - began) / 1000)} s; ${requests} requests for ${distinct} calls, ` +
      `${faulty} met faults, ${requests - distinct - faulty} repeated; at most ${peakParallel} at once (limit ${LANE}); ` +
      `billed $${billed.toFixed(2)}, counted $${facts.spentUsd.toFixed(2)}, allowed $${BUDGET_USD}`,
  );
  expect(ends).toEqual(expected);
  expect(facts).toMatchObject({ finished: 1, twice: [] });
  expect(peakParallel).toBeLessThanOrEqual(LANE);
  expect(requests - distinct).toBeLessThanOrEqual(faulty + (done.kill + done.stop) * form.inFlight);
  expect(billed).toBeLessThanOrEqual(facts.spentUsd + 1e-9);
  expect(facts.spentUsd).toBeLessThanOrEqual(BUDGET_USD);
}, 3_600_000);

function whatOf(draw: number): What {
  if (draw < 0.65) return "kill";
  return draw < 0.8 ? "stop" : "restart";
}

/** The same run on one machine where nothing goes wrong; the calls that takes. */
async function undisturbed(rig: Rig): Promise<number> {
  const server = await rig.serve({}, soakReply);
  const graph = await rig.distillAt(server.url);
  const args = [
    "run",
    graph,
    "--input",
    "in.jsonl",
    "--run",
    "clean",
    "--store",
    "clean.db",
    "--seed",
    String(SEED),
    ...TRIES,
  ];
  return (await rig.json<{ calls: number }>(...args)).calls;
}

interface Row {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string;
  readonly state: object;
  readonly steps: readonly { readonly node: string; readonly visit: number; readonly label: string; next: string }[];
}

async function endsOf(rig: Rig, store: string, run: string): Promise<Record<string, unknown>> {
  const { code, stderr } = await rig.mezzo(
    ...["export", run, "--store", store, "--format", "jsonl", "--outcome", ALL, "--out", `${run}.jsonl`],
  );
  if (code !== 0) throw new Error(stderr);
  const rows = await rig.rows<Row>(`${run}.jsonl`);
  expect(rows).toHaveLength(form.samples);
  // Nothing in the story fails: the reason tells what went wrong here.
  expect(rows.filter(({ outcome }) => outcome === "failed").map(({ id, reason }) => `${id}: ${reason}`)).toEqual([]);
  const ends = rows.map(({ id, outcome, state, steps }) => {
    const way = steps.map(({ node, visit, label, next }) => ({ node, visit, label, next }));
    return [id, { outcome, state, steps: way }] as const;
  });
  return Object.fromEntries(ends);
}

/** How often the run ended, which calls and ends of samples were committed twice, and what was counted as spent. */
async function factsOf(store: Store): Promise<{ finished: number; twice: string[]; spentUsd: number }> {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { id } of await store.samples("r", { limit: 10_000 })) {
    for (const event of await store.sampleEvents("r", id)) {
      const key =
        event.type === "call.finished"
          ? `call ${id} ${event.node} ${event.visit} ${event.ask}`
          : event.type === "sample.finished"
            ? `end ${id}`
            : undefined;
      if (key !== undefined && seen.has(key)) twice.push(key);
      if (key !== undefined) seen.add(key);
    }
  }
  const events = await store.runEvents("r");
  const end = events.findLast((event) => event.type === "run.finished");
  return {
    finished: events.filter((event) => event.type === "run.finished").length,
    twice,
    spentUsd: end?.type === "run.finished" ? (end.spent?.usd ?? 0) : 0,
  };
}

async function withStore<T>(address: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(readPlace(address, {}));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Resolves when the server has been asked so many different things. */
async function asked(server: { counts(): Promise<{ distinct: number }> }, count: number): Promise<void> {
  while ((await server.counts()).distinct < count) await sleep(5);
}
