/** Comparing with everything: rules first, then, for what they leave open, algebra in a worker that can be killed. */
import { type FoundAnswer, findFinalAnswer } from "./find.ts";
import { findBoxed } from "./find-boxed.ts";
import type { AnswerForm } from "./forms.ts";
import { type CompareOptions, compareByRules, isOneNumber } from "./rules.ts";
import { createSymbolic, type SymbolicOptions } from "./symbolic.ts";
import { any, undecided, type Verdict } from "./verdict.ts";

export interface CheckOptions extends CompareOptions {
  /** Only answers found in these forms count. */
  readonly forms?: readonly AnswerForm[];
}

export interface Grader {
  /** Is `pred` one of the accepted answers? Never throws; ends within the limit whatever the two hold. */
  compare(gold: string | readonly string[], pred: string, options?: CompareOptions): Promise<Verdict>;
  /** Finds the final answer in `text`, then compares it. Nothing found is `undecided`, rule `no-answer`. */
  check(
    text: string,
    gold: string | readonly string[],
    options?: CheckOptions,
  ): Promise<Verdict & { readonly found?: FoundAnswer }>;
  /** Ends the worker, when one was started. */
  close(): Promise<void>;
}

/** A reply of bare words that is compared as a whole. */
const LONGEST_WORDS = 300;

export function createGrader(options: SymbolicOptions = {}): Grader {
  const symbolic = createSymbolic(options);

  async function compare(gold: string | readonly string[], pred: string, about: CompareOptions = {}): Promise<Verdict> {
    const accepted = (typeof gold === "string" ? [gold] : gold)
      .map(acceptedAnswer)
      .filter((answer) => answer.trim() !== "")
      .map((answer) => ({ answer, ruled: compareByRules(answer, pred, about) }));
    if (accepted.length === 0) return undecided("empty", "there is no accepted answer");
    const byRules = any(accepted.map(({ ruled }) => ruled));
    if (byRules.verdict !== "undecided") return byRules;
    const verdicts: Verdict[] = [];
    for (const { answer, ruled } of accepted) {
      const worked = mayNeedAlgebra(ruled) ? await symbolic.compare(answer, pred) : ruled;
      if (worked.verdict === "equal") return worked;
      verdicts.push(worked.rule === "no-algebra" ? ruled : worked);
    }
    return any(verdicts);
  }

  return {
    compare,
    async check(text, gold, about = {}) {
      const found = findFinalAnswer(text, about.forms ? { forms: about.forms } : {});
      if (found) return { ...soften(await compare(gold, found.text, about), found, gold), found };
      // "The sides are parallel": words that conclude nothing may still be the answer, word for word.
      const whole = about.forms || text.length > LONGEST_WORDS ? undefined : await compare(gold, text, about);
      return whole?.verdict === "equal" ? whole : undecided("no-answer", "the text does not come to a final answer");
    },
    close: () => symbolic.close(),
  };
}

/** An accepted answer may come as a whole solution: then its box is meant. */
function acceptedAnswer(gold: string): string {
  const boxed = findBoxed(gold, 0);
  if (boxed) return boxed.text;
  return gold.length > 60 || gold.includes("\n") ? (findStatement(gold)?.text ?? gold) : gold;
}

function findStatement(gold: string): FoundAnswer | undefined {
  return findFinalAnswer(gold, { forms: ["phrase", "choice"] });
}

/**
 * A conclusion is a value picked out of a sentence. Where a formula is wanted ("eta = 1 - T_2 / T_1") it may be a piece
 * of one, so it can confirm but not refute.
 */
function soften(verdict: Verdict, found: FoundAnswer, gold: string | readonly string[]): Verdict {
  if (verdict.verdict !== "different" || found.form !== "conclusion") return verdict;
  const wantsNumber = (typeof gold === "string" ? [gold] : gold).some((each) => isOneNumber(acceptedAnswer(each)));
  return wantsNumber
    ? verdict
    : undecided("picked", "a value picked out of a sentence, where more than a number is wanted");
}

function mayNeedAlgebra(verdict: Verdict): boolean {
  return ["no-value", "too-close", "not-math", "equation", "part-by-part", "no-region"].includes(verdict.rule);
}
