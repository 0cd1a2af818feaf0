/**
 * A prompt: messages with places for values. Prompts come from Markdown files (graph/prompt-file.ts reads them); this
 * is what is left of a file once it has been read: plain data that travels in the plan.
 */
import type { Message } from "./chat.ts";
import type { Piece, SentMessage, Verdict } from "./events.ts";

/** What a reply to this prompt is: free text, a judge's structured verdict, or numbers on scales that its node names. */
export type PromptReply = "text" | "verdict" | "scores";

export interface Prompt {
  /** What it is for, in the words of its front matter: collect, shorten, judge, verify, expand, condense. */
  readonly purpose: string;
  readonly variables: readonly string[];
  readonly reply: PromptReply;
  readonly messages: readonly PromptMessage[];
}

export interface PromptMessage {
  readonly role: "system" | "user";
  /** Text, and places to be filled, in order. */
  readonly parts: readonly (string | { readonly place: string })[];
}

/** Values that a prompt can use beside the graph's state fields. */
export const BUILT_IN_VALUES: Readonly<Record<string, string>> = {
  student: "the student's name and size, as the graph states them",
  steps: "the trace as numbered paragraphs, so that a judge can say where",
  finding: "what the last judge found: rating, reason, step, missing, surplus; empty before any judge",
};

/** Fills the places. The pieces stay apart so that the store keeps each text once. Throws on a missing value. */
export function renderPrompt(prompt: Prompt, values: Readonly<Record<string, string>>): SentMessage[] {
  return prompt.messages.map(({ role, parts }) => ({
    role,
    pieces: parts.map((part) => {
      if (typeof part === "string") return part;
      if (part.place === "steps" && values.steps === undefined) return { numbered: values.trace ?? "" };
      const value = values[part.place];
      if (value === undefined) throw new Error(`Internal error: no value for {{ ${part.place} }}`);
      return value;
    }),
  }));
}

/** The messages as they went over the wire. */
export function joinPieces(messages: readonly SentMessage[]): Message[] {
  const textOf = (piece: Piece) => (typeof piece === "string" ? piece : numberSteps(piece.numbered));
  return messages.map(({ role, pieces }) => ({ role, content: pieces.map(textOf).join("") }));
}

/** A trace's steps, as judges and people count them: its paragraphs, parted by blank lines. */
export function stepsOf(trace: string): string[] {
  return trace.split(/\n[ \t]*\n+/).filter((step) => step.trim() !== "");
}

/** Where each of the steps stands in the trace, without the white space around it. */
export function stepPlaces(trace: string): { readonly start: number; readonly end: number }[] {
  let from = 0;
  return stepsOf(trace).map((step) => {
    const at = trace.indexOf(step, from);
    from = at + step.length;
    return { start: at + (step.length - step.trimStart().length), end: at + step.trimEnd().length };
  });
}

/** The steps with their numbers in front. What stored calls have sent is made again by this: its form is the file's. */
export function numberSteps(trace: string): string {
  return stepsOf(trace)
    .map((step, index) => `[${index + 1}] ${step.trim()}`)
    .join("\n\n");
}

/** A verdict in a few plain lines, for the rewriter and for people; in Chinese where models are asked in Chinese. */
export function describeVerdict(verdict: Verdict, language?: string): string {
  const lines = isChinese(language) ? chineseLines(verdict) : englishLines(verdict);
  return lines.filter((line) => line !== "").join("\n");
}

function englishLines({ rating, step, reason, missing, surplus }: Verdict): string[] {
  const plain = { easy: "too terse", medium: "fits", hard: "too heavy" }[rating];
  return [
    `Rating: ${rating} (${plain})${step === null ? "" : ` at step ${step}`}.`,
    `Reason: ${reason}`,
    missing === null ? "" : `Missing: ${missing}`,
    surplus === null ? "" : `Surplus: ${surplus}`,
  ];
}

function chineseLines({ rating, step, reason, missing, surplus }: Verdict): string[] {
  const plain = { easy: "过于简略", medium: "合适", hard: "过于繁难" }[rating];
  return [
    `评级：${rating}（${plain}）${step === null ? "" : `，位于第 ${step} 步`}。`,
    `理由：${reason}`,
    missing === null ? "" : `缺少：${missing}`,
    surplus === null ? "" : `多余：${surplus}`,
  ];
}

function isChinese(language: string | undefined): boolean {
  return language === "zh" || language?.startsWith("zh-") === true;
}
