/** The state of a graph: what travels with a sample. */
import { BUILT_IN_VALUES } from "../core/prompt.ts";
import { suggestion } from "../core/suggest.ts";
import { isConditionWord } from "./conditions.ts";
import type { Field, FieldType } from "./plan.ts";
import type { Report } from "./report.ts";
import type { GraphFile } from "./schema.ts";

const TYPES: readonly FieldType[] = ["string", "number", "boolean", "list", "object"];

/** The fields, as far as they can be read. */
export function checkState(written: GraphFile["state"], report: Report): Record<string, Field> {
  const fields: Record<string, Field> = {};
  for (const [name, raw] of Object.entries(written)) {
    const field = readField(raw);
    if (field === undefined) continue;
    const reserved = whyReserved(name);
    if (reserved !== undefined) {
      report.error("reserved-name", `"${name}" can't be a state field: ${reserved}`, ["state", name], {
        key: true,
        hint: "Give the field another name; input: { map: { field: column } } fills it from any column.",
      });
      continue;
    }
    if (field.enum !== undefined && field.type !== "string") {
      const message = `A field with "enum" holds one of its words, so its type can't be ${field.type}`;
      report.error("wrong-value", message, ["state", name, "type"], { hint: "Leave out the type." });
    }
    fields[name] = field;
  }
  checkProblem(fields, written, report);
  return fields;
}

function checkProblem(fields: Readonly<Record<string, Field>>, written: GraphFile["state"], report: Report): void {
  const { problem } = fields;
  const hint = "Write problem: string. Every sample is a problem first of all.";
  if (problem === undefined && written.problem === undefined) {
    report.error("missing-problem", 'The state has no field "problem"', ["state"], { key: true, hint });
  } else if (problem !== undefined && (problem.type !== "string" || problem.optional || problem.enum !== undefined)) {
    report.error("wrong-problem", 'The field "problem" must be a text that every sample has', ["state", "problem"], {
      hint,
    });
  }
}

/** The fields that `input.map` fills must be there. */
export function checkMapping(
  map: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, Field>>,
  report: Report,
) {
  for (const field of Object.keys(map)) {
    if (Object.hasOwn(fields, field) || field === "id") continue;
    const hint = suggestion(field, Object.keys(fields));
    const message = `The state has no field "${field}" for the column "${map[field]}" to fill`;
    report.error("unknown-field", message, ["input", "map", field], { key: true, hint });
  }
}

function readField(raw: unknown): Field | undefined {
  if (isType(raw)) return { type: raw, optional: false };
  if (raw === null || typeof raw !== "object" || Array.isArray(raw)) return undefined;
  const { type = "string", optional = false, enum: values } = raw as Record<string, unknown>;
  if (!isType(type) || typeof optional !== "boolean") return undefined;
  if (values !== undefined && !(Array.isArray(values) && values.every((value) => typeof value === "string")))
    return undefined;
  return { type, optional, enum: values as string[] | undefined };
}

function isType(word: unknown): word is FieldType {
  return (TYPES as readonly unknown[]).includes(word);
}

function whyReserved(name: string): string | undefined {
  if (name === "way" || name.startsWith("__")) return "Mezzo keeps its own account of a sample under that name";
  if (Object.hasOwn(BUILT_IN_VALUES, name)) return `{{ ${name} }} in a prompt is ${BUILT_IN_VALUES[name]}`;
  if (isConditionWord(name)) return "conditions use the word themselves";
  return undefined;
}
