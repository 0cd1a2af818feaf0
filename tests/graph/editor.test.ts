/** The JSON Schema in an editor: the real yaml-language-server, over our graphs and over broken ones. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LanguageServer } from "./language-server.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const schemaLine = (name: string) => `# yaml-language-server: $schema=./${name}.schema.json\n`;
const distill = read("graphs/distill.yaml");

const graphs = readdirSync(join(ROOT, "graphs")).filter((name) => name.endsWith(".yaml"));
const others = ["docs/own-kind/graph.yaml", "tests/fixtures/graphs/shared/inner.yaml"];

/** Broken graphs of fixtures/graphs/invalid, whose first line is put above them here, and what an editor underlines. */
const BROKEN: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  "unknown-key--rate": ["24:5 Property limits is not allowed.", "25:5 Property vots is not allowed."],
  "unknown-key--graph": ['2:1 Missing property "start".', "11:1 Property strat is not allowed."],
  "unknown-key--model": ["5:34 Property temprature is not allowed."],
  "out-of-range--votes": ["25:12 Value is below the minimum of 1."],
  "unknown-kind": [/^27:11 Value is not accepted\. Valid values: "generate", "rewrite", "rate", "verify"/],
  "missing-key--then": ['13:3 Missing property "then".'],
  "missing-key--graph-node": ['14:3 Missing property "graph".'],
  "wrong-type--votes": ['25:12 Incorrect type. Expected "integer".'],
};

test("an editor finds nothing wrong with our graphs, and what is wrong with broken ones, where it stands", async () => {
  const server = await LanguageServer.start();
  const sound = [...graphs.map((name) => `graphs/${name}`), ...others].map(async (name) => {
    const text = read(name).replace(/^# yaml-language-server: .*\n/, "");
    expect(await server.open(schemaLine("graph") + text), name).toEqual([]);
  });
  const broken = Object.entries(BROKEN).map(async ([name, messages]) => {
    const found = await server.open(schemaLine("graph") + read(`tests/fixtures/graphs/invalid/${name}.yaml`));
    expect(found, name).toEqual(
      messages.map((message) => (message instanceof RegExp ? expect.stringMatching(message) : message)),
    );
  });
  const part = read("tests/fixtures/graphs/shared/models.yaml");
  const parts = [
    expect(server.open(schemaLine("part") + part)).resolves.toEqual([]),
    expect(server.open(`${schemaLine("part")}${part}start: judge\n`)).resolves.toEqual([
      "5:1 Property start is not allowed.",
    ]),
  ];
  await Promise.all([...sound, ...broken, ...parts]);
});

test("an editor offers what may stand at a place, and says what it means", async () => {
  const server = await LanguageServer.start();
  const at = (line: string, written: string) => distill.replace(line, written);
  const [kinds, keys, providers, openai, targets, top, hover, example] = await Promise.all([
    server.complete(at("nodes:\n", "nodes:\n  fresh:\n    kind: |\n")),
    server.complete(at("    votes: 3\n", "    |\n")),
    server.complete(at("  judge: { provider: baseline }", "  judge:\n    provider: |")),
    server.complete(at("  judge: { provider: baseline }", "  judge:\n    provider: openai\n    |")),
    server.complete(at("then: long-to-short", "then: |")),
    server.complete(at("start: collect\n", "|\nstart: collect\n")),
    server.hover(at("votes: 3", "vo|tes: 3")),
    server.hover(at("when: tokens", "wh|en: tokens")),
  ]);
  expect(kinds).toEqual(expect.arrayContaining(["generate", "rewrite", "rate", "verify", "graph"]));
  expect(keys).toEqual(expect.arrayContaining(["votes", "tries", "temperature", "limit", "when"]));
  expect(keys).not.toContain("model"); // It is there.
  expect(providers).toEqual(["openai", "baseline", "simulated", "recorded"]);
  expect(openai).toEqual(expect.arrayContaining(["model", "baseUrl", "apiKey", "extra", "price", "jsonReplies"]));
  expect(targets).toEqual(expect.arrayContaining(["accepted", "rejected", "exhausted"]));
  expect(top).toEqual(expect.arrayContaining(["include", "defaults", "kinds", "input"]));
  expect(hover).toContain("Most verdicts asked for");
  expect(example).toContain("!has(trace)");
});
