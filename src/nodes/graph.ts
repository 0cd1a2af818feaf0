/**
 * `graph`: another graph's nodes in the place of one node. They become nodes of the same plan (`outer/inner`), so that
 * a run knows nothing of it (graph/flatten.ts). What is left of the node itself, where it states a `limit` or a `when`,
 * is this: a step without a call that lets a sample in, or at its limit does not.
 */
import * as z from "zod";
import { defineNode } from "./node.ts";

const name = z.string().min(1);

const params = z.strictObject({
  graph: name.describe("The other graph's file; the path counts from this one."),
  models: z
    .record(z.string(), name)
    .default({})
    .describe("Its models' names, and the models of this graph that play them. Left out: those of the same name."),
  state: z
    .record(z.string(), name)
    .default({})
    .describe("Its state fields, and the fields of this graph that they are. Left out: those of the same name."),
});

export type GraphParams = z.infer<typeof params> & {
  /** Most entries of one sample; put here by the compiler. */
  readonly limit?: number;
};

export const graph = defineNode<GraphParams>({
  kind: "graph",
  summary: "Another graph in the place of one node; its outcomes are the labels.",
  params,
  labels: ["accepted"],
  special: ["answer-lost", "undecided", "rejected", "exhausted"],
  shapes: false,
  uses: () => ({ models: [], prompts: [], reads: [], writes: [] }),
  run: async ({ visit }, { limit }) =>
    limit === undefined || visit <= limit
      ? { label: "entered" }
      : { label: "exhausted", reason: `${limit} times through it, and back again` },
});
