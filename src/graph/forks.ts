/**
 * Forks: which nodes belong to which branch. A branch is what can be reached from its first node before the join; its
 * nodes are its own (check-forks.ts sees to that), so a node says by its name which branch a sample is in.
 *
 *              ┌─▶ a ──▶ a2 ─┐
 *   at: fork ──┤             ├──▶ join          branches a: {a, a2}, b: {b}
 *              └─▶ b ────────┘
 */
import { isOutcome } from "../core/sample.ts";
import type { Fork, PlanNode } from "./plan.ts";
import { writtenTargets } from "./ways.ts";

export interface Branch {
  /** The node that forks. */
  readonly at: string;
  /** The branch's first node, which names it. */
  readonly head: string;
  readonly fork: Fork;
}

type Nodes = Readonly<Record<string, Pick<PlanNode, "then" | "onError" | "ends">>>;

/** The branch of each node that is in one. */
export function branchesOf(nodes: Nodes): ReadonlyMap<string, Branch> {
  const branches = new Map<string, Branch>();
  for (const [at, { then }] of Object.entries(nodes)) {
    if (then.by !== "fork") continue;
    const fork = { fork: then.fork, join: then.join };
    for (const head of then.fork) {
      for (const name of nodesOfBranch(nodes, head, then.join)) branches.set(name, { at, head, fork });
    }
  }
  return branches;
}

/** The nodes that can be reached from a branch's head before its join, the head first. */
export function nodesOfBranch(nodes: Nodes, head: string, join: string): ReadonlySet<string> {
  return nodesFrom(nodes, head, join);
}

/** The nodes that can be reached from one, itself first; not beyond a join. */
export function nodesFrom(nodes: Nodes, head: string, join?: string): ReadonlySet<string> {
  const reached = new Set(Object.hasOwn(nodes, head) && head !== join ? [head] : []);
  for (const name of reached) {
    const node = nodes[name]!;
    for (const to of [...writtenTargets(node).map((way) => way.to), ...Object.values(node.ends ?? {})]) {
      if (to !== join && !isOutcome(to) && Object.hasOwn(nodes, to)) reached.add(to);
    }
  }
  return reached;
}
