/** A graph's state: checked on the way in and at every write, and as LangGraph's StateSchema. */
import { ReducedValue, StateSchema } from "@langchain/langgraph";
import * as z from "zod";
import type { State } from "../core/sample.ts";
import type { Field } from "../graph/plan.ts";
import { mergeWays, type Way } from "./way.ts";

const TYPES = {
  string: z.string(),
  number: z.number(),
  boolean: z.boolean(),
  list: z.array(z.unknown()),
  object: z.record(z.string(), z.unknown()),
} as const;

/** Made once for each field: making a schema costs more than checking a hundred values. */
const enums = new WeakMap<Field, z.ZodType>();

function fieldSchema(field: Field): z.ZodType {
  if (field.enum === undefined) return TYPES[field.type];
  const schema = enums.get(field) ?? z.enum([...field.enum]);
  enums.set(field, schema);
  return schema;
}

/** One channel a field, the last value wins; and `way` for Mezzo itself, whose writes are merged where a graph forks. */
export function stateSchema(fields: Readonly<Record<string, Field>>, forks: boolean) {
  const way = z.custom<Way>();
  const merged = () => new ReducedValue(way.optional(), { inputSchema: way, reducer: mergeWays });
  const shape: ConstructorParameters<typeof StateSchema>[0] = { way: forks ? merged() : way };
  for (const [name, field] of Object.entries(fields)) shape[name] = fieldSchema(field).optional();
  return new StateSchema(shape);
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
