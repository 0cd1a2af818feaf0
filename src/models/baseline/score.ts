/**
 * Scores from counted features, 0 to 9, after the scales of OmniThought (arXiv 2505.10937):
 *
 *   rv    amount: how much text there is; one more for each doubling from 25 tokens
 *   fit   how near that amount is to what the trace's own results need, less what only hesitates and repeats
 *   cd    what it takes to follow: operations at once, results, words of university mathematics
 *
 * Like the baseline's ratings they know nothing of meaning; they order traces, and a language model should do better.
 */
import { measureTrace } from "./measure.ts";
import type { Reading } from "./read.ts";

export const BASELINE_SCALES = ["rv", "fit", "cd"] as const;

export function scoreTrace(reading: Reading): Readonly<Record<(typeof BASELINE_SCALES)[number], number>> {
  const measures = measureTrace(reading);
  const amount = Math.log2(Math.max(1, measures.tokens) / 25);
  const needed = Math.log2(Math.max(1, 30 + 55 * measures.results) / 25);
  const hidden = Math.max(0, ...measures.jumps.map(({ operations }) => operations - 1));
  const demand = Math.log2(1 + measures.results) + 1.5 * measures.advanced.length + hidden;
  return {
    rv: within(amount),
    fit: within(9 - 2.5 * Math.abs(amount - needed) - 9 * measures.surplusShare),
    cd: within(demand),
  };
}

function within(value: number): number {
  return Math.max(0, Math.min(9, Math.round(value)));
}
