/**
 * `rewrite`: asks a model to rewrite a trace, and writes the result if it is a trace and still reaches the answer.
 *
 * A trace that reaches a wrong answer, or none, before the rewrite is not worth a call: it ends there, by rules.
 */
import * as z from "zod";
import { targetOf } from "./keeps.ts";
import { defineNode } from "./node.ts";
import { askShape, keepsShape, samplingOf } from "./params.ts";
import { askForTrace, checkBefore, textOf } from "./rewriting.ts";

const params = z.strictObject({
  ...askShape,
  ...keepsShape,
  writes: z.string().min(1).describe("The state field that is rewritten: read before, written after."),
});

export const rewrite = defineNode<z.infer<typeof params>>({
  kind: "rewrite",
  summary: "Asks a model to rewrite a trace, checks what it must keep, writes it.",
  params,
  labels: ["written"],
  special: ["answer-lost", "wrong-answer", "no-answer", "undecided"],
  shapes: true,
  uses: (p) => ({
    models: [p.model],
    prompts: [{ file: p.prompt, reply: "text" }],
    reads: ["problem", p.writes, ...(p.keeps === undefined ? [] : [p.keeps])],
    writes: [p.writes],
  }),
  run: async (context, p) => {
    const problem = textOf(context.state, "problem");
    const before = textOf(context.state, p.writes);
    if (before.trim() === "") return { label: "no-answer", reason: `there is no ${p.writes} to rewrite` };
    const keeps = p.keeps === undefined ? undefined : targetOf(context.state, p.keeps, before);
    const unfit = keeps && (await checkBefore(context, before, { target: keeps, problem }));
    if (unfit !== undefined) return unfit;
    return askForTrace(context, {
      question: { model: p.model, prompt: p.prompt, sampling: samplingOf(p) },
      tries: p.tries,
      writes: p.writes,
      keeps,
      lost: "answer-lost",
      related: `${problem}\n${before}`,
      problem,
    });
  },
});
