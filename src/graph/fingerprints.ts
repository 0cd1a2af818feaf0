/**
 * What a node's result depends on, as one fingerprint: two plans that agree on it would have had the same step done, so a
 * step made under the one stands under the other.
 *
 *   counts                                            does not count
 *   ------------------------------------------------  --------------------------------------------------------------
 *   the kind; of a team's own kind, what its file is  the node's place in the file, comments, order of keys
 *   its own parameters (votes, tries, keeps, ...),    `then`, `when`, `limit`, `onError`, `ends`: ways, compared apart (engine/rerun.ts)
 *   and `each`: the pieces it is asked for
 *   the text of its prompts, with purpose and form    what a prompt's file is called
 *   provider and name of its models, thinking, `extra`  what the graph calls a model; address, key, how replies are asked for
 *   sampling: its own, else the model's               inFlight, requests and tokens per minute, time-outs, prices, licence
 *   the student, where a prompt or a rule names it;   the graph's name and description, columns of the input
 *   the language, where a prompt tells what was found
 *
 * The run's seed counts too, and is left out: a run keeps the one it was started with. The node's name does: it is part of
 * every seed, so it stands beside the fingerprint wherever two are compared.
 */
import { fingerprint } from "../core/hash.ts";
import type { Prompt } from "../core/prompt.ts";
import type { ModelSpec } from "../models/spec.ts";
import { nodeKinds } from "../nodes/kinds.ts";
import type { NodeKind } from "../nodes/node.ts";
import { describeStudent, type Plan, type PlanNode } from "./plan.ts";
import { usesOf } from "./uses.ts";

/** By node. */
export function nodeFingerprints(plan: Plan): ReadonlyMap<string, string> {
  return new Map(Object.entries(plan.nodes).map(([name, node]) => [name, fingerprint(essenceOf(plan, node))]));
}

/** The part of a node that its result depends on. Plain JSON. */
export interface NodeEssence {
  readonly kind: string;
  readonly each?: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly prompts: readonly Prompt[];
  readonly models: readonly Readonly<Record<string, unknown>>[];
  readonly student?: string;
  /** Of what a judge found, which is put into words for the prompts that have a place for it. */
  readonly language?: string;
}

export function essenceOf(plan: Plan, node: PlanNode): NodeEssence {
  const kind = nodeKinds.get(node.kind);
  const uses = usesOf(node);
  const prompts = uses.prompts.flatMap(({ file }) => plan.prompts[file] ?? []);
  const specs = uses.models.flatMap((role) => plan.models[role] ?? []);
  const ofStudent = specs.some(knowsStudent) || prompts.some(namesStudent);
  const tellsFinding = prompts.some(({ variables }) => variables.includes("finding"));
  return {
    kind: plan.kinds?.[node.kind]?.hash ?? node.kind,
    ...(node.each === undefined ? {} : { each: { ...node.each, parallel: undefined } }),
    params: kind === undefined ? node.params : ownParams(kind, node.params),
    prompts,
    models: specs.map((spec) => identityOf(spec, node.params)),
    ...(ofStudent ? { student: describeStudent(plan.student) } : {}),
    ...(tellsFinding && plan.language !== undefined ? { language: plan.language } : {}),
  };
}

const SAMPLING = ["temperature", "topP", "maxTokens"] as const;
const PROBE = "\u0000";

/** Without those that only name a model or a prompt, found by asking the kind what it would use, and without sampling. */
function ownParams(kind: NodeKind, params: PlanNode["params"]): Record<string, unknown> {
  const isName = (key: string) => {
    if (typeof params[key] !== "string" && !Array.isArray(params[key])) return false;
    const probe = Array.isArray(params[key]) ? [PROBE] : PROBE;
    const { models, prompts } = kind.uses({ ...params, [key]: probe });
    return models.includes(PROBE) || prompts.some(({ file }) => file === PROBE);
  };
  const kept = Object.entries(params).filter(([key]) => !(SAMPLING as readonly string[]).includes(key) && !isName(key));
  return Object.fromEntries(kept);
}

/**
 * Which model it is and how it draws; not where it is, how fast it may be asked, or what it costs. Left out is only what is
 * known to change no reply: a key of a model's that is new here counts until somebody says otherwise.
 */
function identityOf(spec: ModelSpec, params: PlanNode["params"]): Record<string, unknown> {
  const sampling = Object.fromEntries(SAMPLING.map((key) => [key, params[key] ?? spec[key]]));
  const { price, licence, inFlight, requestsPerMinute, tokensPerMinute, ...own } = spec;
  if (own.provider === "simulated") return { ...own, latencyMs: undefined, ...sampling };
  if (own.provider !== "openai") return { ...own, ...sampling };
  const { baseUrl, apiKey, stream, jsonReplies, timeouts, thinkingSwitch, ...model } = own;
  // How thinking is switched matters only where it is.
  return { ...model, ...(own.thinking === undefined ? {} : { thinkingSwitch }), ...sampling };
}

/** The baseline's rules measure against the student, whatever its prompt says. */
function knowsStudent(spec: ModelSpec): boolean {
  return spec.provider === "baseline";
}

function namesStudent(prompt: Prompt): boolean {
  return prompt.variables.includes("student");
}
