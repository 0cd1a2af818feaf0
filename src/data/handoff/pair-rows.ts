/**
 * Preference pairs in the form of thinking that the turns beside them have: a student that learned to think between tags
 * must not be taught to leave them out. Better and worse get the same dress, so that nothing but the chains tells them apart.
 */
import { BETA, type Pair, pairsOf } from "../pairs.ts";
import type { Row, RowWriter, Thinking } from "../writers/writer.ts";
import type { Method } from "./trainer.ts";

export function writePairs(shape: (pair: Pair, id: string) => Row): RowWriter {
  return async (sample, context) => {
    const pairs = await pairsOf(sample, () => context.rejected(sample), context.check);
    if (typeof pairs === "string") return pairs;
    return pairs.map((pair) => shape(dressPair(pair, context.thinking), `${sample.id}:${pair.gap}`));
  };
}

export function betaOf({ gap }: Pair): number {
  return BETA[gap];
}

/** What every trainer's pair has beside its texts; CogPO rows have a beta of their own. */
export function pairFields(pair: Pair, id: string, method: Method): Row {
  const { gap } = pair;
  return method === "cogpo" ? { beta: betaOf(pair), gap, id } : { gap, id };
}

export function dressPair(pair: Pair, thinking: Thinking): Pair {
  if (thinking !== "tags") return pair;
  return { ...pair, chosen: inTags(pair.chosen), rejected: inTags(pair.rejected) };
}

function inTags(chain: string): string {
  return `<think>\n${chain}\n</think>\n\n${chain.split(/\n\s*\n/).at(-1) ?? chain}`;
}
