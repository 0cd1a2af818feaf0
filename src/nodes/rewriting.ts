/**
 * Asking for a trace until one is good enough to be written: what `generate` and `rewrite` share.
 *
 *   ask ──▶ usable? ──no──▶ again, with more room if it was cut off ─┐
 *              │yes                                                   ├─▶ tries spent: `lost` | undecided
 *          keeps the answer? ──no──▶ again ───────────────────────────┘
 *              │yes
 *           written
 *
 * `lost` where a reply reached another answer or none: that is known. Where no reply could be used, or the rules could
 * not tell, nothing is known of the answer, and the sample is undecided.
 */
import type { State } from "../core/sample.ts";
import { type AnswerCheck, checkReach, type Target } from "./keeps.ts";
import type { NodeContext, Question, SpecialLabel, StepResult } from "./node.ts";
import { checkUsable } from "./usable.ts";

export interface TraceWanted {
  readonly question: Omit<Question, "room">;
  readonly tries: number;
  /** The state field that the trace is written to. */
  readonly writes: string;
  /** What it must reach; undefined where nothing is to be kept. */
  readonly keeps: Target | undefined;
  /** The label where the answer was lost: a rewrite loses one, a teacher never had it. */
  readonly lost: SpecialLabel;
  /** What the text must have to do with. */
  readonly related: string;
  readonly problem: string;
}

export async function askForTrace(context: NodeContext, wanted: TraceWanted): Promise<StepResult> {
  const problems: string[] = [];
  let room = 1;
  let lost: AnswerCheck | undefined;
  let last: AnswerCheck | undefined;
  for (let attempt = 1; attempt <= wanted.tries; attempt++) {
    const reply = await context.ask({ ...wanted.question, room });
    const usable = checkUsable(reply, wanted.related);
    if (!usable.usable) {
      problems.push(usable.why);
      if (reply.finish === "length") room *= 2;
      continue;
    }
    if (wanted.keeps === undefined) return written(wanted.writes, usable.text, undefined);
    const { reach, check } = await checkReach(context.grader, usable.text, wanted.keeps, wanted.problem);
    if (reach === "yes") return written(wanted.writes, usable.text, check);
    if (reach !== "unclear") lost = check;
    last = check;
    problems.push(check.reason);
  }
  const tries = wanted.tries === 1 ? "the only reply was no good" : `none of ${wanted.tries} replies was good`;
  const answer = lost ?? last;
  return {
    label: lost === undefined ? "undecided" : wanted.lost,
    reason: `${tries}: ${[...new Set(problems)].join("; ")}`,
    evidence: answer === undefined ? undefined : { restsOn: ["rules"], answer },
  };
}

/** How a step ends whose trace is not worth a call, as the rules see it; undefined where it is. */
export async function checkBefore(
  { grader }: NodeContext,
  before: string,
  { target, problem }: { target: Target; problem: string },
): Promise<StepResult | undefined> {
  const { reach, check } = await checkReach(grader, before, target, problem);
  if (reach === "yes") return undefined;
  return { label: BEFORE[reach], reason: check.reason, evidence: { restsOn: ["rules"], answer: check } };
}

/** What the rules can't tell of the trace before, they can't tell of any rewrite either: no call would change that. */
const BEFORE = { no: "wrong-answer", nowhere: "no-answer", unclear: "undecided" } as const;

function written(field: string, text: string, check: AnswerCheck | undefined): StepResult {
  const writes: State = { [field]: text };
  return {
    label: "written",
    writes,
    evidence: check === undefined ? undefined : { restsOn: ["rules"], answer: check },
  };
}

/** A state field as text; empty where it is absent. */
export function textOf(state: State, field: string): string {
  const value = state[field];
  return typeof value === "string" ? value : "";
}
