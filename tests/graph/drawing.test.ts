import { expect, it } from "vitest";
import { drawGraph } from "../../src/graph/drawing.ts";
import { openGraph } from "../../src/graph/open.ts";

const plan = openGraph("graphs/distill.yaml", { env: {} }).plan!;

it("draws each node once with what it states, and each way once with all its labels", () => {
  const { nodes, edges } = drawGraph(plan);
  expect(nodes.map(({ name }) => name)).toEqual([...new Set(nodes.map(({ name }) => name))]);
  expect(nodes.find(({ name }) => name === "verify")).toMatchObject({ kind: "verify", limit: 5, models: ["judge"] });
  const ways = edges.map(({ from, to }) => `${from}>${to}`);
  expect(ways).toEqual([...new Set(ways)]);
  expect(edges[0]).toEqual({ from: "start", to: "collect", label: "", written: true, back: false });
});

it("marks the edges that close a loop, seen from the start", () => {
  const backs = drawGraph(plan).edges.filter(({ back }) => back);
  expect(backs.map(({ from, to }) => `${from}>${to}`).sort()).toEqual(["verify>condense", "verify>expand"]);
});

it("draws ways that samples took unstated, and nodes that the graph no longer has", () => {
  const { nodes, edges } = drawGraph(plan, ["judge>failed", "judge>polish", "polish>accepted"]);
  expect(nodes.find(({ name }) => name === "polish")).toMatchObject({ role: "node", gone: true });
  expect(nodes.find(({ name }) => name === "failed")).toMatchObject({ role: "outcome" });
  expect(edges.filter(({ written }) => !written).map(({ from, to }) => `${from}>${to}`)).toEqual([
    ...["judge>failed", "judge>polish", "polish>accepted"],
  ]);
});
