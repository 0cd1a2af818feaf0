/** `{instruction, input, output, id}`. The whole problem is the instruction; loaders want `input` even when empty. */
import { writeTurns } from "./turns.ts";

export const writeAlpaca = writeTurns(({ problem, reply, reasoning, mode }, id) => {
  const thought = reasoning === undefined ? {} : { reasoning };
  return { instruction: problem, input: "", output: reply, id, ...thought, ...(mode === undefined ? {} : { mode }) };
});
