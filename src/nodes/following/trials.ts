/**
 * Too terse or too heavy? That the student can't follow a chain does not say which. It is decided by trying: one
 * expansion, one condensation, and what helps is kept. The judge's word only says which is tried first.
 *
 *   not able ── nothing tried yet ─────────▶ keep this trace as the best; try the first direction
 *            ── it helped (it reached the answer more often than before)
 *                                  ────────▶ this trace is the best now; the same direction again
 *            ── it did not help, the other direction is left
 *                                  ────────▶ back to the best trace; try the other direction
 *            ── neither helped ────────────▶ back to the best trace; exhausted
 *
 * Invariant: the trace in the sample's state is the best one, or one rewrite away from it. What was tried travels in the
 * sample's state, in the field that `trials` names, and so in its checkpoint.
 */
import * as z from "zod";
import type { Tries } from "../../core/events.ts";
import type { Ability } from "./sequential.ts";

export type Direction = "easy" | "hard";

const triesSchema = z.object({
  right: z.number(),
  tries: z.number(),
  interval: z.tuple([z.number(), z.number()]),
});

const trialsSchema = z.object({
  /** The student without any chain, measured once a sample. */
  alone: z.object({ ability: z.enum(["able", "unable", "undecided"]), tried: triesSchema }).optional(),
  best: z.object({ trace: z.string(), tried: triesSchema, shapedBy: z.array(z.string()) }).optional(),
  trying: z.enum(["easy", "hard"]).optional(),
  /** Directions that did not help the best trace. */
  vain: z.array(z.enum(["easy", "hard"])).default([]),
});

export type Trials = z.infer<typeof trialsSchema>;
export type Alone = { readonly ability: Ability; readonly tried: Tries };

/** What was tried so far, as it stands in the state; nothing where the field is absent or is not ours. */
export function readTrials(value: unknown): Trials {
  const parsed = trialsSchema.safeParse(value ?? {});
  return parsed.success ? parsed.data : { vain: [] };
}

export interface Attempted {
  readonly trace: string;
  readonly tried: Tries;
  readonly shapedBy: readonly string[];
}

export interface NextTrial {
  /** Undefined where both directions were tried and neither helped. */
  readonly direction: Direction | undefined;
  readonly trials: Trials;
  /** Where the rewrite did not help: what the sample goes back to. */
  readonly back: { readonly trace: string; readonly shapedBy: readonly string[] } | undefined;
}

/** What to try next on a trace that the student could not follow. `first` is the direction that is tried first. */
export function nextTrial(before: Trials, now: Attempted, first: Direction): NextTrial {
  const { alone, best, trying } = before;
  const asBest = { trace: now.trace, tried: plain(now.tried), shapedBy: [...now.shapedBy] };
  if (best === undefined || trying === undefined) {
    return { direction: first, trials: { alone, best: asBest, trying: first, vain: [] }, back: undefined };
  }
  if (shareOf(now.tried) > shareOf(best.tried)) {
    return { direction: trying, trials: { alone, best: asBest, trying, vain: [] }, back: undefined };
  }
  const vain = [...before.vain, trying];
  const direction = (["easy", "hard"] as const).find((each) => !vain.includes(each));
  return { direction, trials: { alone, best, trying: direction, vain }, back: best };
}

function plain({ right, tries, interval }: Tries): z.infer<typeof triesSchema> {
  return { right, tries, interval: [interval[0], interval[1]] };
}

function shareOf({ right, tries }: Tries): number {
  return tries === 0 ? 0 : right / tries;
}
