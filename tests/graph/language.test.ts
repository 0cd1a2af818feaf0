import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../../src/core/diagnostic-text.ts";
import { describeVerdict } from "../../src/core/prompt.ts";
import { nodeFingerprints } from "../../src/graph/fingerprints.ts";
import { openGraph } from "../../src/graph/open.ts";
import { readPrompt } from "../../src/graph/prompt-file.ts";
import { unitsNamedIn } from "../../src/models/baseline/paragraphs.ts";
import { readTrace } from "../../src/models/baseline/read.ts";
import { makeFolder } from "./folder.ts";

const root = join(import.meta.dirname, "../..");
const text = (name: string) => readFileSync(join(root, name), "utf8");
const prompts = readdirSync(join(root, "prompts")).filter((name) => name.endsWith(".md"));
const open = (file: string, ...set: string[]) => openGraph(join(root, file), { env: {}, set });
const asked = (file: string, ...set: string[]) => JSON.stringify(open(file, ...set).plan?.prompts);

describe("prompts/zh", () => {
  test.each(prompts)("has %s, for the same values, the same purpose and the same form of reply", (name) => {
    const [en, zh] = [`prompts/${name}`, `prompts/zh/${name}`].map((file) => readPrompt(file, text(file)));
    const { messages, ...said } = zh!.prompt!;
    expect(said).toEqual({ ...en!.prompt, messages: undefined });
    expect(messages.map(({ role }) => role)).toEqual(en!.prompt!.messages.map(({ role }) => role));
    expect([en!.language, zh!.language]).toEqual(["en", "zh"]);
  });

  test("is what every graph that comes with Mezzo is asked with, by one setting", () => {
    for (const name of readdirSync(join(root, "graphs")).filter((file) => file.endsWith(".yaml"))) {
      const { plan, diagnostics } = open(`graphs/${name}`, "language=zh");
      expect(diagnostics, name).toEqual([]);
      expect(plan!.language).toBe("zh");
      expect(plan!.fingerprint).not.toBe(open(`graphs/${name}`).plan!.fingerprint);
    }
    expect(asked("graphs/distill.yaml", "language=zh")).toContain("请写出更短的思维链");
    expect(asked("graphs/distill.yaml", "language=en")).toBe(asked("graphs/distill.yaml"));
  });
});

const graph = (more: string) => `graph: g
student: { name: s }
${more}
models: { m: { provider: baseline } }
state: { problem: string, trace: string }
start: write
nodes:
  write: { kind: generate, model: m, prompt: own.md, writes: trace, then: accepted }
`;
const prompt = (said: string, front = "") =>
  `---\npurpose: collect\nvariables: [problem]\n${front}---\n${said} {{ problem }}\n`;
const opened = (files: Record<string, string>, ...set: string[]) => {
  const file = join(makeFolder(files), "graphs/g.yaml");
  const { plan, diagnostics, texts } = openGraph(file, { env: {}, set });
  return { plan, codes: diagnostics.map(({ code }) => code), printed: formatDiagnostics(diagnostics, texts) };
};

describe("a prompt of one's own", () => {
  test("that is not there in the language is taken as it is, and validate says which and where it could stand", () => {
    const files = { "graphs/g.yaml": graph("language: zh"), "prompts/own.md": prompt("Solve") };
    const { plan, codes, printed } = opened(files);
    expect(JSON.stringify(plan?.prompts)).toContain("Solve");
    expect(codes).toEqual(["prompt-not-in-language"]);
    expect(printed).toMatch(/"own.md" is not there in the graph's language, zh.*prompts\/zh\/own.md/s);
  });

  test("comes before the one without a language, wherever its folder stands", () => {
    const files = { "graphs/g.yaml": graph(""), "prompts/own.md": prompt("Solve"), "graphs/zh/own.md": prompt("解") };
    expect(JSON.stringify(opened(files, "language=zh").plan?.prompts)).toContain("解");
    expect(JSON.stringify(opened(files).plan?.prompts)).toContain("Solve");
  });

  test("may say itself that it is in the language", () => {
    const own = prompt("解", "language: zh\n");
    const { codes, plan } = opened({ "graphs/g.yaml": graph("language: zh"), "prompts/own.md": own });
    expect(codes).toEqual([]);
    expect(plan?.prompts["own.md"]).not.toHaveProperty("language");
  });

  test("is not there at all: every place that was looked at is named", () => {
    const { codes, printed } = opened({ "graphs/g.yaml": graph("language: zh") });
    expect(codes).toEqual(["unknown-prompt"]);
    expect(printed).toMatch(/prompts\/zh\/own.md.*graphs\/zh\/own.md.*prompts\/own.md/s);
  });
});

describe("the language", () => {
  test("goes into graphs that stand within, and what one says itself wins", () => {
    const inner = graph("");
    const outer = `graph: o
student: { name: s }
language: zh
models: { m: { provider: baseline } }
state: { problem: string, trace: string }
start: inner
nodes:
  inner: { kind: graph, graph: inner.yaml, then: accepted }
`;
    const files = { "graphs/g.yaml": outer, "prompts/own.md": prompt("Solve"), "prompts/zh/own.md": prompt("解") };
    const asked = (within: string) => JSON.stringify(opened({ ...files, "graphs/inner.yaml": within }).plan?.prompts);
    expect(asked(inner)).toContain("解");
    expect(asked(graph("language: en"))).toContain("Solve");
  });

  test("that is no language's name is one mistake", () => {
    const files = { "graphs/g.yaml": graph("language: Chinese"), "prompts/own.md": prompt("Solve") };
    expect(opened(files).printed).toMatch(/must be a language's short name, such as zh/);
    expect(opened(files).codes).toEqual(["wrong-value"]);
  });

  test("is what a judge's finding is told in, and the baseline finds its place in it", () => {
    const verdict = { rating: "hard", reason: "太长", step: 2, missing: null, surplus: "岔路", confidence: 1 } as const;
    expect(describeVerdict(verdict, "zh")).toBe("评级：hard（过于繁难），位于第 2 步。\n理由：太长\n多余：岔路");
    const { units } = readTrace("p", "首先，x = 1。\n\n然后，y = 2。\n\n所以答案是 3。");
    expect(unitsNamedIn(describeVerdict(verdict, "zh"), units)).toEqual(unitsNamedIn(describeVerdict(verdict), units));
    expect(unitsNamedIn(describeVerdict(verdict, "zh"), units).size).toBeGreaterThan(0);
  });

  test("counts in what a node's result rests on where its prompt tells what was found", () => {
    const { plan } = open("graphs/distill.yaml", "language=zh");
    const { language: _gone, ...other } = plan!;
    const [zh, none] = [nodeFingerprints(plan!), nodeFingerprints(other as typeof plan & object)];
    const differ = [...zh].filter(([name, print]) => none.get(name) !== print).map(([name]) => name);
    expect(differ).toEqual(["expand", "condense"]);
  });
});
