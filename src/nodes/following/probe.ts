/**
 * Does the student reach the answer along this chain, and is it the chain that takes it there?
 *
 *   masked chain ─ not able ─▶ unable, or unclear ─▶ the ladder: after which step is it lost?
 *        │able
 *   alone, without any chain ─ able ─▶ alone: it needs no chain, so nothing can leak
 *        │
 *   last step only ─ able ─▶ that step gives it away: it is taken out, and the rest is tried again, twice at most
 *        │                                        └─ not able without it ─▶ leaks
 *   steps shuffled ─ able ─▶ leaks: a chain whose order does not matter is not being followed
 *        │
 *   follows
 *
 * Each box is a sequential test of its own (sequential.ts). `leaks` does not say that the chain is bad: it says that
 * this probe shows nothing.
 */
import { seededRandom } from "../../core/clock.ts";
import type { Probe, Rung, Tries } from "../../core/events.ts";
import { seedFrom } from "../../core/hash.ts";
import { cutSentences } from "../../core/segments.ts";
import { joinSteps, type Masked, type MaskedStep } from "./mask.ts";
import { type TestOptions, tally, tryOut } from "./sequential.ts";
import type { Alone } from "./trials.ts";

export const CONTROLS = ["last-step", "shuffled"] as const;

export interface ProbeOptions extends TestOptions {
  readonly controls: readonly (typeof CONTROLS)[number][];
  /** Prefixes of the chain, in percent of its steps. */
  readonly ladder: readonly number[];
}

/** Asks the student once; true where it reached the answer, null where the rules can't tell. */
export interface Asks {
  along(chain: string): Promise<boolean | null>;
  /** Without any chain; undefined where the graph names no prompt for that. */
  readonly alone: (() => Promise<boolean | null>) | undefined;
}

export interface Probed {
  readonly found: Probe["found"];
  readonly chain: Tries;
  readonly alone?: Alone;
  readonly lastStep?: Tries;
  readonly shuffled?: Tries;
  /** Steps taken out because each gave the answer away by itself. */
  readonly givenAway: readonly number[];
  readonly ladder?: readonly Rung[];
  readonly breaksAt: number | null;
}

export async function probe(
  asks: Asks,
  masked: Masked,
  options: ProbeOptions,
  known: Alone | undefined,
): Promise<Probed> {
  const units = unitsOf(masked);
  const along = (steps: readonly MaskedStep[]) => tryOut(options, () => asks.along(joinSteps(steps)));
  const whole = await along(units);
  const nothing = { chain: whole.tried, givenAway: [], breaksAt: null, alone: known };
  if (whole.ability !== "able") {
    const { ladder, breaksAt } = await climbDown(units, options.ladder, (steps) => asks.along(joinSteps(steps)));
    return { ...nothing, found: whole.ability === "unable" ? "unable" : "unclear", ladder, breaksAt };
  }
  const alone = known ?? (asks.alone === undefined ? undefined : await tryOut(options, asks.alone));
  if (alone?.ability === "able") return { ...nothing, found: "alone", alone };

  const givenAway: number[] = [];
  let steps = units;
  let lastStep: Tries | undefined;
  while (options.controls.includes("last-step") && steps.length > 1) {
    const control = await along(steps.slice(-1));
    lastStep = control.tried;
    if (control.ability !== "able") break;
    givenAway.push(steps.at(-1)!.step);
    steps = steps.slice(0, -1);
    const left = givenAway.length > MOST_GIVEN_AWAY ? undefined : await along(steps);
    if (left?.ability !== "able") return { ...nothing, found: "leaks", alone, lastStep, givenAway };
  }
  const shuffled = options.controls.includes("shuffled") && steps.length > 2 ? await along(shuffle(steps)) : undefined;
  const found = shuffled?.ability === "able" ? "leaks" : "follows";
  return { ...nothing, found, alone, lastStep, shuffled: shuffled?.tried, givenAway };
}

const MOST_GIVEN_AWAY = 2;

/** Its steps; of a chain with one or two, its sentences. */
function unitsOf({ steps }: Masked): MaskedStep[] {
  if (steps.length > 2) return [...steps];
  return steps.flatMap(({ step, text }) =>
    cutSentences(text)
      .map((sentence) => ({ step, text: sentence.trim() }))
      .filter((unit) => unit.text !== ""),
  );
}

/** From the longest prefix down, as far as one takes the student to the answer: what comes after that one loses it. */
async function climbDown(
  steps: readonly MaskedStep[],
  shares: readonly number[],
  along: (steps: readonly MaskedStep[]) => Promise<boolean | null>,
): Promise<{ ladder: Rung[]; breaksAt: number | null }> {
  const ladder: Rung[] = [];
  let last = steps.length;
  for (const share of [...shares].sort((a, b) => b - a)) {
    const count = Math.round((steps.length * share) / 100);
    if (count < 1 || count >= last) continue;
    last = count;
    const tried = await tryRung(() => along(steps.slice(0, count)));
    ladder.push({ share, step: steps[count - 1]!.step, tried });
    if (tried.right === RUNG_TRIES) return { ladder, breaksAt: steps[count]!.step };
  }
  return { ladder, breaksAt: null };
}

/** A rung only has to find a place: it carries when every one of so few tries succeeds, and the first that does not ends it. */
const RUNG_TRIES = 4;

async function tryRung(attempt: () => Promise<boolean | null>): Promise<Tries> {
  let [right, tries] = [0, 0];
  while (tries < RUNG_TRIES && right === tries) {
    const reached = await attempt();
    if (reached === null) break;
    tries += 1;
    if (reached) right += 1;
  }
  return tally(right, tries);
}

/** In an order that is drawn from the text, and never the one it has. */
function shuffle(steps: readonly MaskedStep[]): MaskedStep[] {
  const draw = seededRandom(seedFrom("shuffled", joinSteps(steps)));
  const mixed = [...steps];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(draw() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
  }
  const isSame = mixed.every((step, at) => step === steps[at]);
  return isSame ? [...mixed.slice(1), mixed[0]!] : mixed;
}
