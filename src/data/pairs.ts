/**
 * Preference pairs out of what the loop left behind, for DPO and for CogPO (arXiv 2504.09802), where each pair carries
 * its own beta by how far apart its two chains are:
 *
 *   gap      better                       worse                                   beta
 *   small    the chain that was fitted    its original: right, but too terse or   0.1
 *                                         too heavy
 *   medium   the right original           a chain with a wrong answer             0.2
 *   large    the chain that was fitted    a chain with a wrong answer             0.5
 *
 * Every pair is checked here, whatever the loop believed: the better chain's final answer is the reference, by rules; the
 * wrong chain's final answer is another one (a chain that argues to 19 and then boxes 13 does not count as wrong when
 * 13 is right); neither was cut off; both answer the same problem. What the rules can't tell makes no pair.
 */
import { cleanText } from "./clean-text.ts";
import type { Attempt, FinishedSample } from "./finished.ts";

export type Gap = "small" | "medium" | "large" | "coherence";

/**
 * After the published recipe: 0.5 for a right chain over a wrong one, less for the finer differences. Nothing is
 * published for broken coherence (coherence.ts); 0.1 is what DPO is usually trained at.
 */
export const BETA: Readonly<Record<Gap, number>> = { small: 0.1, medium: 0.2, large: 0.5, coherence: 0.1 };

export interface Pair {
  readonly gap: Gap;
  readonly problem: string;
  readonly chosen: string;
  readonly rejected: string;
}

export type NoPairs = "no-reference" | "no-trace" | "answer-not-confirmed" | "nothing-to-compare";

/** What a chain is held to: the reference answer, or the tests that its program must pass. */
export type HeldTo = string | { readonly tests: unknown };

/** Undefined where a sample has neither. Tests come first: a program's reference is one of many right ones. */
export function heldTo({ state }: FinishedSample): HeldTo | undefined {
  if (state.tests !== undefined && state.tests !== null) return { tests: state.tests };
  const reference = textOf(state.answer);
  return reference === "" ? undefined : reference;
}

/** Whether a text's final answer is the reference, or its program passes: `equal`, `different`, or `undecided`. */
export type CheckAnswer = (
  text: string,
  reference: HeldTo,
  problem: string,
) => Promise<"equal" | "different" | "undecided">;

/** At most one pair of each gap a sample: many pairs with one better chain teach that one chain. */
export async function pairsOf(
  sample: FinishedSample,
  others: () => AsyncIterable<FinishedSample>,
  check: CheckAnswer,
): Promise<readonly Pair[] | NoPairs> {
  const problem = textOf(sample.state.problem);
  const reference = heldTo(sample);
  const fitted = textOf(sample.state.trace);
  if (reference === undefined) return "no-reference";
  if (problem === "" || fitted === "") return "no-trace";
  const stands = (text: string) => check(text, reference, problem);
  if ((await stands(fitted)) !== "equal") return "answer-not-confirmed";

  const original = await firstThat(sample.attempts, async (attempt) => {
    const isChain = attempt.from === "input" || attempt.from === "collected";
    return isChain && isWhole(attempt, fitted) && (await stands(attempt.text)) === "equal";
  });
  const isWrong = async (attempt: Attempt) => isWhole(attempt, fitted) && (await stands(attempt.text)) === "different";
  let wrong = await firstThat(sample.attempts, isWrong);
  if (wrong === undefined) {
    for await (const other of others()) {
      wrong = await firstThat(other.attempts, isWrong);
      if (wrong !== undefined) break;
    }
  }

  const pair = (gap: Gap, chosen: string, rejected: string): Pair => ({ gap, problem, chosen, rejected });
  const pairs: Pair[] = [];
  if (original !== undefined) pairs.push(pair("small", fitted, textOf(original.text)));
  if (original !== undefined && wrong !== undefined) {
    pairs.push(pair("medium", textOf(original.text), textOf(wrong.text)));
  }
  if (wrong !== undefined) pairs.push(pair("large", fitted, textOf(wrong.text)));
  return pairs.length > 0 ? pairs : "nothing-to-compare";
}

function isWhole(attempt: Attempt, fitted: string): boolean {
  const text = textOf(attempt.text);
  return !attempt.cutOff && text !== "" && text !== fitted;
}

async function firstThat(
  attempts: readonly Attempt[],
  holds: (attempt: Attempt) => Promise<boolean>,
): Promise<Attempt | undefined> {
  for (const attempt of attempts) if (await holds(attempt)) return attempt;
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? cleanText(value).trim() : "";
}
