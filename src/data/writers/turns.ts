/**
 * What the training formats share: the turns of a sample, in the wanted form of thinking, and beside them the long
 * original where those are mixed in. Students of 3B and less learn worse from long chains alone; one long to four short
 * ones helped them (arXiv 2502.12143), and a mark of the mode keeps both apart (arXiv 2412.11664).
 */
import { seedFrom } from "../../core/hash.ts";
import type { FinishedSample } from "../finished.ts";
import { answerStart, rowWeightOf, type Span, spansOf, type WeightForm } from "../loss-weights.ts";
import { heldTo } from "../pairs.ts";
import { type NoTurns, partsOf } from "../turn.ts";
import type { Row, RowWriter, WriteContext } from "./writer.ts";

export interface WrittenTurns {
  readonly problem: string;
  /** What the assistant says; with `field`, the answer without the chain. */
  readonly reply: string;
  /** The chain, where it stands in a field of its own. */
  readonly reasoning?: string;
  /** Only where originals are mixed in. */
  readonly mode?: "short" | "long";
  /** Only where loss weights are asked for. */
  readonly weights?: { readonly form: WeightForm; readonly spans: readonly Span[]; readonly row: number };
}

/** Where a format has the reply and the chain, as paths in its row. */
interface Fields {
  readonly reply: string;
  readonly reasoning: string;
}

/** A writer of one row for each pair of turns. `shape` gives the format's own columns. */
export function writeTurns(fields: Fields, shape: (turns: WrittenTurns, id: string) => Row): RowWriter {
  return async (sample, context) => {
    const parts = partsOf(sample);
    if (typeof parts === "string") return parts;
    const original = await originalOf(sample, context);
    const mode = context.originals === undefined ? {} : { mode: "short" as const };
    const written = (from: Parts, whole: boolean) => {
      const { answerAt, ...turns } = inForm(from, context);
      return { ...turns, ...weigh(sample, turns, { answerAt, fields, context, whole }) };
    };
    const rows = [shape({ ...written(parts, false), ...mode }, sample.id)];
    if (original !== undefined) {
      const long = partsOf({ ...sample, state: { ...sample.state, trace: original } });
      if (typeof long !== "string") {
        rows.push(shape({ ...written(long, true), mode: "long" }, `${sample.id}:long`));
      }
    }
    return rows;
  };
}

type Parts = Exclude<ReturnType<typeof partsOf>, NoTurns>;

/** `answerAt`: where in the reply the answer begins, where that is asked for. */
function inForm(
  { problem, trace, answer }: Parts,
  { thinking, lossWeights }: WriteContext,
): WrittenTurns & { readonly answerAt: number } {
  switch (thinking) {
    case "plain": {
      if (!answer.isInTrace) {
        return { problem, reply: `${trace}\n\n${answer.said}`, answerAt: trace.length + 2 };
      }
      const answerAt = lossWeights === undefined ? 0 : answerStart(trace, lossWeights.findAnswer);
      return { problem, reply: trace, answerAt };
    }
    case "tags": {
      const thought = `<think>\n${trace}\n</think>\n\n`;
      return { problem, reply: thought + answer.said, answerAt: thought.length };
    }
    case "field":
      return { problem, reply: answer.said, reasoning: trace, answerAt: 0 };
  }
}

interface Weighing {
  readonly answerAt: number;
  readonly fields: Fields;
  readonly context: WriteContext;
  /** A long original is there for its length: it counts whole. */
  readonly whole: boolean;
}

function weigh(sample: FinishedSample, turns: WrittenTurns, { answerAt, fields, context, whole }: Weighing) {
  const { lossWeights } = context;
  if (lossWeights === undefined) return {};
  const { reply, reasoning } = turns;
  const thought = reasoning === undefined ? [] : spansOf(fields.reasoning, reasoning, reasoning.length, lossWeights);
  const spans = [...thought, ...spansOf(fields.reply, reply, answerAt, lossWeights)];
  const row = whole ? 1 : rowWeightOf(sample, lossWeights);
  return { weights: { form: lossWeights.form, spans, row } };
}

/** What loss weights add to a row whose turns stay as they are. */
export function weightColumns({ weights }: WrittenTurns): Row {
  return weights === undefined || weights.form === "turns" ? {} : { spans: weights.spans, row_weight: weights.row };
}

/** The chain that a sample was fitted from, where it is drawn for the mix and its answer is confirmed by rules. */
async function originalOf(sample: FinishedSample, { originals, check }: WriteContext): Promise<string | undefined> {
  if (originals === undefined || originals <= 0) return undefined;
  const original = sample.attempts.find(({ from, cutOff }) => (from === "input" || from === "collected") && !cutOff);
  if (original === undefined || original.text.trim() === String(sample.state.trace ?? "").trim()) return undefined;
  // One in `originals` of all rows is `originals / (1 - originals)` of the fitted ones.
  if (seedFrom("original", sample.id) / 2 ** 31 >= originals / (1 - originals)) return undefined;
  const reference = heldTo(sample);
  const isRight =
    reference === undefined || (await check(original.text, reference, String(sample.state.problem))) === "equal";
  return isRight ? original.text : undefined;
}
