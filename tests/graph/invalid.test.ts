/**
 * The specification of the checker: each graph in fixtures/graphs/invalid has the exact text that is printed for it
 * beside it. `MEZZO_WRITE_TEXTS=1 vitest run tests/graph/invalid.test.ts` writes the texts anew; read each one, as
 * somebody who has never seen the code, before you commit it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../../src/core/diagnostic-text.ts";
import { openGraph } from "../../src/graph/open.ts";

const root = join(import.meta.dirname, "../..");
const folder = relative(process.cwd(), join(root, "tests/fixtures/graphs/invalid"));
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe("the checker", () => {
  test.each(files)("says of %s what stands beside it", (name) => {
    const { plan, diagnostics, texts } = openGraph(join(folder, name), { env: {} });
    const printed = `${formatDiagnostics(diagnostics, texts)}\n`;
    const beside = join(folder, name.replace(/\.yaml$/, ".txt"));
    if (process.env.MEZZO_WRITE_TEXTS === "1") writeFileSync(beside, printed);

    expect(printed).toBe(readFileSync(beside, "utf8"));
    expect(plan).toBeUndefined();
    const code = basename(name, ".yaml").split("--")[0];
    if (code !== "several") expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });

  test("has a graph for each of at least 60 mistakes, of more than 40 codes", () => {
    const codes = new Set(files.map((name) => basename(name, ".yaml").split("--")[0]));
    expect(files.length).toBeGreaterThanOrEqual(60);
    expect(codes.size).toBeGreaterThanOrEqual(40);
  });

  test("leaves no text without its graph", () => {
    const texts = readdirSync(folder).filter((name) => name.endsWith(".txt"));
    expect(texts.filter((name) => !files.includes(name.replace(/\.txt$/, ".yaml")))).toEqual([]);
  });
});
