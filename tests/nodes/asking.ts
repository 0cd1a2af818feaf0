/** A node's world for tests: a state, a real grader, and an `ask` that gives scripted replies and remembers questions. */
import type { ChatReply } from "../../src/core/chat.ts";
import type { State } from "../../src/core/sample.ts";
import type { Grader } from "../../src/nodes/answers/index.ts";
import type { NodeContext, Question } from "../../src/nodes/node.ts";

export type Scripted = string | Partial<ChatReply>;

export interface Scene {
  readonly context: NodeContext;
  /** Every question that was asked, in order. */
  readonly asked: Question[];
}

/** Replies to a question as it comes. */
export type Asking = (question: Question) => Scripted;

/** `replies` are given one after another; one more question than replies is an error. */
export function stage(grader: Grader, state: State, replies: readonly Scripted[]): Scene {
  const left = [...replies];
  let count = 0;
  return stageWith(grader, state, () => {
    count += 1;
    const next = left.shift();
    if (next === undefined)
      throw new Error(`The node asked ${count} times, and ${replies.length} replies were scripted`);
    return next;
  });
}

export function stageWith(grader: Grader, state: State, answer: Asking): Scene {
  const asked: Question[] = [];
  const context: NodeContext = {
    state,
    visit: 1,
    finding: undefined,
    shapedBy: [],
    grader,
    runTests: async () => ({ verdict: "undecided", rule: "no-sandbox", reason: "no program is run here" }),
    cannotRun: async () => undefined,
    signal: new AbortController().signal,
    ask: async (question) => {
      asked.push(question);
      return toReply(answer(question));
    },
    askPerson: () => {
      throw new Error("no person is asked");
    },
    part: (_index, part) => ({ ...context, state: { ...state, ...part } }),
    evaluate: () => undefined,
  };
  return { context, asked };
}

export function toReply(scripted: Scripted): ChatReply {
  const given = typeof scripted === "string" ? { text: scripted } : scripted;
  return { text: "", finish: "stop", usage: { in: 1, out: 1 }, model: "scripted", ...given };
}

export function verdictText(rating: string, more: object = {}): string {
  return JSON.stringify({
    rating,
    reason: `because it is ${rating}`,
    step: null,
    missing: null,
    surplus: null,
    confidence: 0.5,
    ...more,
  });
}
