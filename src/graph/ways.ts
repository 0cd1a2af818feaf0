/** The ways through a graph: every label has one, every target exists, every node is reached, every loop is bounded. */
import { isOutcome, OUTCOMES } from "../core/sample.ts";
import { suggestion } from "../core/suggest.ts";
import { isSpecialLabel, SPECIAL_LABELS } from "../nodes/node.ts";
import type { CheckedNode, Report } from "./check.ts";
import type { KeyPath } from "./load.ts";
import type { PlanNode, Ways } from "./plan.ts";

/** The label that a `then` by labels may name for samples that pass a node by. */
export const SKIPPED = "skipped";

/** Reads a `then`; undefined where its form is already reported. */
export function readWays(then: unknown, at: KeyPath, report: Report): Ways | undefined {
  if (typeof then === "string") return { by: "one", to: then };
  if (Array.isArray(then)) {
    const cases = then as { when?: string; to: string }[];
    if (cases.some((way) => typeof way?.to !== "string")) return undefined;
    const elseAt = cases.findIndex((way) => way.when === undefined);
    if (elseAt < 0) {
      report.error("no-else", "The last way must have no `when`: a sample that meets no condition goes there", at);
      return undefined;
    }
    if (elseAt < cases.length - 1) {
      report.error("way-never-taken", "The way above has no `when`, so this one is never taken", [...at, elseAt + 1]);
      return undefined;
    }
    return { by: "condition", cases };
  }
  if (then !== null && typeof then === "object") return { by: "label", to: then as Record<string, string> };
  return undefined;
}

/** Every target a node's samples can go to, with the label or condition that leads there. */
export function targetsOf(node: Pick<CheckedNode, "then" | "definition" | "limit">): { to: string; label: string }[] {
  const { then } = node;
  const written =
    then.by === "one"
      ? [{ to: then.to, label: "" }]
      : then.by === "label"
        ? Object.entries(then.to).map(([label, to]) => ({ to, label }))
        : then.cases.map((way) => ({ to: way.to, label: way.when ?? "else" }));
  const named = new Set(written.map((way) => way.label));
  const special = [...node.definition.special, ...(node.limit === undefined ? [] : (["exhausted"] as const))];
  const implied = [...new Set(special)]
    .filter((label) => !named.has(label))
    .map((label) => ({ to: SPECIAL_LABELS[label] as string, label: label as string }));
  return [...written, ...implied];
}

/** Where a `when` that is false leads. Undefined where the checker has reported that there is no such way. */
export function wayPast(node: Pick<PlanNode, "then">): string | undefined {
  switch (node.then.by) {
    case "one":
      return node.then.to;
    case "label":
      return node.then.to[SKIPPED];
    case "condition":
      return undefined;
  }
}

interface Ground {
  readonly nodes: ReadonlyMap<string, CheckedNode>;
  readonly start: string;
  /** Names of all nodes in the file, sound or not: a way to an unsound one is not a second mistake. */
  readonly named: readonly string[];
}

export function checkWays(ground: Ground, report: Report): void {
  const { nodes, start, named } = ground;
  if (start !== undefined && !named.includes(start)) {
    report.error("unknown-node", `"start" names "${start}", which is not a node`, ["start"], {
      hint: suggestion(start, named),
    });
  }
  for (const [name, node] of nodes) checkNode(name, node, named, report);
  if (nodes.size !== named.length || !nodes.has(start)) return;

  const reached = reach(start, (name) => neighbours(nodes, name));
  for (const name of nodes.keys()) {
    if (reached.has(name)) continue;
    report.error("unreachable-node", `No way leads to "${name}"`, ["nodes", name], { key: true });
  }
  for (const name of nodes.keys()) {
    if (!reached.has(name)) continue;
    const onward = reach(name, (at) => neighbours(nodes, at));
    if (![...onward].some((at) => targetsOf(nodes.get(at)!).some((way) => isOutcome(way.to)))) {
      report.error("no-way-out", `No outcome can be reached from "${name}"`, ["nodes", name], { key: true });
    }
  }
  const loop = findUnboundedLoop(nodes);
  if (loop !== undefined) {
    const last = loop.at(-1)!;
    const hint = `Give one of its nodes a limit, for example limit: 5 on "${last}".`;
    report.error(
      "unbounded-loop",
      `The loop ${[...loop, loop[0]].join(" -> ")} has no bound`,
      ["nodes", last, "then"],
      { key: true, hint },
    );
  }
}

function checkNode(name: string, node: CheckedNode, named: readonly string[], report: Report): void {
  const at = ["nodes", name, "then"];
  const written = targetsOf({ ...node, definition: { ...node.definition, special: [] }, limit: undefined });
  for (const [index, { to, label }] of written.entries()) {
    if (named.includes(to) || isOutcome(to)) continue;
    const path = node.then.by === "one" ? at : node.then.by === "label" ? [...at, label] : [...at, index, "to"];
    const hint = suggestion(to, [...named, ...OUTCOMES]);
    report.error("unknown-node", `The way "${name} -> ${to}" goes to a node that does not exist`, path, { hint });
  }
  if (node.then.by === "label") {
    const known = [...node.definition.labels, ...node.definition.special, "exhausted", "failed", SKIPPED];
    for (const label of Object.keys(node.then.to)) {
      if (known.includes(label)) continue;
      const message = `A ${node.kind} node never ends with "${label}"`;
      report.error("unknown-label", message, [...at, label], { key: true, hint: suggestion(label, known) });
    }
    for (const label of node.definition.labels) {
      if (Object.hasOwn(node.then.to, label)) continue;
      report.error("missing-way", `There is no way for "${label}"`, at, {
        key: true,
        hint: `Add ${label}: <node or outcome>.`,
      });
    }
  }
  if (node.when !== undefined && wayPast(node) === undefined) {
    const message = 'A node with `when` needs one way for samples that pass it by: then: <target>, or a "skipped" way';
    report.error("no-way-past", message, ["nodes", name, "when"], { key: true });
  }
  if (node.limit === undefined && node.then.by === "label" && Object.hasOwn(node.then.to, "exhausted")) {
    report.error("way-never-taken", '"exhausted" is the way at a limit, and this node has none', [...at, "exhausted"], {
      key: true,
    });
  }
}

function neighbours(nodes: ReadonlyMap<string, CheckedNode>, name: string): string[] {
  const node = nodes.get(name);
  return node === undefined
    ? []
    : targetsOf(node)
        .map((way) => way.to)
        .filter((to) => nodes.has(to));
}

function reach(from: string, next: (name: string) => string[]): Set<string> {
  const reached = new Set([from]);
  for (const name of reached) for (const to of next(name)) reached.add(to);
  return reached;
}

/** A loop none of whose nodes has a limit, in order; found by depth-first search over the nodes without one. */
function findUnboundedLoop(nodes: ReadonlyMap<string, CheckedNode>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): string[] | undefined => {
    const at = path.indexOf(name);
    if (at >= 0) return path.slice(at);
    const node = nodes.get(name);
    // A limit counts visits; a node that `when` passes by is not visited.
    if (done.has(name) || (node?.limit !== undefined && node.when === undefined)) return undefined;
    path.push(name);
    for (const to of neighbours(nodes, name)) {
      const loop = visit(to);
      if (loop !== undefined) return loop;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of nodes.keys()) {
    const loop = visit(name);
    if (loop !== undefined) return loop;
  }
  return undefined;
}

/** The default outcome of a label that the graph gives no way for. */
export function defaultOutcome(label: string): string {
  return isSpecialLabel(label) ? SPECIAL_LABELS[label] : "failed";
}
