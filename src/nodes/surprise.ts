/**
 * How surprising the student finds a trace, where its endpoint tells: beside a rating, never instead of one. An endpoint
 * that does not tell is asked once (models/openai.ts remembers), and the evidence says why there is nothing.
 */
import * as z from "zod";
import type { Evidence } from "../core/events.ts";
import { readSurprisals, weighSurprisals } from "../core/surprisal.ts";
import { ModelError } from "../models/model.ts";
import type { NodeContext } from "./node.ts";

/** For kinds that rate: the prompt with the problem that the trace is an answer to. */
export const surprisalShape = {
  surprisal: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A prompt's file with the problem: how surprising the student finds the trace as its answer, where its endpoint gives log-probabilities.",
    ),
};

/** For `rate`, whose model is a judge: whom the trace shall surprise. */
export const surprisedShape = {
  ...surprisalShape,
  student: z.string().min(1).optional().describe("Which of the graph's models `surprisal` is measured on."),
};

/** For `superRefine`: the one goes with the other. */
export function checkSurprised(
  { surprisal, student }: { surprisal?: string; student?: string },
  context: z.core.$RefinementCtx,
): void {
  if ((surprisal === undefined) === (student === undefined)) return;
  const [there, missing] = surprisal === undefined ? ["student", "surprisal"] : ["surprisal", "student"];
  context.addIssue({ code: "custom", path: [there], message: `together with \`${missing}\`` });
}

export async function measureSurprisal(
  context: NodeContext,
  { student, prompt, trace }: { student: string; prompt: string; trace: string },
): Promise<Evidence["surprisal"]> {
  const of = trace.trim();
  if (of === "") return undefined;
  const form = { form: "surprisal", of } as const;
  try {
    const reply = await context.ask({ model: student, prompt, sampling: { temperature: 0, maxTokens: 1 }, form });
    const told = readSurprisals(reply.text);
    const weighed = told && weighSurprisals(of, student, told);
    return weighed ?? { student, none: "what it told can't be read" };
  } catch (thrown) {
    // Too long for it, refused, or nothing to tell: the rating does not hang on it. Whatever concerns the run goes on up.
    if (!(thrown instanceof ModelError) || !PASSED_OVER.includes(thrown.trouble)) throw thrown;
    return { student, none: thrown.message };
  }
}

const PASSED_OVER: readonly ModelError["trouble"][] = ["cannot", "refused", "too-long"];
