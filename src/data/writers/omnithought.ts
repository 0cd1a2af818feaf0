/**
 * `omnithought`: a question with the list of its chains and the two scores of each, in the columns of the released data
 * set (arXiv 2505.10937): RV (`Reasoning_Verbosity`) and CD (`Cognitive_Difficulty`), 0 to 9, from the state fields `rv`
 * and `cd`; null where a graph does not score. One row a problem, at the place of its first sample.
 */
import type { FinishedSample } from "../finished.ts";
import { partsOf } from "../turn.ts";
import type { Row, RowWriter } from "./writer.ts";

export const writeOmniThought: RowWriter = async (sample, { siblings }) => {
  const parts = partsOf(sample);
  if (typeof parts === "string") return parts;
  const chains: Row[] = [];
  for await (const each of siblings(sample)) {
    // An earlier sample of this problem has the row already, with this chain in it.
    if (chains.length === 0 && each.id !== sample.id) return "shown-with-its-problem";
    chains.push(...chainOf(each));
  }
  return [{ id: sample.id, question: parts.problem, answer: sample.state.answer ?? null, reasoning: chains }];
};

function chainOf(sample: FinishedSample): Row[] {
  const parts = partsOf(sample);
  if (typeof parts === "string") return [];
  const { trace, answer } = parts;
  return [
    {
      id: sample.id,
      thought: trace,
      solution: answer.said,
      full_response: `<think>\n${trace}\n</think>\n\n${answer.said}`,
      teacher: sample.source.teacher ?? sample.models[0] ?? null,
      thought_correctness_verify: sample.outcome === "accepted",
      Reasoning_Verbosity: scoreOf(sample.state.rv),
      Cognitive_Difficulty: scoreOf(sample.state.cd),
    },
  ];
}

function scoreOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
