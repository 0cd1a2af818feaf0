/** What a format is to the exporter: one finished sample to its rows, or the reason why it has none. */
import type { FinishedSample } from "../finished.ts";
import type { LossWeights } from "../loss-weights.ts";
import type { CheckAnswer, NoPairs } from "../pairs.ts";
import type { NoTurns } from "../turn.ts";

/** How the chain is told apart from the answer: not at all, in <think> tags, or in a field of its own. */
export const THINKING = ["plain", "tags", "field"] as const;
export type Thinking = (typeof THINKING)[number];

export interface WriteContext {
  readonly thinking: Thinking;
  readonly check: CheckAnswer;
  /** Samples of the same problem with another outcome: where wrong chains may be found. */
  readonly rejected: (sample: FinishedSample) => AsyncIterable<FinishedSample>;
  /** The chosen samples of the same problem, this one among them, in order. */
  readonly siblings: (sample: FinishedSample) => AsyncIterable<FinishedSample>;
  /** Of the rows, how many shall be a long original beside its fitted chain, in [0, 1); undefined for none, unmarked. */
  readonly originals?: number;
  readonly lossWeights?: LossWeights;
}

export type NoRows = NoTurns | NoPairs | "shown-with-its-problem" | "held-out" | "no-verifier" | "nothing-verified";
export type Row = Readonly<Record<string, unknown>>;
export type RowWriter = (
  sample: FinishedSample,
  context: WriteContext,
) => Promise<readonly Row[] | NoRows> | readonly Row[] | NoRows;
