/**
 * The rows of the three stages (stages.ts), each checked here whatever the run believed of its chains:
 *
 *   chain        the turns of a chain whose answer is verified: by the reference, or a program by its tests
 *   pair         the loop's own pairs (pairs.ts) and one whose worse side is the better one with its coherence broken
 *                (coherence.ts): the better verifies, the worse too, since it is the way that was broken and not the answer
 *   trajectory   every chain that the run has seen for the problem, with a score and with what verifies it: `gold`, or
 *                `tests`, beside `pred`, so that `mezzo grade` runs on the file as it is
 */
import { seedFrom } from "../core/hash.ts";
import { countTokens } from "../core/tokens.ts";
import type { Weights } from "../core/weights.ts";
import { cleanText } from "./clean-text.ts";
import { BREAKS, type Break, breakChain } from "./coherence.ts";
import type { Attempt, FinishedSample } from "./finished.ts";
import { dressPair } from "./handoff/pair-rows.ts";
import { BETA, type Pair, pairsOf } from "./pairs.ts";
import type { Row, RowWriter } from "./writers/writer.ts";

export type Verified = "equal" | "different" | "undecided";

/** What decides whether a chain is right: an accepted answer, or the tests that its program must pass. */
export type Verifier =
  | { readonly by: "answer"; readonly gold: string | readonly string[]; readonly problem: string }
  | { readonly by: "tests"; readonly tests: unknown };

export interface StageOptions {
  /** Undefined where nothing can decide. */
  readonly verifierOf: (sample: FinishedSample) => Verifier | undefined;
  readonly verify: (text: string, verifier: Verifier) => Promise<Verified>;
  /** The state fields with the shares of chain and efficiency, and what each part counts; left out, a score is 1 or 0. */
  readonly scoring?: { readonly chain: string; readonly efficiency: string; readonly weights: Weights };
}

/** Only chains that verify; `write` gives their rows. */
export function chainWriter(write: RowWriter, options: StageOptions): RowWriter {
  return async (sample, context) => {
    const verifier = options.verifierOf(sample);
    if (verifier === undefined) return "no-verifier";
    const verdict = await options.verify(textOf(sample.state.trace), verifier);
    return verdict === "equal" ? write(sample, context) : "answer-not-confirmed";
  };
}

/** `tally`: how often a chain was broken in which way. */
export function pairWriter(options: StageOptions, tally: Map<Break, number>): RowWriter {
  return async (sample, context) => {
    const verifier = options.verifierOf(sample);
    if (verifier === undefined) return "no-verifier";
    const problem = textOf(sample.state.problem);
    const chain = textOf(sample.state.trace);
    if (problem === "" || chain === "") return "no-trace";
    if ((await options.verify(chain, verifier)) !== "equal") return "answer-not-confirmed";
    const own = await pairsOf(sample, () => context.rejected(sample), context.check);
    const rows = (typeof own === "string" ? [] : own).map((pair): Row => {
      return {
        ...turnsOf(dressPair(pair, context.thinking)),
        gap: pair.gap,
        beta: BETA[pair.gap],
        id: `${sample.id}:${pair.gap}`,
      };
    });
    // Drawn from the sample, so that the three ways are about as frequent as each other.
    const first = BREAKS[seedFrom("broken", sample.id) % BREAKS.length]!;
    const broken = breakChain(problem, chain, first);
    if (broken !== undefined && (await options.verify(broken.text, verifier)) === "equal") {
      const { how, step, value, text: rejected } = broken;
      tally.set(how, (tally.get(how) ?? 0) + 1);
      const pair = dressPair({ gap: "coherence", problem, chosen: chain, rejected }, context.thinking);
      const about = { gap: "coherence", beta: BETA.coherence, broken: { how, step, value } };
      rows.push({ ...turnsOf(pair), ...about, id: `${sample.id}:coherence` });
    }
    return rows.length === 0 ? "nothing-to-compare" : rows;
  };
}

function turnsOf(pair: Pair): Row {
  const said = (content: string) => [{ role: "assistant", content }];
  return {
    prompt: [{ role: "user", content: pair.problem }],
    chosen: said(pair.chosen),
    rejected: said(pair.rejected),
  };
}

/** What a trajectory's score is made of; null where nobody has measured that part of this very chain. */
interface Scored {
  readonly verdict: "equal" | "different";
  readonly score: number;
  readonly parts: { readonly chain: number | null; readonly efficiency: number | null };
}

export function trajectoryWriter(
  options: StageOptions,
  told: (row: { group: string; score: number }) => void,
): RowWriter {
  return async (sample) => {
    const verifier = options.verifierOf(sample);
    if (verifier === undefined) return "no-verifier";
    const problem = textOf(sample.state.problem);
    if (problem === "") return "no-problem";
    const rows: Row[] = [];
    for (const [index, attempt] of distinct(sample.attempts).entries()) {
      const pred = textOf(attempt.text);
      const scored = await scoreOf(attempt, pred, verifier, options);
      if (scored === undefined) continue;
      told({ group: problem, score: scored.score });
      rows.push({
        ...{ id: `${sample.id}:${index + 1}`, prompt: [{ role: "user", content: problem }], problem, pred },
        ...(verifier.by === "answer" ? { gold: verifier.gold } : { tests: verifier.tests }),
        ...{ verifier: verifier.by, ...scored, tokens: countTokens(pred), from: attempt.from, cut_off: attempt.cutOff },
        ...{ difficulty: sample.state.difficulty ?? null, problem_id: sample.id },
      });
    }
    return rows.length === 0 ? "nothing-verified" : rows;
  };
}

/** Undefined where the rules can't tell, or a right chain was never measured: no score is made up. */
async function scoreOf(
  attempt: Attempt,
  pred: string,
  verifier: Verifier,
  { verify, scoring }: StageOptions,
): Promise<Scored | undefined> {
  const verdict = await verify(pred, verifier);
  if (verdict === "undecided") return undefined;
  const nothing = { chain: null, efficiency: null };
  if (verdict === "different") return { verdict, score: 0, parts: nothing };
  if (scoring === undefined) return { verdict, score: 1, parts: nothing };
  const { weights } = scoring;
  const chain = attempt.measured?.[scoring.chain];
  const efficiency = attempt.measured?.[scoring.efficiency];
  if (chain === undefined || efficiency === undefined) return undefined;
  const score = weights.answer + weights.chain * chain + weights.efficiency * efficiency;
  return { verdict, score: Math.round(1000 * score) / 1000, parts: { chain, efficiency } };
}

function distinct(attempts: readonly Attempt[]): Attempt[] {
  const byText = new Map<string, Attempt>();
  for (const attempt of attempts) {
    const text = textOf(attempt.text);
    if (text === "") continue;
    const before = byText.get(text);
    if (before === undefined || (before.measured === undefined && attempt.measured !== undefined)) {
      byText.set(text, attempt);
    }
  }
  return [...byText.values()];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? cleanText(value).trim() : "";
}
