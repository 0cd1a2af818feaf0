/** Writes graphs/graph.schema.json and graphs/part.schema.json; `npm run schema`. A test fails when they are not current. */
import { writeFileSync } from "node:fs";
import { graphJsonSchema, partJsonSchema } from "../src/graph/json-schema.ts";

for (const [name, schema] of [
  ["graph", graphJsonSchema()],
  ["part", partJsonSchema()],
] as const) {
  const file = new URL(`../graphs/${name}.schema.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
}
