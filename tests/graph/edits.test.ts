/** No text, however it came about, gives anything but diagnostics or a plan. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDiagnostics } from "../../src/core/diagnostic-text.ts";
import { MezzoError } from "../../src/core/errors.ts";
import { drawMermaid } from "../../src/graph/diagram.ts";
import { openGraph } from "../../src/graph/open.ts";
import { readPrompt } from "../../src/graph/prompt-file.ts";
import { makeFolder } from "./folder.ts";

// The same edits each time: a run of the suite tells of a change, not of luck. MEZZO_SEED=<n> looks elsewhere.
fc.configureGlobal({ seed: Number(process.env.MEZZO_SEED ?? 20261123) });

const root = join(import.meta.dirname, "../..");
const distill = readFileSync(join(root, "graphs/distill.yaml"), "utf8");
const judge = readFileSync(join(root, "prompts/judge.md"), "utf8");
const prompts = Object.fromEntries(
  readdirSync(join(root, "prompts"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => [`prompts/${name}`, readFileSync(join(root, "prompts", name), "utf8")]),
);

const scrap = fc.oneof(
  fc.constantFrom(
    "",
    "\n",
    " ",
    "  ",
    "\t",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "#",
    "&a ",
    "*a",
    "<<: ",
    "!x ",
    "|",
    ">-",
    "?",
    "---\n",
    "%",
    "@",
    "`",
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    ".nan",
    "[]",
    "{}",
    "${X}",
    "${X:-3}",
    "${",
    "__proto__",
    "constructor",
    "toString",
    "accepted",
    "exhausted",
    "judge",
    "then",
    "when",
    "kind: rate",
    "nodes:",
    "\r\n",
    "\u0000",
    "\u2028",
    "😀",
    "\\",
    "\\u",
    "has(trace)",
    "tokens(",
    " sk-0123456789abcdef0123 ",
  ),
  fc.string({ maxLength: 6 }),
);
const edit = fc.record({ at: fc.nat(), cut: fc.nat(30), put: scrap });

function apply(text: string, edits: readonly { at: number; cut: number; put: string }[]): string {
  return edits.reduce((before, { at, cut, put }) => {
    const from = at % (before.length + 1);
    return before.slice(0, from) + put + before.slice(from + cut);
  }, text);
}

/** Puts one line of the file somewhere else: keys that end up under the wrong parent. */
const moveLine = fc.record({ from: fc.nat(), to: fc.nat(), indent: fc.integer({ min: -4, max: 4 }) });
function move(text: string, { from, to, indent }: { from: number; to: number; indent: number }): string {
  const lines = text.split("\n");
  const [line = ""] = lines.splice(from % lines.length, 1);
  const moved =
    indent < 0 ? line.slice(Math.min(-indent, line.length - line.trimStart().length)) : " ".repeat(indent) + line;
  lines.splice(to % (lines.length + 1), 0, moved);
  return lines.join("\n");
}

test("random edits of a graph give diagnostics at places in the file, or a plan that can be drawn", {
  timeout: 60_000,
}, () => {
  const folder = makeFolder(prompts);
  const file = join(folder, "graphs.yaml");
  let plans = 0;
  let refused = 0;
  const check = (text: string) => {
    writeFileSync(file, text);
    const { plan, diagnostics, texts } = openGraph(file, { env: { Y: "1" } });
    expect(plan === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
    const printed = formatDiagnostics(diagnostics, texts);
    expect(printed).not.toMatch(/undefined|\[object|Internal error|sk-0123456789abcdef0123/);
    for (const { place } of diagnostics) {
      const lines = texts.get(place!.file)!.split("\n");
      expect(place!.line).toBeLessThanOrEqual(lines.length);
      expect(place!.column).toBeLessThanOrEqual(lines[place!.line - 1]!.length + 1);
    }
    if (plan === undefined) refused += 1;
    else {
      plans += 1;
      drawMermaid(plan);
    }
  };
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => check(apply(distill, edits))),
    { numRuns: 250 },
  );
  fc.assert(
    fc.property(moveLine, (moved) => check(move(distill, moved))),
    { numRuns: 150 },
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => check(text.toWellFormed())),
    { numRuns: 200 },
  );
  expect(plans).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(150);
});

test("any values in the place of any value give diagnostics or a plan", { timeout: 60_000 }, () => {
  const folder = makeFolder({ ...prompts, "graphs/g.yaml": distill });
  const file = join(folder, "graphs/g.yaml");
  const keys = [
    "graph",
    "student",
    "models",
    "state",
    "start",
    "nodes",
    "input",
    "nodes.judge",
    "nodes.judge.then",
    "nodes.judge.when",
    "nodes.judge.kind",
    "nodes.judge.limit",
    "nodes.judge.writes",
    "nodes.judge.keeps",
    "nodes.verify.then.exhausted",
    "models.judge",
    "models.judge.provider",
    "state.trace",
    "state.rating.enum",
    "student.name",
    "input.map",
  ];
  const value = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.constantFrom(
      "collect",
      "accepted",
      "judge",
      "[{to: x}]",
      "[{when: has(trace), to: judge}, {to: expand}]",
      "{easy: 1}",
      "~",
      "{__proto__: 1}",
      "{constructor: {kind: rate}}",
      "{ kind: toString }",
      '{"toString": ""}',
      '{"valueOf": 1, "toJSON": 2, "then": 3}',
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...keys), value, (key, text) => {
      try {
        const { diagnostics, texts } = openGraph(file, { env: {}, set: [`${key}=${text}`] });
        expect(formatDiagnostics(diagnostics, texts)).not.toMatch(/undefined|\[object|Internal error/);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MezzoError);
      }
    }),
    { numRuns: 250 },
  );
});

test("random edits of a prompt give diagnostics or a prompt", () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const text = apply(judge, edits);
      const { prompt, diagnostics } = readPrompt("judge.md", text);
      expect(prompt === undefined).toBe(diagnostics.length > 0);
      formatDiagnostics(diagnostics, new Map([["judge.md", text]]));
    }),
    { numRuns: 400 },
  );
});

test("deep nesting, long lines and many keys are read or refused in time", () => {
  const texts = [
    "[".repeat(50_000),
    "{a: ".repeat(20_000),
    "- ".repeat(20_000),
    `graph: "${"x".repeat(2_000_000)}"`,
    Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join("\n"),
    `graph: ${"*a ".repeat(10_000)}`,
    `nodes: &a\n${"  k: *a\n"}`,
  ];
  for (const text of texts) {
    const folder = makeFolder({ "g.yaml": text });
    const began = performance.now();
    const { plan, diagnostics, texts: shown } = openGraph(join(folder, "g.yaml"), { env: {} });
    formatDiagnostics(diagnostics, shown);
    expect(plan).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(5_000);
  }
});
