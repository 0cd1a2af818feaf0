/**
 * `weigh`: one score for a sample out of three parts, with correctness as the gate. No model.
 *
 *   score = 0                                                          where the trace does not reach the reference
 *         = answer + chain * <how good the chain is> + efficiency * <how well its length is spent>, else
 *
 * The two shares are fields in [0, 1] that the graph sets. Since the gate comes first, no wrong chain, however short and
 * tidy, ever ranks above a right one. What nobody can check gets no score: none is made up.
 */
import * as z from "zod";
import { DEFAULT_WEIGHTS, type Weights } from "../core/weights.ts";
import { checkReach, isChecked, type Reach, targetOf } from "./keeps.ts";
import { defineNode, type NodeContext, type StepResult } from "./node.ts";
import { textOf } from "./rewriting.ts";

const weight = z.number().min(0).max(1);

const params = z
  .strictObject({
    reads: z.string().min(1).default("trace").describe("The state field that is weighed."),
    keeps: z.string().min(1).default("answer").describe("The state field with the reference answer: the gate."),
    chain: z.string().min(1).describe("The state field, a number in [0, 1]: how good the chain is."),
    efficiency: z.string().min(1).describe("The state field, a number in [0, 1]: how well its length is spent."),
    weights: z
      .strictObject({ answer: weight, chain: weight, efficiency: weight })
      .default(DEFAULT_WEIGHTS)
      .describe("What each part counts; 1 together."),
    score: z.string().min(1).describe("The state field, a number, that the score is written to."),
  })
  .refine(({ weights: { answer, chain, efficiency } }) => Math.abs(answer + chain + efficiency - 1) < 1e-9, {
    path: ["weights"],
    message: "1 together",
  });

export const weigh = defineNode<z.infer<typeof params>>({
  kind: "weigh",
  summary: "Puts answer, chain and efficiency into one score, with a right answer as the gate.",
  params,
  labels: ["weighed", "unweighed"],
  special: ["wrong-answer", "no-answer"],
  fieldTypes: { chain: "number", efficiency: "number", score: "number" },
  shapes: false,
  uses: ({ reads, keeps, chain, efficiency, score }) => ({
    models: [],
    prompts: [],
    reads: ["problem", reads, keeps, chain, efficiency],
    writes: [score],
  }),
  run: async (context, p): Promise<StepResult> => {
    const { state } = context;
    const trace = textOf(state, p.reads);
    if (trace === "") return { label: "no-answer", reason: `there is no ${p.reads} to weigh` };
    const gate = await gateOf(context, p.keeps, trace);
    if (gate === undefined) return { label: "unweighed", reason: `there is no ${p.keeps} to be the gate` };
    const { reach, check } = gate;
    const evidence = { restsOn: ["rules"] as const, answer: check };
    if (reach === "unclear") return { label: "unweighed", reason: check.reason, evidence };
    if (reach !== "yes") {
      const label = reach === "no" ? "wrong-answer" : "no-answer";
      return { label, reason: check.reason, writes: { [p.score]: 0 }, evidence };
    }
    const shares = { chain: state[p.chain], efficiency: state[p.efficiency] };
    for (const [part, value] of Object.entries(shares)) {
      if (typeof value === "number" && value >= 0 && value <= 1) continue;
      const name = part === "chain" ? p.chain : p.efficiency;
      const reason = `"${name}" is ${JSON.stringify(value) ?? "absent"}, and a number from 0 to 1 is expected`;
      return { label: "failed", reason, evidence };
    }
    const score = scoreOf(p.weights, shares as { chain: number; efficiency: number });
    const reason = `${score}: right, ${p.chain} ${state[p.chain]}, ${p.efficiency} ${state[p.efficiency]}`;
    return { label: "weighed", writes: { [p.score]: score }, reason, evidence };
  },
});

/** Is it right: a program by its tests, where the sample has some, else by the reference. Undefined where nobody can say. */
async function gateOf(context: NodeContext, keeps: string, trace: string): Promise<Reach | undefined> {
  const target = targetOf(context.state, keeps);
  return isChecked(target) ? checkReach(context, trace, target, textOf(context.state, "problem")) : undefined;
}

/** Of a right chain; to three digits. */
function scoreOf(weights: Weights, shares: { readonly chain: number; readonly efficiency: number }): number {
  const sum = weights.answer + weights.chain * shares.chain + weights.efficiency * shares.efficiency;
  return Math.round(1000 * sum) / 1000;
}
