import { readFile, symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { FileList, FileText } from "../../src/studio/api.ts";
import { makeHostileFiles } from "./hostile.ts";
import { type OpenStudio, openStudio } from "./rig.ts";

const withFiles = () =>
  openStudio(async (_store, rig) => {
    await makeHostileFiles(rig.folder);
    await rig.write("graphs/good.yaml", "graph: good\n");
    await rig.write("prompts/good.md", "---\npurpose: x\n---\n");
    await rig.write(".env", "KEY=secret");
  });
const fileAt = (studio: OpenStudio, path: string) => studio.get<FileText>(`/api/file?${new URLSearchParams({ path })}`);

describe("files", () => {
  it("lists graphs, prompts and inputs of the project, and no link that leads out", async () => {
    const { graphs, prompts, inputs } = await (await withFiles()).get<FileList>("/api/files");
    expect(graphs.map(({ path }) => path)).toEqual([
      "graphs/<img src=x onerror=window.hacked=30>.yaml",
      "graphs/good.yaml",
      "graphs/with-key.yaml",
    ]);
    expect(prompts.map(({ path }) => path)).toEqual(["prompts/<script>window.hacked=31<.md", "prompts/good.md"]);
    expect(inputs).toEqual([]);
  });

  it.each([
    "/etc/passwd",
    "../outside/secret.yaml",
    "graphs/../outside/secret.yaml",
    "graphs/./good.yaml",
    "graphs/link.yaml",
    "graphs/folder/secret.yaml",
    "prompts/etc/hosts.md",
    "prompts/passwd.md",
    "graphs/..\\outside\\secret.yaml",
    "graphs/good.yaml\u0000.md",
    "graphs",
    "graphs/",
    "secret.md",
    ".env",
    "graphs/samples.jsonl",
    "C:graphs/good.yaml",
    "__proto__/good.yaml",
  ])("neither opens nor saves nor checks nor starts %j", async (path) => {
    const studio = await withFiles();
    const refused = { code: expect.stringMatching(/^outside-project$/) };
    await expect(fileAt(studio, path)).rejects.toMatchObject(refused);
    await expect(studio.post("/api/file", { path, text: "graph: x\n", version: null })).rejects.toMatchObject(refused);
    await expect(studio.post("/api/check", { path })).rejects.toMatchObject(refused);
    await expect(studio.post("/api/check", { path: "graphs/good.yaml", texts: { [path]: "" } })).rejects.toMatchObject(
      refused,
    );
    await expect(studio.post("/api/start", { graph: path, input: "graphs/input.jsonl" })).rejects.toMatchObject(
      refused,
    );
    expect(await readFile(studio.rig.path("outside/secret.yaml"), "utf8")).toBe("graph: secret\n");
  });

  it.each(["/etc/passwd", "../x.jsonl", "graphs/input.jsonl", "/dev/stdin", "-", "state/mezzo.db"])(
    "starts no run with the input %j",
    async (input) => {
      const studio = await withFiles();
      const started = studio.post("/api/start", { graph: "graphs/good.yaml", input });
      await expect(started).rejects.toMatchObject({ code: "outside-project" });
    },
  );

  it("checks a graph that names files outside without reading them", async () => {
    const studio = await withFiles();
    const text = "include: [../outside/secret.yaml, ../../../../etc/passwd]\ngraph: x\n";
    const checked = await studio.post("/api/check", { path: "graphs/good.yaml", texts: { "graphs/good.yaml": text } });
    expect(JSON.stringify(checked)).not.toContain("graph: secret");
    expect(JSON.stringify(checked)).not.toContain("root:");
  });

  it("saves the version that was edited, and no other", async () => {
    const studio = await withFiles();
    const before = await fileAt(studio, "graphs/good.yaml");
    const saved = await studio.post<FileText>("/api/file", {
      path: before.path,
      text: "graph: better # ✓\n",
      version: before.version,
    });
    expect(await studio.rig.read("graphs/good.yaml")).toBe("graph: better # ✓\n");
    expect(saved.version).not.toBe(before.version);
    const late = studio.post("/api/file", { path: before.path, text: "graph: late\n", version: before.version });
    await expect(late).rejects.toMatchObject({ status: 409, code: "file-changed" });
    const asNew = studio.post("/api/file", { path: before.path, text: "graph: new\n", version: null });
    await expect(asNew).rejects.toMatchObject({ status: 409 });
    await studio.post("/api/file", { path: "graphs/deep/new.yaml", text: "graph: new\n", version: null });
    expect(await studio.rig.read("graphs/deep/new.yaml")).toBe("graph: new\n");
  });

  it("saves through a link within the folder, and keeps the link", async () => {
    const studio = await withFiles();
    await symlink(studio.rig.path("graphs/good.yaml"), studio.rig.path("graphs/same.yaml"));
    const { version } = await fileAt(studio, "graphs/same.yaml");
    await studio.post("/api/file", { path: "graphs/same.yaml", text: "graph: through\n", version });
    expect(await studio.rig.read("graphs/good.yaml")).toBe("graph: through\n");
    expect((await fileAt(studio, "graphs/same.yaml")).text).toBe("graph: through\n");
  });

  it("shows no key, and neither saves one nor over one", async () => {
    const studio = await withFiles();
    const locked = await fileAt(studio, "graphs/with-key.yaml");
    expect(locked.text).toContain("apiKey: ***");
    expect(locked.locked).toMatch(/key/);
    const over = { path: locked.path, text: "graph: x\n", version: locked.version };
    await expect(studio.post("/api/file", over)).rejects.toMatchObject({ code: "secret-in-file" });
    const { version } = await fileAt(studio, "graphs/good.yaml");
    const written = { path: "graphs/good.yaml", text: "apiKey: sk-0123456789abcdefghij\n", version };
    await expect(studio.post("/api/file", written)).rejects.toMatchObject({ code: "secret-in-file" });
    expect(await studio.rig.read("graphs/good.yaml")).toBe("graph: good\n");
  });
});
