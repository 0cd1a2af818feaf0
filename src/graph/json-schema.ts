/** The graph file's JSON Schema (draft 7: what every editor understands), from the same Zod schemas that check it. */
import * as z from "zod";
import { modelSpecSchema } from "../models/spec.ts";
import { nodeKinds } from "../nodes/kinds.ts";
import { graphSchema, nodeShape } from "./schema.ts";

export function graphJsonSchema(): Record<string, unknown> {
  const kinds = [...nodeKinds.values()].map((kind) => {
    const own = kind.params instanceof z.ZodObject ? kind.params.shape : {};
    return z
      .strictObject({ ...nodeShape, kind: z.literal(kind.kind).describe(kind.summary), ...own })
      .describe(kind.summary);
  });
  const [first, ...others] = kinds;
  const whole = graphSchema.extend({
    models: z.record(z.string(), modelSpecSchema).describe("The models, by the names nodes use."),
    nodes: z.record(z.string(), z.union([first!, ...others])).describe("The nodes, by name."),
  });
  const schema = z.toJSONSchema(whole, { target: "draft-7", io: "input" });
  return { ...schema, title: "Mezzo graph", description: "A graph file of Mezzo." };
}
