/** `{conversations: [{from, value}, ...], id}` with the tags human and gpt: LLaMA-Factory's ShareGPT defaults. */
import { weightColumns, writeTurns } from "./turns.ts";

export const writeShareGpt = writeTurns({ reply: "conversations.1.value", reasoning: "reasoning" }, (turns, id) => {
  const { problem, reply, reasoning, mode } = turns;
  const conversations = [
    { from: "human", value: problem },
    { from: "gpt", value: reply },
  ];
  const thought = reasoning === undefined ? {} : { reasoning };
  return { conversations, id, ...thought, ...(mode === undefined ? {} : { mode }), ...weightColumns(turns) };
});
