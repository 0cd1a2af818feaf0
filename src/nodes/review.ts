/**
 * `review`: a person looks at the sample and decides. The sample waits for that at its checkpoint, outside of any worker;
 * how a decision comes to it is engine/reviews.ts.
 *
 *   approved   goes on as it is
 *   edited     goes on with the person's own text; with `keeps`, one that loses the answer is not written
 *   rejected   ends as rejected, unless `then` leads elsewhere: back to a rewriter, say, under the node's `limit`
 *
 * Which samples a person sees is the node's `when`, like any node's: `draw(problem) < 0.05` is one in twenty, always the
 * same ones.
 */
import * as z from "zod";
import type { Evidence } from "../core/events.ts";
import type { State } from "../core/sample.ts";
import { type AnswerCheck, type Checker, checkReach, targetOf } from "./keeps.ts";
import { defineNode, type NodeContext, type PersonsDecision, type StepResult } from "./node.ts";
import { keepsShape } from "./params.ts";
import { textOf } from "./rewriting.ts";

const params = z.strictObject({
  instructions: z.string().min(1).optional().describe("What the person is to look at, in a few sentences."),
  reads: z.string().min(1).default("trace").describe("The state field that is reviewed."),
  shows: z
    .array(z.string().min(1))
    .default([])
    .describe("State fields that are shown beside the problem, the answer and what is reviewed."),
  edits: z.boolean().default(true).describe("Whether the person may hand in a text of their own in its place."),
  keeps: keepsShape.keeps.describe(
    "The state field with the reference answer. A text that a person hands in must reach it, as far as the rules can tell.",
  ),
});
export type ReviewParams = z.infer<typeof params>;

export const review = defineNode<ReviewParams>({
  kind: "review",
  summary: "Waits for a person, who approves, edits or rejects.",
  params,
  labels: ["approved", "edited"],
  special: ["rejected", "answer-lost", "no-answer"],
  shapes: true,
  asksPerson: true,
  fieldTypes: { reads: "string" },
  uses: (p) => ({
    models: [],
    prompts: [],
    reads: ["problem", p.reads, ...p.shows, ...(p.keeps === undefined ? [] : [p.keeps])],
    writes: p.edits ? [p.reads] : [],
  }),
  run: takeDecision,
});

async function takeDecision(context: NodeContext, p: ReviewParams): Promise<StepResult> {
  if (textOf(context.state, p.reads).trim() === "") {
    return { label: "no-answer", reason: `there is no ${p.reads} for a person to look at` };
  }
  const decision = context.askPerson();
  const { reason = reasonWords(decision), decided, by, at, seconds } = decision;
  const evidence: Evidence = { restsOn: ["person"], review: { decided, by, at, seconds } };
  if (decided !== "edited") return { label: decided, reason, evidence };
  const text = decision.text ?? "";
  const check = await lostBy(context, text, { state: context.state, params: p });
  if (check !== undefined) {
    const answer: Evidence = { ...evidence, restsOn: ["rules", "person"], answer: check };
    return { label: "answer-lost", reason: `the text that a person handed in: ${check.reason}`, evidence: answer };
  }
  return { label: decided, writes: { [p.reads]: text }, reason, evidence };
}

/** Why a person's text loses the answer, by rules; undefined where it does not, or nobody can tell. */
export async function lostBy(
  checker: Checker,
  text: string,
  { state, params: p }: { state: State; params: Pick<ReviewParams, "keeps" | "reads"> },
): Promise<AnswerCheck | undefined> {
  if (p.keeps === undefined) return undefined;
  const target = targetOf(state, p.keeps, textOf(state, p.reads));
  const { reach, check } = await checkReach(checker, text, target, textOf(state, "problem"));
  return reach === "no" || reach === "nowhere" ? check : undefined;
}

function reasonWords({ decided, by }: PersonsDecision): string {
  return `${decided} by ${by ?? "a person"}`;
}
