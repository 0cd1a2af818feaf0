/**
 * Batches of the first generation: every row of one was written with the prompt of its last. Rows that follow one another
 * with one instruction and different outputs are such a batch. With the input beside it, walked in step, each row gets its
 * own problem back; the last row's must be what the batch says, else the two files are out of step and nothing is guessed.
 */
import { isObject } from "../data/rows.ts";
import type { Shape } from "./convert-row.ts";
import { type Numbered, numberedRows, textIn } from "./rows.ts";
import { unwrapPrompt } from "./texts.ts";

/** What a file was made from. */
export interface Made {
  readonly from: string;
  readonly shape: Shape;
}

interface Mended extends Numbered {
  readonly batch?: "mended" | "unmended" | "shifted";
  /** Out of the input. */
  readonly problem?: string;
}

/** More rows with one instruction than any batch held are a data set of one question. */
const LONGEST_BATCH = 512;

export async function* mendBatches(
  rows: AsyncIterable<Numbered>,
  shape: Shape,
  { made, signal }: { readonly made?: Made; readonly signal?: AbortSignal },
): AsyncGenerator<Mended> {
  const asked = made === undefined ? undefined : askedOf(made, signal);
  let inStep = asked !== undefined;
  let held: Numbered[] = [];

  async function* flush(): AsyncGenerator<Mended> {
    const problems: (Asked | undefined)[] = [];
    for (const _row of held) problems.push(inStep ? (await asked!.next()).value : undefined);
    const isBatch = held.length > 1 && new Set(held.map(({ value }) => (value as { output: string }).output)).size > 1;
    if (isBatch) inStep &&= problems.at(-1)?.problem === askedIn(held.at(-1)!.value, shape);
    for (const [at, row] of held.entries()) {
      if (!isBatch || at === held.length - 1) yield row;
      else if (!inStep) yield { ...row, batch: "unmended" };
      else if (problems[at]!.isShifted) yield { ...row, batch: "shifted" };
      else yield { ...row, batch: "mended", problem: problems[at]!.problem };
    }
    held = [];
  }

  try {
    for await (const row of rows) {
      const [before, now] = [instructionOf(held[0]?.value), instructionOf(row.value)];
      if (held.length > 0 && (now === undefined || now !== before || held.length >= LONGEST_BATCH)) yield* flush();
      held.push(row);
      // Only the first generation's own form: an instruction that is a whole prompt, and an output.
      if (now === undefined || unwrapPrompt(now, shape.prompts) === undefined) yield* flush();
    }
    yield* flush();
  } finally {
    await asked?.return(undefined);
  }
}

function instructionOf(value: unknown): string | undefined {
  const isPair = isObject(value) && typeof value.instruction === "string" && typeof value.output === "string";
  return isPair ? (value.instruction as string) : undefined;
}

function askedIn(value: unknown, shape: Shape): string | undefined {
  return unwrapPrompt(instructionOf(value) ?? "", shape.prompts)?.problem;
}

interface Asked {
  readonly problem: string;
  /** The chain that was sent beside it is another row's. */
  readonly isShifted: boolean;
}

/**
 * What the toolkit asked, in its order. It read the two columns one after the other, passing over rows without them, and
 * put the lists side by side: the fifth problem went with the fifth chain, whichever rows they stood in.
 */
async function* askedOf({ from, shape }: Made, signal: AbortSignal | undefined): AsyncGenerator<Asked> {
  const chains = shape.needsChain ? withColumn(from, shape.chain, signal) : undefined;
  try {
    for await (const { number, text } of withColumn(from, shape.problem, signal)) {
      const chain = await chains?.next();
      if (chain?.done) return;
      yield { problem: text, isShifted: chain !== undefined && chain.value.number !== number };
    }
  } finally {
    await chains?.return(undefined);
  }
}

async function* withColumn(
  file: string,
  columns: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly number: number; readonly text: string }> {
  for await (const { number, value } of numberedRows(file, { signal })) {
    const text = textIn(value, columns);
    if (text !== undefined) yield { number, text };
  }
}
