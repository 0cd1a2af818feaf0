/**
 * Asking for a trace until one is good enough to be written: what `generate` and `rewrite` share.
 *
 *   ask ──▶ usable? ──no──▶ again, with more room if it was cut off ─┐
 *              │yes                                                   │
 *           fits? ──no──▶ again (a rewrite: it refers to what is gone)├─▶ tries spent: `lost` | undecided
 *              │yes                                                   │
 *          keeps the answer? ──no──▶ again ───────────────────────────┘
 *              │yes
 *          as long as wanted? ──no──▶ again; tries spent: the nearest is written
 *              │yes
 *           written
 *
 * `lost` where a reply reached another answer or none: that is known. Where no reply could be used, or the rules could
 * not tell, nothing is known of the answer, and the sample is undecided. A length is a wish: what misses it is no fault
 * of the chain.
 */
import type { Evidence } from "../core/events.ts";
import type { State } from "../core/sample.ts";
import { countTokens } from "../core/tokens.ts";
import { type AnswerCheck, checkReach, type Target, whyUncheckable } from "./keeps.ts";
import { describeLength, type LengthWanted, missBy } from "./length.ts";
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
  /** Makes a trace of a reply, or says what is wrong with it. Left out: the reply is the trace. */
  readonly fit?: (text: string) => Fitted;
  readonly length?: LengthWanted;
  /** What is said of the rewrite, beside its length. */
  readonly rewrite?: Evidence["rewrite"];
}

/** `rewrite`: what is said of this one instead. */
export type Fitted = { readonly text: string; readonly rewrite?: Evidence["rewrite"] } | { readonly why: string };

export async function askForTrace(context: NodeContext, wanted: TraceWanted): Promise<StepResult> {
  const unfit = await whyUncheckable(context, wanted.keeps);
  if (unfit !== undefined) {
    return { label: "undecided", reason: unfit.reason, evidence: { restsOn: ["rules"], answer: unfit } };
  }
  const problems: string[] = [];
  let room = 1;
  let lost: AnswerCheck | undefined;
  let last: AnswerCheck | undefined;
  let nearest: Good | undefined;
  for (let attempt = 1; attempt <= wanted.tries; attempt++) {
    const reply = await context.ask({ ...wanted.question, room });
    const usable = checkUsable(reply, wanted.related);
    if (!usable.usable) {
      problems.push(usable.why);
      if (reply.finish === "length") room *= 2;
      continue;
    }
    const fitted = wanted.fit?.(usable.text) ?? usable;
    if ("why" in fitted) {
      problems.push(fitted.why);
      continue;
    }
    const { text, rewrite }: Exclude<Fitted, { why: string }> = fitted;
    const reached = wanted.keeps && (await checkReach(context, text, wanted.keeps, wanted.problem));
    if (reached !== undefined && reached.reach !== "yes") {
      if (reached.reach !== "unclear") lost = reached.check;
      last = reached.check;
      problems.push(reached.check.reason);
      continue;
    }
    const good = { text, rewrite, check: reached?.check, ...measure(text, wanted.length) };
    if (good.off === 0) return written(wanted, good);
    if (nearest === undefined || good.off < nearest.off) nearest = good;
  }
  if (nearest !== undefined) return written(wanted, nearest);
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
  context: NodeContext,
  before: string,
  { target, problem }: { target: Target; problem: string },
): Promise<StepResult | undefined> {
  const { reach, check } = await checkReach(context, before, target, problem);
  if (reach === "yes") return undefined;
  return { label: BEFORE[reach], reason: check.reason, evidence: { restsOn: ["rules"], answer: check } };
}

/** What the rules can't tell of the trace before, they can't tell of any rewrite either: no call would change that. */
const BEFORE = { no: "wrong-answer", nowhere: "no-answer", unclear: "undecided" } as const;

/** A reply that may be written. */
interface Good {
  readonly text: string;
  readonly rewrite: Evidence["rewrite"];
  readonly check: AnswerCheck | undefined;
  /** Tokens, where a length is wanted, and how far they are from it: 0 within its bounds. */
  readonly tokens: number | undefined;
  readonly off: number;
}

function measure(text: string, length: LengthWanted | undefined): Pick<Good, "tokens" | "off"> {
  if (length === undefined) return { tokens: undefined, off: 0 };
  const tokens = countTokens(text);
  return { tokens, off: missBy(tokens, length) };
}

function written({ writes, length, ...wanted }: TraceWanted, { text, check, tokens, off, ...good }: Good): StepResult {
  const missed =
    off > 0 ? `${tokens} tokens where ${describeLength(length!)} were wanted; no reply came nearer` : undefined;
  const rewrite = good.rewrite ?? wanted.rewrite;
  const said = length === undefined ? rewrite : { ...rewrite, tokens, aimedAt: length.tokens };
  const isSilent = check === undefined && said === undefined;
  const evidence: Evidence | undefined = isSilent ? undefined : { restsOn: ["rules"], answer: check, rewrite: said };
  const state: State = { [writes]: text };
  return { label: "written", writes: state, reason: missed, evidence };
}

/** A state field as text; empty where it is absent. */
export function textOf(state: State, field: string): string {
  const value = state[field];
  return typeof value === "string" ? value : "";
}
