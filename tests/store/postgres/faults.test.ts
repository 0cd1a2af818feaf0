/** What becomes of a store when its process dies, its server goes away, or an answer is lost. */
import { uuid6 } from "@langchain/langgraph-checkpoint";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { openPostgresStore } from "../../../src/store/postgres/postgres.ts";
import { type Store, threadOf } from "../../../src/store/store.ts";
import { startPostgres, type TestPostgres } from "../../postgres.ts";
import { call, finished, longText, newSample, putCheckpoint, RUN, started, step } from "../examples.ts";
import { expectKept, writeAndKill } from "../promises.ts";
import { empty } from "./open.ts";
import { cutWire } from "./wire-cutter.ts";

const SAMPLES = Array.from("abcdefghij");

let server: TestPostgres;
let url = "";
let stores: Store[];
let said: string[];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  if (url === "") url = await server.newDatabase();
  else await empty(server, url);
  stores = [];
  said = [];
  const store = await open();
  await store.createRun({ ...RUN, run: "r" });
  await store.addSamples("r", SAMPLES.map(newSample));
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
});

async function open(at: string = url): Promise<Store> {
  const say = (line: string) => void said.push(line);
  const store = await openPostgresStore({ url: at, shown: "the database", create: true, say });
  stores.push(store);
  return store;
}

it("keeps everything promised to a process that is killed in the middle of its commits", async () => {
  const promised = await writeAndKill(url, SAMPLES, 150);
  const store = await open();
  for (const [sample, lastStep] of promised) await expectKept(store, sample, lastStep);
  expect(await store.check()).toEqual([]);
});

it("waits for a server that dies and comes back, says so, and does everything once", async () => {
  const store = await open();
  const work = Promise.all(SAMPLES.map((sample) => writeSteps(store, sample, 40)));
  await server.stop("SIGQUIT");
  while (!said.some((line) => line.endsWith("waiting"))) await new Promise((resolve) => setTimeout(resolve, 50));
  await server.start();
  await work;
  for (const sample of SAMPLES) await expectKept(store, sample, 39);
  expect(await store.check()).toEqual([]);
  expect(said.join("\n")).toMatch(/^PostgreSQL is .* since \d+ s \(the database: .*\); waiting\n.*is back after/s);
});

it("does nothing twice when the answer to a commit is lost", async () => {
  const wire = await cutWire(url);
  const store = await open(wire.url);
  await store.append("r", [started("a")]);
  for (let n = 0; n < 5; n++) {
    const [lost, added] = [wire.loseAnswers(60), store.append("r", [call("a", n)])];
    await lost;
    await added;
  }
  const [lost, edited] = [wire.loseAnswers(60), store.editPlan("r", { plan: "beef", planBody: "{}", at: 5 })];
  await lost;
  expect(await edited).toEqual({ no: 2, plan: "beef" });
  expect(await store.sampleEvents("r", "a")).toHaveLength(6);
  expect((await store.runEvents("r")).map(({ type }) => type)).toEqual(["run.edited"]);
  expect(await store.view("r")).toMatchObject({ calls: 5 });
  expect(await store.check()).toEqual([]);
  await store.close();
  await wire.close();
});

it("ends with what is wrong, and says it of all that comes after, where the trouble does not pass", async () => {
  const store = await open();
  await server.ask(url, "ALTER TABLE mezzo.events RENAME TO gone");
  await expect(store.append("r", [started("a")])).rejects.toMatchObject({ code: "store-broken" });
  await expect(store.append("r", [started("b")])).rejects.toMatchObject({ code: "store-broken" });
  await server.ask(url, "ALTER TABLE mezzo.gone RENAME TO events");
});

it.each([
  ["53100", "has no room left on its disk"],
  ["53300", "takes no more connections"],
  ["25006", "takes no writes now"],
])("waits while the server answers with %s, says that it %s, and goes on", async (code, words) => {
  const store = await open();
  await server.ask(
    url,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no' USING ERRCODE = '${code}'; END $$;
     CREATE TRIGGER refuse BEFORE INSERT ON mezzo.events EXECUTE FUNCTION refuse()`,
  );
  const waiting = store.append("r", [started("a")]);
  while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await server.ask(url, "DROP TRIGGER refuse ON mezzo.events; DROP FUNCTION refuse");
  await waiting;
  expect(said[0]).toContain(words);
  expect(await store.sampleEvents("r", "a")).toEqual([started("a")]);
});

it("stores more text at once than one statement takes", async () => {
  const store = await open();
  const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString("base64url");
  const events = [1, 2, 3, 4].map((visit) => ({
    ...step("a"),
    visit,
    writes: { trace: Array.from({ length: 45 }, noise).join("") },
  }));
  await store.append("r", events);
  expect(await (await open()).sampleEvents("r", "a")).toEqual(events);
});

it.each([
  ["a wrong password", (at: URL) => Object.assign(at, { password: "wrong" }), "store-denied"],
  ["a database that is not there", (at: URL) => Object.assign(at, { pathname: "/nowhere" }), "no-database"],
  ["a port where nobody listens", (at: URL) => Object.assign(at, { port: "1" }), "store-away"],
  [
    "a certificate that is not there",
    (at: URL) => Object.assign(at, { search: "?sslmode=verify-full&sslrootcert=/nowhere.pem" }),
    "bad-store",
  ],
  ["a server without encryption", (at: URL) => Object.assign(at, { search: "?sslmode=verify-full" }), "store-tls"],
])("says what is wrong with %s, and not the password", async (_, change, code) => {
  const opening = openPostgresStore({ url: change(new URL(url)).href, shown: "the database" });
  const error = await opening.catch((thrown) => thrown);
  expect(error).toMatchObject({ code, message: expect.stringContaining("the database") });
  expect(`${error.message} ${error.hint}`).not.toContain(server.password);
});

it("refuses a schema that is not its own, and one of a newer Mezzo", async () => {
  const own = await server.newDatabase();
  await open(own);
  await server.ask(own, "UPDATE mezzo.format SET version = 99");
  await expect(openPostgresStore({ url: own, shown: "x" })).rejects.toMatchObject({ code: "store-newer" });
  await server.ask(own, "DROP TABLE mezzo.format");
  await expect(openPostgresStore({ url: own, shown: "x", create: true })).rejects.toMatchObject({
    code: "store-foreign",
  });
});

it("makes its tables once when several open a new database together", async () => {
  const fresh = await server.newDatabase();
  await Promise.all([open(fresh), open(fresh), open(fresh)]);
  expect(await stores[1]?.runs()).toEqual([]);
});

it("refuses what a worker writes of a sample that was given to another, and keeps the rest", async () => {
  const [one, other] = [await open(), await open()];
  const [fence] = await one.sharing!.claim("r", ["a"]);
  one.sharing!.guard("r", "a", fence!);
  const config = await putCheckpoint(one, "a");
  await one.append("r", [started("a")]);
  const [newer] = await other.sharing!.claim("r", ["a"]);
  other.sharing!.guard("r", "a", newer!);
  one.stage("r", "a", [step("a")]);
  const late = [one.saver.putWrites(config, [["trace", "late"]], uuid6(1)), one.append("r", [finished("a")])];
  const fine = one.append("r", [started("b")]);
  for (const write of late) await expect(write).rejects.toMatchObject({ code: "lost-sample" });
  await expect(putCheckpoint(one, "a", { trace: "later" }, config)).rejects.toMatchObject({ code: "lost-sample" });
  await fine;
  await other.append("r", [finished("a")]);
  expect((await other.sampleEvents("r", "a")).map(({ type }) => type)).toEqual(["sample.started", "sample.finished"]);
  expect((await other.saver.getTuple(config))?.pendingWrites).toEqual([]);
  expect(await other.check()).toEqual([]);
});

it("ends a shared run once, and finishes it only when every sample has an outcome", async () => {
  const [one, other] = [await open(), await open()];
  await one.append("r", [{ type: "run.started", at: 1, plan: "f00d", samples: SAMPLES.length }]);
  const finish = { type: "run.finished", at: 9 } as const;
  expect(await one.sharing!.end("r", finish)).toBe(false);
  for (const sample of SAMPLES) await one.append("r", [started(sample), finished(sample)]);
  const ends = await Promise.all([one.sharing!.end("r", finish), other.sharing!.end("r", finish)]);
  expect(ends.sort()).toEqual([false, true]);
  expect((await one.runEvents("r")).map(({ type }) => type)).toEqual(["run.started", "run.finished"]);
});

it("shows no event above the horizon's promise while an earlier commit is under way", async () => {
  const store = await open();
  await store.append("r", [started("a")]);
  const before = await store.look.seq();
  // A commit that has its numbers and is not seen yet.
  const slow = new pg.Client({ connectionString: url });
  await slow.connect();
  await slow.query("BEGIN");
  await slow.query(
    "SELECT pg_advisory_xact_lock_shared(1836740402, ((SELECT last_value FROM mezzo.event_seq) & 2147483647)::int4), nextval('mezzo.event_seq')",
  );
  await store.append("r", [started("b")]);
  expect(await store.look.seq()).toBe(before);
  await slow.query("COMMIT");
  await slow.end();
  expect(await store.look.seq()).toBe(before + 2);
});

it("counts rightly when many stores write at once", async () => {
  const writers = await Promise.all(Array.from({ length: 4 }, () => open()));
  await Promise.all(
    SAMPLES.map(async (sample, i) => {
      for (let n = 0; n < 12; n++) await writers[i % 4]!.append("r", [n === 0 ? started(sample) : step(sample)]);
      await writers[i % 4]!.append("r", [finished(sample)]);
    }),
  );
  await Promise.all(writers.flatMap((store) => SAMPLES.map((sample) => store.sampleEvents("r", sample))));
  // One that writes and one that reads for each, and whoever asks.
  const [connections] = await server.ask(
    url,
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()",
  );
  expect(connections?.n).toBeLessThanOrEqual(2 * stores.length + 1);
  expect(await writers[0]!.view("r")).toMatchObject({ outcomes: { accepted: SAMPLES.length } });
  expect(await writers[0]!.check()).toEqual([]);
});

it("keeps a text of five megabytes, half characters and zero bytes as they are", async () => {
  const store = await open();
  const trace = `\u0000\ud800${longText("x").repeat(4_500)}\udc00`;
  const whole = longText("y").repeat(4_500);
  expect(whole.length).toBeGreaterThan(4_000_000);
  await store.append("r", [started("a"), { ...step("a"), writes: { trace, whole } }]);
  const [, event] = await (await open()).sampleEvents("r", "a");
  expect(event).toEqual({ ...step("a"), writes: { trace, whole } });
});

/** Steps as an engine writes them: see ../writer.ts. */
async function writeSteps(store: Store, sample: string, steps: number): Promise<void> {
  let config = { configurable: { thread_id: threadOf("r", sample) } };
  for (let n = 0; n < steps; n++) {
    const text = (at: number) => longText(`${sample}/${at}`);
    config = (await putCheckpoint(store, sample, { trace: text(n), rating: "hard" }, config)) as typeof config;
    await store.append("r", [{ ...call(sample, n), text: longText(`${sample}:${n}`) }]);
    store.stage("r", sample, [{ ...step(sample), visit: n + 1, writes: { trace: text(n + 1) } }]);
    await store.saver.putWrites(config, [["trace", text(n + 1)]], uuid6(n));
  }
}
