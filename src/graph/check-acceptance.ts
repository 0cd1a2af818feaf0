/**
 * Is an acceptance fresh? A sample may come to it once, and its words must not be those of a node that rates: the same
 * question again, or a second chance, would let through by luck what it is there to stop.
 */
import { isOutcome } from "../core/sample.ts";
import type { CheckedNode } from "./check-nodes.ts";
import type { Report } from "./report.ts";
import { targetsOf } from "./ways.ts";

type Nodes = ReadonlyMap<string, CheckedNode>;

export function checkAcceptance(nodes: Nodes, report: Report): void {
  for (const [name, node] of nodes) {
    if (!holdsAcceptance(node)) continue;
    if (node.kind === "accept") checkWords(name, node, nodes, report);
    const back = wayBack(name, nodes);
    if (back === undefined) continue;
    const message = `A way leads from "${name}" back to it, through "${back}": a sample would be asked about until it passes`;
    const hint = "Let what fails it end: in undecided, or at a node from which no way leads back.";
    report.error("accept-again", message, ["nodes", name, "then"], { key: true, hint });
  }
}

/** Is it one, or does a graph in its place have one? */
function holdsAcceptance({ kind, inner }: CheckedNode): boolean {
  return kind === "accept" || (inner !== undefined && [...inner.nodes.values()].some(holdsAcceptance));
}

/** No other node may ask for a verdict with the prompt of an acceptance. */
function checkWords(name: string, node: CheckedNode, nodes: Nodes, report: Report): void {
  const own = node.definition.uses(node.params).prompts.map(({ file }) => file);
  for (const [other, { definition, params }] of nodes) {
    if (other === name) continue;
    const shared = definition.uses(params).prompts.find(({ file }) => own.includes(file));
    if (shared === undefined) continue;
    const message = `"${name}" asks in the same words as "${other}", so its answer is not a fresh one`;
    const hint = "Give the acceptance a prompt of its own: prompts/accept.md is one.";
    const at = report.namePath(name, ["prompt", "prompts"], shared.file);
    report.error("not-fresh", message, at, { hint });
    return;
  }
}

/** The node through which a way leads back to where it began. */
function wayBack(start: string, nodes: Nodes): string | undefined {
  const seen = new Set<string>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { to } of targetsOf(nodes.get(at)!)) {
      if (to === start) return at;
      if (isOutcome(to) || seen.has(to) || !nodes.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return undefined;
}
