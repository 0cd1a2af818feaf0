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

/** Like `askShape`, for nodes that may have several judges or ask in several wordings. */
export const panelShape = {
  ...askShape,
  model: askShape.model.optional(),
  models: z.array(name).min(1).optional().describe("Several of the graph's models take turns, instead of `model`."),
  prompt: askShape.prompt.optional(),
  prompts: z.array(name).min(1).optional().describe("Several wordings take turns, instead of `prompt`."),
};

interface PanelParams {
  readonly model?: string;
  readonly models?: readonly string[];
  readonly prompt?: string;
  readonly prompts?: readonly string[];
  readonly votes: number;
}

/** For `superRefine`: one judge or several, one wording or several, and each has a vote at least. */
export function checkPanel(params: PanelParams, context: z.core.$RefinementCtx): void {
  for (const [one, several] of [
    ["model", "models"],
    ["prompt", "prompts"],
  ] as const) {
    if (params[one] === undefined && params[several] === undefined) {
      context.addIssue({ code: "invalid_type", expected: "string", input: undefined, path: [one] });
    } else if (params[one] !== undefined && params[several] !== undefined) {
      context.addIssue({ code: "custom", message: `left out where "${several}" is there`, path: [one] });
    } else if ((params[several]?.length ?? 0) > params.votes) {
      const message = `at least ${params[several]?.length}, one vote for each of "${several}"`;
      context.addIssue({ code: "custom", message, path: ["votes"] });
    }
  }
}

export function modelsOf({ model, models }: Pick<PanelParams, "model" | "models">): readonly string[] {
  return models ?? (model === undefined ? [] : [model]);
}

export function promptsOf({ prompt, prompts }: Pick<PanelParams, "prompt" | "prompts">): readonly string[] {
  return prompts ?? (prompt === undefined ? [] : [prompt]);
}

export const keepsShape = {
  keeps: name.optional().describe("The state field with the reference answer. What is written must still reach it."),
};

/** The sampling that a node's own parameters ask for; the model's fill in the rest. */
export function samplingOf(params: { temperature?: number; topP?: number; maxTokens?: number }): Sampling {
  return { temperature: params.temperature, topP: params.topP, maxTokens: params.maxTokens };
}
