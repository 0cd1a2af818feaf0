/** docs/graph-file.md and docs/own-kind.md: made from the code where they can be, and every whole example is a graph. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { PAGES, withParts } from "../scripts/write-graph-docs.ts";
import { formatDiagnostics } from "../src/core/diagnostic-text.ts";
import { FUNCTIONS } from "../src/graph/condition-errors.ts";
import { openGraph } from "../src/graph/open.ts";
import { readPrompt } from "../src/graph/prompt-file.ts";
import { graphSchema, nodeShape } from "../src/graph/schema.ts";
import { nodeKinds } from "../src/nodes/kinds.ts";

const read = (name: string) => readFileSync(join(import.meta.dirname, "../docs", name), "utf8");
const page = read("graph-file.md");
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]+?)^\`\`\`$`, "gm"))].map((match) => match[1]!);

test.each(PAGES)("%s has the parts that the code makes (node scripts/write-graph-docs.ts)", (name) => {
  expect(read(name)).toBe(withParts(read(name)));
});

describe("docs/graph-file.md", () => {
  const examples = blocks("yaml");
  const graphs = examples.filter((text) => /^graph: /m.test(text));

  test.each(graphs.map((text) => [/^graph: (\S+)/m.exec(text)![1]!, text]))(
    "has an example %s that is sound",
    (_name, text) => {
      const folder = mkdtempSync(join(tmpdir(), "mezzo-docs-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      for (const name of ["graphs", "prompts"])
        cpSync(join(import.meta.dirname, "..", name), join(folder, name), { recursive: true });
      for (const shared of examples.filter((other) => !graphs.includes(other))) {
        const name = /^# (\S+\.yaml)\n/.exec(shared)?.[1];
        mkdirSync(join(folder, "shared"), { recursive: true });
        writeFileSync(join(folder, name!), shared);
      }
      writeFileSync(join(folder, "graphs/example.yaml"), text);
      const { plan, diagnostics, texts } = openGraph(join(folder, "graphs/example.yaml"), { env: {} });
      expect(formatDiagnostics(diagnostics, texts)).toBe("");
      expect(plan).toBeDefined();
    },
  );

  test("has a prompt that is sound", () => {
    expect(blocks("markdown").map((text) => readPrompt("judge.md", text).diagnostics)).toEqual([[]]);
  });

  test("names every key, every kind with its parameters, and every function of conditions", () => {
    expect(graphs.length).toBeGreaterThanOrEqual(4);
    const params = [...nodeKinds.values()].flatMap(({ params }) =>
      Object.keys((params as unknown as { shape: object }).shape),
    );
    for (const key of [...Object.keys(graphSchema.shape), ...Object.keys(nodeShape), ...params]) {
      expect(page, key).toContain(`| \`${key}\` |`);
    }
    for (const kind of nodeKinds.keys()) expect(page).toContain(`\n### ${kind}\n`);
    for (const name of FUNCTIONS) expect(page, name).toMatch(new RegExp(`[\`.]${name}\\(`));
  });
});
