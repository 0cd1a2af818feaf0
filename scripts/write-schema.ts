/** Writes graphs/graph.schema.json; `npm run schema`. A test fails when it is not current. */
import { writeFileSync } from "node:fs";
import { graphJsonSchema } from "../src/graph/json-schema.ts";

writeFileSync(
  new URL("../graphs/graph.schema.json", import.meta.url),
  `${JSON.stringify(graphJsonSchema(), null, 2)}\n`,
);
