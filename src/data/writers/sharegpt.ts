/** `{conversations: [{from, value}, ...], id}` with the tags human and gpt: LLaMA-Factory's ShareGPT defaults. */
import { turnsOf } from "../turn.ts";
import type { RowWriter } from "./writer.ts";

export const writeShareGpt: RowWriter = (sample) => {
  const turns = turnsOf(sample);
  if (typeof turns === "string") return turns;
  const conversations = [
    { from: "human", value: turns.problem },
    { from: "gpt", value: turns.reply },
  ];
  return { row: { conversations, id: sample.id } };
};
