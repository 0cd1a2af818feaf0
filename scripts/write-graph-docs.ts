/**
 * Writes the parts of docs/graph-file.md and docs/own-kind.md that follow from the code: tables of keys from the same
 * schemas that check a graph, kinds from their definitions, files as they are. A test fails when they are not current.
 *
 *   node scripts/write-graph-docs.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { BUILT_IN_VALUES } from "../src/core/prompt.ts";
import { OUTCOME_MEANING } from "../src/core/sample.ts";
import { graphJsonSchema } from "../src/graph/json-schema.ts";
import { frontMatterSchema } from "../src/graph/prompt-file.ts";
import { eachSchema, nodeShape } from "../src/graph/schema.ts";
import { samplingShape } from "../src/models/spec.ts";
import { nodeKinds } from "../src/nodes/kinds.ts";
import { type NodeKind, SPECIAL_LABELS } from "../src/nodes/node.ts";

export const PAGES = ["graph-file.md", "own-kind.md"];
const docs = new URL("../docs/", import.meta.url);

type Json = { readonly [key: string]: unknown };

/** A page with everything written anew that is marked so. Throws where it marks something that nobody writes. */
export function withParts(page: string): string {
  return page.replace(
    /<!-- (\S+): written by scripts\/write-graph-docs\.ts -->\n[\s\S]*?<!-- end -->/g,
    (_whole, name: string) =>
      `<!-- ${name}: written by scripts/write-graph-docs.ts -->\n${partOf(name).trim()}\n<!-- end -->`,
  );
}

function partOf(name: string): string {
  const schema = graphJsonSchema() as { properties: Record<string, Json>; required: string[] };
  const model = (schema.properties.models as { additionalProperties: { oneOf: Json[] } }).additionalProperties.oneOf;
  switch (name) {
    case "graph-keys":
      return keyTable({ ...schema, required: [...schema.required, "models", "state"] }, {});
    case "state-keys":
      return keyTable(
        (schema.properties.state as { additionalProperties: { anyOf: Json[] } }).additionalProperties.anyOf[1]!,
      );
    case "node-keys":
      return keyTable(z.toJSONSchema(z.strictObject(nodeShape), { io: "input" }) as Json);
    case "each-keys":
      return keyTable(z.toJSONSchema(eachSchema, { io: "input" }) as Json);
    case "kinds":
      return [...nodeKinds.values()].map(kindText).join("\n\n");
    case "special-labels":
      return table(
        ["label", "outcome unless `then` says otherwise"],
        Object.entries(SPECIAL_LABELS).map(([label, end]) => [code(label), end]),
      );
    case "outcomes":
      return table(
        ["outcome", "means"],
        Object.entries(OUTCOME_MEANING).map(([outcome, means]) => [code(outcome), means]),
      );
    case "models":
      return modelText(model);
    case "price":
    case "timeouts":
      return keyTable((model[0]!.properties as Record<string, Json>)[name]!);
    case "prompt-keys":
      return keyTable(z.toJSONSchema(frontMatterSchema, { io: "input" }) as Json);
    case "prompt-values":
      return table(
        ["name", "is"],
        Object.entries(BUILT_IN_VALUES).map(([value, means]) => [code(value), means]),
      );
    default:
      return fileText(name);
  }
}

/** `own-kind/repeats.ts`, `../graphs/three-nodes.yaml`: the file as it is. */
function fileText(name: string): string {
  const language = name.endsWith(".ts") ? "ts" : name.endsWith(".md") ? "markdown" : "yaml";
  const text = readFileSync(new URL(name, docs), "utf8");
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function kindText(kind: NodeKind): string {
  const params = z.toJSONSchema(kind.params, { io: "input" }) as Json;
  const entries = Object.entries(params.properties as Record<string, Json>);
  const own = {
    ...params,
    properties: Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(samplingShape, key))),
  };
  const samples = entries.length > Object.keys(own.properties).length;
  const sampling = samples
    ? `\n\nAnd ${Object.keys(samplingShape).map(code).join(", ")}, which win over its model's.`
    : "";
  const labels = `Ends with ${kind.labels.map(code).join(", ")}`;
  const special = kind.special.length === 0 ? "" : `; or with ${kind.special.map(code).join(", ")}, which need no way`;
  return `### ${kind.kind}\n\n${kind.summary} ${labels}${special}.\n\n${keyTable(own)}${sampling}`;
}

/** Keys of each provider; those that all of them have, once. */
function modelText(providers: readonly Json[]): string {
  const keysOf = (provider: Json) => Object.keys(provider.properties as object);
  const shared = keysOf(providers[0]!).filter(
    (key) => key !== "provider" && providers.every((each) => keysOf(each).includes(key)),
  );
  const own = providers.map((provider) => {
    const { provider: name, ...properties } = provider.properties as Record<string, Json>;
    const left = Object.fromEntries(Object.entries(properties).filter(([key]) => !shared.includes(key)));
    const keys = Object.keys(left).length === 0 ? "No keys of its own." : keyTable({ ...provider, properties: left });
    return `### provider: ${String(name?.const)}\n\n${String(provider.description)}\n\n${keys}`;
  });
  const all = providers[0]!.properties as Record<string, Json>;
  const every = keyTable({ properties: Object.fromEntries(shared.map((key) => [key, all[key]!])) });
  return [...own, `### Of every provider\n\n${every}`].join("\n\n");
}

/** One row a key: what it takes, what it is when left out, what it means. */
function keyTable(schema: Json, texts: Readonly<Record<string, string>> = {}): string {
  const required = (schema.required ?? []) as readonly string[];
  const rows = Object.entries(schema.properties as Record<string, Json>).map(([key, value]) => [
    code(key),
    texts[key] ?? typeWords(value),
    required.includes(key) ? "required" : defaultWords(value),
    String(value.description ?? ""),
  ]);
  return table(["key", "takes", "when left out", "meaning"], rows);
}

function defaultWords({ default: value }: Json): string {
  if (value === undefined || (typeof value === "object" && value !== null)) return "";
  return code(typeof value === "string" ? value : JSON.stringify(value));
}

function typeWords(value: Json): string {
  if (value.const !== undefined) return code(String(value.const));
  if (Array.isArray(value.enum)) return value.enum.map((word) => code(String(word))).join(", ");
  const forms = (value.anyOf ?? value.oneOf) as readonly Json[] | undefined;
  if (forms !== undefined) return [...new Set(forms.map(typeWords))].join(", or ");
  switch (value.type) {
    case "integer":
      return `a whole number${rangeWords(value)}`;
    case "number":
      return `a number${rangeWords(value)}`;
    case "boolean":
      return "`true` or `false`";
    case "array":
      return listWords(typeWords(value.items as Json));
    case "object":
      return "a block of keys";
    case "string":
      return "a text";
    default:
      return "anything";
  }
}

function listWords(entry: string): string {
  return entry === "a text" ? "a list of texts" : `a list, each ${entry}`;
}

function rangeWords({ minimum, maximum, exclusiveMinimum }: Json): string {
  const most = typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (typeof exclusiveMinimum === "number")
    return `, above ${exclusiveMinimum}${most === undefined ? "" : `, at most ${most}`}`;
  const least = typeof minimum === "number" && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}`;
  if (least !== undefined) return `, at least ${least}`;
  return most === undefined ? "" : `, at most ${most}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replace(/\s+/g, " ")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) {
  for (const name of PAGES) {
    const file = new URL(name, docs);
    writeFileSync(file, withParts(readFileSync(file, "utf8")));
  }
}
