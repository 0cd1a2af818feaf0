/**
 * Forks: each branch has its nodes to itself, from where the fork begins to where it joins. Then a node's name says which
 * branch a sample is in (forks.ts), and two branches that write one field can be found before either runs.
 */
import { isOutcome } from "../core/sample.ts";
import type { CheckedNode } from "./check-nodes.ts";
import { nodesOfBranch } from "./forks.ts";
import type { Fork } from "./plan.ts";
import type { Report } from "./report.ts";
import { FORKED, writtenTargets } from "./ways.ts";

type Nodes = ReadonlyMap<string, CheckedNode>;

interface Part {
  /** The node that forks, and the branch's place in its list. */
  readonly at: string;
  readonly index: number;
  readonly head: string;
  readonly nodes: ReadonlySet<string>;
}

/** Trusts that every way leads somewhere. */
export function checkForks(nodes: Nodes, start: string, report: Report): void {
  const plain = Object.fromEntries(nodes);
  const parts: Part[] = [];
  for (const [at, { then }] of nodes) {
    if (then.by !== "fork" || !checkHeads(at, then, report)) continue;
    const branches = then.fork.map((head, index) => ({
      at,
      index,
      head,
      nodes: nodesOfBranch(plain, head, then.join),
    }));
    if (!branches.every((part) => checkBranch(part, then, nodes, report)) || !checkApart(branches, report)) continue;
    checkWriters(branches, nodes, report);
    parts.push(...branches);
  }
  for (const part of parts) checkEntrances(part, nodes, start, report);
}

function checkHeads(at: string, { fork, join }: Fork, report: Report): boolean {
  const path = ["nodes", at, "then", "fork"];
  const wrong = (message: string, hint: string, index?: number) => {
    report.error("bad-fork", message, index === undefined ? path : [...path, index], {
      key: index === undefined,
      hint,
    });
    return false;
  };
  if (fork.length < 2) {
    const hint = `Write then: ${fork[0]}, or name the nodes that are to run beside it.`;
    return wrong("A fork leads to two nodes at least; this one has a single branch", hint);
  }
  for (const [index, head] of fork.entries()) {
    if (isOutcome(head)) {
      const hint = "Name a node. A node in a branch can lead to an outcome.";
      return wrong(`A branch begins at a node, and "${head}" is an outcome`, hint, index);
    }
    if (fork.indexOf(head) < index) {
      return wrong(`"${head}" begins two branches of this fork`, "Name each node once.", index);
    }
    if (head === join) {
      const hint = "A branch with nothing in it needs no naming: take it out.";
      return wrong(`"${head}" is the join of this fork and can't begin a branch of it`, hint, index);
    }
  }
  return true;
}

/** Does it come to the join, and by itself? */
function checkBranch({ at, index, head, nodes: own }: Part, { join }: Fork, nodes: Nodes, report: Report): boolean {
  const path = ["nodes", at, "then", "fork", index];
  if (own.has(at)) {
    const message = `The branch "${head}" leads back to "${at}", where it began, without coming to the join "${join}"`;
    report.error("bad-fork", message, path, { hint: `Let its ways lead to "${join}" or to an outcome.` });
    return false;
  }
  const inner = [...own].find((name) => nodes.get(name)?.then.by === "fork");
  if (inner !== undefined) {
    const message = `"${inner}" forks inside the branch "${head}" of the fork at "${at}"`;
    const hint = `A fork can't stand in another one: name its nodes in the fork at "${at}", or fork again after "${join}".`;
    report.error("bad-fork", message, ["nodes", inner, "then"], { key: true, hint });
    return false;
  }
  const whole = [...own].find((name) => nodes.get(name)?.kind === "graph");
  if (whole !== undefined) {
    const message = `"${whole}" is a graph of its own, and can't stand in the branch "${head}" of the fork at "${at}"`;
    const hint = "Write its nodes into the branch, or put the graph before the fork or after its join.";
    report.error("bad-fork", message, ["nodes", whole, "kind"], { hint });
    return false;
  }
  const joins = [...own].some((name) => writtenTargets(nodes.get(name)!).some(({ to }) => to === join));
  if (joins) return true;
  const message = `No way of the branch "${head}" comes to the join "${join}"`;
  report.error("bad-fork", message, path, { hint: `Let a way of its last node lead to "${join}".` });
  return false;
}

function checkApart(branches: readonly Part[], report: Report): boolean {
  for (const { at, index, head, nodes } of branches) {
    const other = branches.slice(0, index).find((before) => [...nodes].some((name) => before.nodes.has(name)));
    if (other === undefined) continue;
    const shared = [...nodes].find((name) => other.nodes.has(name))!;
    const message = `"${shared}" can be reached in the branch "${other.head}" and in the branch "${head}"`;
    const hint = `Branches have their nodes to themselves until they join. If they come together there, write join: ${shared}.`;
    report.error("bad-fork", message, ["nodes", at, "then", "fork", index], { hint });
    return false;
  }
  return true;
}

/** A branch is entered at its fork and nowhere else. */
function checkEntrances({ at, head, nodes: own }: Part, nodes: Nodes, start: string, report: Report): void {
  const hint = `A branch is entered at its fork only: lead to "${at}", or to a node outside.`;
  if (own.has(start)) {
    report.error("bad-fork", `"${start}" is in the branch "${head}" of the fork at "${at}"`, ["start"], { hint });
  }
  for (const [name, node] of nodes) {
    if (own.has(name)) continue;
    const ways = writtenTargets(node).filter(({ to, label }) => own.has(to) && (name !== at || label !== FORKED));
    for (const { to } of ways) {
      const message = `"${name}" leads to "${to}", inside the branch "${head}" of the fork at "${at}"`;
      report.error("bad-fork", message, ["nodes", name, "then"], { key: true, hint });
    }
  }
}

function checkWriters(branches: readonly Part[], nodes: Nodes, report: Report): void {
  const writers = new Map<string, { readonly head: string; readonly name: string }>();
  for (const { head, nodes: own } of branches) {
    for (const name of own) {
      const { definition, params } = nodes.get(name)!;
      for (const field of definition.uses(params).writes) {
        const first = writers.get(field);
        if (first === undefined || first.head === head) {
          writers.set(field, { head, name });
          continue;
        }
        const message = `"${first.name}" and "${name}" run side by side, and both write "${field}"`;
        const place = (node: string) => {
          const path = report.paramPath(node, "writes");
          return report.yaml.has(path) ? path : ["nodes", node];
        };
        const related = { message: `"${first.name}" writes it here`, place: report.yaml.place(place(first.name)) };
        const hint = "Let one of them write another field, or let one follow the other.";
        report.error("parallel-writers", message, place(name), { hint, related });
        return;
      }
    }
  }
}
