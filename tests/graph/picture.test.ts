/** A graph as dot, JSON and SVG: whatever stands in it, and with a run's counts. */
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DrawnGraph, drawGraph } from "../../src/graph/drawing.ts";
import { openGraph } from "../../src/graph/open.ts";
import { type Counts, drawDot, drawJson } from "../../src/graph/picture.ts";
import { drawSvg } from "../../src/graph/svg.ts";

const { plan } = openGraph(join(import.meta.dirname, "../../graphs/distill.yaml"), { env: {} });
const counts: Counts = {
  edges: { "start>collect": 12, "judge>accept": 7, "judge>rejected": 1 },
  nodes: { judge: { visits: 1_234, waiting: 3 } },
};
const drawn = drawGraph(plan!, Object.keys(counts.edges));

test("dot has every node, way and bound, and a way that no line states is dashed", () => {
  const dot = drawDot(drawn, counts);
  expect(dot).toContain('"verify" [shape=box, label="verify\\nverify, at most 5 times\\n0 visits"];');
  expect(dot).toContain('"judge" -> "accept" [label="medium: fits\\n7"];');
  expect(dot).toContain('"judge" -> "rejected" [label="1", style=dashed];');
  expect(dot).toContain('"verify" -> "expand" [label="easy: too terse\\n0", constraint=false];');
});

test("json keeps names and keys, and has counts only with a run", () => {
  const { nodes, edges } = JSON.parse(drawJson(drawn, counts));
  expect(nodes[3]).toMatchObject({ name: "judge", role: "node", kind: "rate", visits: 1_234, waiting: 3 });
  expect(edges[0]).toEqual({ from: "start", to: "collect", label: "", written: true, back: false, count: 12 });
  const bare = JSON.parse(drawJson(drawGraph(plan!)));
  expect(Object.keys(bare)).toEqual(["graph", "start", "nodes", "edges"]);
  expect(bare.edges[0]).not.toHaveProperty("count");
});

test("svg shows names, conditions, bounds and counts, in light and dark, with nothing from elsewhere", () => {
  const svg = drawSvg(drawn, counts);
  for (const text of ["long-to-short", "when tokens(trace) &#62; 1200", "at most 5 times", "1,234 visits, 3 here"]) {
    expect(svg).toContain(text);
  }
  expect(svg).toContain("prefers-color-scheme: dark");
  expect(svg).not.toMatch(/<script|href=|url\(|@import|NaN|undefined/);
  expect(drawSvg(drawn, counts)).toBe(svg);
});

test("no name, condition or label can break out of its place in the picture", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("</text><script>", '"]; x [label="', "\\", "]]>", "&amp;", "\n\u0000\ud800"),
  );
  const check = fc.property(text, text, text, (name, when, label) => {
    const odd: DrawnGraph = {
      ...{ graph: name, start: name },
      nodes: [{ name: `n${name}`, role: "node", kind: "rate", when, models: [], prompts: [], writes: [] }],
      edges: [{ from: `n${name}`, to: `n${name}`, label, written: true, back: false }],
    };
    const svg = drawSvg(odd);
    const tags = svg.match(/<\/?\w+/g)!;
    expect(new Set(tags.map((tag) => tag.replace(/^<\/?/, "")))).toEqual(
      new Set(["svg", "title", "style", "rect", "path", "g", "text"].filter((tag) => tags.includes(`<${tag}`))),
    );
    expect(svg).not.toMatch(/[^\P{Cc}\n\t]|\p{Cs}/u);
    // Outside its quoted strings a dot file holds nothing of ours.
    expect(
      drawDot(odd)
        .replace(/"(?:[^"\\]|\\.)*"/g, "")
        .replace(/\s+/g, " "),
    ).toBe(
      "digraph { rankdir=TB; node [fontname=, fontsize=11]; edge [fontname=, fontsize=10]; [shape=box, label=]; -> [label=]; } ",
    );
  });
  fc.assert(check, { numRuns: 60 });
});
