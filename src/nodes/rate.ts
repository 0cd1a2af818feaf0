/**
 * `rate`: from the student's seat, is this trace too terse (easy), right (medium) or too heavy (hard)? One judge, one
 * or more votes. With `keeps` the answer is checked first, by rules: a trace that reaches a wrong answer is not judged.
 */
import * as z from "zod";
import { RATINGS } from "../core/sample.ts";
import { checkReach, ownAnswer, type Reach, referenceOf } from "./keeps.ts";
import { defineNode, type NodeContext, type SpecialLabel, type StepResult } from "./node.ts";
import { askShape, keepsShape, samplingOf } from "./params.ts";
import { textOf } from "./rewriting.ts";
import { vote } from "./verdict.ts";

export const rateParams = z.strictObject({
  ...askShape,
  ...keepsShape,
  reads: z.string().min(1).default("trace").describe("The state field that is rated."),
  writes: z.string().min(1).describe("The state field that the rating is written to."),
  votes: z.int().min(1).max(99).default(1).describe("Most verdicts asked for; it stops when the majority is settled."),
});
export type RateParams = z.infer<typeof rateParams>;

export const rate = defineNode<RateParams>({
  kind: "rate",
  summary: "Rates a trace from the small model's seat: easy, medium or hard.",
  params: rateParams,
  labels: RATINGS,
  special: ["wrong-answer", "no-answer", "undecided"],
  shapes: false,
  uses: usesOfRating,
  run: (context, params) =>
    rateTrace(context, params, { no: "wrong-answer", nowhere: "no-answer", unclear: "undecided" }),
});

export function usesOfRating(params: RateParams) {
  return {
    models: [params.model],
    prompts: [{ file: params.prompt, reply: "verdict" as const }],
    reads: ["problem", params.reads, ...(params.keeps === undefined ? [] : [params.keeps])],
    writes: [params.writes],
  };
}

/** The answer first, where it is to be kept; then the votes. `labels` says how a failed answer check is called. */
export async function rateTrace(
  context: NodeContext,
  params: RateParams,
  labels: Readonly<Record<Exclude<Reach["reach"], "yes">, SpecialLabel>>,
): Promise<StepResult> {
  const trace = textOf(context.state, params.reads);
  if (trace === "") return { label: labels.nowhere, reason: `there is no ${params.reads} to rate` };
  const answer = params.keeps === undefined ? undefined : await checkAnswer(context, params.keeps, trace);
  if (answer !== undefined && answer.reach !== "yes") {
    const evidence = { restsOn: ["rules"] as const, answer: answer.check };
    return { label: labels[answer.reach], reason: answer.check.reason, evidence };
  }
  const question = { model: params.model, prompt: params.prompt, sampling: samplingOf(params) };
  const { votes, decided, reason } = await vote(context, question, { ...params, trace });
  const restsOn = answer === undefined ? (["judge"] as const) : (["rules", "judge"] as const);
  const evidence = { restsOn, votes, verdict: decided, answer: answer?.check };
  if (decided === undefined) return { label: "undecided", reason, evidence };
  return { label: decided.rating, writes: { [params.writes]: decided.rating }, reason: decided.reason, evidence };
}

/** Without a reference a trace must at least conclude: what it concludes was held to by every rewrite before. */
async function checkAnswer(context: NodeContext, field: string, trace: string): Promise<Reach> {
  const reference = referenceOf(context.state, field);
  if (reference !== undefined) return checkReach(context.grader, trace, reference, textOf(context.state, "problem"));
  const own = ownAnswer(trace);
  if (own === undefined) {
    const reason = "there is no reference answer, and the trace states no final answer";
    return { reach: "nowhere", check: { verdict: "undecided", rule: "find", reason } };
  }
  return { reach: "yes", check: { verdict: "equal", rule: "own", reason: "no reference; it keeps to its own answer" } };
}
