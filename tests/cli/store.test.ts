/** `mezzo store`, and what `--keep` leaves in it. */
import { existsSync, openSync, statSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { appleRows, makeRig, type Rig } from "../rig.ts";

async function withRuns(...runs: readonly (readonly string[])[]): Promise<Rig> {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(12));
  for (const flags of runs) await rig.json("run", graph, "--input", "in.jsonl", ...flags);
  return rig;
}

function countIn(rig: Rig, table: string, run: number): number {
  const db = new Database(rig.path("state/mezzo.db"), { readonly: true });
  const [from, to] = [run * 2 ** 32, (run + 1) * 2 ** 32 - 1];
  const count = db.prepare(`SELECT count(*) FROM ${table} WHERE thread BETWEEN ? AND ?`).pluck().get(from, to);
  db.close();
  return Number(count);
}

test("--keep bounds the checkpoints that stay of finished samples; outcomes, exports and the check do not suffer", async () => {
  const rig = await withRuns(["--run", "a"], ["--run", "b", "--keep", "last"], ["--run", "c", "--keep", "outcomes"]);
  expect(countIn(rig, "checkpoints", 1)).toBeGreaterThan(36);
  expect(countIn(rig, "checkpoints", 2)).toBe(12);
  expect(countIn(rig, "checkpoints", 3)).toBe(0);
  expect(countIn(rig, "writes", 3)).toBe(0);
  const exported = [];
  for (const run of ["a", "c"]) {
    await rig.mezzo("export", run, "--out", `${run}.jsonl`);
    exported.push(await rig.read(`${run}.jsonl`));
  }
  expect(exported[1]).toBe(exported[0]);
  expect(await rig.json("store", "check")).toEqual({ store: "state/mezzo.db", problems: [] });
});

test("--keep stays with the run: resume keeps as little", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 60 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(24));
  const flags = ["--input", "in.jsonl", "--run", "r", "--keep", "outcomes", "--in-flight", "8"];
  const going = rig.start("run", graph, ...flags);
  while ((await server.counts()).requests < 30) await sleep(5);
  going.child.kill("SIGINT");
  await going.ended;
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: 24 } });
  expect(countIn(rig, "checkpoints", 1)).toBe(0);
});

test("a run is deleted for good only with --yes, the others stay, and compact gives the room back", async () => {
  const rig = await withRuns(["--run", "a"], ["--run", "b", "--set", "nodes.judge.votes=1"]);
  const asked = await rig.mezzo("store", "delete", "a");
  expect(asked.code).toBe(2);
  expect(asked.stderr).toMatch(/This deletes run a: 12 samples, \d+ calls/);
  expect(asked.stderr).toContain("--yes");
  expect(await rig.json("store", "delete", "a", "--yes")).toMatchObject({ deleted: "a", samples: 12 });
  expect(await rig.json<object[]>("status")).toMatchObject([{ run: "b", state: "finished" }]);
  const { bytesBefore, bytesAfter } = await rig.json<{ bytesBefore: number; bytesAfter: number }>("store", "compact");
  expect(bytesAfter).toBeLessThan(bytesBefore);
  expect(statSync(rig.path("state/mezzo.db")).size).toBe(bytesAfter);
  expect(await rig.json("store", "check")).toMatchObject({ problems: [] });
  expect((await rig.mezzo("store", "delete", "a", "--yes")).stderr).toContain('There is no run "a"');
});

test("a run that is worked on is not deleted, and the backup taken meanwhile is a store that resumes", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 100 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(24));
  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", "--in-flight", "4");
  while ((await server.counts()).requests < 12) await sleep(5);
  const refused = await rig.mezzo("store", "delete", "r", "--yes");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`process ${going.child.pid}`);
  expect((await rig.mezzo("store", "compact")).code).toBe(2);
  const backup = await rig.mezzo("store", "backup", "copy.db");
  expect(backup.stderr).toMatch(/backed up state\/mezzo\.db to copy\.db, [\d.]+ KB/);
  going.child.kill("SIGKILL");
  await going.ended;
  await server.set({ latencyMs: 0 });
  expect(await rig.json("resume", "r", "--store", "copy.db")).toMatchObject({ outcomes: { accepted: 24 } });
  const again = await rig.mezzo("store", "backup", "copy.db");
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("copy.db is there already");
});

test("check names what is wrong and ends with 1", async () => {
  const rig = await withRuns(["--run", "a"]);
  const db = new Database(rig.path("state/mezzo.db"));
  db.exec("UPDATE tallies SET sum = sum + 1 WHERE path = 'calls'");
  db.close();
  const { code, stdout, stderr } = await rig.mezzo("store", "check");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^run a: counter "calls" is \d+, its events make \d+\n$/);
  expect(stderr).toContain("1 problem");
});

test("a damaged page is one clear error, for check and for every other command", async () => {
  const rig = await withRuns(["--run", "a"]);
  const path = rig.path("state/mezzo.db");
  const file = openSync(path, "r+");
  for (let page = 1; page < statSync(path).size / 4096; page++)
    writeSync(file, Buffer.alloc(4000, 7), 0, 4000, page * 4096);
  for (const args of [["status"], ["resume", "a"], ["inspect", "a"], ["store", "check"]]) {
    const { code, stdout, stderr } = await rig.mezzo(...args);
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/damaged/);
    expect(stderr).not.toMatch(/Internal error|\n {4}at /);
  }
});

test("where there is no store, that is said, and none is made", async () => {
  const rig = await makeRig();
  for (const args of [
    ["store", "check"],
    ["store", "compact"],
    ["store", "backup", "b.db"],
  ]) {
    const { code, stderr } = await rig.mezzo(...args);
    expect(code).toBe(2);
    expect(stderr).toContain("state/mezzo.db does not exist");
  }
  expect(existsSync(rig.path("state"))).toBe(false);
});
