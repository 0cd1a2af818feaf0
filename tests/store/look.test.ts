import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { fill, lookContract } from "./look-contract.ts";
import { sqliteUnderTest, type TemporaryStores, temporaryStores } from "./open.ts";

lookContract("SQLite", async () => sqliteUnderTest());

let stores: TemporaryStores;
let store: Store;
beforeEach(async () => {
  stores = temporaryStores();
  store = stores.open();
  await fill(store, "r");
});
afterEach(() => stores.dispose());

it("keeps nothing of a run that is deleted", async () => {
  await store.deleteRun("r");
  const db = new Database(stores.path);
  for (const table of ["standings", "ways", "gists", "series"])
    expect(db.prepare(`SELECT * FROM ${table}`).all()).toEqual([]);
  db.close();
});

it("finds samples of a file of the first format once it has caught up", async () => {
  const { samples: before } = await idsAndStandings();
  await store.close();
  const db = new Database(stores.path);
  db.exec(
    "UPDATE standings SET way = NULL, seq = 0, calls = 7, cost = 7, ms = 7; DELETE FROM ways; DELETE FROM gists;",
  );
  db.close();
  store = stores.open();
  expect(await store.look.total("r", { nodes: ["condense"] })).toBe(0);
  while (await store.look.catchUp());
  expect((await idsAndStandings()).samples).toEqual(before);
  expect(await store.check()).toEqual([]);
});

const idsAndStandings = () => store.look.samples("r", {}, { sort: "input", limit: 100 });
