/**
 * Does a trace reach the answer it should? By rules, before and after every rewrite and before any judge is paid.
 *
 * The answer it should reach is the reference, where the sample has one; else what the trace itself said before it was
 * rewritten, so that a rewrite can't drift. With neither there is nothing to check by, and that is said.
 */
import type { Evidence } from "../core/events.ts";
import type { State } from "../core/sample.ts";
import { findFinalAnswer, type Grader } from "./answers/index.ts";

export type AnswerCheck = NonNullable<Evidence["answer"]>;

export type Reach =
  | { readonly reach: "yes"; readonly check: AnswerCheck }
  /** It reaches another answer. */
  | { readonly reach: "no"; readonly check: AnswerCheck }
  /** It states no final answer at all: cut off, or never finished. */
  | { readonly reach: "nowhere"; readonly check: AnswerCheck }
  /** The rules can't tell. */
  | { readonly reach: "unclear"; readonly check: AnswerCheck };

/** The reference in a sample's state: one answer, or several that all count. Undefined where there is none. */
export function referenceOf(state: State, field: string | undefined): string | readonly string[] | undefined {
  const value = field === undefined ? undefined : state[field];
  if (typeof value === "string" && value.trim() !== "") return value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value) && value.length > 0) return value.map(String);
  return undefined;
}

/** What the trace itself concludes; the reference of a sample that came without one. */
export function ownAnswer(trace: string): string | undefined {
  return findFinalAnswer(trace)?.text;
}

/** Checks a trace against an answer. */
export async function checkReach(
  grader: Grader,
  trace: string,
  reference: string | readonly string[],
  problem: string,
): Promise<Reach> {
  const found = findFinalAnswer(trace);
  if (found === undefined) {
    const check = { verdict: "undecided", rule: "find", reason: "the trace states no final answer" } as const;
    return { reach: "nowhere", check };
  }
  const check = await grader.compare(reference, found.text, { problem });
  const reason = `it reaches ${quote(found.text)}, the reference is ${quote(reference)} (${check.reason})`;
  switch (check.verdict) {
    case "equal":
      return { reach: "yes", check };
    case "different":
      return { reach: "no", check: { ...check, reason } };
    case "undecided":
      return { reach: "unclear", check: { ...check, reason } };
  }
}

function quote(answer: string | readonly string[]): string {
  const text = typeof answer === "string" ? answer : answer.join(" or ");
  return `"${text.length > 80 ? `${text.slice(0, 77)}...` : text}"`;
}
