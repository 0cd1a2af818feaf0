/** A graph as a Mermaid flowchart: nodes by kind, conditions on the edges, bounds on the loops; counts with a run. */
import { isOutcome, RATING_PLAIN, type Rating } from "../core/sample.ts";
import { nodeKinds } from "../nodes/kinds.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { defaultOutcome, FORKED, wayPast, writtenTargets } from "./ways.ts";

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** The ways that a graph states, and those past nodes whose `when` is false. Implied outcomes are left out. */
export function edgesOf(plan: Plan): Edge[] {
  const edges: Edge[] = [{ from: "start", to: plan.start, label: "" }];
  for (const [from, node] of Object.entries(plan.nodes)) {
    edges.push(...waysOf(from, node));
  }
  return edges;
}

function waysOf(from: string, node: PlanNode): Edge[] {
  return [...writtenTargets(node).map((way) => ({ from, ...way })), ...waysOut(from, node)];
}

/** Out of an inner graph, by outcomes that its own file gives no way for. */
function waysOut(from: string, { kind, then, ends = {} }: PlanNode): Edge[] {
  const special: readonly string[] = nodeKinds.get(kind)?.special ?? Object.keys(ends);
  return special.flatMap((label) => {
    const to = then.by === "label" && Object.hasOwn(then.to, label) ? undefined : ends[defaultOutcome(label)];
    return to === undefined ? [] : [{ from, to, label }];
  });
}

/** `counts` are samples by `from>to`, as a run's view has them. */
export function drawMermaid(plan: Plan, counts?: Readonly<Record<string, number>>): string {
  const lines = ["flowchart TD"];
  const ids = new Map<string, string>();
  const id = (name: string) => {
    if (!ids.has(name)) ids.set(name, `n${ids.size}`);
    return ids.get(name)!;
  };
  lines.push(`  ${id("start")}(( ))`);
  drawNodes(plan, id, lines);
  const edges = withCounts(plan, edgesOf(plan), counts);
  for (const outcome of new Set(edges.map((edge) => edge.to).filter(isOutcome))) {
    lines.push(`  ${id(outcome)}(["${outcome}"])`);
  }
  for (const { from, to, label, count } of edges) {
    const words = [labelText(label), count === undefined ? "" : count.toLocaleString("en-US")].filter(
      (word) => word !== "",
    );
    const text = words.length === 0 ? "" : `|"${escapeText(words.join(" · "))}"|`;
    lines.push(`  ${id(from)} ${arrowOf(label)}${text} ${id(to)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Ways side by side are thick; one that only a failed step takes is dotted. */
function arrowOf(label: string): string {
  if (label === FORKED) return "==>";
  return label === "failed" ? "-.->" : "-->";
}

/** The nodes of a graph within the graph stand in a box with its name: `align/judge` is `judge` in the box `align`. */
function drawNodes(plan: Plan, id: (name: string) => string, lines: string[]): void {
  let open: readonly string[] = [];
  const indent = () => "  ".repeat(open.length + 1);
  const close = (depth: number) => {
    while (open.length > depth) {
      open = open.slice(0, -1);
      lines.push(`${indent()}end`);
    }
  };
  for (const [name, node] of Object.entries(plan.nodes)) {
    const boxes = name.split("/").slice(0, -1);
    const shared = boxes.findIndex((box, depth) => box !== open[depth]);
    close(shared < 0 ? boxes.length : shared);
    while (open.length < boxes.length) {
      const box = boxes.slice(0, open.length + 1);
      lines.push(`${indent()}subgraph ${id(`${box.join("/")}/`)}["${escapeText(box.at(-1)!)}"]`);
      open = box;
    }
    const shown = escapeText(name.split("/").at(-1)!);
    lines.push(`${indent()}${id(name)}["${shown}<br/><small>${escapeText(factsOf(node).join(", "))}</small>"]`);
  }
  close(0);
}

function factsOf({ kind, when, limit, each, params }: PlanNode): string[] {
  const most = kind === "graph" && typeof params.limit === "number" ? params.limit : limit;
  const pieces = each === undefined ? [] : [`in pieces of ${each.size} ${each.by}`];
  const facts = [kind, ...pieces, ...(when === undefined ? [] : [`when ${when}`])];
  return most === undefined ? facts : [...facts, `at most ${most} times`];
}

/** Puts a run's counts on the edges; ways taken that no edge states (implied outcomes, nodes passed by) are added. */
function withCounts(plan: Plan, edges: readonly Edge[], counts: Readonly<Record<string, number>> | undefined) {
  if (counts === undefined) return edges.map((edge) => ({ ...edge, count: undefined }));
  const shown = merge(edges);
  const known = new Set(shown.map(({ from, to }) => `${from}>${to}`));
  const more = Object.keys(counts)
    .filter((key) => !known.has(key))
    .map((key) => {
      const [from = "", to = ""] = key.split(">");
      const passes = plan.nodes[from] !== undefined && wayPast(plan.nodes[from]) === to;
      const special = isOutcome(to) ? "" : "otherwise";
      return { from, to, label: passes ? "passed by" : special };
    });
  return [...shown, ...more].map((edge) => ({ ...edge, count: counts[`${edge.from}>${edge.to}`] ?? 0 }));
}

/** Counts are kept by target, so labels that share one are drawn as one edge. */
function merge(edges: readonly Edge[]): Edge[] {
  const merged = new Map<string, Edge>();
  for (const edge of edges) {
    const key = `${edge.from}>${edge.to}`;
    const before = merged.get(key);
    const labels = [before?.label ?? "", edge.label].filter((label) => label !== "");
    merged.set(key, { ...edge, label: labels.join(", ") });
  }
  return [...merged.values()];
}

function labelText(label: string): string {
  return Object.hasOwn(RATING_PLAIN, label) ? `${label}: ${RATING_PLAIN[label as Rating]}` : label;
}

/**
 * Mermaid takes entities in quoted labels. A condition may hold anything: quotes would end the label, a backtick makes
 * it Markdown, `%%` a comment or a directive, and a line break ends the statement.
 */
function escapeText(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.replace(/[&<>"#`%;{}\\]/g, (char) => `#${char.charCodeAt(0)};`);
}
