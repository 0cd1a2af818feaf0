/** A drawn graph as text in other forms: dot for Graphviz, JSON for programs; and what pictures say in words. */
import { RATING_PLAIN, type Rating } from "../core/sample.ts";
import type { DrawnEdge, DrawnGraph, DrawnNode } from "./drawing.ts";

/** What a run did, as far as a picture shows it: samples by `from>to`, and by node. */
export interface Counts {
  readonly edges: Readonly<Record<string, number>>;
  readonly nodes: Readonly<Record<string, { readonly visits: number; readonly waiting: number }>>;
}

/** The stable form: keys are added, never renamed or removed. */
export function drawJson(drawn: DrawnGraph, counts?: Counts): string {
  const nodes = drawn.nodes.map((node) => {
    const { visits = 0, waiting = 0 } = counts?.nodes[node.name] ?? {};
    return counts === undefined || node.role !== "node" ? node : { ...node, visits, waiting };
  });
  const edges = drawn.edges.map((edge) => ({ ...edge, count: countOf(edge, counts) }));
  return `${JSON.stringify({ ...drawn, nodes, edges }, null, 2)}\n`;
}

export function drawDot(drawn: DrawnGraph, counts?: Counts): string {
  const lines = [`digraph ${quote(drawn.graph)} {`, "  rankdir=TB;", '  node [fontname="Helvetica", fontsize=11];'];
  lines.push('  edge [fontname="Helvetica", fontsize=10];');
  for (const node of drawn.nodes) {
    const shape = { start: "point", node: "box", outcome: "oval" }[node.role];
    const label = node.role === "start" ? "" : [node.name, ...factsOf(node, counts)].join("\n");
    lines.push(`  ${quote(node.name)} [shape=${shape}, label=${quote(label)}];`);
  }
  for (const edge of drawn.edges) {
    const facts = [`label=${quote(wordsOf(edge, counts).join("\n"))}`];
    if (edge.back) facts.push("constraint=false");
    if (!edge.written) facts.push("style=dashed");
    lines.push(`  ${quote(edge.from)} -> ${quote(edge.to)} [${facts.join(", ")}];`);
  }
  return `${[...lines, "}"].join("\n")}\n`;
}

/** A quoted string takes all but its own quote and the backslash; `\n` is a new line in it. */
function quote(text: string): string {
  const plain = text.replace(/[^\P{Cc}\n]/gu, " ");
  return `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** Below a node's name. */
export function factsOf({ kind, when, limit, name }: DrawnNode, counts?: Counts): string[] {
  const facts = kind === undefined ? [] : [limit === undefined ? kind : `${kind}, at most ${limit} times`];
  if (when !== undefined) facts.push(`when ${flat(when)}`);
  const { visits = 0, waiting = 0 } = counts?.nodes[name] ?? {};
  if (counts !== undefined && kind !== undefined) facts.push(visitsText(visits, waiting));
  return facts;
}

function visitsText(visits: number, waiting: number): string {
  const text = `${visits.toLocaleString("en-US")} ${visits === 1 ? "visit" : "visits"}`;
  return waiting === 0 ? text : `${text}, ${waiting.toLocaleString("en-US")} here`;
}

/** Beside an edge: what leads this way, and how many samples went it. */
export function wordsOf(edge: DrawnEdge, counts?: Counts): string[] {
  const count = countOf(edge, counts);
  const label = edge.label === "" ? [] : [edge.label.split(", ").map(plainLabel).join(", ")];
  return count === undefined ? label : [...label, count.toLocaleString("en-US")];
}

function plainLabel(label: string): string {
  return Object.hasOwn(RATING_PLAIN, label) ? `${label}: ${RATING_PLAIN[label as Rating]}` : flat(label);
}

function countOf({ from, to }: DrawnEdge, counts?: Counts): number | undefined {
  return counts && (counts.edges[`${from}>${to}`] ?? 0);
}

function flat(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
