/** A graph in the place of a node. What its mistakes look like is in fixtures/graphs/invalid. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../../src/core/diagnostic-text.ts";
import { createRouter } from "../../src/engine/route.ts";
import { drawMermaid } from "../../src/graph/diagram.ts";
import { type OpenOptions, openGraph } from "../../src/graph/open.ts";
import { makeFolder } from "./folder.ts";

const root = join(import.meta.dirname, "../..");
const head = readFileSync(join(root, "graphs/distill.yaml"), "utf8").split("start: collect")[0]!;

/** stage-two.yaml without its acceptance, which no loop around it may lead back to. */
const loop = readFileSync(join(root, "graphs/stage-two.yaml"), "utf8")
  .split("  accept:")[0]!
  .replaceAll("medium: accept,", "medium: accepted,");

/** distill.yaml's models and state, and these nodes; the graphs that come with Mezzo are beside it. */
function open(
  nodes: string,
  { edited = head, ...options }: Partial<OpenOptions> & { edited?: string } = {},
  more = {},
) {
  const folder = makeFolder(more);
  for (const name of ["graphs", "prompts"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries<string>(more)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "graphs/loop.yaml"), loop);
  writeFileSync(join(folder, "graphs/g.yaml"), `${edited}${nodes}`);
  const { plan, diagnostics, texts } = openGraph(join(folder, "graphs/g.yaml"), { env: {}, ...options });
  const printed = formatDiagnostics(diagnostics, texts).replaceAll(/\S*\/graphs\//g, "graphs/");
  if (plan === undefined) throw new Error(printed);
  return plan;
}

const both = `start: one
nodes:
  one: { kind: graph, graph: stage-one.yaml, then: two }
  two: { kind: graph, graph: stage-two.yaml, then: accepted }
`;

const looped = both.replace("stage-two.yaml", "loop.yaml");

describe("a graph that stands in the place of a node", () => {
  test("brings the second recipe with fields of other names: what measures and weighs them knows them by those", () => {
    const numbers = ["rv", "fit", "cd", "target", "complexity", "depth", "soundness", "efficiency", "good"];
    const fields = [
      ...numbers.map((name) => `  ${name}: { type: number, optional: true }`),
      "  chunks: { type: list, optional: true }",
      "  hard: { enum: [always, sometimes, rarely], optional: true }",
    ];
    const edited = head.replace(/^state:.*$/m, (line) => [line, ...fields].join("\n"));
    const nodes =
      "start: fit\nnodes:\n  fit: { kind: graph, graph: variable-length.yaml, state: { difficulty: hard, weight: good }, then: accepted }\n";
    const plan = open(nodes, { edited });
    expect(plan.nodes["fit/difficulty"]?.params).toMatchObject({ level: "hard", target: "target", proxy: "cd" });
    expect(plan.nodes["fit/difficulty"]?.when).toBe("!has(hard)");
    expect(plan.nodes["fit/weigh"]?.params).toMatchObject({ score: "good", chain: "soundness" });
  });

  test("becomes nodes of one plan, which lead where the node leads", () => {
    const plan = open(both);
    expect(plan.start).toBe("one/collect");
    expect(Object.keys(plan.nodes)).toEqual([
      "one/collect",
      "one/long-to-short",
      "two/judge",
      "two/expand",
      "two/condense",
      "two/verify",
      "two/accept",
    ]);
    expect(plan.nodes["one/long-to-short"]?.then).toEqual({ by: "one", to: "two/judge" });
    expect(plan.nodes["two/judge"]?.then).toEqual({
      by: "label",
      to: { medium: "two/accept", easy: "two/expand", hard: "two/condense" },
    });
  });

  test("is asked through the models of the graph around it, by name or as it says", () => {
    const plan = open(both.replace("stage-two.yaml,", "stage-two.yaml, models: { judge: teacher },"));
    expect(plan.nodes["two/judge"]?.params.model).toBe("teacher");
    expect(plan.nodes["two/expand"]?.params.model).toBe("rewriter");
    expect(Object.keys(plan.models)).toEqual(["teacher", "rewriter", "judge"]);
  });

  test("has its fields under other names where it says so: in parameters, prompts and conditions", () => {
    const edited = head.replace("  answer:", "  gold:");
    const inner = readFileSync(join(root, "graphs/stage-one.yaml"), "utf8");
    const plan = open(
      both
        .replace("{ kind: graph, graph: stage-one.yaml,", "{ kind: graph, graph: own.yaml, state: { answer: gold },")
        .replace("then: two }\n  two: { kind: graph, graph: stage-two.yaml, then: accepted }", "then: accepted }"),
      { edited },
      { "graphs/own.yaml": inner.replace('"!has(trace)"', "'!has(trace) || answer == \"answer\"'") },
    );
    expect(plan.nodes["one/collect"]).toMatchObject({
      params: { keeps: "gold" },
      when: '!has(trace) || gold == "answer"',
    });
    expect(plan.prompts["long-to-short.md"]?.variables).toContain("gold");
    expect(JSON.stringify(plan.prompts["long-to-short.md"])).not.toContain('"place":"answer"');
  });

  test("needs nothing of the environment that its own models would need", () => {
    const inner = readFileSync(join(root, "graphs/stage-one.yaml"), "utf8");
    const real = inner.replaceAll("{ provider: baseline }", '{ provider: openai, model: m, baseUrl: "${NOT_SET}" }');
    expect(() => open(both, {}, { "graphs/stage-one.yaml": real })).not.toThrow();
  });

  test("may hold graphs itself", () => {
    const middle = `${head.replace("graph: distill", "graph: middle")}${both}`;
    const plan = open(
      "start: all\nnodes:\n  all: { kind: graph, graph: middle.yaml, then: { accepted: accepted, undecided: rejected } }\n",
      {},
      {
        "graphs/middle.yaml": middle,
      },
    );
    expect(plan.start).toBe("all/one/collect");
    expect(plan.nodes["all/two/verify"]).toMatchObject({ limit: 5, ends: { undecided: "rejected" } });
  });

  test("keeps a prompt of its own apart from another of the same name", () => {
    const judge = readFileSync(join(root, "prompts/judge.md"), "utf8").replace("# system\n", "# system\nBe brief. ");
    const plan = open(
      "start: own\nnodes:\n  own: { kind: rate, model: judge, prompt: judge.md, writes: rating, then: { medium: two, easy: two, hard: two } }\n  two: { kind: graph, graph: ../other/graphs/two.yaml, then: accepted }\n",
      {},
      {
        "other/graphs/two.yaml": readFileSync(join(root, "graphs/stage-two.yaml"), "utf8"),
        ...Object.fromEntries(
          ["expand", "expand-marked", "condense", "condense-marked", "verify", "accept"].map((name) => [
            `other/prompts/${name}.md`,
            readFileSync(join(root, `prompts/${name}.md`), "utf8"),
          ]),
        ),
        "other/prompts/judge.md": judge,
      },
    );
    expect(plan.nodes["two/judge"]?.params.prompt).toBe("two/judge.md");
    expect(JSON.stringify(plan.prompts["two/judge.md"])).toContain("Be brief.");
    expect(JSON.stringify(plan.prompts["judge.md"])).not.toContain("Be brief.");
  });
});

describe("an outcome inside", () => {
  const ways = "{ accepted: accepted, undecided: one }";
  const leads = (node: string, label: string) => {
    const plan = open(looped.replace("loop.yaml, then: accepted", `loop.yaml, limit: 3, then: ${ways}`));
    return createRouter(plan).after(node, label, { problem: "p", trace: "a short one" }, { [node]: 1 }).next;
  };

  test("leads where the node's way for it leads, whether or not the inner file gives it one", () => {
    expect(leads("two/verify", "undecided")).toBe("two");
    expect(leads("two/expand", "undecided")).toBe("two");
    expect(leads("two/judge", "medium")).toBe("accepted");
  });

  test("that has no way stays the sample's outcome", () => {
    expect(leads("two/expand", "answer-lost")).toBe("answer-lost");
    expect(leads("two/judge", "wrong-answer")).toBe("rejected");
  });
});

test("an acceptance inside is one for the graph around it, too: no way leads back to it", () => {
  const again = both.replace("then: accepted", "limit: 3, then: { accepted: accepted, undecided: one }");
  expect(() => open(again)).toThrow("accept-again");
});

describe("a limit", () => {
  const next = (plan: ReturnType<typeof open>, node: string, label: string, visits: number) =>
    createRouter(plan).after(node, label, { problem: "p", trace: "t" }, { [node]: visits }).next;

  test("inside counts over all entries: at it only a way on inside is exhausted, a way out is taken", () => {
    const plan = open(`start: two
nodes:
  two: { kind: graph, graph: loop.yaml, then: again }
  again: { kind: rate, model: judge, prompt: judge.md, writes: rating, limit: 9, then: { medium: accepted, easy: two, hard: two } }
`);
    expect(next(plan, "two/verify", "easy", 4)).toBe("two/expand");
    expect(next(plan, "two/verify", "easy", 5)).toBe("exhausted");
    expect(next(plan, "two/verify", "medium", 5)).toBe("again");
    expect(next(plan, "two/verify", "medium", 8)).toBe("again");
  });

  test("inside does not bound a loop around the graph", () => {
    const around = looped.replace(
      "loop.yaml, then: accepted",
      "loop.yaml, then: { accepted: one, exhausted: rejected }",
    );
    expect(() => open(around)).toThrow("unbounded-loop");
    expect(() => open(around.replace("loop.yaml, then", "loop.yaml, limit: 3, then"))).not.toThrow();
  });

  test("of the node itself is how often a sample may enter, in a step without a call", async () => {
    const plan = open(looped.replace("loop.yaml, then", "loop.yaml, limit: 3, then"));
    expect(plan.nodes["one/long-to-short"]?.then).toEqual({ by: "one", to: "two" });
    expect(plan.nodes.two).toMatchObject({ kind: "graph", params: { limit: 3 } });
    expect(plan.nodes.two?.then).toEqual({ by: "label", to: { entered: "two/judge", exhausted: "exhausted" } });
  });
});

test("a `when` of the node passes samples by, at no cost, and visits(node) counts its entries", () => {
  const when = looped.replace("loop.yaml, then", 'loop.yaml, when: "tokens(trace) > 5", then');
  const plan = open(when);
  const router = createRouter(plan);
  expect(router.after("one/collect", "written", { problem: "p", trace: "t" }, {})).toMatchObject({
    next: "accepted",
    skipped: ["one/long-to-short", "two"],
  });
  const counting = open(`start: two
nodes:
  two: { kind: graph, graph: loop.yaml, then: look }
  look: { kind: rate, model: judge, prompt: judge.md, writes: rating, limit: 4, then: [{ when: visits(two) > 1, to: accepted }, { to: two }] }
`);
  expect(Object.keys(counting.nodes)[0]).toBe("two");
});

test("a `set` inside counts visits of the nodes inside, and sets the fields they are outside", () => {
  const edited = head.replace("state:", "state:\n  rounds: { type: number, optional: true }");
  const counting = loop
    .replace("state:", "state:\n  count: { type: number, optional: true }")
    .replaceAll("medium: accepted", "medium: count")
    .concat("  count: { kind: set, values: { count: visits(verify) + visits(judge) }, then: accepted }\n");
  const nodes =
    "start: two\nnodes:\n  two: { kind: graph, graph: own.yaml, state: { count: rounds }, then: accepted }\n";
  const plan = open(nodes, { edited }, { "graphs/own.yaml": counting });
  expect(plan.nodes["two/count"]?.params.values).toEqual({ rounds: "visits(two/verify) + visits(two/judge)" });
});

describe("--set", () => {
  test("reaches into the inner graph by its nodes' names in the plan", () => {
    const plan = open(both, { set: ["nodes.two/judge.votes=7", "nodes.two/verify.limit=2"] });
    expect(plan.nodes["two/judge"]?.params.votes).toBe(7);
    expect(plan.nodes["two/verify"]?.limit).toBe(2);
  });

  test("there has its mistakes where they stand", () => {
    expect(() => open(both, { set: ["nodes.two/judge.votes=many"] })).toThrow(/--set:1:23 {2}error {2}wrong-type/);
    expect(() => open(both, { set: ["nodes.two/jugde.votes=3"] })).toThrow('"nodes" has no "jugde"');
    expect(() => open(both, { set: ["nodes.tow/judge.votes=3"] })).toThrow('"nodes" has no "tow/judge"');
  });

  test("can put another graph in its place", () => {
    const plan = open(both, { set: ["nodes.two.graph=stage-one.yaml"] });
    expect(Object.keys(plan.nodes)).toContain("two/collect");
  });
});

test("the picture shows it as a box with its nodes inside", () => {
  const ways = "limit: 2, then: { accepted: accepted, undecided: one }";
  const picture = drawMermaid(open(looped.replace("loop.yaml, then: accepted", `loop.yaml, ${ways}`)));
  expect(picture).toBe(`flowchart TD
  n0(( ))
  subgraph n1["one"]
    n2["collect<br/><small>generate, when !has(trace)</small>"]
    n3["long-to-short<br/><small>rewrite, when tokens(trace) #62; 1200</small>"]
  end
  n4["two<br/><small>graph, at most 2 times</small>"]
  subgraph n5["two"]
    n6["judge<br/><small>rate</small>"]
    n7["expand<br/><small>rewrite</small>"]
    n8["condense<br/><small>rewrite</small>"]
    n9["verify<br/><small>verify, at most 5 times</small>"]
  end
  n10(["exhausted"])
  n11(["accepted"])
  n0 --> n2
  n2 --> n3
  n3 --> n4
  n4 -->|"entered"| n6
  n4 -->|"exhausted"| n10
  n6 -->|"medium: fits"| n11
  n6 -->|"easy: too terse"| n7
  n6 -->|"hard: too heavy"| n8
  n6 -->|"undecided"| n2
  n7 --> n9
  n7 -->|"undecided"| n2
  n8 --> n9
  n8 -->|"undecided"| n2
  n9 -->|"medium: fits"| n11
  n9 -->|"easy: too terse"| n7
  n9 -->|"hard: too heavy"| n8
  n9 -->|"exhausted"| n10
  n9 -->|"undecided"| n2
`);
});
