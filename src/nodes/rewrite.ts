/**
 * `rewrite`: asks a model to rewrite a trace, and writes the result if it is a trace, refers to nothing that is gone and
 * still reaches the answer.
 *
 *   trace ──▶ reaches a wrong answer, or none: ends there, by rules, without a call
 *     │
 *     ├─ a place is known ──▶ the marked part alone is asked for (marking.ts): told what the rest leans on (needed.ts),
 *     │                       put back between what stands before and after, byte for byte, and the whole checked
 *     │                          │ no reply was good
 *     └─ no place ───────────────┴──▶ the whole is asked for
 */
import * as z from "zod";
import { findFinalAnswer } from "./answers/index.ts";
import { type Target, targetOf } from "./keeps.ts";
import { describeLength, type LengthWanted, lengthOf, lengthSchema } from "./length.ts";
import { findLooseEnds } from "./loose-ends.ts";
import { type Marked, markPart } from "./marking.ts";
import { findNeeded, missingFrom, type Needed } from "./needed.ts";
import { defineNode, type NodeContext, type StepResult } from "./node.ts";
import { askShape, keepsShape, samplingOf } from "./params.ts";
import { askForTrace, checkBefore, type Fitted, textOf } from "./rewriting.ts";

const params = z.strictObject({
  ...askShape,
  ...keepsShape,
  writes: z.string().min(1).describe("The state field that is rewritten: read before, written after."),
  marked: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A prompt's file for the part that was marked, where the last judge named a step: it gives {{ marked }}, and the rest stays byte for byte.",
    ),
  around: z.int().min(0).max(20).default(0).describe("Steps on either side of the named one that belong to the part."),
  place: z.string().min(1).optional().describe("A state field with the step's number, instead of the judge's."),
  length: lengthSchema.optional().describe("What length to aim at. The nearest of the tries is written."),
});
type RewriteParams = z.infer<typeof params>;

export const rewrite = defineNode<RewriteParams>({
  kind: "rewrite",
  summary: "Asks a model to rewrite a trace, checks what it must keep, writes it.",
  params,
  labels: ["written"],
  special: ["answer-lost", "wrong-answer", "no-answer", "undecided"],
  fieldTypes: { place: "number" },
  shapes: true,
  uses: (p) => {
    const aim = p.length === undefined ? [] : ["length"];
    return {
      models: [p.model],
      prompts: [
        { file: p.prompt, reply: "text" as const, gives: aim },
        ...(p.marked === undefined
          ? []
          : [{ file: p.marked, reply: "text" as const, gives: ["marked", ...aim], offers: MARKED_VALUES }]),
      ],
      reads: ["problem", p.writes, ...[p.keeps, p.place].filter((field) => field !== undefined)],
      writes: [p.writes],
    };
  },
  run: rewriteTrace,
});

/** What a prompt for a marked part may name beside `marked`. */
const MARKED_VALUES = ["before", "after", "needed"] as const;

async function rewriteTrace(context: NodeContext, p: RewriteParams): Promise<StepResult> {
  const problem = textOf(context.state, "problem");
  const before = textOf(context.state, p.writes);
  if (before.trim() === "") return { label: "no-answer", reason: `there is no ${p.writes} to rewrite` };
  const keeps = p.keeps === undefined ? undefined : targetOf(context.state, p.keeps, before);
  const unfit = keeps && (await checkBefore(context, before, { target: keeps, problem }));
  if (unfit !== undefined) return unfit;

  const length = p.length && lengthOf(p.length, before);
  const task: Task = { problem, before, keeps, length };
  const marked = p.marked === undefined ? undefined : markPart(before, { step: stepOf(context, p), around: p.around });
  const part = marked && (await rewritePart(context, p, { ...task, marked }));
  if (part?.label === "written") return part;
  const whole = part && `${nameSteps(marked!.steps)} alone would not do: ${part.reason}`;
  return rewriteWhole(context, p, task, whole);
}

function nameSteps([first, last]: Marked["steps"]): string {
  return first === last ? `step ${first}` : `steps ${first} to ${last}`;
}

interface Task {
  readonly problem: string;
  readonly before: string;
  readonly keeps: Target | undefined;
  readonly length: LengthWanted | undefined;
}

/** 0 where nobody named one. */
function stepOf({ state, finding }: NodeContext, { place }: RewriteParams): number {
  return place === undefined ? (finding?.step ?? 0) : Number(state[place] ?? 0);
}

function wantedOf(p: RewriteParams, { problem, before, keeps, length }: Task) {
  return {
    tries: p.tries,
    writes: p.writes,
    keeps,
    lost: "answer-lost" as const,
    related: `${problem}\n${before}`,
    problem,
    length,
  };
}

function rewriteWhole(context: NodeContext, p: RewriteParams, task: Task, whole?: string): Promise<StepResult> {
  const { problem, before, length } = task;
  const values = length && { length: describeLength(length) };
  return askForTrace(context, {
    ...wantedOf(p, task),
    question: { model: p.model, prompt: p.prompt, sampling: samplingOf(p), values },
    rewrite: whole === undefined ? undefined : { whole },
    fit: (text) => tiedUp(text, { problem, original: before }),
  });
}

function rewritePart(
  context: NodeContext,
  p: RewriteParams,
  task: Task & { readonly marked: Marked },
): Promise<StepResult> {
  const { problem, marked, length } = task;
  const needed = findNeeded(marked, problem);
  const values = {
    marked: marked.part,
    before: marked.before,
    after: marked.after,
    needed: needed.map(({ said }) => said).join(", "),
    ...(length && { length: describeLength(length) }),
  };
  return askForTrace(context, {
    ...wantedOf(p, task),
    question: { model: p.model, prompt: p.marked!, sampling: samplingOf(p), values },
    rewrite: { steps: marked.steps },
    fit: (text) => putBack(text, task, needed),
  });
}

/** The reply in the place of the part, or why it can't be put there. */
function putBack(
  text: string,
  { marked, problem, before }: Task & { marked: Marked },
  needed: readonly Needed[],
): Fitted {
  if (text === marked.part) return { why: "the reply is the part as it was" };
  if (isWholeChain(text, marked)) {
    const whole = tiedUp(text, { problem, original: before });
    return "why" in whole
      ? whole
      : { ...whole, rewrite: { whole: `asked for ${nameSteps(marked.steps)}, the model wrote the chain` } };
  }
  const told = stepThatIsTold(text, marked);
  if (told !== undefined) return { why: `the reply holds more than the part: "${told}" stands beside it` };
  const missing = missingFrom(text, needed);
  if (missing.length > 0) return { why: `the part no longer has what later steps use: ${missing.join(", ")}` };
  return tiedUp(marked.before + text + marked.after, { problem, original: before });
}

/** It comes to a final answer, in the place of a part that did not: a model that was told to mend a step wrote the chain anew. */
function isWholeChain(text: string, { part, after }: Marked): boolean {
  const states = (chain: string) => findFinalAnswer(chain, { forms: ["boxed", "phrase", "code"] }) !== undefined;
  return after.trim() !== "" && states(text) && !states(part);
}

const LONG_ENOUGH = 40;

/** A paragraph from beside the part that the reply says again: the model wrote the whole chain. */
function stepThatIsTold(text: string, { before, part, after }: Marked): string | undefined {
  const beside = [
    before
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? "",
    after.trimStart().split(/\n\s*\n/)[0] ?? "",
  ];
  return beside
    .map((step) => step.trim())
    .find((step) => step.length >= LONG_ENOUGH && text.includes(step) && !part.includes(step))
    ?.slice(0, LONG_ENOUGH);
}

function tiedUp(text: string, from: { readonly problem: string; readonly original: string }): Fitted {
  const ends = findLooseEnds({ ...from, text });
  return ends.length === 0 ? { text } : { why: `the rewrite refers to what is gone: ${ends.join("; ")}` };
}
