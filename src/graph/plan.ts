/**
 * A plan: a checked graph with its prompts, frozen and fingerprinted. The only thing that runs. Plain JSON: it is
 * stored with the run, sent to workers, and compared by fingerprint. Secrets are not in it: `apiKey` stays `${NAME}`.
 */
import { fingerprint } from "../core/hash.ts";
import type { Prompt } from "../core/prompt.ts";
import type { ModelSpec } from "../models/spec.ts";
import type { NodeKind } from "../nodes/node.ts";

export interface Student {
  readonly name: string;
  /** As people write it: "7B". */
  readonly size?: string;
}

export type FieldType = "string" | "number" | "boolean" | "list" | "object";

export interface Field {
  readonly type: FieldType;
  readonly optional: boolean;
  readonly enum?: readonly string[];
}

/** Nodes side by side, each the first of a branch; the sample goes on at `join` once every branch has come there. */
export interface Fork {
  readonly fork: readonly string[];
  readonly join: string;
}

/** Where a sample goes after a node. Targets are nodes or outcomes. */
export type Ways =
  | { readonly by: "one"; readonly to: string }
  | { readonly by: "label"; readonly to: Readonly<Record<string, string>> }
  | { readonly by: "condition"; readonly cases: readonly { readonly when?: string; readonly to: string }[] }
  | ({ readonly by: "fork" } & Fork);

/** How a node that rewrites a text is given it in pieces: one step, each piece asked for by itself, joined in order. */
export interface Each {
  /** The state field, which the node reads and writes. */
  readonly of: string;
  readonly by: "paragraphs" | "tokens";
  /** Most paragraphs, or about as many tokens, in one piece. */
  readonly size: number;
  /** Pieces that are asked for at the same time. */
  readonly parallel: number;
}

export interface PlanNode {
  readonly kind: string;
  /** CEL; where it is false the sample passes on without a step. */
  readonly when?: string;
  /** Most visits of one sample; on the last one, a way that leads on round a loop becomes `exhausted`. */
  readonly limit?: number;
  /** Where a step that failed leads; without it, to the outcome `failed`. */
  readonly onError?: string;
  /** Longest time of one attempt of a call made here. */
  readonly timeoutMs?: number;
  readonly each?: Each;
  /** The kind's own parameters, checked and with defaults filled in. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly then: Ways;
  /** Where an outcome leads that `then` has no way for, where it is not the sample's: out of an inner graph. */
  readonly ends?: Readonly<Record<string, string>>;
  /** Of a team's own kind: what it says that it uses, for those who do not load it. */
  readonly uses?: Uses;
}

/** Models by their names in the graph, prompts by file, state fields. */
export type Uses = ReturnType<NodeKind["uses"]>;

/** Where a team's own kind comes from. */
export interface KindFile {
  /** Absolute. */
  readonly file: string;
  /** Of the file's content: a run goes on only with the same. */
  readonly hash: string;
  /** As the kind says of itself. */
  readonly shapes: boolean;
}

export interface Plan {
  readonly format: 1;
  readonly graph: string;
  readonly description?: string;
  readonly student: Student;
  /** What models are asked in, where the graph says so: its prompts are those of that language, where there are any. */
  readonly language?: string;
  readonly models: Readonly<Record<string, ModelSpec>>;
  readonly state: Readonly<Record<string, Field>>;
  readonly start: string;
  readonly nodes: Readonly<Record<string, PlanNode>>;
  readonly prompts: Readonly<Record<string, Prompt>>;
  /** A team's own kinds, by name; absent where there are none. */
  readonly kinds?: Readonly<Record<string, KindFile>>;
  /** Columns of the input that fill state fields, from the graph's `input:`. */
  readonly map: Readonly<Record<string, string>>;
  readonly fingerprint: string;
}

/** Freezes a checked graph. Equal graphs have equal fingerprints, whatever their comments, order of keys or file. */
export function freezePlan(checked: Omit<Plan, "fingerprint" | "format">): Plan {
  const body = { format: 1 as const, ...checked };
  const files = checked.kinds && Object.entries(checked.kinds);
  const kinds = files && Object.fromEntries(files.map(([name, { hash }]) => [name, hash]));
  return deepFreeze({ ...body, fingerprint: fingerprint({ ...body, kinds, description: undefined }) });
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** The student in a few words, as prompts name it. */
export function describeStudent(student: Student): string {
  return student.size === undefined ? student.name : `${student.name} (${student.size})`;
}
