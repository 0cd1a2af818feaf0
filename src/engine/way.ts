/**
 * What Mezzo itself keeps of a sample between two steps, in one channel of LangGraph's state called `way`. Small and
 * plain JSON: it is in every checkpoint.
 */
import type { Verdict } from "../core/events.ts";

export interface Way {
  /** Visits so far, by node. */
  readonly visits: Readonly<Record<string, number>>;
  /** The node that ran last, and the label it ended with: what the next edge is chosen by. */
  readonly node: string;
  readonly label: string;
  /** What the last judge found, for the rewriter. */
  readonly finding?: Verdict;
  /** Rewriting nodes that changed the trace, in order, each once. */
  readonly shapedBy: readonly string[];
  /** Estimated tokens of the trace as it came, or as it was first written; 0 before. */
  readonly tokensBefore: number;
  /** Which go this is, where the sample was given another. Part of every call's seed: the same replies would end the same. */
  readonly go?: number;
  /** The go whose seeds it draws, where that is not `go`: an edit sends a sample back with the luck it had. */
  readonly seedGo?: number;
  /** There while the sample is in a fork: how far each branch has come, by the branch's first node. */
  readonly branches?: Readonly<Record<string, BranchSoFar>>;
}

/** The last step of a branch so far, and what its steps found. */
export interface BranchSoFar {
  readonly node: string;
  readonly label: string;
  /** A node of the branch, the fork's join, or an outcome. */
  readonly next: string;
  readonly reason?: string;
  readonly finding?: Verdict;
  readonly shapedBy: readonly string[];
  readonly tokensBefore: number;
}

/** As `node` in a way: the branches of the fork at `label` have come together. No node has that name. */
export const JOINED = "@";

/** The way as a step in a branch sees it: with what the branch's earlier steps found. */
export function inBranch(way: Way, head: string): Way {
  const branch = way.branches?.[head];
  if (branch === undefined) return way;
  const { finding = way.finding, shapedBy, tokensBefore } = branch;
  return { ...way, finding, shapedBy, tokensBefore };
}

/** What a step in a branch writes: that branch, and the visits. */
export function branchOnly(before: Way, after: Way, step: { head: string; next: string; reason?: string }): Way {
  const { visits, node, label, shapedBy, tokensBefore } = after;
  const { head, next, reason } = step;
  // A finding that is not the branch's own must not win over another branch's.
  const finding = after.finding === before.finding ? undefined : after.finding;
  const branch = { node, label, next, reason, finding, shapedBy, tokensBefore };
  return { ...before, visits, node, label, branches: { [head]: branch } };
}

/**
 * The channel's reducer in a graph with forks. Steps in branches write their own branch, and run side by side: their
 * writes are put together. Any other write is the whole way.
 */
export function mergeWays(before: Way | undefined, update: Way): Way {
  if (before === undefined || update.branches === undefined) return update;
  const visits: Record<string, number> = { ...before.visits };
  for (const [node, count] of Object.entries(update.visits)) visits[node] = Math.max(count, visits[node] ?? 0);
  const { node, label } = update;
  return { ...before, visits, node, label, branches: { ...before.branches, ...update.branches } };
}

/** The way after a fork; `heads` are its branches in their written order, which decides between their findings. */
export function joinWays({ branches = {}, ...way }: Way, fork: { node: string; heads: readonly string[] }): Way {
  const done = fork.heads.flatMap((head) => branches[head] ?? []);
  return {
    ...way,
    node: JOINED,
    label: fork.node,
    finding: done.findLast(({ finding }) => finding !== undefined)?.finding ?? way.finding,
    shapedBy: done.reduce((all, branch) => joinShapes(way.shapedBy, all, branch.shapedBy), way.shapedBy),
    tokensBefore: way.tokensBefore || (done.find(({ tokensBefore }) => tokensBefore > 0)?.tokensBefore ?? 0),
  };
}

/** A branch adds to what had shaped the trace; one that put an earlier trace back (only one can) says it anew. */
function joinShapes(before: readonly string[], all: readonly string[], branch: readonly string[]): readonly string[] {
  const adds = before.every((node, at) => branch[at] === node);
  return adds ? [...all, ...branch.slice(before.length)] : branch;
}

export const startOfWay: Way = { visits: {}, node: "", label: "", shapedBy: [], tokensBefore: 0 };
