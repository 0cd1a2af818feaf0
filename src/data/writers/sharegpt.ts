/** `{conversations: [{from, value}, ...], id}` with the tags human and gpt: LLaMA-Factory's ShareGPT defaults. */
import { writeTurns } from "./turns.ts";

export const writeShareGpt = writeTurns(({ problem, reply, reasoning, mode }, id) => {
  const conversations = [
    { from: "human", value: problem },
    { from: "gpt", value: reply },
  ];
  const thought = reasoning === undefined ? {} : { reasoning };
  return { conversations, id, ...thought, ...(mode === undefined ? {} : { mode }) };
});
