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
}

export const startOfWay: Way = { visits: {}, node: "", label: "", shapedBy: [], tokensBefore: 0 };
