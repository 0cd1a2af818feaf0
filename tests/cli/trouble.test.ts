/** What happens to a run when its disk, its file or its process does not hold: one clear error, and it resumes. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, type TestContext, test } from "vitest";
import { appleRows, makeRig, type Rig } from "../rig.ts";

const mounted: string[] = [];
afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync("umount", ["-l", folder]);
});

/** A disk of that size in the rig's folder `small`. */
function mountDisk(rig: Rig, size: string, context: TestContext): string {
  const folder = rig.path("small");
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    console.warn("SKIPPED: only root can mount the small disk that this test needs.");
    context.skip();
  }
  mounted.push(folder);
  return folder;
}

const remount = (folder: string, option: string) => execFileSync("mount", ["-o", `remount,${option}`, folder]);

test("a full disk stops a run with one error, and with more room it resumes to the same end", async (context) => {
  const rig = await makeRig();
  const disk = mountDisk(rig, "1500k", context);
  const server = await rig.serve({ replyChars: 4000 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(400));
  const { code, stderr } = await rig.mezzo(
    "run",
    graph,
    "--input",
    "in.jsonl",
    "--run",
    "r",
    "--store",
    "small/mezzo.db",
  );
  expect(code).toBe(1);
  expect(stderr.match(/^error /gm)).toHaveLength(1);
  expect(stderr).toContain("No room left for small/mezzo.db. (store-full)");
  remount(disk, "size=60m");
  expect((await rig.mezzo("status", "r", "--store", "small/mezzo.db")).stdout).toMatch(/^r {2}paused: .*room/);
  const resumed = await rig.json("resume", "r", "--store", "small/mezzo.db");
  expect(resumed).toMatchObject({ samples: 400, outcomes: { accepted: 400 } });
  expect(await rig.json("store", "check", "--store", "small/mezzo.db")).toMatchObject({ problems: [] });
}, 60_000);

test("a disk that can only be read is one clear error for every command, and doctor says so", async (context) => {
  const rig = await makeRig();
  const disk = mountDisk(rig, "20m", context);
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(3));
  const store = ["--store", "small/mezzo.db"];
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "r", ...store);
  remount(disk, "ro");
  for (const args of [
    ["resume", "r"],
    ["run", graph, "--input", "in.jsonl"],
    ["store", "compact"],
  ]) {
    const { code, stderr } = await rig.mezzo(...args, ...store);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error {2}Cannot write to small\/mezzo\.db\. \(store-readonly\)\n {2}Check who may write/m);
  }
  expect((await rig.mezzo("doctor", ...store)).stdout).toMatch(
    /bad\s+store\s+Cannot write to small\/mezzo\.db\. Check/,
  );
});

test("a second process on a run is told who has it and since when, and changes nothing", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 150 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(40));
  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", "--in-flight", "4");
  while ((await server.counts()).requests < 8) await sleep(5);
  for (const command of ["resume", "retry"]) {
    const { code, stderr } = await rig.mezzo(command, "r");
    expect(code).toBe(2);
    expect(stderr).toMatch(
      new RegExp(`worked on by process ${going.child.pid} on \\S+, since \\d{4}-.*\\(run-held\\)`),
    );
  }
  going.child.kill("SIGKILL");
  await going.ended;
  expect((await rig.mezzo("status", "r")).stdout).toMatch(/^r {2}paused: its process ended without a word/);
  await server.set({ latencyMs: 0 });
  expect(await rig.json("resume", "r")).toMatchObject({ outcomes: { accepted: 40 } });
});

test("a store deleted under a run stops it: nothing more is paid for in vain", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ latencyMs: 400, spread: 0 });
  const graph = await rig.distillAt(server.url);
  await rig.write("in.jsonl", appleRows(400));
  const going = rig.start("run", graph, "--input", "in.jsonl", "--run", "r", "--in-flight", "4");
  while ((await server.counts()).requests < 8) await sleep(5);
  rmSync(rig.path("state"), { recursive: true });
  const { code, stderr } = await going.ended;
  expect(code).toBe(1);
  expect(stderr).toContain("state/mezzo.db was deleted or moved while run r went on");
  expect(stderr).not.toContain("next:");
  expect((await server.counts()).requests).toBeLessThan(200);
});

test("a backup that can't be written, and an .env that can't be read, are told in one line", async () => {
  const rig = await makeRig();
  const graph = await rig.distillAt((await rig.serve()).url);
  await rig.write("in.jsonl", appleRows(2));
  await rig.json("run", graph, "--input", "in.jsonl", "--run", "r");
  const backup = await rig.mezzo("store", "backup", "nowhere/copy.db");
  expect(backup.code).toBe(1);
  expect(backup.stderr).toMatch(/^error {2}Cannot write to nowhere\/copy\.db/);
  expect(backup.stderr).not.toContain("    at ");
  mkdirSync(rig.path(".env"));
  const run = await rig.mezzo("run", graph, "--input", "in.jsonl");
  expect(run.code).toBe(2);
  expect(run.stderr).toMatch(/^error {2}The \.env file can't be read: EISDIR/);
  expect(run.stderr).not.toContain("    at ");
});
