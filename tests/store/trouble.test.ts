import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MezzoError } from "../../src/core/errors.ts";
import type { Store } from "../../src/store/store.ts";
import { longText, newSample, putCheckpoint, RUN, started } from "./examples.ts";
import { type TemporaryStores, temporaryStores } from "./open.ts";

let stores: TemporaryStores;
beforeEach(() => {
  stores = temporaryStores();
});
afterEach(() => stores.dispose());

async function filled(store: Store): Promise<Store> {
  await store.createRun({ ...RUN, run: "r" });
  await store.addSamples("r", ["a", "b"].map(newSample));
  return store;
}

/** The code of what opening, or a promise, throws. */
async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(MezzoError);
    expect((error as MezzoError).message).not.toContain("\n");
    return (error as MezzoError).code;
  }
  return undefined;
}

describe("a file that cannot be a store", () => {
  it("is foreign if it is no database, and stays as it is", async () => {
    writeFileSync(stores.path, '{"id": "a"}\n'.repeat(1000));
    expect(await codeOf(() => stores.open())).toBe("store-foreign");
    expect(readFileSync(stores.path, "utf8")).toBe('{"id": "a"}\n'.repeat(1000));
  });

  it("is foreign if it is another program's database, and stays as it is", async () => {
    const other = new Database(stores.path);
    other.exec("CREATE TABLE notes (text)");
    other.close();
    const before = readFileSync(stores.path);
    expect(await codeOf(() => stores.open())).toBe("store-foreign");
    expect(readFileSync(stores.path).equals(before)).toBe(true);
  });

  it("is foreign if it is a folder", async () => {
    mkdirSync(stores.path);
    expect(await codeOf(() => stores.open())).toBe("store-foreign");
  });

  it("is refused with one line if a newer Mezzo wrote it", async () => {
    await stores.open().close();
    const db = new Database(stores.path);
    db.pragma("user_version = 99");
    db.close();
    expect(await codeOf(() => stores.open())).toBe("store-newer");
  });

  it("is taken if it is empty", async () => {
    writeFileSync(stores.path, "");
    await filled(stores.open());
  });

  it("is damaged if its pages are", async () => {
    const store = await filled(stores.open());
    for (let i = 0; i < 50; i++) await putCheckpoint(store, "a", { trace: longText(String(i)) });
    await store.close();
    const file = openSync(stores.path, "r+");
    for (let page = 1; page < statSync(stores.path).size / 4096; page++)
      writeSync(file, Buffer.alloc(4000, 7), 0, 4000, page * 4096);
    closeSync(file);
    expect(await codeOf(async () => stores.open().samples("r", { limit: 9 }))).toBe("store-damaged");
  });

  it("is read-only if its folder cannot be made", async () => {
    writeFileSync(join(stores.folder, "taken"), "");
    expect(await codeOf(() => stores.open({ path: join(stores.folder, "taken", "mezzo.db") }))).toBe("store-readonly");
  });
});

describe("a disk without room", () => {
  const mounted: string[] = [];
  afterEach(() => {
    for (const folder of mounted.splice(0)) execFileSync("umount", ["-l", folder]);
  });

  it("fails every waiter with one error, and works again once there is room and it is opened anew", async (context) => {
    const folder = join(stores.folder, "small");
    mkdirSync(folder);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1500k", "tmpfs", folder], { stdio: "ignore" });
      mounted.push(folder);
    } catch {
      console.warn("SKIPPED: only root can mount the small disk that this test fills.");
      context.skip();
    }
    const path = join(folder, "mezzo.db");
    const first = await filled(stores.open({ path }));
    writeFileSync(join(folder, "ballast"), Buffer.alloc(900_000));
    const text = (i: number) => Array.from({ length: 4_000 }, (_, j) => ((i + 1) * (j + 7) * 7919) % 99_991).join(" ");
    const waiting = Array.from({ length: 60 }, (_, i) => putCheckpoint(first, "a", { trace: text(i) }));
    const results = await Promise.allSettled([...waiting, first.append("r", [started("a")])]);
    expect(results.every(({ status }) => status === "rejected")).toBe(true);
    const reasons = new Set(results.map((result) => (result as PromiseRejectedResult).reason));
    expect([...reasons]).toEqual([expect.objectContaining({ code: "store-full" })]);
    expect(await first.sampleEvents("r", "a")).toEqual([]);

    rmSync(join(folder, "ballast"));
    await expect(first.append("r", [started("b")])).rejects.toMatchObject({ code: "store-full" });
    await first.close();
    const store = stores.open({ path });
    const config = await putCheckpoint(store, "a", { trace: text(0) });
    await store.append("r", [started("a")]);
    expect((await store.saver.getTuple(config))?.checkpoint.channel_values).toEqual({ trace: text(0) });
    expect(await store.check()).toEqual([]);
    await store.close();
  });
});

describe("a file that another process has locked", () => {
  it("is waited for without blocking, and then written to", async () => {
    const store = await filled(stores.open());
    const other = new Database(stores.path);
    other.exec("BEGIN IMMEDIATE");
    const appended = store.append("r", [started("a")]);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await new Promise((resolve) => setTimeout(resolve, 200));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
    other.exec("COMMIT");
    other.close();
    await appended;
    expect(await store.sampleEvents("r", "a")).toHaveLength(1);
  });
});
