/** More rows for a run, and a kill between two batches of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NewSample } from "../../src/core/sample.ts";
import { extendRun, inputCutShort } from "../../src/engine/extend.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mezzo-test-"));
  store = openSqliteStore({ path: join(folder, "mezzo.db") });
  await store.createRun({ run: "r", graph: "g", plan: "p", planBody: "{}", settings: {}, at: 1 });
  await store.addSamples("r", rowsUpTo(3));
  await store.append("r", [{ type: "run.started", at: 1, plan: "p", samples: 3 }]);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function rowsUpTo(count: number): NewSample[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ id: `s${n}`, line: n + 1, state: { problem: `p${n}` } },
    source: { id: `s${n}`, problem: `p${n}` },
  }));
}

async function* given(rows: readonly NewSample[]): AsyncGenerator<NewSample> {
  yield* rows;
}

const extend = (rows: readonly NewSample[], more: object = {}) =>
  extendRun(store, "r", { rows: () => given(rows), input: "in.jsonl", changedRows: "stop", ...more });

test("an addition that was killed is known as such, and the same command adds the rest", async () => {
  const rows = rowsUpTo(1_203);
  let reads = 0;
  async function* dying(): AsyncGenerator<NewSample> {
    reads += 1;
    for (const [n, row] of rows.entries()) {
      if (reads === 2 && n === 600) throw new Error("killed");
      yield row;
    }
  }
  await expect(extend(rows, { rows: dying })).rejects.toThrow("killed");
  expect(await store.view("r")).toMatchObject({ samples: 503 });
  expect(await inputCutShort(store, "r")).toBe("in.jsonl");
  expect(await extend(rows)).toEqual({ added: 700, known: 503, changed: 0 });
  expect(await store.view("r")).toMatchObject({ samples: 1_203 });
  expect(await inputCutShort(store, "r")).toBeUndefined();
  expect((await store.samples("r", { after: 1_199, limit: 9 })).map(({ id }) => id)).toEqual([
    "s1200",
    "s1201",
    "s1202",
  ]);
  expect(await store.check()).toEqual([]);
});

test("a changed row stops it before anything is added, and nothing at all is on a dry run", async () => {
  const rows = rowsUpTo(5);
  const changed = rows.map((row) => (row.id === "s1" ? { ...row, source: { ...row.source, problem: "other" } } : row));
  await expect(extend(changed)).rejects.toMatchObject({
    code: "changed-row",
    message: expect.stringContaining("line 2 (s1)"),
  });
  expect(await extend(rows, { dryRun: true })).toEqual({ added: 2, known: 3, changed: 0 });
  expect(await store.view("r")).toMatchObject({ samples: 3 });
  expect(await extend(changed, { changedRows: "keep" })).toEqual({ added: 2, known: 2, changed: 1 });
  expect(await store.findSample("r", "s1")).toMatchObject({ source: { problem: "p1" } });
});
