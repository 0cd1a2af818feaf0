/**
 * Is the student able to, or not? A sequential probability ratio test (A. Wald, "Sequential Tests of Statistical
 * Hypotheses", Annals of Mathematical Statistics 16, 1945), cut off at a bound:
 *
 *   unable: it succeeds in at most `unable` of its tries (0.3)      able: in at least `able` of them (0.7)
 *
 *   after each try   sum += ln(able / unable)              where it succeeded
 *                    sum += ln((1-able) / (1-unable))      where it failed
 *   sum >= ln((1-beta)/alpha)  ->  able          sum <= ln(beta/(1-alpha))  ->  unable
 *   bound reached                ->  undecided
 *
 * `alpha`, a student at `unable` called able, and `beta`, one at `able` called unable, are at most 0.05 each (Wald's
 * bounds; with these numbers four more successes than failures decide, and each is 0.033). A student that always
 * succeeds, or never does, is recognised after four tries. One in the middle mostly ends undecided, which is true.
 *
 * The interval that is shown beside it is Wilson's (Journal of the American Statistical Association 22, 1927) at 95 %.
 * It takes the number of tries for fixed, which a test that stops early does not have: read it as a description.
 */
import type { Tries } from "../../core/events.ts";
import { wilson } from "../../core/statistics.ts";

export interface TestOptions {
  readonly able: number;
  readonly unable: number;
  /** Most tries. */
  readonly most: number;
}

export const ERROR_RATE = 0.05;

export type Ability = "able" | "unable" | "undecided";

/** What so many successes of so many tries decide; undefined while another try is needed. */
export function decide(right: number, tries: number, { able, unable, most }: TestOptions): Ability | undefined {
  const sum = right * Math.log(able / unable) + (tries - right) * Math.log((1 - able) / (1 - unable));
  const bound = Math.log((1 - ERROR_RATE) / ERROR_RATE);
  if (sum >= bound) return "able";
  if (sum <= -bound) return "unable";
  return tries < most ? undefined : "undecided";
}

/** So many successes of so many tries, with Wilson's interval at 95 %, each end to three digits. */
export function tally(right: number, tries: number): Tries {
  const { low, high } = wilson(right, tries);
  return { right, tries, interval: [Math.round(low * 1000) / 1000, Math.round(high * 1000) / 1000] };
}

/** Tries until the test decides. `attempt` gives null where the rules can't tell: that try does not count. */
export async function tryOut(
  options: TestOptions,
  attempt: () => Promise<boolean | null>,
): Promise<{ readonly ability: Ability; readonly tried: Tries }> {
  let [right, tries, unclear] = [0, 0, 0];
  let ability = decide(right, tries, options);
  while (ability === undefined && unclear < options.most) {
    const success = await attempt();
    if (success === null) unclear += 1;
    else {
      tries += 1;
      if (success) right += 1;
    }
    ability = decide(right, tries, options);
  }
  return { ability: ability ?? "undecided", tried: tally(right, tries) };
}
