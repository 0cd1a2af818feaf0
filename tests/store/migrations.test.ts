import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CURRENT_VERSION, migrate } from "../../src/store/migrations.ts";
import { newSample, RUN } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";

let stores: TemporaryStores;
beforeEach(() => {
  stores = temporaryStores();
});
afterEach(() => stores.dispose());

const schemaOf = (db: Database.Database) => db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();

it.each(Array.from({ length: CURRENT_VERSION }, (_, version) => version))(
  "brings a file of version %i to what a new one is",
  async (version) => {
    const old = new Database(stores.path);
    migrate(old, version);
    old.close();
    const store = stores.open();
    await store.createRun({ ...RUN, run: "r" });
    await store.addSamples("r", [newSample("a")]);
    await store.close();
    const fresh = new Database(":memory:");
    migrate(fresh);
    const upgraded = new Database(stores.path);
    expect(schemaOf(upgraded)).toEqual(schemaOf(fresh));
    expect(upgraded.pragma("user_version", { simple: true })).toBe(CURRENT_VERSION);
    upgraded.close();
  },
);

it("reads events and samples as the first format wrote them", async () => {
  const store = stores.open();
  await store.createRun({ ...RUN, run: "r" });
  await store.addSamples("r", [newSample("a"), newSample("b")]);
  const db = new Database(stores.path);
  const insert = db.prepare("INSERT INTO events (of, type, request, body) VALUES (?, ?, NULL, ?)");
  const second = 2 ** 32 + 2;
  insert.run(2 ** 32, 2, '[7,"budget","spent"]');
  insert.run(second, 4, '[8,"judge",["collect"]]');
  insert.run(second, 5, '[9,"judge",1,0,"judge","qwq","00",[],"~~hi",null,"stop",{"in":1,"out":2},0.5,1,0,1]');
  insert.run(second, 6, '[10,"judge","rate",1,"hard","condense",[],{"rating":"hard"},null,null,1,3]');
  insert.run(second, 7, '[11,"exhausted","five rounds",["condense"],9,5]');
  insert.run(second, 8, '[{"later":true},12,"exhausted","judge"]');
  db.prepare("UPDATE samples SET status = 3, started = 1, reason = 'five rounds' WHERE id = 'b'").run();
  db.close();
  expect(await store.runEvents("r")).toEqual([{ type: "run.paused", at: 7, code: "budget", reason: "spent" }]);
  expect(await store.sampleEvents("r", "b")).toEqual([
    { type: "sample.started", sample: "b", at: 8, next: "judge", skipped: ["collect"] },
    {
      ...{ type: "call.finished", sample: "b", at: 9, node: "judge", visit: 1, ask: 0, role: "judge", model: "qwq" },
      ...{ requestHash: "00", messages: [], text: "~hi", finish: "stop", usage: { in: 1, out: 2 }, costUsd: 0.5 },
      ...{ ms: 1, waitedMs: 0, attempts: 1 },
    },
    {
      ...{ type: "step.finished", sample: "b", at: 10, node: "judge", kind: "rate", visit: 1, label: "hard" },
      ...{ next: "condense", skipped: [], writes: { rating: "hard" }, calls: 1, ms: 3 },
    },
    {
      ...{ type: "sample.finished", sample: "b", at: 11, outcome: "exhausted", reason: "five rounds" },
      ...{ shapedBy: ["condense"], tokensBefore: 9, tokensAfter: 5 },
    },
    { type: "sample.reopened", sample: "b", at: 12, was: "exhausted", next: "judge", later: true },
  ]);
  expect((await store.samples("r", { outcomes: ["exhausted"], limit: 9 })).map(({ id }) => id)).toEqual(["b"]);
});
