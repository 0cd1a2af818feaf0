/**
 * `rate`: from the student's seat, is this trace too terse (easy), right (medium) or too heavy (hard)? One judge
 * or several, in one wording or several, one or more votes. With `keeps` the answer is checked first, by rules: a trace
 * that reaches a wrong answer is not judged.
 */
import * as z from "zod";
import type { Evidence } from "../core/events.ts";
import { RATINGS, type Rating } from "../core/sample.ts";
import { checkReach, isChecked, type Reach, targetOf } from "./keeps.ts";
import { defineNode, type NodeContext, type SpecialLabel, type StepResult } from "./node.ts";
import { checkPanel, keepsShape, modelsOf, panelShape, promptsOf, samplingOf } from "./params.ts";
import { textOf } from "./rewriting.ts";
import { checkSurprised, measureSurprisal, surprisedShape } from "./surprise.ts";
import { type Vote, vote } from "./verdict.ts";

export const rateShape = {
  ...panelShape,
  ...keepsShape,
  reads: z.string().min(1).default("trace").describe("The state field that is rated."),
  writes: z.string().min(1).describe("The state field that the rating is written to."),
  ...surprisedShape,
  votes: z.int().min(1).max(99).default(1).describe("Most verdicts asked for; it stops when the majority is settled."),
};
const rateParams = z.strictObject(rateShape).superRefine(checkPanel).superRefine(checkSurprised);
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

export function usesOfRating(params: Omit<RateParams, "writes"> & { readonly writes?: string }) {
  const { student, surprisal } = params;
  const asked = promptsOf(params).map((file) => ({ file, reply: "verdict" as const }));
  return {
    models: [...modelsOf(params), ...(student === undefined ? [] : [student])],
    prompts: surprisal === undefined ? asked : [...asked, { file: surprisal, reply: "text" as const }],
    reads: ["problem", params.reads, ...(params.keeps === undefined ? [] : [params.keeps])],
    writes: params.writes === undefined ? [] : [params.writes],
  };
}

export interface Rated {
  readonly vote: Vote;
  readonly evidence: Evidence;
}

/** The answer first, where it is to be kept; then the votes. `labels` says how a failed answer check is called. */
export async function rateTrace(
  context: NodeContext,
  params: RateParams,
  labels: Readonly<Record<Exclude<Reach["reach"], "yes">, SpecialLabel>>,
): Promise<StepResult> {
  const rated = await takeVotes(context, params, labels);
  if ("label" in rated) return rated;
  const { decided, reason } = rated.vote;
  if (decided === undefined) return { label: "undecided", reason, evidence: rated.evidence };
  const writes = { [params.writes]: decided.rating };
  return { label: decided.rating, writes, reason: decided.reason, evidence: rated.evidence };
}

/** The votes with their evidence, or the step's result where the answer already decides. */
export async function takeVotes(
  context: NodeContext,
  params: Omit<RateParams, "writes">,
  labels: Readonly<Record<Exclude<Reach["reach"], "yes">, SpecialLabel>>,
  only?: Rating,
): Promise<Rated | StepResult> {
  const trace = textOf(context.state, params.reads);
  if (trace === "") return { label: labels.nowhere, reason: `there is no ${params.reads} to rate` };
  const target = params.keeps === undefined ? undefined : targetOf(context.state, params.keeps);
  const problem = textOf(context.state, "problem");
  const answer = target === undefined ? undefined : await checkReach(context, trace, target, problem);
  if (answer !== undefined && answer.reach !== "yes") {
    const evidence = { restsOn: ["rules"] as const, answer: answer.check };
    return { label: labels[answer.reach], reason: answer.check.reason, evidence };
  }
  const { student, surprisal: prompt } = params;
  const surprisal =
    student === undefined || prompt === undefined
      ? undefined
      : await measureSurprisal(context, { student, prompt, trace });
  const panel = { models: modelsOf(params), prompts: promptsOf(params), sampling: samplingOf(params) };
  const cast = await vote(context, panel, { votes: params.votes, tries: params.tries, trace, only });
  // Without a reference the rules have seen that there is an answer, not that it is right.
  const restsOn = isChecked(target) ? (["rules", "judge"] as const) : (["judge"] as const);
  const { votes, voters, decided } = cast;
  return { vote: cast, evidence: { restsOn, votes, voters, verdict: decided, answer: answer?.check, surprisal } };
}
