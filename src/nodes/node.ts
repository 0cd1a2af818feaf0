/**
 * What one step can do. A kind is a name, its parameters, the labels it may end with, and a function from a sample's
 * state to a result. Kinds know nothing of LangGraph, files, stores or other nodes: what comes next is the graph's
 * business, decided by the label.
 */
import type * as z from "zod";
import type { ChatReply, ReplyForm, Sampling } from "../core/chat.ts";
import type { CodeTests } from "../core/code-tests.ts";
import type { Evidence, Verdict } from "../core/events.ts";
import type { PromptReply } from "../core/prompt.ts";
import type { Reviewed } from "../core/reviews.ts";
import type { Outcome, State } from "../core/sample.ts";
import type { Grader } from "./answers/index.ts";
import type { Ran } from "./code/index.ts";

/** A question to one of the graph's models. */
export interface Question {
  /** The graph's name for the model. */
  readonly model: string;
  /** The prompt's file name, as the graph gives it. */
  readonly prompt: string;
  readonly sampling: Sampling;
  /** Times the usual `maxTokens`, where one is known: a reply that was cut off is asked again with more room. */
  readonly room?: number;
  /** Values for this question alone; they win over the state's. */
  readonly values?: Readonly<Record<string, string>>;
  /** The form of the reply, where the prompt's `reply` does not say all of it. */
  readonly form?: ReplyForm;
  /** About the problem and not about the sample: every sample of the run with this problem asks with the same seeds, and one reply serves all. */
  readonly ofProblem?: boolean;
}

/** What a person came to. */
export interface PersonsDecision extends Reviewed {
  readonly reason?: string;
  /** The text in place of the one that was shown, where it was edited. */
  readonly text?: string;
}

export interface NodeContext {
  readonly state: State;
  /** How often this sample has been here, this time included. */
  readonly visit: number;
  /** What the last judge found, wherever in the graph that was. */
  readonly finding: Verdict | undefined;
  /** The rewriting nodes that changed the trace so far. */
  readonly shapedBy: readonly string[];
  readonly grader: Grader;
  readonly signal: AbortSignal;
  /** Runs the program in `text` against its tests, in the sandbox; undecided where there is none. */
  runTests(text: string, tests: CodeTests): Promise<Ran>;
  /** Why programs with such tests can't be run on this machine; undefined where they can. */
  cannotRun(tests: CodeTests): Promise<string | undefined>;
  /**
   * Asks through the gateway, and the call becomes an event. The same question asked again in one step is another
   * call with another seed. A call that an interrupted process had already paid for is answered from the store.
   */
  ask(question: Question): Promise<ChatReply>;
  /**
   * What a person decided. Until somebody has, it throws: the step ends there without a trace, and is run again from its
   * beginning once there is a decision. At most once in a step.
   */
  askPerson(): PersonsDecision;
  /**
   * The same step over a part of its state, with asks of its own: parts may ask at the same time, and what each has paid for
   * is found again. `index` names the part, from 0.
   */
  part(index: number, state: State): NodeContext;
  /** What an expression comes to for this sample, fit for that field. Throws MezzoError where it has no answer. */
  evaluate(field: string, expression: string): unknown;
}

export interface StepResult {
  readonly label: string;
  readonly writes?: State;
  /** In a sentence, for people; becomes the outcome's reason where the way ends here. */
  readonly reason?: string;
  readonly evidence?: Evidence;
  /** Where an earlier trace is put back: what had shaped that one. */
  readonly shapedBy?: readonly string[];
}

/** Labels that any kind may end with, and the outcome each leads to unless the node's `then` says otherwise. */
export const SPECIAL_LABELS = {
  "answer-lost": "answer-lost",
  "wrong-answer": "rejected",
  "no-answer": "rejected",
  rejected: "rejected",
  undecided: "undecided",
  exhausted: "exhausted",
  failed: "failed",
} as const satisfies Record<string, Outcome>;

export type SpecialLabel = keyof typeof SPECIAL_LABELS;

export function isSpecialLabel(label: string): label is SpecialLabel {
  return Object.hasOwn(SPECIAL_LABELS, label);
}

export interface PromptUse {
  readonly file: string;
  readonly reply: PromptReply;
  /** Values of the kind's own that the prompt must have a place for. */
  readonly gives?: readonly string[];
  /** And those that it may have a place for. */
  readonly offers?: readonly string[];
}

export interface NodeKind<Params = unknown> {
  readonly kind: string;
  readonly summary: string;
  readonly params: z.ZodType<Params>;
  /** Labels of a step that went well; an edge must be there for each. The special labels come on top. */
  readonly labels: readonly string[];
  /** The special labels it can end with, given its parameters. */
  readonly special: readonly SpecialLabel[];
  /** What the checker must know: which parameters name models, prompts and state fields. */
  uses(params: Params): {
    readonly models: readonly string[];
    readonly prompts: readonly PromptUse[];
    readonly reads: readonly string[];
    readonly writes: readonly string[];
    /** Expressions, by the field that each is for; numbers and truth values stand for themselves. */
    readonly expressions?: Readonly<Record<string, string | number | boolean>>;
  };
  /** Parameters that name state fields (one or a list of them) which must be of this type. */
  readonly fieldTypes?: Readonly<Record<string, "string" | "number" | "boolean" | "list" | "object">>;
  /** Parameters that name a state field which one of these words is written to: where it allows only some, these must be among them. */
  readonly fieldWords?: Readonly<Record<string, readonly string[]>>;
  /** Waits for a person, who looks at the sample as a whole: it can't be given pieces of one. */
  readonly asksPerson?: boolean;
  /** Changes the trace: its node is named in `shapedBy`. */
  readonly shapes: boolean;
  run(context: NodeContext, params: Params): Promise<StepResult>;
}

/** What a kind says of itself; what most would say alike may be left out. */
export type KindDefinition<Params> = Omit<NodeKind<Params>, "special" | "uses" | "shapes"> &
  Partial<Pick<NodeKind<Params>, "special" | "uses" | "shapes">>;

/**
 * Defines a kind; a team's own kinds call this too. Left out, it ends with its own labels only, does not shape the
 * trace, and uses what the parameters `model`, `prompt`, `reads`, `writes` and `keeps` name.
 */
export function defineNode<Params>(kind: KindDefinition<Params>): NodeKind<Params> {
  return { special: [], shapes: false, uses: usesByKeys, ...kind };
}

function usesByKeys(params: unknown): ReturnType<NodeKind["uses"]> {
  const given = params as Readonly<Record<string, unknown>>;
  const named = (...keys: string[]) => keys.map((key) => given[key]).filter((name) => typeof name === "string");
  return {
    models: named("model"),
    prompts: named("prompt").map((file) => ({ file, reply: "text" as const })),
    reads: named("reads", "keeps"),
    writes: named("writes"),
  };
}
