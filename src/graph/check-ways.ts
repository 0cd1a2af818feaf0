/** The ways through a graph: every label has one, every target exists, every node is reached, every loop is bounded. */
import { isOutcome, OUTCOMES } from "../core/sample.ts";
import { suggestion } from "../core/suggest.ts";
import { checkForks } from "./check-forks.ts";
import type { CheckedNode } from "./check-nodes.ts";
import type { KeyPath } from "./load.ts";
import type { Report } from "./report.ts";
import { NAME } from "./schema.ts";
import { SKIPPED, targetsOf, wayPast, writtenTargets } from "./ways.ts";

type Nodes = ReadonlyMap<string, CheckedNode>;

interface Ground {
  readonly nodes: Nodes;
  /** Undefined where its form is already reported. */
  readonly start: string | undefined;
  /** Names of all nodes in the file, sound or not: a way to an unsound one is not a second mistake. */
  readonly named: readonly string[];
}

export function checkWays({ nodes, start, named }: Ground, report: Report): void {
  if (named.length === 0) {
    if (report.yaml.keysAt(["nodes"]).length === 0 && isEmptyMap(report.yaml.valueAt(["nodes"])))
      report.error("no-nodes", "The graph has no nodes, so nothing would be done", ["nodes"], { key: true });
    return;
  }
  if (start !== undefined && !named.includes(start)) {
    const what = isOutcome(start) ? `"${start}", which is an outcome` : `"${start}", which is not a node`;
    report.error("unknown-node", `"start" names ${what}`, ["start"], { hint: suggestion(start, named) });
  }
  let whole = nodes.size === named.length && start !== undefined && nodes.has(start) && !named.some(isOutcome);
  for (const [name, node] of nodes) {
    whole = checkTargets(name, node, named, report) && whole;
    checkLabels(name, node, report);
    checkWayPast(name, node, report);
  }
  // A part that could not be read may hold the very way that is missing: no guesses then.
  if (!whole || start === undefined) return;
  checkForks(nodes, start, report);
  checkReach(nodes, start, report);
  checkLoops(nodes, report);
}

/** Does every way lead somewhere? */
function checkTargets(name: string, node: CheckedNode, named: readonly string[], report: Report): boolean {
  let sound = true;
  for (const [to, path] of placesOfTargets(name, node, report)) {
    if (named.includes(to) || isOutcome(to)) continue;
    sound = false;
    if (!NAME.test(to)) continue; // Reported with the file's form.
    const hint = suggestion(to, [...named, ...OUTCOMES]);
    report.error("unknown-node", `The way "${name} -> ${to}" goes to a node that does not exist`, path, { hint });
  }
  return sound;
}

/** Every target that a node names, and where it does. */
function placesOfTargets(name: string, { then, onError }: CheckedNode, report: Report): [string, KeyPath][] {
  const at = ["nodes", name, "then"];
  const failed: [string, KeyPath][] = onError === undefined ? [] : [[onError, report.paramPath(name, "onError")]];
  switch (then.by) {
    case "one":
      return [[then.to, at], ...failed];
    case "label":
      return [...Object.entries(then.to).map(([label, to]): [string, KeyPath] => [to, [...at, label]]), ...failed];
    case "condition":
      return [...then.cases.map(({ to }, index): [string, KeyPath] => [to, [...at, index, "to"]]), ...failed];
    case "fork": {
      const heads = then.fork.map((to, index): [string, KeyPath] => [to, [...at, "fork", index]]);
      return [...heads, [then.join, [...at, "join"]], ...failed];
    }
  }
}

function checkLabels(
  name: string,
  { kind, then, definition, limit, when, onError }: CheckedNode,
  report: Report,
): void {
  if (then.by !== "label") return;
  const at = ["nodes", name, "then"];
  if (onError !== undefined && Object.hasOwn(then.to, "failed")) {
    const related = { message: `"onError" says so too`, place: report.yaml.place(report.paramPath(name, "onError")) };
    const hint = 'Keep "onError", and take this way out.';
    report.error("way-never-taken", "Where a failed step leads is said twice", [...at, "failed"], {
      key: true,
      hint,
      related,
    });
  }
  const labels = [...definition.labels, ...definition.special, "failed"];
  for (const label of Object.keys(then.to)) {
    if (labels.includes(label)) continue;
    const path = [...at, label];
    if (label === "exhausted" && limit === undefined) {
      const message = "This way is taken at the limit, and the node has none";
      report.error("way-never-taken", message, path, {
        key: true,
        hint: "Add limit: 5 to the node, or take the way out.",
      });
    } else if (label === SKIPPED && when === undefined) {
      const message = "This way is for samples that `when` passes by, and the node has no `when`";
      report.error("way-never-taken", message, path, {
        key: true,
        hint: "Add a `when` to the node, or take the way out.",
      });
    } else if (label !== "exhausted" && label !== SKIPPED) {
      const message = `A ${kind} node never ends with "${label}"`;
      const near = suggestion(label, labels);
      const hint = near?.startsWith("Did")
        ? near
        : `It ends with ${labels.join(", ")}; "exhausted" at its limit, "${SKIPPED}" past its \`when\`.`;
      report.error("unknown-label", message, path, { key: true, hint });
    }
  }
  for (const label of definition.labels) {
    if (Object.hasOwn(then.to, label)) continue;
    const message = `A ${kind} node can end with "${label}", and there is no way for it`;
    report.error("missing-way", message, at, { key: true, hint: `Add ${label}: <node or outcome>.` });
  }
}

function checkWayPast(name: string, node: CheckedNode, report: Report): void {
  if (node.when === undefined || wayPast(node) !== undefined) return;
  const message = "A sample for which `when` is false passes this node by, and no way says where it goes then";
  const hint =
    node.then.by === "label"
      ? `Add ${SKIPPED}: <node or outcome> to its ways.`
      : "Ways by condition can't stand beside `when`: give the node one target, and put the conditions on a node after it.";
  report.error("no-way-past", message, ["nodes", name, "when"], { key: true, hint });
}

function checkReach(nodes: Nodes, start: string, report: Report): void {
  const reached = reach(start, (name) => neighbours(nodes, name));
  for (const name of nodes.keys()) {
    if (reached.has(name)) continue;
    const hint = `Name it in some node's \`then\`, or take it out. The graph starts at "${start}".`;
    report.error("unreachable-node", `No way leads to "${name}"`, ["nodes", name], { key: true, hint });
  }
  const trapped = [...reached].filter((name) => {
    const onward = reach(name, (at) => neighbours(nodes, at));
    // That a step may fail is no way out that anybody counts on.
    const ways = [...onward].flatMap((at) => writtenTargets(nodes.get(at)!));
    return !ways.some(({ to, label }) => isOutcome(to) && label !== "failed");
  });
  if (trapped.length === 0) return;
  const names = trapped.map((name) => `"${name}"`).join(", ");
  const message = `No way that is written here leads from ${names} to an outcome`;
  const hint = `Let a way end in one of ${OUTCOMES.join(", ")}.`;
  report.error("no-way-out", message, ["nodes", trapped[0]!], { key: true, hint });
}

function isEmptyMap(value: unknown): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0;
}

function checkLoops(nodes: Nodes, report: Report): void {
  for (const loop of unboundedLoops(nodes)) {
    const last = loop.at(-1)!;
    const passed = loop.find((name) => nodes.get(name)?.limit !== undefined);
    const round = loop.length === 1 ? `"${last}" leads to itself` : `The loop ${[...loop, loop[0]].join(" -> ")}`;
    const why =
      passed === undefined
        ? "no bound"
        : nodes.get(passed)!.when !== undefined
          ? `no bound: the limit on "${passed}" counts its visits, and \`when\` can pass it by`
          : `no bound: at its limit "${passed}" goes on round the loop`;
    const message = `${round}${loop.length === 1 ? " with" : " has"} ${why}`;
    const target =
      passed === undefined || loop.length === 1
        ? last
        : loop.find((name) => nodes.get(name)?.when === undefined && name !== passed);
    const hint =
      passed !== undefined && nodes.get(passed)!.when === undefined
        ? `Let its "exhausted" way leave the loop.`
        : `Give a node that every round visits a limit, for example limit: 5 on "${target ?? last}".`;
    report.error("unbounded-loop", message, ["nodes", last, "then"], { key: true, hint });
  }
}

/**
 * Loops that nothing stops, one for each knot of them. A node with a limit stops a sample, except on the ways that its
 * limit does not count: past it where `when` is false, and the way that it gives samples at the limit.
 */
function unboundedLoops(nodes: Nodes): string[][] {
  const open = (name: string): string[] => {
    const node = nodes.get(name)!;
    if (node.limit === undefined) return neighbours(nodes, name);
    const atLimit = node.then.by === "label" ? node.then.to.exhausted : undefined;
    const past = node.when === undefined ? [] : targetsPast(node);
    return [atLimit, ...past].filter((to) => to !== undefined && nodes.has(to)) as string[];
  };
  const loops: string[][] = [];
  const seen = new Set<string>();
  for (const name of nodes.keys()) {
    if (seen.has(name)) continue;
    const loop = shortestLoop(name, open);
    if (loop === undefined) continue;
    for (const at of loop) seen.add(at);
    if (loops.some((other) => other.some((at) => loop.includes(at)))) continue;
    loops.push(loop);
  }
  return loops;
}

/** Where samples go that pass a node by. */
function targetsPast(node: CheckedNode): readonly (string | undefined)[] {
  const past = wayPast(node);
  return typeof past === "object" ? past.fork : [past];
}

/** The shortest way from a node back to itself. */
function shortestLoop(name: string, next: (name: string) => string[]): string[] | undefined {
  const ways: string[][] = [[name]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const to of next(way.at(-1)!)) {
      if (to === name) return way;
      if (!seen.has(to)) ways.push([...way, to]);
      seen.add(to);
    }
  }
  return undefined;
}

function neighbours(nodes: Nodes, name: string): string[] {
  const node = nodes.get(name);
  if (node === undefined) return [];
  const targets = targetsOf(node).map((way) => way.to);
  return [...new Set(targets)].filter((to) => nodes.has(to));
}

function reach(from: string, next: (name: string) => string[]): Set<string> {
  const reached = new Set([from]);
  for (const name of reached) for (const to of next(name)) reached.add(to);
  return reached;
}
