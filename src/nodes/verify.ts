/**
 * `verify`: is the rewritten trace good? The answer first, by rules; then a rating afresh, in a prompt of its own.
 * Both checks, because they catch different failures: a trace can be rated medium while having drifted to a wrong
 * answer, and can keep the answer while still being beyond the student.
 */
import * as z from "zod";
import { RATINGS } from "../core/sample.ts";
import { defineNode } from "./node.ts";
import { checkPanel } from "./params.ts";
import { type RateParams, rateShape, rateTrace, usesOfRating } from "./rate.ts";
import { checkSurprised } from "./surprise.ts";

const params = z
  .strictObject({
    ...rateShape,
    keeps: rateShape.keeps
      .unwrap()
      .default("answer")
      .describe("The state field with the reference answer. Checked first, by rules."),
  })
  .superRefine(checkPanel)
  .superRefine(checkSurprised);

export const verify = defineNode<RateParams>({
  kind: "verify",
  summary: "Checks the answer by rules, then rates the trace afresh.",
  params,
  labels: RATINGS,
  special: ["answer-lost", "undecided"],
  shapes: false,
  uses: usesOfRating,
  run: (context, p) => rateTrace(context, p, { no: "answer-lost", nowhere: "answer-lost", unclear: "undecided" }),
});
