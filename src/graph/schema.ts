/** What a graph file may say, key by key. Types, checks, and the editor's JSON Schema come from here. */
import * as z from "zod";

export const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
/** How a language is called: zh, or zh-Hant where that matters. */
export const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/;
const FIELD = /^[A-Za-z_][A-Za-z0-9_]*$/;
const name = z.string().regex(NAME, "a name of letters, digits, - and _ that begins with a letter");

const fieldSchema = z
  .union(
    [
      z.enum(["string", "number", "boolean", "list", "object"]),
      z.strictObject({
        type: z.enum(["string", "number", "boolean", "list", "object"]).optional().describe("Default: string."),
        enum: z.array(z.string()).min(1).optional().describe("The only values it may have."),
        optional: z.boolean().default(false).describe("May be absent."),
      }),
    ],
    "a type, or a block such as { type: string, optional: true }",
  )
  .describe("One field of what travels with a sample: a type, or { type, enum, optional }.");

/** Where a node's samples go: a target, targets by label, or an ordered list of conditions with an else. */
export const waysSchema = z
  .union(
    [
      name,
      z.strictObject({
        fork: z.array(name).min(1).describe("The first node of each branch. Branches run side by side."),
        join: name.describe("Where the sample goes on once every branch has come there."),
      }),
      z.record(z.string(), name),
      z.array(z.strictObject({ when: z.string().optional(), to: name })).min(1),
    ],
    "a target, targets by label, a list of { when, to }, or { fork, join }",
  )
  .describe(
    "A node or outcome; or one for each label; or a list of { when, to } ending with an else; or { fork: [a, b], join: c } for nodes side by side.",
  );

/** A text given to its node in pieces. */
export const eachSchema = z
  .strictObject({
    of: z.string().min(1).optional().describe("The state field that is cut. Default: the one that the node writes."),
    by: z.enum(["paragraphs", "tokens"]).default("paragraphs").describe("What `size` counts."),
    size: z.int().min(1).describe("Most paragraphs in a piece, or about as many tokens."),
    parallel: z.int().min(1).max(64).default(1).describe("Pieces of one sample that are asked for at the same time."),
  })
  .describe("Gives the node its text in pieces; one step, and the pieces are joined in order.");

/** Keys that every node has, whatever its kind. The kind's own come beside them. */
export const nodeShape = {
  kind: z.string().describe("What the node does: generate, rewrite, rate, verify, ..."),
  when: z.string().optional().describe("CEL. Where it is false, the sample passes on at no cost."),
  limit: z.int().min(1).optional().describe("Most visits of one sample. Every loop needs one."),
  onError: name.optional().describe("Where a step that failed leads: a node or outcome. Default: failed."),
  timeoutMs: z
    .number()
    .positive()
    .optional()
    .describe("Longest time of one attempt of a call made here, in milliseconds; then it is tried again."),
  each: eachSchema.optional(),
  then: waysSchema,
};

/** Of these keys, the ones that `defaults` may have. */
export const DEFAULTABLE: readonly (keyof typeof nodeShape)[] = ["onError", "timeoutMs"];

const fileName = z.string().min(1);

/** What files can share: keys of a graph that an included file may have, too. */
const sharedShape = {
  $schema: z.string().optional().describe("For editors; ignored."),
  include: z
    .union([fileName, z.array(fileName).min(1)], "a file, or a list of files")
    .optional()
    .describe("Files whose models, state, defaults and kinds this one shares; paths count from this file."),
  kinds: z
    .array(fileName)
    .min(1)
    .optional()
    .describe("Files with kinds of your own (they call defineNode); paths count from this file."),
  defaults: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Parameters for every node whose kind has them; what a node says itself wins."),
  models: z.record(name, z.looseObject({})).describe("The models, by the names nodes use."),
  state: z
    .record(z.string().regex(FIELD, "a name of letters, digits and _ that begins with no digit"), fieldSchema)
    .describe("What travels with a sample; checked on the way in and at every write."),
};

/** A file that graphs include. */
export const partSchema = z.strictObject({
  ...sharedShape,
  description: z.string().optional().describe("What is in it, for people."),
  models: sharedShape.models.optional(),
  state: sharedShape.state.optional(),
});

export const graphSchema = z.strictObject({
  graph: name.describe("The graph's name."),
  description: z.string().optional().describe("What it does, for people."),
  ...sharedShape,
  student: z
    .strictObject({
      name: z.string().min(1).describe("The small model that is to learn from the result."),
      size: z.string().optional().describe("As people write it: 7B."),
    })
    .describe("Ratings are always from this model's seat."),
  language: z
    .string()
    .regex(LANGUAGE, "a language's short name, such as zh or en")
    .optional()
    .describe("The language models are asked in: prompts/<language>/ is looked in first. Inner graphs take it over."),
  input: z
    .strictObject({ map: z.record(z.string(), z.string()).default({}).describe("State fields and their columns.") })
    .optional()
    .describe("How rows of the input fill the state."),
  start: name.describe("The first node."),
  nodes: z.record(name, z.looseObject(nodeShape)).describe("The nodes, by name."),
});

export type GraphFile = z.infer<typeof graphSchema>;
