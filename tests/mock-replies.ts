/**
 * What the mock server says when nobody scripted it: a sensible teacher, rewriter and judge that always answers the
 * same request the same way, so that a run can be compared with itself after kills and restarts.
 */
import { createHash } from "node:crypto";
import type { Fault } from "./mock-options.ts";

export interface MockRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  /** All messages, joined. */
  readonly text: string;
  /** Names the content: model and messages, sampling included. The same request has the same hash. */
  readonly hash: string;
  /** How often this very request has come, this time included. */
  readonly nth: number;
  readonly wantsJson: boolean;
  readonly body: Readonly<Record<string, unknown>>;
  /** What the server is about to do to it instead of answering well; for whoever scripts the reply. */
  readonly fault?: Fault;
}

/** A reply in full; a plain string stands for `{ content }`. */
export interface MockReply {
  readonly content: string;
  readonly thinking?: string;
  readonly finish?: string;
}

const RATINGS = ["easy", "medium", "hard"] as const;

/** About `chars` long when it writes a trace. */
export function sensibleReply(request: MockRequest, chars = 600): MockReply {
  if (isJudging(request)) return { content: JSON.stringify(verdict(request)) };
  return { content: trace(request, chars) };
}

function isJudging(request: MockRequest): boolean {
  return request.wantsJson || /"rating"\s*:/.test(request.text);
}

function verdict(request: MockRequest): Record<string, unknown> {
  const draw = drawFrom(request.hash);
  const rating = draw < 0.6 ? "medium" : RATINGS[draw < 0.8 ? 0 : 2];
  return {
    rating,
    reason: rating === "medium" ? "Every step follows from the one before." : "A step does not fit the student.",
    step: rating === "medium" ? null : 1,
    missing: rating === "easy" ? "Why the two sides may be divided." : null,
    surplus: rating === "hard" ? "The second check of the same sum." : null,
    confidence: 0.8,
  };
}

function trace(request: MockRequest, chars: number): string {
  const steps: string[] = [];
  for (let n = 1, length = 0; length < chars - 40; n += 1) {
    const a = Math.floor(drawFrom(`${request.hash}:${n}`) * 90) + 10;
    const step = `Step ${n}: take ${a} and add ${n}, which gives ${a + n}; keep ${a + n} for the next step.`;
    steps.push(step);
    length += step.length + 1;
  }
  return `${steps.join("\n")}\nThe answer is \\boxed{${answerIn(request.text) ?? "0"}}.`;
}

/** The answer that a prompt names: the reference, else the last box that is not empty, else a line like `Answer: 12`. */
function answerIn(text: string): string | undefined {
  const reference = /<reference_answer[^>]*>\s*([^<]*?)\s*<\/reference_answer>/.exec(text)?.[1];
  const boxed = [...text.matchAll(/\\boxed\{((?:[^{}]|\{[^{}]*\})+)\}/g)].at(-1)?.[1];
  return reference || boxed || /\banswer(?: is|:)\s*\**([^\s*]+)/i.exec(text)?.[1];
}

/** A number in [0, 1) that depends on nothing but the words. */
export function drawFrom(words: string): number {
  return createHash("sha256").update(words).digest().readUInt32BE(0) / 4294967296;
}
