/** `{instruction, input, output, id}`. The whole problem is the instruction; loaders want `input` even when empty. */
import { weightColumns, writeTurns } from "./turns.ts";

export const writeAlpaca = writeTurns({ reply: "output", reasoning: "reasoning" }, (turns, id) => {
  const { problem, reply, reasoning, mode } = turns;
  const thought = reasoning === undefined ? {} : { reasoning };
  const more = { ...thought, ...(mode === undefined ? {} : { mode }), ...weightColumns(turns) };
  return { instruction: problem, input: "", output: reply, id, ...more };
});
