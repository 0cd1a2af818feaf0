/** A sample whose way has ended, as it leaves the house: what the engine hands to exporters and reports. */
import type { Outcome, Rating, State } from "../core/sample.ts";

/** One visit of the sample to one node. */
export interface FinishedStep {
  readonly node: string;
  /** From 1, for this node. */
  readonly visit: number;
  /** What the step came to (`medium`, `answer-lost`); absent when a node has only one way on. */
  readonly label?: string;
  /** The node or outcome it led to. */
  readonly next: string;
  readonly ms: number;
  /** The fingerprint of the plan it was made under, where that is not the sample's. */
  readonly plan?: string;
  /** The model that was asked; absent for a step without calls. */
  readonly model?: string;
  readonly tokens?: { readonly in: number; readonly out: number };
  readonly costUsd?: number;
  /** Share of its votes that agreed with its verdict, in [0, 1]; absent for a step without votes. */
  readonly agreement?: number;
}

/** A chain for this problem that the run has seen, whether it was kept or not. */
export interface Attempt {
  readonly text: string;
  /** It came with the row; a model collected it; a rewrite that was written; a reply that was thrown away. */
  readonly from: "input" | "collected" | "rewritten" | "thrown-away";
  /** The reply stopped at a limit of length, or by the server's filter. */
  readonly cutOff: boolean;
  /** Numbers that steps wrote while it was the sample's chain: scores of this chain, not of a later one. Absent for none. */
  readonly measured?: Readonly<Record<string, number>>;
}

export interface FinishedSample {
  readonly id: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly state: State;
  /** The row as it came, every column. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly run: string;
  /** The fingerprint of the plan under which it came to its outcome. */
  readonly plan: string;
  /** In the order in which they happened; so are `ratings`. */
  readonly steps: readonly FinishedStep[];
  readonly ratings: readonly Rating[];
  /** Every chain that was seen, in the order in which they came; the last that was written is the state's. */
  readonly attempts: readonly Attempt[];
  /** Each model that had a part in it, once. */
  readonly models: readonly string[];
  /** Length of the trace as it came (or was first collected) and as it is now. */
  readonly tokens: { readonly before?: number; readonly after?: number };
}
