/** Real data beside the project, read where it is and never copied. Says loudly when it is not there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as z from "zod";

const folder = join(import.meta.dirname, "../../../../shared/data");

export function hasData(file: string): boolean {
  const found = existsSync(join(folder, file));
  if (!found)
    console.warn(`\n!!! SKIPPED: ../shared/data/${file} is missing; what it would have measured is not known.\n`);
  return found;
}

function rowsOf<T>(file: string, schema: z.ZodType<T>): T[] {
  const bytes = readFileSync(join(folder, file));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => schema.parse(JSON.parse(line)));
}

const vector = z.object({
  gold: z.union([z.string(), z.array(z.string())]),
  pred: z.string(),
  expected: z.boolean(),
  kind: z.string(),
  options: z.object({ needs_think_delimiter: z.boolean().optional() }).loose().optional(),
});

const trace = z.object({
  id: z.string(),
  kind: z.string(),
  correct: z.boolean().nullable(),
  problem: z.string(),
  answer: z.string().nullable(),
  reasoning: z.string(),
  response: z.string(),
});

export type Trace = z.infer<typeof trace>;
export const readVectors = () => rowsOf("grading_vectors.jsonl", vector);
export const readTraces = (name: string) => rowsOf(`traces_${name}.jsonl.gz`, trace);
