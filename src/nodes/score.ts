/**
 * `score`: numbers on scales, such as OmniThought's reasoning verbosity (rv) and cognitive difficulty (cd). Each scale is
 * a number field of the state; amount and fit are scales of their own, because one number for both says neither.
 *
 * Parsed strictly: one JSON object with a whole number in range for every scale, or the reply is asked for again within
 * its bound, then `undecided`. Never -1, never the first digit that stands somewhere. With votes, the median of each.
 */
import * as z from "zod";
import type { ReplyForm } from "../core/chat.ts";
import { median } from "../core/statistics.ts";
import { findWith } from "./find-rated.ts";
import { checkReach, targetOf } from "./keeps.ts";
import { defineNode, type NodeContext, type StepResult } from "./node.ts";
import { askShape, keepsShape, samplingOf } from "./params.ts";
import { textOf } from "./rewriting.ts";

const params = z
  .strictObject({
    ...askShape,
    ...keepsShape,
    reads: z.string().min(1).default("trace").describe("The state field that is scored."),
    scales: z
      .array(z.string().min(1))
      .min(1)
      .describe("The scales, each a number field of the state that its score is written to."),
    from: z.int().default(0).describe("The lowest score."),
    to: z.int().default(9).describe("The highest score."),
    votes: z.int().min(1).max(99).default(1).describe("How often it is asked; the median of each scale counts."),
  })
  .refine(({ from, to }) => from < to, { message: "must be above `from`", path: ["to"] });
type ScoreParams = z.infer<typeof params>;

export const score = defineNode<ScoreParams>({
  kind: "score",
  summary: "Scores a trace on scales of whole numbers, such as 0 to 9.",
  params,
  labels: ["scored"],
  special: ["wrong-answer", "no-answer", "undecided"],
  fieldTypes: { scales: "number" },
  shapes: false,
  uses: (p) => ({
    models: [p.model],
    prompts: [{ file: p.prompt, reply: "scores" }],
    reads: ["problem", p.reads, ...(p.keeps === undefined ? [] : [p.keeps])],
    writes: p.scales,
  }),
  run: async (context, p): Promise<StepResult> => {
    const trace = textOf(context.state, p.reads);
    if (trace === "") return { label: "no-answer", reason: `there is no ${p.reads} to score` };
    const target = p.keeps === undefined ? undefined : targetOf(context.state, p.keeps);
    const answer = target && (await checkReach(context, trace, target, textOf(context.state, "problem")));
    if (answer !== undefined && answer.reach !== "yes") {
      const label = ({ no: "wrong-answer", nowhere: "no-answer", unclear: "undecided" } as const)[answer.reach];
      return { label, reason: answer.check.reason, evidence: { restsOn: ["rules"], answer: answer.check } };
    }
    const readings: Readonly<Record<string, number>>[] = [];
    for (let vote = 0; vote < p.votes; vote++) {
      const reading = await askForScores(context, p);
      if ("unreadable" in reading) {
        return { label: "undecided", reason: `no readable scores in ${p.tries} replies: ${reading.unreadable}` };
      }
      readings.push(reading.scores);
    }
    const scores = Object.fromEntries(p.scales.map((scale) => [scale, median(readings.map((each) => each[scale]!))]));
    const said = p.scales.map((scale) => `${scale} ${scores[scale]}`).join(", ");
    const evidence = { restsOn: ["judge"] as const, answer: answer?.check };
    return { label: "scored", writes: scores, reason: said, evidence };
  },
});

async function askForScores(
  context: NodeContext,
  p: ScoreParams,
): Promise<{ readonly scores: Readonly<Record<string, number>> } | { readonly unreadable: string }> {
  const question = { model: p.model, prompt: p.prompt, sampling: samplingOf(p), form: formOf(p) };
  let unreadable = "";
  let room = 1;
  for (let attempt = 1; attempt <= p.tries; attempt++) {
    const reply = await context.ask({ ...question, room });
    if (reply.finish === "length") {
      unreadable = "the reply was cut off";
      room *= 2;
      continue;
    }
    const read = parseScores(reply.text, p);
    if ("scores" in read) return read;
    unreadable = read.unreadable;
  }
  return { unreadable };
}

/** The scores in a reply, or why there are none. */
export function parseScores(
  text: string,
  { scales, from, to }: Pick<ScoreParams, "scales" | "from" | "to">,
): { readonly scores: Readonly<Record<string, number>> } | { readonly unreadable: string } {
  const objects = findWith(text, scales[0]!);
  if (objects.length === 0) return { unreadable: "there is no JSON object with the scores" };
  const distinct = new Set(objects.map((object) => JSON.stringify(scales.map((scale) => object[scale]))));
  if (distinct.size > 1) return { unreadable: "the reply holds several sets of scores that disagree" };
  const object = objects.at(-1)!;
  for (const scale of scales) {
    const value = object[scale];
    if (!Number.isInteger(value)) return { unreadable: `"${scale}" is not a whole number` };
    if ((value as number) < from || (value as number) > to) {
      return { unreadable: `"${scale}" is ${value}, outside ${from} to ${to}` };
    }
  }
  return { scores: Object.fromEntries(scales.map((scale) => [scale, object[scale] as number])) };
}

function formOf({ scales, from, to }: ScoreParams): ReplyForm {
  const number = { type: "integer", minimum: from, maximum: to };
  return {
    form: "json",
    name: "scores",
    schema: {
      type: "object",
      properties: { ...Object.fromEntries(scales.map((scale) => [scale, number])), reason: { type: "string" } },
      required: [...scales, "reason"],
      additionalProperties: false,
    },
  };
}
