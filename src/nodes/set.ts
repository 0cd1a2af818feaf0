/** `set`: writes fields from expressions. No model is asked. What each expression may say is checked with the graph. */
import * as z from "zod";
import type { State } from "../core/sample.ts";
import { defineNode } from "./node.ts";

const params = z.strictObject({
  values: z
    .record(
      z.string(),
      z.union([z.string().min(1), z.number(), z.boolean()], "an expression, a number, or true or false"),
    )
    .describe("State fields and what each is set to: { rounds: visits(judge), note: \"'short'\" }. A text is CEL."),
});

export const set = defineNode<z.infer<typeof params>>({
  kind: "set",
  summary: "Sets state fields from expressions; asks no model.",
  params,
  labels: ["written"],
  special: [],
  shapes: false,
  uses: ({ values }) => ({
    models: [],
    prompts: [],
    reads: [],
    writes: Object.keys(values),
    expressions: values,
  }),
  run: async ({ evaluate }, { values }) => {
    const writes: State = Object.fromEntries(
      Object.entries(values).map(([field, value]) => [
        field,
        typeof value === "string" ? evaluate(field, value) : value,
      ]),
    );
    return { label: "written", writes };
  },
});
