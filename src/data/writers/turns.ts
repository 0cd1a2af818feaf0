/**
 * What the training formats share: the turns of a sample, in the wanted form of thinking, and beside them the long
 * original where those are mixed in. Students of 3B and less learn worse from long chains alone; one long to four short
 * ones helped them (arXiv 2502.12143), and a mark of the mode keeps both apart (arXiv 2412.11664).
 */
import { seedFrom } from "../../core/hash.ts";
import type { FinishedSample } from "../finished.ts";
import { type NoTurns, partsOf } from "../turn.ts";
import type { Row, RowWriter, Thinking, WriteContext } from "./writer.ts";

export interface WrittenTurns {
  readonly problem: string;
  /** What the assistant says; with `field`, the answer without the chain. */
  readonly reply: string;
  /** The chain, where it stands in a field of its own. */
  readonly reasoning?: string;
  /** Only where originals are mixed in. */
  readonly mode?: "short" | "long";
}

/** A writer of one row for each pair of turns. `shape` gives the format's own columns. */
export function writeTurns(shape: (turns: WrittenTurns, id: string) => Row): RowWriter {
  return async (sample, context) => {
    const parts = partsOf(sample);
    if (typeof parts === "string") return parts;
    const original = await originalOf(sample, context);
    const mode = context.originals === undefined ? {} : { mode: "short" as const };
    const rows = [shape({ ...inForm(parts, context.thinking), ...mode }, sample.id)];
    if (original !== undefined) {
      const long = partsOf({ ...sample, state: { ...sample.state, trace: original } });
      if (typeof long !== "string") {
        rows.push(shape({ ...inForm(long, context.thinking), mode: "long" }, `${sample.id}:long`));
      }
    }
    return rows;
  };
}

function inForm(
  { problem, trace, answer }: Exclude<ReturnType<typeof partsOf>, NoTurns>,
  thinking: Thinking,
): WrittenTurns {
  switch (thinking) {
    case "plain":
      return { problem, reply: answer.isInTrace ? trace : `${trace}\n\n${answer.said}` };
    case "tags":
      return { problem, reply: `<think>\n${trace}\n</think>\n\n${answer.said}` };
    case "field":
      return { problem, reply: answer.said, reasoning: trace };
  }
}

/** The chain that a sample was fitted from, where it is drawn for the mix and its answer is confirmed by rules. */
async function originalOf(sample: FinishedSample, { originals, check }: WriteContext): Promise<string | undefined> {
  if (originals === undefined || originals <= 0) return undefined;
  const original = sample.attempts.find(({ from, cutOff }) => (from === "input" || from === "collected") && !cutOff);
  if (original === undefined || original.text.trim() === String(sample.state.trace ?? "").trim()) return undefined;
  // One in `originals` of all rows is `originals / (1 - originals)` of the fitted ones.
  if (seedFrom("original", sample.id) / 2 ** 31 >= originals / (1 - originals)) return undefined;
  const { answer, problem } = sample.state;
  const isRight = typeof answer !== "string" || (await check(original.text, answer, String(problem))) === "equal";
  return isRight ? original.text : undefined;
}
