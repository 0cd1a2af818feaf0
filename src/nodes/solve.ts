/**
 * `solve`: asks a model the problem once and grades what comes, as an evaluation does. Nothing is asked again: a reply
 * that is cut off, empty or garbage is what the model did. The answer is graded by rules, a program by its tests.
 *
 *   right, wrong     the final answer is, or is not, the reference; a whole reply without an answer is wrong
 *   cut-off          the reply stopped at its limit of tokens before it came to an answer
 *   undecided        the rules can't tell, or there is nothing to grade by
 */
import * as z from "zod";
import { type AnswerCheck, checkReach, referenceOf, targetOf, testsOf } from "./keeps.ts";
import { defineNode, type NodeContext, type StepResult } from "./node.ts";
import { askShape, samplingOf } from "./params.ts";
import { textOf } from "./rewriting.ts";

const { tries: _asksOnce, ...once } = askShape;

const params = z.strictObject({
  ...once,
  keeps: z.string().min(1).default("answer").describe("The state field with the reference answer."),
  writes: z.string().min(1).describe("The state field that the reply is written to."),
});

export const solve = defineNode<z.infer<typeof params>>({
  kind: "solve",
  summary: "Asks a model the problem once, and grades its final answer by rules, a program by its tests.",
  params,
  labels: ["right", "wrong", "cut-off"],
  special: ["undecided"],
  shapes: false,
  uses: (p) => ({
    models: [p.model],
    prompts: [{ file: p.prompt, reply: "text" }],
    reads: ["problem", p.keeps],
    writes: [p.writes],
  }),
  run: async (context, p): Promise<StepResult> => {
    const reply = await context.ask({ model: p.model, prompt: p.prompt, sampling: samplingOf(p) });
    const writes = { [p.writes]: reply.text };
    const graded = await gradeReply(context, p.keeps, reply.text);
    if (graded === undefined) {
      return { label: "undecided", writes, reason: `there is no ${p.keeps} to grade by` };
    }
    const { found, ...answer } = graded;
    const evidence = { restsOn: ["rules"] as const, answer };
    if (answer.verdict === "equal") return { label: "right", writes, reason: answer.reason, evidence };
    if (reply.finish === "length") {
      return {
        label: "cut-off",
        writes,
        reason: "the reply stopped at its limit before it came to the answer",
        evidence,
      };
    }
    if (answer.verdict === "different") return { label: "wrong", writes, reason: answer.reason, evidence };
    const label = found ? "undecided" : "wrong";
    return { label, writes, reason: answer.reason, evidence };
  },
});

/** By its tests where the sample has some, else by the reference. `found`: was there anything to grade? */
export async function gradeReply(context: NodeContext, keeps: string, text: string): Promise<Graded | undefined> {
  if (testsOf(context.state) !== undefined) {
    const { reach, check } = await checkReach(context, text, targetOf(context.state, keeps), "");
    return { ...check, found: reach !== "nowhere" };
  }
  const reference = referenceOf(context.state, keeps);
  if (reference === undefined) return undefined;
  const problem = textOf(context.state, "problem");
  const { found, ...answer } = await context.grader.check(text, reference, { problem });
  return { ...answer, found: found !== undefined };
}

export type Graded = AnswerCheck & { readonly found: boolean };
