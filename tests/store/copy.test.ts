/** A whole store from one place to another and back. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { uuid6 } from "@langchain/langgraph-checkpoint";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { copyStore } from "../../src/store/copy/copy.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { readPlace, type StorePlace } from "../../src/store/where.ts";
import { startPostgres, type TestPostgres } from "../postgres.ts";
import { call, finished, longText, newSample, putCheckpoint, RUN, started, step } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";

let server: TestPostgres;
let stores: TemporaryStores;
let file: StorePlace;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  stores = temporaryStores();
  file = readPlace(stores.path, {});
  const store = stores.open();
  await fill(store);
  await store.close();
});
afterEach(() => stores.dispose());

const newServerPlace = async () => readPlace(await server.newDatabase(), {});
const fileAt = (name: string) => readPlace(join(stores.folder, name), {});

/** A run under way, with odd texts, an edited plan, a thread of its own, and one deleted before it. */
async function fill(store: Store): Promise<void> {
  await store.createRun({ ...RUN, run: "gone" });
  await store.deleteRun("gone");
  await store.createRun({ ...RUN, run: "r" });
  const odd = { ...newSample("odd\u0000/é"), state: { problem: `\ud800\u0000~${longText("o")}\udc00` } };
  await store.addSamples("r", [...["a", "b", "c"].map(newSample), odd]);
  await store.append("r", [{ type: "run.started", at: 1, plan: "f00d", samples: 4 }]);
  await store.append("r", [started("a"), call("a", 0), step("a"), finished("a"), started("b"), call("b", 0)]);
  await store.editPlan("r", { plan: "beef", planBody: `{"x":"${"y".repeat(900)}"}`, at: 9 });
  const config = await putCheckpoint(store, "b", { trace: longText("b"), rating: "hard" });
  store.stage("r", "b", [step("b")]);
  await store.saver.putWrites(config, [["trace", longText("b2")]], uuid6(1));
  await putCheckpoint(store, "b", { other: 1 }, { configurable: { thread_id: "no sample's" } });
}

it("moves from a file to a server and back, and nothing is different", async () => {
  const place = await newServerPlace();
  const there = await copyStore(file, place);
  const back = await copyStore(place, fileAt("back.db"));
  const between = await copyStore(place, await newServerPlace());
  expect([back, between]).toEqual([there, there]);
  for (const at of [place, fileAt("back.db")]) {
    const store = await openStore(at);
    expect(await store.check()).toEqual([]);
    // And it goes on: new keys and numbers come after those that were copied.
    await store.append("r", [finished("b"), started("c")]);
    await store.createRun({ ...RUN, run: "s" });
    await store.addSamples("s", [newSample("a")]);
    expect((await store.samples("r", { outcomes: ["accepted"], limit: 9 })).map(({ id }) => id)).toEqual(["a", "b"]);
    const events = (await store.sampleEvents("r", "b")).map(({ type }) => type);
    expect(events).toEqual(["sample.started", "call.finished", "step.finished", "sample.finished"]);
    expect((await store.look.samples("r", {}, { sort: "recent", limit: 1 })).samples[0]?.id).toBe("c");
    expect(await store.check()).toEqual([]);
    await store.close();
  }
});

it("keeps nothing of a copy that does not come to its end", async () => {
  const place = await newServerPlace();
  const stop = () => {
    throw new Error("the power went");
  };
  await expect(copyStore(file, place, stop)).rejects.toThrow("the power went");
  await expect(copyStore(file, fileAt("half.db"), stop)).rejects.toThrow("the power went");
  expect(
    ["half.db", "half.db.part", "half.db.part-wal"].filter((name) => existsSync(join(stores.folder, name))),
  ).toEqual([]);
  await copyStore(file, place);
});

it("puts nothing into a place where there is something", async () => {
  const place = await newServerPlace();
  await copyStore(file, place);
  await expect(copyStore(file, place)).rejects.toMatchObject({ code: "store-not-empty" });
  await expect(copyStore(place, file)).rejects.toMatchObject({ code: "file-exists" });
});

it("refuses a copy that is not what was read", async () => {
  const place = await newServerPlace();
  await (await openStore(place, { create: true })).close();
  const spoil =
    "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.line := 9; RETURN NEW; END $$";
  await server.ask(
    place.kind === "server" ? place.url : "",
    `${spoil}; CREATE TRIGGER spoil BEFORE INSERT ON mezzo.samples FOR EACH ROW EXECUTE FUNCTION spoil()`,
  );
  await expect(copyStore(file, place)).rejects.toMatchObject({ code: "copy-differs" });
  const [kept] = await server.ask(
    place.kind === "server" ? place.url : "",
    "SELECT count(*)::int AS n FROM mezzo.samples",
  );
  expect(kept).toEqual({ n: 0 });
});
