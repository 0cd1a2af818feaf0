/**
 * `dpo`: TRL's conversational preference rows, `{prompt: [...], chosen: [...], rejected: [...]}`. LLaMA-Factory
 * and ms-swift read others (data/handoff). `cogpo`: `{prompt, chosen, rejected, beta}` as plain texts, the row that the
 * published trainer reads. Both say the gap that each pair stands for.
 */
import { BETA, pairsOf } from "../pairs.ts";
import type { RowWriter } from "./writer.ts";

export const writeDpo: RowWriter = async (sample, context) => {
  const pairs = await pairsOf(sample, () => context.rejected(sample), context.check);
  if (typeof pairs === "string") return pairs;
  return pairs.map(({ gap, problem, chosen, rejected }) => ({
    prompt: [{ role: "user", content: problem }],
    chosen: [{ role: "assistant", content: chosen }],
    rejected: [{ role: "assistant", content: rejected }],
    gap,
    id: `${sample.id}:${gap}`,
  }));
};

export const writeCogpo: RowWriter = async (sample, context) => {
  const pairs = await pairsOf(sample, () => context.rejected(sample), context.check);
  if (typeof pairs === "string") return pairs;
  return pairs.map(({ gap, problem, chosen, rejected }) => {
    return { prompt: problem, chosen, rejected, beta: BETA[gap], gap, id: `${sample.id}:${gap}` };
  });
};
