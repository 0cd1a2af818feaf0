import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drawMermaid } from "../../src/graph/diagram.ts";
import { openGraph } from "../../src/graph/open.ts";

const distill = join(import.meta.dirname, "../../graphs/distill.yaml");
const planOf = (set: readonly string[] = []) => {
  const { plan, diagnostics } = openGraph(distill, { env: {}, set });
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
};

// Written by hand from graphs/distill.yaml: seven nodes in the file's order, four outcomes' worth of ways, one bound.
const PICTURE = `flowchart TD
  n0(( ))
  n1["collect<br/><small>generate, when !has(trace)</small>"]
  n2["long-to-short<br/><small>rewrite, when tokens(trace) #62; 1200</small>"]
  n3["judge<br/><small>rate</small>"]
  n4["expand<br/><small>rewrite</small>"]
  n5["condense<br/><small>rewrite</small>"]
  n6["verify<br/><small>verify, at most 5 times</small>"]
  n7["accept<br/><small>accept</small>"]
  n8(["answer-lost"])
  n9(["exhausted"])
  n10(["accepted"])
  n11(["undecided"])
  n0 --> n1
  n1 --> n2
  n2 --> n3
  n3 -->|"medium: fits"| n7
  n3 -->|"easy: too terse"| n4
  n3 -->|"hard: too heavy"| n5
  n4 --> n6
  n5 --> n6
  n6 -->|"medium: fits"| n7
  n6 -->|"easy: too terse"| n4
  n6 -->|"hard: too heavy"| n5
  n6 -->|"answer-lost"| n8
  n6 -->|"exhausted"| n9
  n7 -->|"passed"| n10
  n7 -->|"undecided"| n11
`;

describe("a graph's picture", () => {
  test("shows nodes by kind, conditions, ways by label, bounds and outcomes", () => {
    expect(drawMermaid(planOf())).toBe(PICTURE);
  });

  test("shows ways side by side thick, ways of failed steps dotted, and pieces", () => {
    const file = join(import.meta.dirname, "../fixtures/graphs/valid/fork.yaml");
    const set = ["nodes.shorten.each={ size: 4 }", "nodes.shorten.onError=rejected"];
    const { plan } = openGraph(file, { env: {}, set });
    const picture = drawMermaid(plan!);
    expect(picture).toContain('n4["shorten<br/><small>rewrite, in pieces of 4 paragraphs</small>"]');
    expect(picture).toContain('n1 ==>|"side by side"| n2\n  n1 ==>|"side by side"| n3\n');
    expect(picture).toMatch(/n4 -\.->\|"failed"\| n\d\n/);
  });

  test("shows with a run how many samples went each way, ways that no line states among them", () => {
    const counts = {
      "start>collect": 4,
      "collect>long-to-short": 4,
      "judge>accept": 1_500,
      "judge>rejected": 7,
    };
    const picture = drawMermaid(planOf(), counts);
    expect(picture).toContain('n0 -->|"4"| n1\n');
    expect(picture).toContain('n3 -->|"medium: fits · 1,500"| n7\n');
    expect(picture).toContain('n6 -->|"exhausted · 0"| n9\n');
    expect(picture).toMatch(/n3 -->\|"7"\| n\d+\n/);
  });

  test("can't be broken by what a condition says", () => {
    const hostile = 'problem.contains("\\"]; n1[`x`] %%{init: {}}%% <script>alert(1)</script> # end")';
    const picture = drawMermaid(planOf([`nodes.long-to-short.when='${hostile}'`]));
    const line = picture.split("\n").find((each) => each.includes("long-to-short"))!;
    const label = /^ {2}n2\["(.*)"\]$/.exec(line)?.[1]?.replace("<br/><small>", "").replace("</small>", "");
    expect(label).toBeDefined();
    expect(label!.replace(/#\d+;/g, "")).not.toMatch(/["`<>#;{}%&]/);
    expect(picture.split("\n")).toHaveLength(PICTURE.split("\n").length);
  });

  test("keeps a condition of several lines on one", () => {
    const picture = drawMermaid(planOf(['nodes.long-to-short.when="has(trace) &&\\n  tokens(trace) > 5"']));
    expect(picture).toContain("when has(trace) #38;#38; tokens(trace) #62; 5");
  });
});
