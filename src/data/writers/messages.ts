/**
 * `{messages: [{role, content}, ...], id}`: what TRL calls conversational language modeling, ms-swift its standard form
 * and OpenAI its fine-tuning form. No columns that a trainer reads its own way: TRL takes the task from the names of the
 * columns it finds (`prompt`, `completion`, `label` would change it), and ms-swift reads `label`, `tools`, `system`.
 * A chain in a field of its own is `reasoning_content`, which the chat templates of Qwen3 and DeepSeek know.
 */
import { writeTurns } from "./turns.ts";

export const writeMessages = writeTurns(({ problem, reply, reasoning, mode }, id) => {
  const thought = reasoning === undefined ? {} : { reasoning_content: reasoning };
  const messages = [
    { role: "user", content: problem },
    { role: "assistant", content: reply, ...thought },
  ];
  return { messages, id, ...(mode === undefined ? {} : { mode }) };
});
