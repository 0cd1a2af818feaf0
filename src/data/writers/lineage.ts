/** `jsonl`: what is known of a sample, so that any other file can be made of it later. Leaves nobody out. */
import type { RowWriter } from "./writer.ts";

export const writeLineage: RowWriter = (sample) => {
  const { id, outcome, reason, state, source, run, plan, steps, ratings, models, tokens } = sample;
  return [{ id, outcome, reason, state, source, run, plan, steps, ratings, models, tokens }];
};
