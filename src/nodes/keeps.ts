/**
 * Does a trace reach the answer it should? By rules, before and after every rewrite and before any judge is paid.
 *
 * Where the sample has tests (the state field `tests`), its answer is a program, and they decide: the trace's final program
 * is run against them in the sandbox. Else the answer it should reach is the reference, where the sample has one; else what
 * the trace itself said before it was rewritten, so that a rewrite can't drift. A trace that is new and has neither must at
 * least come to an answer.
 */
import type { CodeTests } from "../core/code-tests.ts";
import type { Evidence } from "../core/events.ts";
import { readCodeTests } from "../core/read-code-tests.ts";
import type { State } from "../core/sample.ts";
import { type FoundAnswer, findFinalAnswer, undecided } from "./answers/index.ts";
import type { NodeContext } from "./node.ts";

export type AnswerCheck = NonNullable<Evidence["answer"]>;

/** One answer, or several that all count. */
export type Reference = string | readonly string[];

/** What a trace must reach. */
export type Target =
  | { readonly answer: Reference; readonly from: "reference" | "trace" }
  /** A program that passes these; a sentence says why they can't be read. */
  | { readonly answer: undefined; readonly from: "tests"; readonly tests: CodeTests | string }
  /** Nobody knows the answer, but there has to be one. */
  | { readonly answer: undefined; readonly from: "nobody" };

export type Reach =
  | { readonly reach: "yes"; readonly check: AnswerCheck }
  /** It reaches another answer. */
  | { readonly reach: "no"; readonly check: AnswerCheck }
  /** It states no final answer at all: cut off, or never finished. */
  | { readonly reach: "nowhere"; readonly check: AnswerCheck }
  /** The rules can't tell. */
  | { readonly reach: "unclear"; readonly check: AnswerCheck };

/** The reference in a sample's state, in the field that `keeps` names. Undefined where there is none. */
export function referenceOf(state: State, field: string): Reference | undefined {
  const value = state[field];
  if (typeof value === "string") return value.trim() === "" ? undefined : value;
  if (typeof value === "number") return String(value);
  if (!Array.isArray(value)) return undefined;
  const answers = value.filter((entry) => typeof entry === "string" || typeof entry === "number").map(String);
  const stated = answers.filter((answer) => answer.trim() !== "");
  return stated.length === 0 ? undefined : stated;
}

/** The field whose tests decide of a program. */
export const TESTS_FIELD = "tests";

/** A sample's tests, or why they can't be read; undefined where it has none. */
export function testsOf(state: State): CodeTests | string | undefined {
  const value = state[TESTS_FIELD];
  return value === undefined || value === null ? undefined : readCodeTests(value);
}

/** What a trace must reach: what passes the tests, else the reference, else what the trace before it concluded, else any answer at all. */
export function targetOf(state: State, field: string, before?: string): Target {
  const tests = testsOf(state);
  if (tests !== undefined) return { answer: undefined, from: "tests", tests };
  const reference = referenceOf(state, field);
  if (reference !== undefined) return { answer: reference, from: "reference" };
  const own = before === undefined ? undefined : findStated(before)?.text;
  return own === undefined ? { answer: undefined, from: "nobody" } : { answer: own, from: "trace" };
}

/** What a check needs: rules for answers, a sandbox for programs. */
export type Checker = Pick<NodeContext, "grader" | "runTests">;

/** Checks a trace against what it must reach. */
export async function checkReach(context: Checker, trace: string, target: Target, problem: string): Promise<Reach> {
  if (target.from === "tests") return checkProgram(context, trace, target.tests);
  if (target.from === "nobody") return checkConclusion(trace);
  const { found, ...check } = await context.grader.check(trace, target.answer, { problem });
  const held = target.from === "reference" ? "the reference is" : "before the rewrite it reached";
  if (found === undefined && check.verdict !== "equal") {
    const reason = `the trace states no final answer; ${held} ${quote(target.answer)}`;
    return { reach: "nowhere", check: { ...check, reason } };
  }
  const reason = `it reaches ${quote(found?.text ?? trace)}, ${held} ${quote(target.answer)} (${check.reason})`;
  switch (check.verdict) {
    case "equal":
      return { reach: "yes", check };
    case "different":
      return { reach: "no", check: { ...check, reason } };
    case "undecided":
      return { reach: "unclear", check: { ...check, reason } };
  }
}

async function checkProgram({ runTests }: Checker, trace: string, tests: CodeTests | string): Promise<Reach> {
  const check = typeof tests === "string" ? unreadable(tests) : await runTests(trace, tests);
  switch (check.verdict) {
    case "equal":
      return { reach: "yes", check };
    case "different":
      return { reach: "no", check };
    case "undecided":
      return { reach: check.rule === "no-program" ? "nowhere" : "unclear", check };
  }
}

function unreadable(why: string): AnswerCheck {
  return undecided("unreadable-tests", `the tests can't be read: ${why}`);
}

/**
 * Why no reply could ever be checked: its tests can't be read, or programs can't be run here. Nobody is to be asked then.
 * Undefined where they can.
 */
export async function whyUncheckable(
  { cannotRun }: Pick<NodeContext, "cannotRun">,
  target: Target | undefined,
): Promise<AnswerCheck | undefined> {
  if (target?.from !== "tests") return undefined;
  if (typeof target.tests === "string") return unreadable(target.tests);
  const why = await cannotRun(target.tests);
  return why === undefined ? undefined : undecided("no-sandbox", why);
}

/** Has something better than an opinion said that it is right? */
export function isChecked(target: Target | undefined): boolean {
  return target?.from === "reference" || target?.from === "tests";
}

/**
 * What a trace plainly gives as its answer. Where a reference confirms it, the last number of a closing sentence will do;
 * without one that is too little: "with batch_size=4096 this should be faster" would have answered 4096.
 */
function findStated(trace: string): FoundAnswer | undefined {
  return findFinalAnswer(trace, { forms: ["boxed", "phrase", "choice", "code"] });
}

function checkConclusion(trace: string): Reach {
  const found = findStated(trace);
  if (found === undefined) {
    const reason = "the trace states no final answer, and there is no reference answer";
    return { reach: "nowhere", check: { verdict: "undecided", rule: "no-answer", reason } };
  }
  const reason = `it concludes with ${quote(found.text)}; there is no reference answer to hold it to`;
  return { reach: "yes", check: { verdict: "undecided", rule: "no-reference", reason } };
}

function quote(answer: Reference): string {
  const text = (typeof answer === "string" ? answer : answer.join(" or ")).replace(/\s+/g, " ");
  return `"${text.length > 80 ? `${text.slice(0, 77)}...` : text}"`;
}
