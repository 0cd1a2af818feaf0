import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { call, finished, longText, newSample, putCheckpoint, RUN, started, step } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";

let stores: TemporaryStores;
let store: Store;
beforeEach(async () => {
  stores = temporaryStores();
  store = stores.open();
  await store.createRun({ ...RUN, run: "r" });
  await store.addSamples("r", ["a", "b"].map(newSample));
});
afterEach(() => stores.dispose());

describe("a backup", () => {
  it("is a whole store at one moment, though others go on writing", async () => {
    const writer = stores.open();
    let written = 0;
    let isOver = false;
    const writing = (async () => {
      while (!isOver) await writer.append("r", [{ ...call("a", written++), text: longText(`t${written}`) }]);
    })();
    for (let i = 0; i < 3; i++) {
      const path = join(stores.folder, `backup${i}.db`);
      await store.backup(path);
      expect(existsSync(`${path}.part`)).toBe(false);
      const copy = stores.open({ path });
      expect(await copy.check()).toEqual([]);
      expect((await copy.sampleEvents("r", "a")).length).toBeLessThanOrEqual(written);
    }
    isOver = true;
    await writing;
  });

  it("that cannot be written says so and leaves nothing behind", async () => {
    await expect(store.backup(join(stores.folder, "none", "b.db"))).rejects.toThrow();
    expect(existsSync(join(stores.folder, "none"))).toBe(false);
  });
});

describe("check", () => {
  /** Spoils the file behind the store's back. */
  function spoil(sql: string): void {
    const db = new Database(stores.path);
    expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
    db.close();
  }

  beforeEach(async () => {
    await store.append("r", [started("a"), call("a", 0), step("a"), finished("a")]);
    await putCheckpoint(store, "a", { trace: longText("a") });
    expect(await store.check()).toEqual([]);
  });

  it.each([
    ["a text that is missing", "DELETE FROM texts WHERE key = (SELECT max(key) FROM texts)", /missing/],
    [
      "a text that cannot be unpacked",
      "UPDATE texts SET body = x'28b52ffd00' WHERE key = 1",
      /unpacked|zstd|not the text/i,
    ],
    ["a text that is another one", "UPDATE texts SET body = 'something else' WHERE key = 1", /not the text/],
    ["a counter that is off", "UPDATE tallies SET sum = sum + 1 WHERE path = 'calls'", /calls.*is 2.*make 1/],
    ["an outcome without its event", "UPDATE samples SET status = 3 WHERE id = 'b'", /sample b/],
    ["an outcome that its event does not have", "UPDATE samples SET status = 4 WHERE id = 'a'", /sample a/],
  ])("finds %s", async (_, sql, line) => {
    spoil(sql);
    expect((await store.check()).join("\n")).toMatch(line);
  });
});

describe("a holder", () => {
  it("that was killed is noticed at once", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const mine = { pid: process.pid, host: hostname(), since: 2 };
    await store.hold("r", { pid: child.pid!, host: hostname(), since: 1 });
    await expect(store.hold("r", mine)).rejects.toMatchObject({ code: "run-held" });
    child.kill("SIGKILL");
    await once(child, "close");
    expect((await store.findRun("r"))?.holder).toBeUndefined();
    await store.hold("r", mine);
  });

  it("is not mistaken for a process that got its pid later", async () => {
    await store.hold("r", { pid: process.pid, host: hostname(), since: 1 });
    const db = new Database(stores.path);
    db.prepare("UPDATE runs SET holder_birth = '1'").run();
    db.close();
    await store.hold("r", { pid: process.pid, host: hostname(), since: 2 });
  });

  it("on another machine is taken for alive, unless someone who knows takes the run over", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", "0"]);
    await store.hold("r", { pid, host: "elsewhere", since: 1 });
    const mine = { pid: process.pid, host: hostname(), since: 2 };
    await expect(store.hold("r", mine)).rejects.toThrow(/elsewhere/);
    await store.hold("r", mine, { takeOver: true });
    expect((await store.findRun("r"))?.holder).toEqual(mine);
  });
});
