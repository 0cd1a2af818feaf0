/** The models of a graph: each by its provider's own keys. */
import { type ModelSpec, modelSpecSchema } from "../models/spec.ts";
import { withThinking } from "../models/thinking-switch.ts";
import type { Report } from "./report.ts";
import type { GraphFile } from "./schema.ts";
import { parseFilled } from "./variables.ts";

/** The sound ones; what is wrong with the others is reported. */
export function checkModels(graph: GraphFile, report: Report): Record<string, ModelSpec> {
  const models: Record<string, ModelSpec> = {};
  for (const [name, raw] of Object.entries(graph.models)) {
    const at = ["models", name];
    if (raw === null || typeof raw !== "object") continue; // Reported with the file's form.
    const { data, diagnostics } = parseFilled(modelSpecSchema, raw, { yaml: report.yaml, at });
    report.add(...diagnostics);
    if (data !== undefined) models[name] = data.provider === "openai" ? withThinking(data) : data;
    const key: unknown = raw.apiKey;
    const told = report.diagnostics.some(
      ({ code, place }) => code === "secret-in-file" && place?.line === report.yaml.place([...at, "apiKey"]).line,
    );
    if (!told && typeof key === "string" && key !== "" && !/^\$\{\w+\}$/.test(key)) {
      const hint = 'Write apiKey: "${NAME}" and put the key into the environment or a .env file.';
      report.error(
        "secret-in-file",
        "A key does not belong in a graph file: files are shown, shared and committed",
        [...at, "apiKey"],
        { hint },
      );
    }
  }
  return models;
}
