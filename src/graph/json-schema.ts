/**
 * JSON Schema (draft 7: what every editor understands) of graph files and of the files they include, from the same Zod
 * schemas that check them, and from the kinds that a graph can have.
 *
 * Each kind is one form of a node, told by `kind`. What another place may give is not asked for: a parameter, where the
 * graph has `defaults`; models and state, where it includes files; a kind's name, where it brings kinds of its own.
 */
import * as z from "zod";
import { OUTCOMES } from "../core/sample.ts";
import { modelSpecSchema } from "../models/spec.ts";
import { nodeKinds } from "../nodes/kinds.ts";
import type { NodeKind } from "../nodes/node.ts";
import { DEFAULTABLE, graphSchema, nodeShape, partSchema } from "./schema.ts";

type Json = Record<string, unknown>;
type Kinds = ReadonlyMap<string, NodeKind>;

/** The schema of graph files whose nodes have these kinds. */
export function graphJsonSchema(kinds: Kinds = nodeKinds): Json {
  const schema = toJson(graphSchema.extend(sharedBlocks()));
  const properties = schema.properties as Json;
  properties.nodes = {
    ...(properties.nodes as Json),
    additionalProperties: { anyOf: [...kinds.values()].map(formOf) },
  };
  properties.defaults = defaultsOf(kinds);
  const isOurs = kinds === nodeKinds;
  if (isOurs)
    (properties.nodes as { additionalProperties: { anyOf: Json[] } }).additionalProperties.anyOf.push(OWN_KIND);
  const shared = ["models", "state"];
  const named = { properties: { kind: { enum: [...kinds.keys()] } } };
  return {
    ...schema,
    title: "Mezzo graph",
    description: "A graph file of Mezzo.",
    required: (schema.required as string[]).filter((key) => !shared.includes(key)),
    allOf: [
      unless(["include"], { required: shared }),
      unless(["include", "defaults"], eachNode({ allOf: [...kinds.values()].flatMap(neededBy) })),
      isOurs ? unless(["include", "kinds"], eachNode(named)) : eachNode(named),
    ],
  };
}

/** The schema of files that graphs include. */
export function partJsonSchema(kinds: Kinds = nodeKinds): Json {
  const { models, state } = sharedBlocks();
  const schema = toJson(partSchema.extend({ models: models.optional(), state: state.optional() }));
  (schema.properties as Json).defaults = defaultsOf(kinds);
  return { ...schema, title: "Part of a Mezzo graph", description: "A file that Mezzo's graphs include." };
}

function toJson(schema: z.ZodType): Json {
  return withExamples(z.toJSONSchema(schema, { target: "draft-7", io: "input" }) as Json);
}

function sharedBlocks() {
  const { models, state } = graphSchema.shape;
  return { models: z.record(z.string(), modelSpecSchema).describe(models.description ?? ""), state };
}

/** A node of one kind; its own required parameters are asked for apart. */
function formOf(kind: NodeKind): Json {
  const node = z.strictObject({ ...nodeShape, kind: z.literal(kind.kind).describe(kind.summary), ...shapeOf(kind) });
  const { $schema: _once, ...form } = toJson(node.describe(kind.summary));
  return { ...form, required: ["kind", "then"] };
}

/** Any node whose kind is none of ours. */
const OWN_KIND: Json = {
  type: "object",
  description: "A node of a kind of your own: see kinds.",
  properties: { kind: { type: "string", not: { enum: [...nodeKinds.keys()] } } },
  required: ["kind", "then"],
};

function shapeOf({ params }: NodeKind): Readonly<Record<string, z.ZodType>> {
  return params instanceof z.ZodObject ? (params.shape as Record<string, z.ZodType>) : {};
}

function neededBy(kind: NodeKind): Json[] {
  const { required = [] } = z.toJSONSchema(z.strictObject(shapeOf(kind)), { target: "draft-7", io: "input" });
  if (required.length === 0) return [];
  return [{ if: { properties: { kind: { const: kind.kind } }, required: ["kind"] }, then: { required } }];
}

function eachNode(schema: Json): Json {
  return { properties: { nodes: { additionalProperties: schema } } };
}

function unless(keys: readonly string[], schema: Json): Json {
  return { if: { anyOf: keys.map((key) => ({ required: [key] })) }, else: schema };
}

/** Every parameter that some kind has; of one that differs from kind to kind, each form. */
function defaultsOf(kinds: Kinds): Json {
  const forms = new Map<string, Map<string, Json>>();
  const add = (shape: Readonly<Record<string, z.ZodType>>) => {
    for (const [key, field] of Object.entries(shape)) {
      const { $schema: _once, ...json } = toJson(field);
      forms.set(key, (forms.get(key) ?? new Map<string, Json>()).set(JSON.stringify(json), json));
    }
  };
  add(Object.fromEntries(DEFAULTABLE.map((key) => [key, nodeShape[key]])));
  for (const kind of kinds.values()) if (kind.kind !== "graph") add(shapeOf(kind));
  const properties = Object.fromEntries(
    [...forms].map(([key, found]) => [key, found.size === 1 ? [...found.values()][0] : { anyOf: [...found.values()] }]),
  );
  return {
    type: "object",
    description: graphSchema.shape.defaults.description,
    properties,
    additionalProperties: false,
  };
}

/** What a line with this key looks like: editors offer it. */
const EXAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  graph: ["distill", "stage-one.yaml"],
  start: ["collect"],
  when: ["!has(trace)", "tokens(trace) > 1200"],
  then: OUTCOMES,
  to: OUTCOMES,
  onError: OUTCOMES,
  limit: [5],
  model: ["judge"],
  prompt: ["judge.md"],
  reads: ["trace"],
  writes: ["trace", "rating"],
  keeps: ["answer"],
  baseUrl: ["${TEACHER_BASE_URL}", "http://localhost:8000/v1"],
  apiKey: ["${TEACHER_API_KEY}"],
  include: ["../shared/models.yaml"],
  extra: [{ top_k: 20 }],
};

function withExamples(schema: Json): Json {
  for (const [key, inner] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
    // `model` of a model is its name at the server, of a node the model's name in the graph.
    const isModels = key === "model" && schema.properties !== undefined && "provider" in (schema.properties as Json);
    if (Object.hasOwn(EXAMPLES, key) && inner.const === undefined && !isModels) inner.examples = EXAMPLES[key];
    withExamples(inner);
  }
  for (const list of ["anyOf", "oneOf", "allOf"])
    for (const inner of (schema[list] ?? []) as Json[]) withExamples(inner);
  for (const one of ["items", "additionalProperties"]) {
    const inner = schema[one];
    if (inner !== null && typeof inner === "object") withExamples(inner as Json);
  }
  return schema;
}
