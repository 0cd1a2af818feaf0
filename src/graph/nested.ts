/**
 * `kind: graph`, checked: another graph stands in the place of a node. The other graph is checked as it is, by itself,
 * with its mistakes in its own file; what is checked here is the seam.
 *
 *   models   a model that its nodes ask is one of this graph: of the same name, or the one that `models` says
 *   state    each of its fields is one of this graph's, of the same type; `problem` and `trace` keep their names
 *   then     its outcomes are the labels; one without a way stays that outcome; `accepted` needs a way
 *
 * Its student, its models' addresses and its `input` are for when it runs alone.
 */
import type { Diagnostic } from "../core/errors.ts";
import { isOutcome, type Outcome } from "../core/sample.ts";
import { suggestion } from "../core/suggest.ts";
import type { GraphParams } from "../nodes/graph.ts";
import type { NodeKind, SpecialLabel } from "../nodes/node.ts";
import type { CheckedGraph } from "./check.ts";
import type { CheckedNode } from "./check-nodes.ts";
import type { Field } from "./plan.ts";
import { renameParams } from "./rename.ts";
import type { Report } from "./report.ts";
import type { Source } from "./source.ts";
import { targetsOf } from "./ways.ts";

/** A graph that another one names: checked, or why it can't be. */
export interface FoundGraph {
  /** There where nothing is wrong with it. */
  readonly checked?: CheckedGraph;
  readonly source?: Source;
  /** What is wrong with it, in its own file. */
  readonly diagnostics: readonly Diagnostic[];
  /** What is wrong with naming it. */
  readonly unread?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** Finds the graph that a node names. */
export type FindGraph = (file: string, node: string) => FoundGraph;

interface Outer {
  readonly models: readonly string[] | undefined;
  readonly state: Readonly<Record<string, Field>>;
  readonly find: FindGraph;
}

/** Keys of every node that say nothing of a graph: its own nodes say it. */
export const NOT_OF_GRAPHS: readonly string[] = ["each", "onError", "timeoutMs"];

/** The node with its inner graph; undefined where that can't be read. */
export function nestGraph(name: string, node: CheckedNode, outer: Outer, report: Report): CheckedNode | undefined {
  const at = ["nodes", name];
  const params = node.params as GraphParams;
  for (const key of NOT_OF_GRAPHS) {
    if (!report.yaml.has([...at, key])) continue;
    const message = `"${key}" is for a node that does something itself; a graph's own nodes have theirs`;
    report.error("unknown-key", message, [...at, key], { key: true, hint: "Write it at the nodes inside." });
  }
  if (node.then.by !== "one" && node.then.by !== "label") {
    const message = `The ways out of a graph are one target, or one for each outcome`;
    report.error("wrong-type", message, [...at, "then"], {
      key: true,
      hint: "Put the conditions on a node after it, or inside.",
    });
    return undefined;
  }
  const found = outer.find(params.graph, name);
  report.add(...found.diagnostics);
  if (found.unread !== undefined) {
    const { code, message, hint } = found.unread;
    report.error(code, message, [...at, "graph"], { hint });
  }
  const { checked: inner, source } = found;
  if (inner === undefined || source === undefined) return undefined;
  const seam = { name, params, inner, source, outer, report };
  checkModels(seam);
  checkState(seam);
  return { ...node, definition: definitionOf(node.definition, inner, params), inner };
}

interface Seam {
  readonly name: string;
  readonly params: GraphParams;
  readonly inner: CheckedGraph;
  readonly source: Source;
  readonly outer: Outer;
  readonly report: Report;
}

function checkModels({ name, params, inner, source, outer, report }: Seam): void {
  const at = ["nodes", name];
  for (const key of Object.keys(params.models)) {
    if (inner.modelNames.includes(key)) continue;
    const message = `"${params.graph}" has no model "${key}"`;
    const hint = suggestion(key, inner.modelNames);
    report.error("unknown-model", message, [...at, "models", key], { key: true, hint });
  }
  if (outer.models === undefined) return;
  for (const model of usedModels(inner)) {
    const mine = params.models[model] ?? model;
    if (outer.models.includes(mine)) continue;
    if (mine !== model || Object.hasOwn(params.models, model)) {
      const hint = suggestion(mine, outer.models);
      report.error("unknown-model", `There is no model "${mine}"`, [...at, "models", model], { hint });
      continue;
    }
    const message = `"${params.graph}" asks a model "${model}", and this graph has none of that name`;
    const hint = `Add it to \`models\`, or say which of yours plays it, such as models: { ${model}: ${outer.models[0] ?? "judge"} }.`;
    const related = { message: "Its model is here", place: source.place(["models", model], { key: true }) };
    report.error("unknown-model", message, [...at, "graph"], { hint, related });
  }
}

/** Models that a graph's nodes ask, those of graphs inside it under its own names. */
function usedModels(graph: CheckedGraph): string[] {
  const used = [...graph.nodes.values()].flatMap((node) => node.definition.uses(node.params).models);
  return [...new Set(used)];
}

const FIXED = ["problem", "trace"];

function checkState({ name, params, inner, source, outer, report }: Seam): void {
  const at = ["nodes", name];
  for (const key of Object.keys(params.state)) {
    const path = [...at, "state", key];
    if (!Object.hasOwn(inner.state, key)) {
      const hint = suggestion(key, Object.keys(inner.state));
      report.error("unknown-field", `"${params.graph}" has no field "${key}"`, path, { key: true, hint });
    } else if (params.state[key] !== key && [key, params.state[key]].some((field) => FIXED.includes(field!))) {
      const message = `"problem" and "trace" are what samples are counted and shown by; they keep their names`;
      report.error("unfit-field", message, path, { hint: "Call the field the same in both graphs." });
    }
  }
  for (const [field, wanted] of Object.entries(inner.state)) {
    const mine = params.state[field] ?? field;
    const path = Object.hasOwn(params.state, field) ? [...at, "state", field] : [...at, "graph"];
    const related = {
      message: `Its "${field}" is declared here`,
      place: source.place(["state", field], { key: true }),
    };
    if (!Object.hasOwn(outer.state, mine)) {
      if (report.yaml.has(["state", mine])) continue; // There, and reported as it is.
      const message =
        mine === field
          ? `"${params.graph}" has a field "${field}", and this graph's state has none of that name`
          : `The state has no field "${mine}"`;
      const hint =
        mine === field
          ? `Add it to \`state\`, or say which of yours it is, such as state: { ${field}: answer }.`
          : suggestion(mine, Object.keys(outer.state));
      report.error("unknown-field", message, path, { hint, related });
      continue;
    }
    const wrong = whyUnlike(wanted, outer.state[mine]!);
    if (wrong === undefined) continue;
    const message = `"${field}" of "${params.graph}" can't be this graph's "${mine}": ${wrong}`;
    report.error("unfit-field", message, path, { related });
  }
  checkRenaming({ name, params, inner, source, outer, report });
}

function whyUnlike(inner: Field, outer: Field): string | undefined {
  if (inner.type !== outer.type) return `one is a ${inner.type}, the other a ${outer.type}`;
  const [a, b] = [inner.enum, outer.enum].map((values) => values?.join(", ") ?? "any text");
  return a === b ? undefined : `one allows ${a}, the other ${b}`;
}

/** Can every name inside be changed as the mapping says? */
function checkRenaming({ name, params, inner, report }: Seam): void {
  if (Object.keys(params.state).length + Object.keys(params.models).length === 0) return;
  const names = {
    node: (node: string) => node,
    prompt: (file: string) => file,
    model: (model: string) => params.models[model] ?? model,
    field: (field: string) => params.state[field] ?? field,
  };
  for (const [node, { definition, params: own, inner: within }] of inner.nodes) {
    if (within !== undefined || renameParams(definition, own, names) !== undefined) continue;
    const message = `"${node}" of "${params.graph}", a ${definition.kind} node, names models or fields in a way that can't be mapped`;
    report.error("unfit-mapping", message, ["nodes", name, "graph"], {
      hint: "Use the same names in both graphs, and leave the mapping out.",
    });
  }
}

/** What the node is for the graph around it: its labels are the outcomes that the inner graph can have. */
function definitionOf(kind: NodeKind, inner: CheckedGraph, params: GraphParams): NodeKind {
  const ends = new Set([...inner.nodes.values()].flatMap((node) => targetsOf(node).map(({ to }) => to)));
  const outcomes = [...ends].filter(isOutcome);
  const special = outcomes.filter((end): end is Exclude<Outcome, "accepted"> => end !== "accepted");
  const writes = [...inner.nodes.values()].flatMap((node) => node.definition.uses(node.params).writes);
  return {
    ...kind,
    labels: outcomes.includes("accepted") ? ["accepted"] : [],
    special: special satisfies readonly SpecialLabel[],
    uses: () => ({
      models: usedModels(inner).map((model) => params.models[model] ?? model),
      prompts: [],
      reads: [],
      writes: [...new Set(writes)].map((field) => params.state[field] ?? field),
    }),
  };
}
