/**
 * Graphs within graphs become one flat plan: the node `judge` of a graph that stands as `align` is `align/judge`.
 *
 *   - A way to `align` leads to the first node inside; an outcome inside leads where `align`'s `then` says, else it is
 *     the sample's outcome. That holds for outcomes no way names, too (`PlanNode.ends`).
 *   - `when` and `limit` of `align` itself need a node that they hold for: then, and where a condition asks for
 *     `visits(align)`, there is a node `align` of kind `graph`, a step without a call, before the first one inside.
 *   - A `limit` inside counts a sample's visits over all its entries, not anew at each: a sample that comes back is
 *     bounded by what the inner file says, and not by that times the rounds outside. At such a limit a way out of the
 *     inner graph is still taken, as an outcome would be; only a way on inside becomes `exhausted`. So an outer loop
 *     needs a bound of its own.
 *   - Prompts keep their file names; where two graphs have different ones of one name, the inner is `align/judge.md`.
 */

import { MezzoError } from "../core/errors.ts";
import { canonicalJson } from "../core/hash.ts";
import type { Prompt } from "../core/prompt.ts";
import { isOutcome, OUTCOMES } from "../core/sample.ts";
import type { GraphParams } from "../nodes/graph.ts";
import type { CheckedGraph } from "./check.ts";
import type { CheckedNode } from "./check-nodes.ts";
import type { KindFile, PlanNode, Ways } from "./plan.ts";
import { type Names, renameInCondition, renameInPrompt, renameParams } from "./rename.ts";
import { mapTargets, SKIPPED } from "./ways.ts";

export interface Flat {
  readonly start: string;
  readonly nodes: Readonly<Record<string, PlanNode>>;
  readonly prompts: Readonly<Record<string, Prompt>>;
  readonly kinds?: Readonly<Record<string, KindFile>>;
}

export function flatten(graph: CheckedGraph): Flat {
  const out: Out = { nodes: {}, prompts: {}, kinds: {} };
  const same = (name: string) => name;
  put(graph, { prefix: "", model: same, field: same, ends: {} }, out);
  return { start: firstOf(graph, ""), ...out, kinds: hasAny(out.kinds) ? out.kinds : undefined };
}

interface Out {
  readonly nodes: Record<string, PlanNode>;
  readonly prompts: Record<string, Prompt>;
  readonly kinds: Record<string, KindFile>;
}

interface Place {
  /** `align/`, or nothing for the outermost graph. */
  readonly prefix: string;
  readonly model: (name: string) => string;
  readonly field: (name: string) => string;
  /** Where outcomes of this graph lead, by outcome; those left out are the sample's. */
  readonly ends: Readonly<Record<string, string>>;
}

/** Puts a graph's nodes into the plan. */
function put(graph: CheckedGraph, place: Place, out: Out): void {
  const { prefix, ends } = place;
  const gates = gatesOf(graph);
  Object.assign(out.kinds, graph.kinds);
  const entryOf = (name: string): string => {
    const inner = graph.nodes.get(name)?.inner;
    return inner === undefined || gates.has(name) ? prefix + name : firstOf(inner, `${prefix}${name}/`);
  };
  const lead = (target: string) => (isOutcome(target) ? (ends[target] ?? target) : entryOf(target));
  const names: Names = { node: (name) => prefix + name, model: place.model, field: place.field };
  const prompt = promptNames(graph, place, names, out);
  for (const [name, node] of graph.nodes) {
    if (node.inner !== undefined) {
      const first = firstOf(node.inner, `${prefix}${name}/`);
      if (gates.has(name)) out.nodes[prefix + name] = gateOf(node, first, { names, lead, ends });
      putInner(node.inner, { name, node, place, lead }, out);
      continue;
    }
    const { definition, inner: _none, onError, each, ...plain } = node;
    const failed = onError === undefined ? {} : { onError: lead(onError) };
    const params = renameParams(definition, node.params, { ...names, prompt });
    if (params === undefined) {
      const message = `The node "${prefix}${name}" names a prompt in a way that can't be told apart from another graph's`;
      throw new MezzoError("prompt-clash", message, { hint: "Give one of the two prompts another name.", exitCode: 2 });
    }
    const when = node.when === undefined ? undefined : renameInCondition(node.when, names);
    const then = mapTargets(node.then, lead, (text) => renameInCondition(text, names));
    const pieces = each === undefined ? {} : { each: { ...each, of: names.field(each.of) } };
    const uses = Object.hasOwn(graph.kinds, node.kind) ? { uses: definition.uses(params) } : {};
    const more = { ...failed, ...pieces, ...uses, ...(hasAny(ends) ? { ends } : {}) };
    out.nodes[prefix + name] = { ...plain, when, params, then, ...more };
  }
}

/** The name of a graph's first node, where the graph stands at a prefix. */
function firstOf(graph: CheckedGraph, prefix: string): string {
  const inner = graph.nodes.get(graph.start)?.inner;
  const isGate = inner === undefined || gatesOf(graph).has(graph.start);
  return isGate ? prefix + graph.start : firstOf(inner, `${prefix}${graph.start}/`);
}

interface Inner {
  readonly name: string;
  readonly node: CheckedNode;
  readonly place: Place;
  readonly lead: (target: string) => string;
}

function putInner(inner: CheckedGraph, { name, node, place, lead }: Inner, out: Out): void {
  const params = node.params as GraphParams;
  const ends: Record<string, string> = {};
  for (const outcome of OUTCOMES) {
    const target = lead(wayOut(node.then, outcome));
    if (target !== outcome) ends[outcome] = target;
  }
  const within: Place = {
    prefix: `${place.prefix}${name}/`,
    model: (model) => place.model(params.models[model] ?? model),
    field: (field) => place.field(params.state[field] ?? field),
    ends,
  };
  put(inner, within, out);
}

/** Where an outcome of the inner graph leads in the graph around it. */
function wayOut(then: Ways, outcome: string): string {
  if (then.by === "one") return outcome === "accepted" ? then.to : outcome;
  return then.by === "label" ? (then.to[outcome] ?? outcome) : outcome;
}

function gateOf(
  { when, limit, then, params, kind }: CheckedNode,
  first: string,
  { names, lead, ends }: { names: Names; lead: (target: string) => string; ends: Place["ends"] },
): PlanNode {
  const past = then.by === "one" ? then.to : then.by === "label" ? then.to[SKIPPED] : undefined;
  const exhausted = then.by === "label" ? then.to.exhausted : undefined;
  const to: Record<string, string> = { entered: first };
  if (past !== undefined && when !== undefined) to[SKIPPED] = lead(past);
  if (limit !== undefined) to.exhausted = lead(exhausted ?? "exhausted");
  return {
    kind,
    when: when === undefined ? undefined : renameInCondition(when, names),
    params: { graph: (params as GraphParams).graph, ...(limit === undefined ? {} : { limit }) },
    then: { by: "label", to },
    ...(hasAny(ends) ? { ends } : {}),
  };
}

/** The nodes of a graph that stand for graphs and have something to decide themselves. */
function gatesOf({ nodes }: CheckedGraph): ReadonlySet<string> {
  const conditions = [...nodes.values()].flatMap(({ when, then, definition, params, inner }) => [
    when ?? "",
    ...(inner === undefined ? Object.values(definition.uses(params).expressions ?? {}).map(String) : []),
    ...(then.by === "condition" ? then.cases.map((way) => way.when ?? "") : []),
  ]);
  const counted = new Set(
    conditions.flatMap((text) => [...text.matchAll(/\bvisits\(\s*["']?([\w/-]+)/g)].map((match) => match[1])),
  );
  const isGate = ([name, node]: [string, CheckedNode]) =>
    node.inner !== undefined && (node.when !== undefined || node.limit !== undefined || counted.has(name));
  return new Set([...nodes].filter(isGate).map(([name]) => name));
}

/** Puts the graph's prompts into the plan; gives the names that they have there. */
function promptNames(graph: CheckedGraph, { prefix }: Place, names: Names, out: Out): (file: string) => string {
  const known = new Map<string, string>();
  for (const [file, prompt] of Object.entries(graph.prompts)) {
    const mine = renameInPrompt(prompt, names);
    const other = out.prompts[file];
    const name = other === undefined || canonicalJson(other) === canonicalJson(mine) ? file : prefix + file;
    out.prompts[name] = mine;
    known.set(file, name);
  }
  return (file) => known.get(file) ?? file;
}

function hasAny(map: object): boolean {
  return Object.keys(map).length > 0;
}
