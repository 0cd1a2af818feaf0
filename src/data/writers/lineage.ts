/** `jsonl`: what is known of a sample, so that any other file can be made of it later. Leaves nobody out. */
import { answerStart, rowWeightOf, spansOf } from "../loss-weights.ts";
import type { RowWriter } from "./writer.ts";

export const writeLineage: RowWriter = (sample, { lossWeights }) => {
  const { id, outcome, reason, state, source, run, plan, steps, ratings, models, tokens } = sample;
  const row = { id, outcome, reason, state, source, run, plan, steps, ratings, models, tokens };
  if (lossWeights === undefined) return [row];
  const trace = typeof state.trace === "string" ? state.trace : "";
  const spans = spansOf("state.trace", trace, answerStart(trace, lossWeights.findAnswer), lossWeights);
  return [{ ...row, spans, row_weight: rowWeightOf(sample, lossWeights) }];
};
