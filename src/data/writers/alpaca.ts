/** `{instruction, input, output, id}`. The whole problem is the instruction; loaders want `input` even when empty. */
import { turnsOf } from "../turn.ts";
import type { RowWriter } from "./writer.ts";

export const writeAlpaca: RowWriter = (sample) => {
  const turns = turnsOf(sample);
  if (typeof turns === "string") return turns;
  return { row: { instruction: turns.problem, input: "", output: turns.reply, id: sample.id } };
};
