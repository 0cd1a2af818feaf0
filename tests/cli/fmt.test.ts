/** `mezzo fmt` on files: in place, through links, and with --check not at all. */
import { lstat, readdir, readFile, stat, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeRig } from "../rig.ts";

test("tidies in place, through a link too; --check only tells, and a broken file is told and left", async () => {
  const rig = await makeRig();
  await rig.write("a.yaml", "graph:   a\n");
  await rig.write("b.yaml", "graph: b\n");
  await rig.write("broken.yaml", "graph: [a\n");
  await symlink(rig.path("a.yaml"), rig.path("link.yaml"));
  const check = await rig.mezzo("fmt", "--check", "link.yaml", "b.yaml");
  expect([check.code, check.stdout]).toEqual([1, "link.yaml\n"]);
  expect(await rig.read("a.yaml")).toBe("graph:   a\n");
  const { mode } = await stat(rig.path("a.yaml"));
  const done = await rig.mezzo("fmt", "link.yaml", "b.yaml", "broken.yaml");
  expect([done.code, done.stdout]).toEqual([1, "link.yaml\n"]);
  expect(done.stderr).toContain("broken.yaml:");
  expect(await readFile(rig.path("link.yaml"), "utf8")).toBe("graph: a\n");
  expect((await lstat(rig.path("link.yaml"))).isSymbolicLink()).toBe(true);
  expect((await stat(rig.path("a.yaml"))).mode).toBe(mode);
  expect(await rig.read("broken.yaml")).toBe("graph: [a\n");
  expect((await readdir(rig.folder)).sort()).toEqual(["a.yaml", "b.yaml", "broken.yaml", "link.yaml"]);
  expect((await rig.mezzo("fmt", "--check", "a.yaml", "b.yaml")).code).toBe(0);
});
