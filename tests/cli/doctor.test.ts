/** `mezzo doctor`: one line for each thing, with what to do about it. */
import { chmod, mkdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { appleRows, makeRig } from "../rig.ts";

interface Finding {
  readonly about: string;
  readonly verdict: string;
  readonly said: string;
  readonly hint?: string;
}

test("tells of Node, SQLite, store, disk, machine and sandbox, and makes nothing", async () => {
  const rig = await makeRig();
  const { code, stdout } = await rig.mezzo("doctor");
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.split(/\s+/)[1])).toEqual(["mezzo", "sqlite", "store", "disk", "machine", "sandbox"]);
  expect(stdout).toContain(`Node ${process.versions.node}`);
  expect(stdout).toContain("state/mezzo.db is not there yet, and can be made");
  await expect(rig.read("state/mezzo.db")).rejects.toThrow("ENOENT");
});

test("tells a store that is there from a file that is none", async () => {
  const rig = await makeRig();
  await rig.write("in.jsonl", appleRows(2));
  await rig.json("run", await rig.distillAt((await rig.serve()).url), "--input", "in.jsonl");
  expect((await rig.json<Finding[]>("doctor"))[2]).toMatchObject({
    verdict: "ok",
    said: expect.stringContaining("1 run"),
  });
  const other = await rig.mezzo("doctor", "--store", "in.jsonl");
  expect(other.code).toBe(1);
  expect(other.stdout).toMatch(/bad\s+store\s+in\.jsonl is not a Mezzo store/);
});

test("tells of a folder that takes no files", async (context) => {
  if (process.getuid?.() === 0) {
    console.warn("SKIPPED: root may write everywhere.");
    context.skip();
  }
  const rig = await makeRig();
  await mkdir(rig.path("locked"));
  await chmod(rig.path("locked"), 0o555);
  const { code, stdout } = await rig.mezzo("doctor", "--store", "locked/mezzo.db");
  expect(code).toBe(1);
  expect(stdout).toMatch(/bad\s+store\s+Cannot write/);
});

test("asks each endpoint of a graph once, whichever roles share it, and shows no key", async () => {
  const rig = await makeRig();
  const server = await rig.serve({ models: ["teacher", "rewriter", "judge"] });
  await rig.distillAt(server.url, ', apiKey: "${KEY}"');
  const graph = "graphs/distill.yaml";
  const judged = (await rig.read(graph)).replace("model: rewriter, baseUrl", "model: judge, baseUrl");
  await rig.write(graph, judged);
  const env = { KEY: "sk-secret-of-mine" };
  const { code, stdout, stderr } = await rig.startWith({ env }, "doctor", graph, "--ask").ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/ok\s+teacher\s+http:\S+ answers in \d+ ms, and has teacher/);
  expect(stdout).toMatch(/ok\s+rewriter, judge\s+http:\S+ answers in \d+ ms, and has judge/);
  expect(stdout).toMatch(/ok\s+rewriter, judge\s+judge replied in \d+ ms/);
  expect((await server.counts()).requests).toBe(2);
  expect(stdout + stderr).not.toContain(env.KEY);
  await server.close();
  const away = await rig.startWith({ env }, "doctor", graph).ended;
  expect(away.code).toBe(1);
  expect(away.stdout).toMatch(/bad\s+teacher\s+Nobody answers at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Is the server up/);
});
