/**
 * Is an acceptance fresh? A sample may come to it once, and its words must not be those of a node that rates: the same
 * question again, or a second chance, would let through by luck what it is there to stop.
 */
import { isOutcome } from "../core/sample.ts";
import type { ModelSpec } from "../models/spec.ts";
import type { CheckedNode } from "./check-nodes.ts";
import { identityOf } from "./deciders.ts";
import type { Report } from "./report.ts";
import { targetsOf } from "./ways.ts";

type Nodes = ReadonlyMap<string, CheckedNode>;
type Models = Readonly<Record<string, ModelSpec>>;

export function checkAcceptance(nodes: Nodes, models: Models, report: Report): void {
  for (const [name, node] of nodes) {
    if (!holdsAcceptance(node)) continue;
    if (node.kind === "accept") checkWords(name, node, nodes, report);
    // Advice for a graph that runs; one with mistakes has enough to be told.
    if (node.kind === "accept" && !report.failed) checkJudge(name, node, { nodes, models, report });
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

/**
 * The judge that sat in the loop accepts, and nobody else: it says the same of the same chain again. Not a mistake, since a
 * second model is not everybody's to have; rules have no opinion to stick to, and a student that is asked decides by trying.
 */
function checkJudge(
  name: string,
  node: CheckedNode,
  { nodes, models, report }: { nodes: Nodes; models: Models; report: Report },
): void {
  const judgesOf = ({ definition, params }: CheckedNode) =>
    definition.uses(params).models.filter((role) => models[role]?.provider === "openai");
  const own = judgesOf(node);
  if (
    own.length === 0 ||
    own.length < node.definition.uses(node.params).models.length ||
    [...nodes.values()].some(({ kind }) => kind === "follow")
  )
    return;
  const others = [...nodes].filter(([, { kind }]) => kind === "rate" || kind === "verify");
  const known = new Set(others.flatMap(([, other]) => judgesOf(other).map((role) => identityOf(role, models))));
  if (!own.every((role) => known.has(identityOf(role, models)))) return;
  const [loop] = others.find(([, other]) =>
    judgesOf(other).some((role) => identityOf(role, models) === identityOf(own[0]!, models)),
  )!;
  const message = `"${name}" asks the model that "${loop}" asked: a mistake that it holds to passes here too`;
  const hint =
    "Give it another model, or one more (models: [judge, second]); or have the student follow the chain (kind: follow).";
  report.warn("same-judge", message, report.namePath(name, ["model", "models"], own[0]!), { hint });
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
