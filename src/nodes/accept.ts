/**
 * `accept`: the fresh acceptance after a loop. "Rate again until it says medium" is optional stopping: a judge that is
 * wrong one time in seven lets half of the chains through that nobody mended, within five rounds (bench/luck.ts). So
 * whatever comes out of the loop is asked about once more, in words that were not used in the loop, with seeds of its
 * own and, where the graph names one, by another judge. It has one chance: what fails here is `undecided`.
 *
 * The checker holds a graph to that: no way leads from an acceptance back to itself, and its prompt is no other
 * node's (graph/check-acceptance.ts).
 */
import * as z from "zod";
import { defineNode, type NodeContext, type StepResult } from "./node.ts";
import { checkPanel, keepsShape, panelShape } from "./params.ts";
import { takeVotes, usesOfRating } from "./rate.ts";

const params = z
  .strictObject({
    ...panelShape,
    keeps: keepsShape.keeps
      .unwrap()
      .default("answer")
      .describe("The state field with the reference answer. Checked first, by rules."),
    reads: z.string().min(1).default("trace").describe("The state field that is accepted or not."),
    votes: z
      .int()
      .min(1)
      .max(99)
      .default(5)
      .describe("Most verdicts asked for. More than half must say medium; it stops as soon as that is settled."),
  })
  .superRefine(checkPanel);
type AcceptParams = z.infer<typeof params>;

export const accept = defineNode<AcceptParams>({
  kind: "accept",
  summary: "Asks once more after the loop, in other words; what fails it is undecided.",
  params,
  labels: ["passed"],
  special: ["answer-lost", "undecided"],
  shapes: false,
  uses: usesOfRating,
  run: acceptTrace,
});

async function acceptTrace(context: NodeContext, p: AcceptParams): Promise<StepResult> {
  const labels = { no: "answer-lost", nowhere: "answer-lost", unclear: "undecided" } as const;
  const rated = await takeVotes(context, p, labels, "medium");
  if ("label" in rated) return rated;
  const { decided, votes, verdicts, reason } = rated.vote;
  const fits = votes.filter((cast) => cast === "medium").length;
  const share = `${fits} of ${votes.length}${votes.length < p.votes ? ` (of at most ${p.votes})` : ""} votes`;
  if (decided !== undefined) {
    return { label: "passed", reason: `accepted afresh by ${share}: ${decided.reason}`, evidence: rated.evidence };
  }
  const against = verdicts.find((verdict) => verdict.rating !== "medium");
  const why = against === undefined ? reason : `${against.rating}: ${against.reason}`;
  return { label: "undecided", reason: `not accepted afresh, ${share} said medium; ${why}`, evidence: rated.evidence };
}
