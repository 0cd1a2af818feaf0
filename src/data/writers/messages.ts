/**
 * `{messages: [{role, content}, ...], id}`: what TRL calls conversational language modeling, ms-swift its standard form
 * and OpenAI its fine-tuning form. No columns that a trainer reads its own way: TRL takes the task from the names of the
 * columns it finds (`prompt`, `completion`, `label` would change it), and ms-swift reads `label`, `tools`, `system`.
 * A chain in a field of its own is `reasoning_content`, which the chat templates of Qwen3 and DeepSeek know.
 *
 * With loss weights as turns, the reply comes as assistant messages in a row, one a span, each with its `loss_scale`:
 * ms-swift joins them again and weighs the tokens of each. Other trainers do not: for them it is `spans`.
 */
import { type WrittenTurns, weightColumns, writeTurns } from "./turns.ts";

const FIELDS = { reply: "messages.1.content", reasoning: "messages.1.reasoning_content" };

export const writeMessages = writeTurns(FIELDS, (turns, id) => {
  const { problem, reply, reasoning, mode } = turns;
  const thought = reasoning === undefined ? {} : { reasoning_content: reasoning };
  const said = repliesBySpan(turns) ?? [{ role: "assistant", content: reply, ...thought }];
  const messages = [{ role: "user", content: problem }, ...said];
  return { messages, id, ...(mode === undefined ? {} : { mode }), ...weightColumns(turns) };
});

/** A reply as a turn for each of its spans, where that form of weights is asked for. */
export function repliesBySpan({ reply, weights }: WrittenTurns) {
  if (weights?.form !== "turns") return undefined;
  const points = [...reply];
  return weights.spans.map(({ start, end, weight }) => {
    const scale = Math.round(1e6 * weight * weights.row) / 1e6;
    return { role: "assistant", content: points.slice(start, end).join(""), loss_scale: scale };
  });
}
