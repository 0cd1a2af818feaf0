/** What a state field takes. Without LangGraph, for whoever only looks at values. */
import * as z from "zod";
import type { State } from "../core/sample.ts";
import type { Field } from "../graph/plan.ts";

const TYPES = {
  string: z.string(),
  number: z.number(),
  boolean: z.boolean(),
  list: z.array(z.unknown()),
  object: z.record(z.string(), z.unknown()),
} as const;

/** Made once for each field: making a schema costs more than checking a hundred values. */
const enums = new WeakMap<Field, z.ZodType>();

export function fieldSchema(field: Field): z.ZodType {
  if (field.enum === undefined) return TYPES[field.type];
  const schema = enums.get(field) ?? z.enum([...field.enum]);
  enums.set(field, schema);
  return schema;
}

/** What is wrong with these writes, or undefined. LangGraph would drop an unknown key without a word. */
export function checkWrites(fields: Readonly<Record<string, Field>>, writes: State): string | undefined {
  for (const [name, value] of Object.entries(writes)) {
    const field = fields[name];
    if (field === undefined) return `to "${name}", which the state does not have`;
    if (!fieldSchema(field).safeParse(value).success)
      return `a value to "${name}" that is no ${field.enum?.join("|") ?? field.type}`;
  }
  return undefined;
}
