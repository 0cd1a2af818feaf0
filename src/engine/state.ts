/** A graph's state as LangGraph's StateSchema. */
import { ReducedValue, StateSchema } from "@langchain/langgraph";
import * as z from "zod";
import type { Field } from "../graph/plan.ts";
import { fieldSchema } from "./fields.ts";
import { mergeWays, type Way } from "./way.ts";

/** One channel a field, the last value wins; and `way` for Mezzo itself, whose writes are merged where a graph forks. */
export function stateSchema(fields: Readonly<Record<string, Field>>, forks: boolean) {
  const way = z.custom<Way>();
  const merged = () => new ReducedValue(way.optional(), { inputSchema: way, reducer: mergeWays });
  const shape: ConstructorParameters<typeof StateSchema>[0] = { way: forks ? merged() : way };
  for (const [name, field] of Object.entries(fields)) shape[name] = fieldSchema(field).optional();
  return new StateSchema(shape);
}
