import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../../src/core/diagnostic-text.ts";
import { MezzoError } from "../../src/core/errors.ts";
import { createRouter } from "../../src/engine/route.ts";
import { graphJsonSchema, partJsonSchema } from "../../src/graph/json-schema.ts";
import { openGraph } from "../../src/graph/open.ts";
import { makeFolder } from "./folder.ts";

const root = join(import.meta.dirname, "../..");
const distill = join(root, "graphs/distill.yaml");
const text = readFileSync(distill, "utf8");
const prompts = Object.fromEntries(
  readdirSync(join(root, "prompts"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => [`prompts/${name}`, readFileSync(join(root, "prompts", name), "utf8")]),
);

const planOf = (file: string, set: readonly string[] = [], env: Record<string, string> = {}) => {
  const { plan, diagnostics, texts } = openGraph(file, { env, set });
  if (plan === undefined) throw new Error(formatDiagnostics(diagnostics, texts));
  return plan;
};
const printed = (set: readonly string[]) => {
  const { diagnostics, texts } = openGraph(distill, { env: {}, set });
  return formatDiagnostics(diagnostics, texts).replaceAll(distill, "distill.yaml");
};
/** The plan of an edited distill.yaml in a folder of its own. */
const planOfText = (edited: string, over: Record<string, string> = {}, name = "graphs/distill.yaml") =>
  planOf(join(makeFolder({ ...prompts, [name]: edited, ...over }), name));

describe("the graphs that come with Mezzo", () => {
  const graphs = readdirSync(join(root, "graphs")).filter((name) => name.endsWith(".yaml"));

  test.each(graphs)("%s has nothing wrong with it", (name) => {
    expect(openGraph(join(root, "graphs", name), { env: {} }).diagnostics).toEqual([]);
  });

  test("have a current JSON Schema beside them (npm run schema)", () => {
    const file = readFileSync(join(root, "graphs/graph.schema.json"), "utf8");
    expect(JSON.parse(file)).toEqual(graphJsonSchema());
    const part = readFileSync(join(root, "graphs/part.schema.json"), "utf8");
    expect(JSON.parse(part)).toEqual(partJsonSchema());
  });
});

describe("a plan's fingerprint", () => {
  const { fingerprint } = planOf(distill);

  test.each([
    ["comments", text.replace("start: collect", "# here we go\nstart: collect # first")],
    [
      "the order of keys",
      text.replace("    votes: 3\n", "").replace("    kind: rate\n", "    votes: 3\n    kind: rate\n"),
    ],
    ["the way a value is written", text.replace("votes: 3", "votes: 0x3").replace("kind: rate", 'kind: "rate"')],
    ["the description", text.replace(/^description: .*$/m, "description: Something else.")],
    ["defaults that are spelled out", text.replace("votes: 3", "votes: 3\n    tries: 3\n    reads: trace")],
    ["line ends", text.replaceAll("\n", "\r\n")],
  ])("does not change with %s", (_what, edited) => {
    expect(planOfText(edited).fingerprint).toBe(fingerprint);
  });

  test("does not change with the file's place or name", () => {
    expect(planOfText(text, {}, "graphs/other.yaml").fingerprint).toBe(fingerprint);
  });

  test.each([
    ["a parameter", text.replace("votes: 3", "votes: 5")],
    ["a condition", text.replace("> 1200", "> 1201")],
    ["a way", text.replace("easy: expand, hard: condense }", "easy: expand, hard: expand }")],
    ["a limit", text.replace("limit: 5", "limit: 6")],
    ["the student", text.replace("size: 7B", "size: 3B")],
    ["a state field", text.replace("domain: {", "topic: {")],
    ["a model", text.replace("judge: { provider: baseline }", "judge: { provider: baseline, temperature: 0 }")],
  ])("changes with %s", (_what, edited) => {
    expect(edited).not.toBe(text);
    expect(planOfText(edited).fingerprint).not.toBe(fingerprint);
  });

  test("does not change with the line ends of a prompt", () => {
    const judge = prompts["prompts/judge.md"]!.replaceAll("\n", "\r\n");
    expect(planOfText(text, { "prompts/judge.md": judge }).fingerprint).toBe(fingerprint);
  });

  test("changes with a prompt's text", () => {
    const judge = prompts["prompts/judge.md"]!.replace("small language model", "little language model");
    expect(planOfText(text, { "prompts/judge.md": judge }).fingerprint).not.toBe(fingerprint);
  });
});

describe("--set", () => {
  test("changes a parameter, a model, a condition, a way, and the student", () => {
    const set = [
      "nodes.judge.votes=5",
      "models.judge.provider=simulated",
      "nodes.long-to-short.when=tokens(trace) > 50",
      "nodes.judge.then.easy=condense",
      "student={name: Qwen2.5-3B, size: 3B}",
    ];
    const plan = planOf(distill, set);
    expect(plan.nodes.judge?.params.votes).toBe(5);
    expect(plan.models.judge?.provider).toBe("simulated");
    expect(plan.nodes["long-to-short"]?.when).toBe("tokens(trace) > 50");
    expect(plan.nodes.judge?.then).toMatchObject({ to: { easy: "condense" } });
    expect(plan.student).toEqual({ name: "Qwen2.5-3B", size: "3B" });
  });

  test("adds a key that is not in the file, and fills in the environment", () => {
    const plan = planOf(distill, ["models.judge.inFlight=${N}", "nodes.judge.temperature=0.5"], { N: "8" });
    expect(plan.models.judge?.inFlight).toBe(8);
    expect(plan.nodes.judge?.params.temperature).toBe(0.5);
  });

  test("is checked like the file, and its mistakes point into it", () => {
    expect(printed(["nodes.judge.tries=2", "nodes.judge.votes=many"])).toBe(
      [
        "--set:2:19  error  wrong-type",
        '  "votes" must be a number, and is the text "many".',
        "  2 | nodes.judge.votes=many",
        "    |                   ^^^^",
      ].join("\n"),
    );
    expect(printed(["nodes.judge.vots=5"])).toContain(
      ["  1 | nodes.judge.vots=5", "    | ^^^^^^^^^^^^^^^^", '  Did you mean "votes"? It is there already.'].join("\n"),
    );
    expect(printed(["models.judge.provider=openai"])).toContain('"baseUrl" is missing in "judge"');
    expect(printed(["nodes.judge.when=tokens(tace) > 3"])).toContain('The state has no field "tace"');
  });

  test.each([
    ["nodes.judg.votes=5", '"nodes" has no "judg"', 'Did you mean "judge"?'],
    ["node.judge.votes=5", 'the graph has no "node"', 'Did you mean "nodes"?'],
    ["nodes.judge.votes", "a path, an equals sign and a value are expected", "--set nodes.judge.votes=5"],
    ["=5", "a path, an equals sign and a value are expected", "--set nodes.judge.votes=5"],
    ["nodes..votes=5", "a path, an equals sign and a value are expected", "--set nodes.judge.votes=5"],
    ["nodes.judge.votes.most=5", "nodes.judge.votes holds a single value", "--set nodes.judge.votes=..."],
    ["nodes.judge.then={medium: accepted", "the value is not YAML", "Quote it"],
  ])("%s is refused with what to do", (change, message, hint) => {
    const open = () => openGraph(distill, { env: {}, set: [change] });
    expect(open).toThrow(MezzoError);
    expect(open).toThrow(message);
    try {
      open();
    } catch (thrown) {
      expect((thrown as MezzoError).hint).toContain(hint);
      expect((thrown as MezzoError).exitCode).toBe(2);
    }
  });

  test("never shows a key that was put into it", () => {
    const key = "sk-0123456789abcdef0123456789";
    const shown = printed([`models.judge.apiKey=${key}`, "nodes.judge.votes=many"]);
    expect(shown).toContain("secret-in-file");
    expect(shown).not.toContain(key);
    expect(() => openGraph(distill, { env: {}, set: [`model.judge.apiKey=${key}`] })).toThrow(/\*{20}/);
  });
});

describe("the environment", () => {
  const openai = (more: string) =>
    text.replace(
      "  judge: { provider: baseline }",
      `  judge: { provider: openai, model: "\${MODEL}", baseUrl: "\${URL:-http://localhost:1}/v1", ${more} }`,
    );
  const open = (more: string, env: Record<string, string>) => {
    const folder = makeFolder({ ...prompts, "graphs/g.yaml": openai(more) });
    return openGraph(join(folder, "graphs/g.yaml"), { env });
  };

  test("fills in texts, defaults, numbers and truth values, by what the key wants", () => {
    const { plan } = open('inFlight: "${N}", stream: "${S:-false}"', { MODEL: "4", N: "16" });
    expect(plan?.models.judge).toMatchObject({
      model: "4",
      baseUrl: "http://localhost:1/v1",
      inFlight: 16,
      stream: false,
    });
  });

  test("never puts a key into the plan or into a message", () => {
    const { plan, diagnostics } = open('apiKey: "${KEY}"', { MODEL: "m", KEY: "very-secret" });
    expect(diagnostics.map(({ code }) => code)).toEqual(["same-judge"]);
    expect(JSON.stringify(plan)).toContain("${KEY}");
    expect(JSON.stringify(plan)).not.toContain("very-secret");
  });

  test("that holds no number where one is wanted is a mistake that shows the variable, not its value", () => {
    const { diagnostics } = open('inFlight: "${N}"', { MODEL: "m", N: "secret-of-mine" });
    expect(diagnostics).toMatchObject([{ code: "wrong-type" }]);
    expect(JSON.stringify(diagnostics)).not.toContain("secret-of-mine");
  });
});

test("a graph that is not there, or is a folder, is one clear error", () => {
  expect(() => openGraph("no/such.yaml", { env: {} })).toThrow("There is no graph file no/such.yaml");
  expect(() => openGraph(join(root, "graphs"), { env: {} })).toThrow(/can't be read/);
});

test("a condition that a sample has no answer to ends that sample as failed, and says at which node and why", () => {
  const plan = planOf(distill, ["nodes.collect.when=tokens(trace) > 1200"]);
  const arrival = createRouter(plan).start({ problem: "x" });
  expect(arrival).toEqual({
    next: "failed",
    skipped: [],
    reason: 'at "collect", the condition "tokens(trace) > 1200" needs "trace", which this sample does not have',
  });
});
