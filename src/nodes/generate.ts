/** `generate`: asks a model for a trace and writes it. With `keeps` it is rejection sampling against the reference. */
import * as z from "zod";
import { targetOf } from "./keeps.ts";
import { defineNode } from "./node.ts";
import { askShape, keepsShape, samplingOf } from "./params.ts";
import { askForTrace, textOf } from "./rewriting.ts";

const params = z.strictObject({
  ...askShape,
  ...keepsShape,
  writes: z.string().min(1).describe("The state field that the trace is written to."),
});

export const generate = defineNode<z.infer<typeof params>>({
  kind: "generate",
  summary: "Asks a model for a trace, checks it, writes it.",
  params,
  labels: ["written"],
  special: ["wrong-answer", "undecided"],
  shapes: false,
  uses: (p) => ({
    models: [p.model],
    prompts: [{ file: p.prompt, reply: "text" }],
    reads: ["problem", ...(p.keeps === undefined ? [] : [p.keeps])],
    writes: [p.writes],
  }),
  run: (context, p) => {
    const problem = textOf(context.state, "problem");
    return askForTrace(context, {
      question: { model: p.model, prompt: p.prompt, sampling: samplingOf(p) },
      tries: p.tries,
      writes: p.writes,
      keeps: p.keeps === undefined ? undefined : targetOf(context.state, p.keeps),
      lost: "wrong-answer",
      related: problem,
      problem,
    });
  },
});
