/**
 * The kill test. A run is killed with SIGKILL again and again, at random moments from its first millisecond on, while
 * its server makes faults of every sort; in the end it must be the run it would have been without any of that.
 *
 * The short form belongs to the suite. `npm run soak` is the long one: 100 kills, 500 samples, 64 in flight.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/core/clock.ts";
import { isUnfilled, spentSoFar } from "../../src/engine/run.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import type { MockRequest } from "../mock-server.ts";
import { appleTrace, makeRig, type Rig } from "../rig.ts";
import { billOf, Ledger, PRICE, soakReply, soakRows, someOfEach } from "./soak-story.ts";

const long = process.env.MEZZO_SOAK;
const form = {
  kills: Number(process.env.MEZZO_SOAK_KILLS ?? (long ? 100 : 6)),
  samples: Number(process.env.MEZZO_SOAK_SAMPLES ?? (long ? 500 : 80)),
  faults: long ? 0.05 : 0.08,
  latencyMs: long ? 300 : 60,
  patienceMs: long ? 5_000 : 2_000,
  /** Of all that can be drawn: when to kill, which fault. A failure is told with it. */
  seed: Number(process.env.MEZZO_SOAK_SEED ?? (long ? Date.now() % 1_000_000 : 8)),
};
const IN_FLIGHT = 64;
const SEED = 7;
const NODES = ["collect", "long-to-short", "judge", "expand", "condense", "verify", "accept"];
const TRIES = NODES.flatMap((node) => ["--set", `nodes.${node}.tries=6`]);
const ALL = "accepted,exhausted,answer-lost,undecided,rejected,failed";

interface Row {
  readonly id: string;
  readonly outcome: string;
  readonly state: { readonly trace?: string };
  readonly steps: readonly { readonly node: string; readonly visit: number; readonly label: string; next: string }[];
}

test(`a run killed ${form.kills} times under faults of every sort ends as one that never met any`, async () => {
  const rig = await makeRig();
  await rig.write("in.jsonl", soakRows(form.samples));
  const needed = await undisturbed(rig);
  const expected = await endsOf(rig, "clean.db", "clean");

  let billed = 0;
  const reply = async (request: MockRequest) => {
    const content = String(await soakReply(request));
    billed += billOf(request, content);
    return content;
  };
  const { faults: share, latencyMs, patienceMs, seed } = form;
  const faults = someOfEach(share);
  const server = await rig.serve({ faults, latencyMs, spread: 1, seed, retryAfterS: 1 }, reply);
  const timeouts = `timeouts: { connectMs: 5000, firstByteMs: ${patienceMs}, idleMs: ${patienceMs}, totalMs: 20000 }`;
  const price = `price: { inUsdPerMTok: ${PRICE.inUsdPerMTok}, outUsdPerMTok: ${PRICE.outUsdPerMTok} }`;
  const graph = await rig.distillAt(server.url, `, maxTokens: 1000, ${timeouts}, ${price}`);

  const random = seededRandom(seed);
  const ledger = new Ledger();
  const began = performance.now();
  let [kills, restarts, unfilled, budgetUsd, raised, seen] = [0, 0, 0, 20, 0, 0];
  for (let sitting = 0; ; sitting++) {
    expect(sitting).toBeLessThan(form.kills * 3 + 10);
    const begun = sitting > 0 && (await withStore(rig, async (store) => !(await isUnfilledOrAbsent(store))));
    const args = begun ? ["resume", "r"] : ["run", graph, "--input", "in.jsonl", "--run", "r", ...TRIES];
    const seedArgs = begun ? [] : ["--seed", String(SEED)];
    const workers = String(1 + Math.floor(3 * random()));
    const limits = ["--in-flight", String(IN_FLIGHT), "--workers", workers, "--budget-usd", String(budgetUsd)];
    const going = rig.start(...args, ...seedArgs, ...limits);
    let restarted: Promise<void> | undefined;

    if (kills < form.kills) {
      const left = needed - (await server.counts()).distinct;
      const progress = Math.max(1, (1.6 * random() * left) / (form.kills - kills + 1));
      await (sitting === 0 || random() < 0.2 ? sleep(700 * random()) : asked(server, seen + progress, going.ended));
      await sleep(30 * random());
      if (random() < 0.2) {
        // Everything in the air is cut, and nobody answers for a while.
        restarts += 1;
        restarted = server.restart(300 * random());
        await sleep(400 * random());
      }
      if (going.child.kill("SIGKILL")) kills += 1;
    }
    const { code, signal, stderr } = await going.ended;
    await restarted;
    await sleep(30); // What was still in its sockets arrives.
    const { requests } = await server.counts();
    ledger.close(server.requests.slice(server.requests.length - (requests - seen)));
    seen = requests;
    if (code === 0) break;
    if (signal !== "SIGKILL") {
      expect(`${code} ${stderr}`).toContain("The budget of");
      budgetUsd += 20;
      raised += 1;
      continue;
    }
    await withStore(rig, async (store) => {
      if (await isUnfilledOrAbsent(store)) {
        unfilled += 1;
        return;
      }
      await ledger.readPaid(store, "r", SEED);
      expect(billed).toBeLessThanOrEqual((await spentSoFar(store, "r"))?.usd ?? 0);
      if (!long || kills % 10 === 0) expect(await store.check()).toEqual([]);
      await expectSensibleStatus(rig, store);
    });
  }

  const ends = await endsOf(rig, "state/mezzo.db", "r");
  const { faults: made, distinct } = await server.counts();
  const faulty = Object.values(made).reduce((sum, count) => sum + count, 0);
  const spent = await withStore(rig, async (store) => {
    expect(await store.check()).toEqual([]);
    return (await spentSoFar(store, "r"))!.usd;
  });
  console.log(
    `soak: seed ${seed}: ${kills} kills in ${Math.round((performance.now() - began) / 1000)} s (${unfilled} before the run was made), ` +
      `${form.samples} samples, ${seen} requests for ${distinct} calls: ${faulty} met ${Object.keys(made).length} sorts of faults, ` +
      `${restarts} restarts of the server, ${ledger.retries} asked again for these, ${ledger.repeats} for a kill (at most ${ledger.mostRepeats} at once), ` +
      `${ledger.paidTwice.length} paid twice; billed $${billed.toFixed(2)} of $${spent.toFixed(2)} counted, ` +
      `$${budgetUsd} allowed (raised ${raised} times)`,
  );
  expect(ends).toEqual(expected);
  expectNoGarbage(ends);
  expect(new Set(Object.values(ends).map((row) => row.outcome)).size).toBe(5);
  expect(ledger.paidTwice).toEqual([]);
  expect(ledger.mostRepeats).toBeLessThanOrEqual(IN_FLIGHT);
  expect(ledger.retries).toBeLessThanOrEqual(faulty + restarts * IN_FLIGHT);
  expect(seen).toBe(distinct + ledger.retries + ledger.repeats);
  expect(billed).toBeLessThanOrEqual(spent);
  expect(spent).toBeLessThanOrEqual(budgetUsd);
  expect(kills).toBe(form.kills);
}, 3_600_000);

/** The same run where nothing goes wrong, in a store of its own; the calls that takes. */
async function undisturbed(rig: Rig): Promise<number> {
  const server = await rig.serve({}, soakReply);
  const graph = await rig.distillAt(server.url);
  const args = ["run", graph, "--input", "in.jsonl", "--run", "clean", "--store", "clean.db", ...TRIES];
  return (await rig.json<{ calls: number }>(...args)).calls;
}

async function endsOf(rig: Rig, store: string, run: string): Promise<Record<string, Omit<Row, "id">>> {
  const { code, stderr } = await rig.mezzo(
    ...["export", run, "--store", store, "--format", "jsonl", "--outcome", ALL, "--out", `${run}.jsonl`],
  );
  if (code !== 0) throw new Error(stderr);
  const rows = await rig.rows<Row>(`${run}.jsonl`);
  expect(rows).toHaveLength(form.samples);
  const ends = rows.map(({ id, outcome, state, steps }) => {
    const way = steps.map(({ node, visit, label, next }) => ({ node, visit, label, next }));
    return [id, { outcome, state, steps: way }] as const;
  });
  return Object.fromEntries(ends);
}

/** An accepted trace is, letter by letter, one that the story can write. */
function expectNoGarbage(ends: Record<string, Omit<Row, "id">>): void {
  for (const [id, { outcome, state }] of Object.entries(ends)) {
    if (outcome !== "accepted") continue;
    const version = Number(/version (\d+)/.exec(state.trace ?? "")?.[1]);
    expect(state.trace).toBe(appleTrace(Number(id.replace("apple-", "")), version));
  }
}

async function withStore<T>(rig: Rig, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore({ path: rig.path("state/mezzo.db") });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function isUnfilledOrAbsent(store: Store): Promise<boolean> {
  return (await store.findRun("r")) === undefined || (await isUnfilled(store, "r"));
}

/** Resolves when the server has been asked so often, or the run is over. */
async function asked(server: { counts(): Promise<{ requests: number }> }, count: number, ended: Promise<unknown>) {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && (await server.counts()).requests < count) await sleep(2);
}

/** Whoever looks after a kill sees a paused run, and every sample at one place. */
async function expectSensibleStatus(rig: Rig, store: Store): Promise<void> {
  const status = await rig.json<{
    readonly state: string;
    readonly samples: number;
    readonly outcomes: Record<string, number>;
    readonly nodes: Record<string, { readonly waiting: number }>;
  }>("status", "r");
  const count = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);
  const ended = count(Object.values(status.outcomes));
  const waiting = count(Object.values(status.nodes).map((node) => node.waiting));
  const { started } = await store.view("r");
  expect(status).toMatchObject({ state: "paused", samples: form.samples });
  expect(ended + waiting).toBe(started);
  expect(waiting).toBeLessThanOrEqual(IN_FLIGHT);
  for (const node of Object.values(status.nodes)) expect(node.waiting).toBeGreaterThanOrEqual(0);
}
