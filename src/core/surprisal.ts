/**
 * How surprising a model finds a text, token by token: what an endpoint tells of it, in the form that is kept as a call's
 * reply, and what follows from it.
 *
 *   surprisal        -ln p(token | all before), in nats; a text's is the mean of its tokens'
 *   rank-surprisal   sum of the tokens' ranks, each at most 100, over the sum of their surprisals (Yang et al., "Which
 *                    Reasoning Trajectories Teach Students to Reason Better?", arXiv 2601.14249, eq. 7; lower is better)
 *
 * An endpoint may tell ranks up to a bound only ("not among the twenty likeliest"). Then the ratio is known within limits,
 * and both are kept.
 */
import { stepPlaces } from "./prompt.ts";

export interface TokenSurprisal {
  /** Characters of the text that it stands for. */
  readonly chars: number;
  readonly nats: number;
  /** 1 is the likeliest; null where it is beyond `ranksTo`. */
  readonly rank: number | null;
}

export interface Surprisals {
  readonly tokens: readonly TokenSurprisal[];
  /** Ranks up to this one are told; null where all are. */
  readonly ranksTo: number | null;
}

/** What a step or a page says of it. */
export interface Surprisal {
  /** The graph's name for the model. */
  readonly student: string;
  readonly tokens: number;
  /** Mean nats of a token. */
  readonly mean: number;
  /** Lower and upper limit; equal where all ranks are told. */
  readonly rankSurprisal: readonly [low: number, high: number];
  /** Mean nats of a token in each of the trace's steps, in order. */
  readonly steps: readonly number[];
}

/** Ranks beyond it count as it. */
export const RANK_CLIP = 100;

/** One line, small: `[ranksTo, [chars, nats, rank], ...]`. */
export function writeSurprisals({ tokens, ranksTo }: Surprisals): string {
  const round = (value: number) => Math.round(value * 1e4) / 1e4;
  return JSON.stringify([ranksTo, ...tokens.map(({ chars, nats, rank }) => [chars, round(nats), rank])]);
}

/** Undefined where the text is something else. */
export function readSurprisals(text: string): Surprisals | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // A reply in words: the model was asked for numbers and has none.
  }
  if (!Array.isArray(value) || value.length < 2) return undefined;
  const [ranksTo, ...tokens] = value as [number | null, ...unknown[]];
  const read = tokens.map((token) => {
    const [chars, nats, rank] = Array.isArray(token) ? (token as unknown[]) : [];
    return { chars: chars as number, nats: nats as number, rank: (rank ?? null) as number | null };
  });
  return read.every(({ chars, nats }) => Number.isFinite(chars) && Number.isFinite(nats))
    ? { tokens: read, ranksTo }
    : undefined;
}

/** What the tokens of a trace come to, as a whole and step by step. Undefined where there are none. */
export function weighSurprisals(
  trace: string,
  student: string,
  { tokens, ranksTo }: Surprisals,
): Surprisal | undefined {
  const nats = tokens.reduce((sum, token) => sum + token.nats, 0);
  if (tokens.length === 0 || nats <= 0) return undefined;
  const clip = (rank: number) => Math.min(rank, RANK_CLIP);
  const low = tokens.reduce((sum, { rank }) => sum + clip(rank ?? (ranksTo ?? RANK_CLIP) + 1), 0);
  const high = tokens.reduce((sum, { rank }) => sum + clip(rank ?? RANK_CLIP), 0);
  return {
    student,
    tokens: tokens.length,
    mean: round2(nats / tokens.length),
    rankSurprisal: [round2(low / nats), round2(high / nats)],
    steps: meansBySteps(trace, tokens),
  };
}

/** A token belongs to the step that its middle stands in; white space between two steps belongs to the second. */
function meansBySteps(trace: string, tokens: readonly TokenSurprisal[]): number[] {
  const ends = stepPlaces(trace).map(({ end }) => end);
  const sums = ends.map(() => ({ nats: 0, tokens: 0 }));
  // What an endpoint calls a character can differ from ours by a little: the whole is the whole all the same.
  const told = tokens.reduce((sum, { chars }) => sum + chars, 0);
  let [at, step] = [0, 0];
  for (const { chars, nats } of tokens) {
    const middle = ((at + chars / 2) * trace.length) / Math.max(1, told);
    while (step < ends.length - 1 && middle > ends[step]!) step += 1;
    const sum = sums[step];
    if (sum !== undefined) {
      sum.nats += nats;
      sum.tokens += 1;
    }
    at += chars;
  }
  return sums.map((sum) => (sum.tokens === 0 ? 0 : round2(sum.nats / sum.tokens)));
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
