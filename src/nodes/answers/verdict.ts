/**
 * What a comparison says. Three values, because "I could not read it" is not "it is wrong": only a pair that was read
 * on both sides and found unlike is `different`; the rest is `undecided`, and a model may be asked about it.
 */
export interface Verdict {
  readonly verdict: "equal" | "different" | "undecided";
  /** One sentence for people. */
  readonly reason: string;
  /** Kebab-case name of the rule that decided (or gave up). */
  readonly rule: string;
}

export function equal(rule: string, reason: string): Verdict {
  return { verdict: "equal", rule, reason };
}

export function different(rule: string, reason: string): Verdict {
  return { verdict: "different", rule, reason };
}

export function undecided(rule: string, reason: string): Verdict {
  return { verdict: "undecided", rule, reason };
}

/** All parts must be equal; one that differs settles it; else nobody knows. */
export function all(verdicts: readonly Verdict[], rule: string): Verdict {
  const unlike = verdicts.find((each) => each.verdict === "different");
  if (unlike) return different(rule, unlike.reason);
  const open = verdicts.find((each) => each.verdict === "undecided");
  return open ? undecided(rule, open.reason) : equal(rule, "every part is equal");
}

/** One equal reading is enough; `different` only when no reading is left open. */
export function any(verdicts: readonly Verdict[]): Verdict {
  return (
    verdicts.find((each) => each.verdict === "equal") ??
    verdicts.find((each) => each.verdict === "undecided") ??
    verdicts[0] ??
    undecided("empty", "there is nothing to compare")
  );
}
