/**
 * `{messages: [{role, content}, ...], id}`: what TRL calls conversational language modeling, ms-swift its standard form
 * and OpenAI its fine-tuning form. No other columns: TRL takes the task from the names of the columns it finds
 * (`prompt`, `completion`, `label` would change it), and ms-swift reads `label`, `tools`, `system` its own way.
 */
import { turnsOf } from "../turn.ts";
import type { RowWriter } from "./writer.ts";

export const writeMessages: RowWriter = (sample) => {
  const turns = turnsOf(sample);
  if (typeof turns === "string") return turns;
  const messages = [
    { role: "user", content: turns.problem },
    { role: "assistant", content: turns.reply },
  ];
  return { row: { messages, id: sample.id } };
};
