/** Parameters that several kinds share, written once. */
import * as z from "zod";
import type { Sampling } from "../core/chat.ts";
import { samplingShape } from "../models/spec.ts";

const name = z.string().min(1);

export const askShape = {
  model: name.describe("Which of the graph's models is asked."),
  prompt: name.describe("The prompt's file, in prompts/."),
  tries: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe(
      "Most times it asks before it gives up: for replies nobody can read, and for rewrites that lose the answer.",
    ),
  ...samplingShape,
};

export const keepsShape = {
  keeps: name.optional().describe("The state field with the reference answer. What is written must still reach it."),
};

/** The sampling that a node's own parameters ask for; the model's fill in the rest. */
export function samplingOf(params: { temperature?: number; topP?: number; maxTokens?: number }): Sampling {
  return { temperature: params.temperature, topP: params.topP, maxTokens: params.maxTokens };
}
