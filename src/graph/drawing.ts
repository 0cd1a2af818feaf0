/** A graph as nodes and edges to be drawn by whoever lays them out: the studio's page. */
import { isOutcome } from "../core/sample.ts";
import { type Edge, edgesOf } from "./diagram.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { usesOf } from "./uses.ts";

export interface DrawnNode {
  readonly name: string;
  readonly role: "start" | "node" | "outcome";
  readonly kind?: string;
  readonly when?: string;
  readonly limit?: number;
  readonly models: readonly string[];
  readonly prompts: readonly string[];
  readonly writes: readonly string[];
  /** Samples have been there under an earlier plan; the graph has it no more. */
  readonly gone?: true;
}

export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  /** All labels or conditions that lead this way. */
  readonly label: string;
  /** By the graph's own words; else taken without being stated: an outcome of any node of its kind, a node passed by. */
  readonly written: boolean;
  /** Closes a loop. */
  readonly back: boolean;
}

export interface DrawnGraph {
  readonly graph: string;
  readonly start: string;
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

/** `taken` are ways that samples have gone (`from>to`): those that the graph does not state are drawn, too. */
export function drawGraph(plan: Plan, taken: Iterable<string> = []): DrawnGraph {
  const edges = new Map<string, { from: string; to: string; labels: string[]; written: boolean }>();
  for (const { from, to, label } of edgesOf(plan)) addEdge({ from, to, label }, true);
  for (const key of taken) {
    const [from = "", to = ""] = key.split(">");
    if (!edges.has(key)) addEdge({ from, to, label: "" }, false);
  }
  const backs = findBacks([...edges.values()]);
  const ends = new Set([...edges.values()].flatMap(({ from, to }) => [from, to]));
  const outcomes = [...ends].filter(isOutcome);
  const gone = [...ends].filter((name) => name !== "start" && !isOutcome(name) && plan.nodes[name] === undefined);
  return {
    graph: plan.graph,
    start: plan.start,
    nodes: [
      bare("start", "start"),
      ...Object.entries(plan.nodes).map(([name, node]) => drawNode(name, node)),
      ...gone.map((name): DrawnNode => ({ ...bare(name, "node"), gone: true })),
      ...outcomes.map((outcome) => bare(outcome, "outcome")),
    ],
    edges: [...edges].map(([key, { from, to, labels, written }]) => {
      return { from, to, label: labels.filter((label) => label !== "").join(", "), written, back: backs.has(key) };
    }),
  };

  function addEdge({ from, to, label }: Edge, written: boolean): void {
    const known = edges.get(`${from}>${to}`);
    if (known === undefined) edges.set(`${from}>${to}`, { from, to, labels: [label], written });
    else known.labels.push(label);
  }
}

function drawNode(name: string, node: PlanNode): DrawnNode {
  const { kind, when, limit } = node;
  const { models, prompts, writes } = usesOf(node);
  const files = prompts.map(({ file }) => file);
  const [asked, sent, written] = [models, files, writes].map((names) => [...new Set(names)]);
  return { ...{ name, role: "node", kind, when, limit }, models: asked!, prompts: sent!, writes: written! };
}

function bare(name: string, role: DrawnNode["role"]): DrawnNode {
  return { name, role, models: [], prompts: [], writes: [] };
}

/** The edges that lead from a node back to one that is nearer to the start, and from which it can be reached. */
function findBacks(edges: readonly { from: string; to: string }[]): Set<string> {
  const next = Map.groupBy(edges, ({ from }) => from);
  const from = (start: string) => {
    const reached = [start];
    for (const name of reached) for (const { to } of next.get(name) ?? []) if (!reached.includes(to)) reached.push(to);
    return reached;
  };
  // The nearest first, and of those that are as near the one that is stated first.
  const order = new Map(from("start").map((name, place) => [name, place]));
  const isBack = (edge: { from: string; to: string }) =>
    (order.get(edge.to) ?? 0) <= (order.get(edge.from) ?? 0) && from(edge.to).includes(edge.from);
  return new Set(edges.filter(isBack).map((edge) => `${edge.from}>${edge.to}`));
}
