import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../../src/core/diagnostic-text.ts";
import { type OpenOptions, openGraph } from "../../src/graph/open.ts";
import { makeFolder } from "./folder.ts";

const prompt = (name: string) =>
  readFileSync(join(import.meta.dirname, `../fixtures/graphs/prompts/${name}.md`), "utf8");
const prompts = { "prompts/write.md": prompt("write"), "prompts/judge.md": prompt("judge") };

const head = "graph: g\nstudent: { name: Small, size: 7B }\n";
const models = "models:\n  teacher: { provider: baseline }\n";
const state =
  "state: { problem: string, trace: { type: string, optional: true }, rating: { type: string, optional: true } }\n";
const nodes = `start: write
nodes:
  write: { kind: generate, model: teacher, prompt: write.md, writes: trace, then: judge }
  judge: { kind: rate, model: teacher, prompt: judge.md, writes: rating, then: { medium: accepted, easy: rejected, hard: rejected } }
`;

function open(files: Readonly<Record<string, string>>, options: Partial<OpenOptions> = {}) {
  const folder = makeFolder({ ...prompts, ...files });
  const { plan, diagnostics, texts } = openGraph(join(folder, "graphs/g.yaml"), { env: {}, ...options });
  return { plan, printed: formatDiagnostics(diagnostics, texts).replaceAll(/\S*\/(graphs|shared)\//g, "$1/") };
}

describe("include", () => {
  test("gives the plan that one file with everything in it gives", () => {
    const alone = open({ "graphs/g.yaml": head + models + state + nodes });
    const shared = open({
      "graphs/g.yaml": `${head}include: [../shared/models.yaml, state.yaml]\n${nodes}`,
      "shared/models.yaml": models,
      "graphs/state.yaml": state,
    });
    expect(shared.printed).toBe("");
    expect(shared.plan).toEqual(alone.plan);
  });

  test("reads a file once that two others include, and paths count from the file that names them", () => {
    const { plan, printed } = open({
      "graphs/g.yaml": `${head}include: [../shared/a.yaml, ../shared/b.yaml]\n${state}${nodes}`,
      "shared/a.yaml": "include: deep/models.yaml\n",
      "shared/b.yaml": "include: deep/models.yaml\nmodels: { judge: { provider: baseline } }\n",
      "shared/deep/models.yaml": models,
    });
    expect(printed).toBe("");
    expect(Object.keys(plan?.models ?? {})).toEqual(["teacher", "judge"]);
  });

  test("can be chosen by --set and by a variable, and what is in it can be set, with places in the --set", () => {
    const files = {
      "graphs/g.yaml": `${head}include: "\${MODELS:-models.yaml}"\n${state}${nodes}`,
      "graphs/models.yaml": models,
      "graphs/other.yaml": models.replace("baseline", "simulated"),
    };
    const provider = (options: Partial<OpenOptions>) => open(files, options).plan?.models.teacher?.provider;
    expect(provider({})).toBe("baseline");
    expect(provider({ env: { MODELS: "other.yaml" } })).toBe("simulated");
    expect(provider({ set: ["include=other.yaml"] })).toBe("simulated");
    expect(open(files, { set: ["models.teacher.temperature=0.5"] }).plan?.models.teacher).toMatchObject({
      temperature: 0.5,
    });
    expect(open(files, { set: ["models.teacher.temperature=hot"] }).printed).toContain("--set:1:28  error  wrong-type");
  });

  test("that can't be read leaves the graph's other mistakes to be told, and not what the file may hold", () => {
    const { plan, printed } = open({
      "graphs/g.yaml": `${head}include: gone.yaml\n${nodes.replace("start: write", "start: wirte")}`,
    });
    expect(plan).toBeUndefined();
    expect(printed.match(/error {2}[\w-]+/g)).toEqual(["error  unknown-file", "error  unknown-node"]);
  });

  test("never shows a key that stands in the file", () => {
    const key = "sk-0123456789abcdef0123";
    const { printed } = open({
      "graphs/g.yaml": `${head}include: models.yaml\n${state}${nodes}`,
      "graphs/models.yaml": `models:\n  teacher: { provider: openai, model: m, baseUrl: "http://h/v1", apiKey: ${key} }\n`,
    });
    expect(printed).toContain("graphs/models.yaml:2:74  error  secret-in-file");
    expect(printed).not.toContain(key);
  });
});

describe("defaults", () => {
  const withDefaults = (text: string, edited = nodes) =>
    open({ "graphs/g.yaml": head + text + models + state + edited });

  test("give each node whose kind has the parameter what it does not say itself", () => {
    const { plan, printed } = withDefaults(
      "defaults: { model: teacher, tries: 2, votes: 5, temperature: 0.25 }\n",
      nodes.replaceAll(" model: teacher,", "").replace("prompt: judge.md", "prompt: judge.md, tries: 1"),
    );
    expect(printed).toBe("");
    expect(plan?.nodes.write?.params).toMatchObject({ model: "teacher", tries: 2, temperature: 0.25 });
    expect(plan?.nodes.write?.params).not.toHaveProperty("votes");
    expect(plan?.nodes.judge?.params).toMatchObject({ votes: 5, tries: 1 });
  });

  test("make the plan that writing them out at every node makes", () => {
    const spelt = withDefaults("", nodes.replaceAll("model: teacher,", "model: teacher, topP: 0.9,"));
    expect(withDefaults("defaults: { topP: 0.9 }\n").plan?.fingerprint).toBe(spelt.plan?.fingerprint);
  });

  test("tell a mistake once, where it stands, however many nodes it is for", () => {
    const { plan, printed } = withDefaults("defaults:\n  tries: many\n");
    expect(plan).toBeUndefined();
    expect(printed).toBe(
      'graphs/g.yaml:4:10  error  wrong-type\n  "tries" must be a number, and is the text "many".\n' +
        "  4 |   tries: many\n    |          ^^^^",
    );
  });

  test("that no node can use are warned of, unless they come from a file that others share", () => {
    const only = nodes.replace("then: judge }", "then: accepted }").replace(/\n {2}judge: .*\n/, "\n");
    expect(withDefaults("defaults: { votes: 3 }\n", only).printed).toContain("warning  unused-default");
    const files = {
      "graphs/g.yaml": `${head}include: d.yaml\n${models}${state}${only}`,
      "graphs/d.yaml": "defaults: { votes: 3 }\n",
    };
    expect(open(files)).toMatchObject({ printed: "", plan: expect.anything() });
  });

  test("of one model do not get in the way of a node that names several", () => {
    const several = nodes
      .replaceAll(" model: teacher,", "")
      .replace("judge.md,", "judge.md, models: [teacher, teacher], votes: 2,");
    const { plan, printed } = withDefaults("defaults: { model: teacher }\n", several);
    expect(printed).toBe("");
    expect(plan?.nodes.judge?.params).not.toHaveProperty("model");
  });

  test("can be set and filled from the environment", () => {
    const edited = { "graphs/g.yaml": `${head}defaults: { tries: "\${TRIES:-4}" }\n${models}${state}${nodes}` };
    expect(open(edited).plan?.nodes.write?.params.tries).toBe(4);
    expect(open(edited, { set: ["defaults.tries=7"] }).plan?.nodes.write?.params.tries).toBe(7);
  });
});
