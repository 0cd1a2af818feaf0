/**
 * From YAML to a plan, in stages that each trust the one before:
 *
 *   text ─▶ YAML ─▶ ${NAME} filled in ─▶ keys and types ─▶ kinds, models, prompts ─▶ ways through the graph ─▶ plan
 *
 * Within a stage every mistake is collected. A later stage still looks at whatever parts of the earlier ones were
 * sound, so that one run of `validate` shows as much as can be known.
 */
import { type Diagnostic, messageOf } from "../core/errors.ts";
import { BUILT_IN_VALUES, type Prompt } from "../core/prompt.ts";
import { isOutcome, RATINGS } from "../core/sample.ts";
import { suggestion } from "../core/suggest.ts";
import { type ModelSpec, modelSpecSchema } from "../models/spec.ts";
import { nodeKinds } from "../nodes/kinds.ts";
import type { NodeKind } from "../nodes/node.ts";
import { createConditions } from "./conditions.ts";
import { type Environment, fillVariables, type KeyPath, type YamlFile } from "./load.ts";
import { type Field, freezePlan, type Plan, type PlanNode } from "./plan.ts";
import { type GraphFile, graphSchema, nodeShape } from "./schema.ts";
import { checkWays, readWays } from "./ways.ts";
import { diagnoseIssues } from "./zod-diagnostics.ts";

export interface CheckInput {
  readonly yaml: YamlFile;
  readonly env: Environment;
  /** The prompt of a file name, or why there is none. */
  readonly prompt: (file: string) => {
    prompt?: Prompt;
    diagnostics: readonly Diagnostic[];
    searched: readonly string[];
  };
}

/** One node as far as it could be read. */
export interface CheckedNode extends PlanNode {
  readonly definition: NodeKind;
}

/** Checks a graph file. The plan is there exactly when there is no error among the diagnostics. */
export function checkGraph(input: CheckInput): { plan?: Plan; diagnostics: Diagnostic[] } {
  const { yaml } = input;
  const report = new Report(yaml);
  report.add(...yaml.diagnostics);
  if (report.failed) return report.result();

  const value = readValue(input, report);
  const file = graphSchema.safeParse(value);
  if (!file.success) report.add(...diagnoseIssues(file.error.issues, yaml, [], Object.keys(graphSchema.shape)));
  const graph = file.success ? file.data : salvage(value);
  if (graph === undefined) return report.result();

  const models = checkModels(graph, report);
  const state = readFields(graph.state ?? {});
  checkFields(state, report);
  const nodes = checkNodes(graph, state, input, report);
  const prompts = checkPrompts(nodes, state, input, report);
  checkWays({ nodes, start: graph.start, named: Object.keys(graph.nodes ?? {}) }, report);
  if (report.failed) return report.result();

  const { $schema: _ignored, input: mapping, ...rest } = graph;
  const plain = Object.fromEntries([...nodes].map(([name, { definition: _kind, ...node }]) => [name, node]));
  const plan = freezePlan({ ...rest, models, state, nodes: plain, prompts, map: mapping?.map ?? {} });
  return { plan, diagnostics: report.diagnostics };
}

/** Collects diagnostics of one graph file. */
export class Report {
  readonly diagnostics: Diagnostic[] = [];
  readonly yaml: YamlFile;

  constructor(yaml: YamlFile) {
    this.yaml = yaml;
  }

  get failed(): boolean {
    return this.diagnostics.some((diagnostic) => diagnostic.severity === "error");
  }

  add(...diagnostics: readonly Diagnostic[]): void {
    this.diagnostics.push(...diagnostics);
  }

  /** An error at a value (or, with `key`, at its key). */
  error(code: string, message: string, at: KeyPath, more: { hint?: string; key?: boolean } = {}): void {
    this.add({ code, severity: "error", message, hint: more.hint, place: this.yaml.place(at, { key: more.key }) });
  }

  result(): { diagnostics: Diagnostic[] } {
    return { diagnostics: this.diagnostics };
  }
}

/** The file's value with variables filled in; secrets stay as they are written. */
function readValue({ yaml, env }: CheckInput, report: Report): unknown {
  let value: unknown;
  try {
    value = yaml.toValue();
  } catch (thrown) {
    report.error("yaml-alias", `The file can't be expanded: ${messageOf(thrown)}`, []);
    return undefined;
  }
  return fill(value, []);

  function fill(inner: unknown, path: KeyPath): unknown {
    if (Array.isArray(inner)) return inner.map((item, index) => fill(item, [...path, index]));
    if (inner !== null && typeof inner === "object") {
      return Object.fromEntries(Object.entries(inner).map(([key, item]) => [key, fill(item, [...path, key])]));
    }
    if (typeof inner !== "string" || !inner.includes("${")) return inner;
    const filled = fillVariables(inner, env, (name, at) => {
      const place = yaml.placeInside(path, at, at + name.length + 3);
      const hint = `Set ${name} in the environment or in a .env file, or write \${${name}:-default}.`;
      const message = `The environment has no ${name}`;
      report.add({ code: "missing-variable", severity: "error", message, hint, place });
    });
    if (isSecret(path)) return inner;
    // `inFlight: ${N:-64}` means the number: a value that is one variable and looks like a number is one.
    const number = /^\$\{[^}]*\}$/.test(inner) && /^-?\d+(\.\d+)?$/.test(filled);
    return number ? Number(filled) : filled;
  }
}

function isSecret(path: KeyPath): boolean {
  return path[0] === "models" && path[2] === "apiKey";
}

/** What of a file with wrong keys can still be looked at: enough for the later stages to find their own mistakes. */
function salvage(value: unknown): GraphFile | undefined {
  const file = value as Partial<GraphFile> | null;
  if (file === null || typeof file !== "object" || typeof file.nodes !== "object" || file.nodes === null)
    return undefined;
  if (Object.values(file.nodes).some((node) => node === null || typeof node !== "object")) return undefined;
  const maps = [file.models ?? {}, file.state ?? {}];
  if (maps.some((map) => typeof map !== "object")) return undefined;
  return { ...file, models: file.models ?? {}, state: file.state ?? {} } as GraphFile;
}

function checkModels(graph: GraphFile, report: Report): Record<string, ModelSpec> {
  const models: Record<string, ModelSpec> = {};
  for (const [name, raw] of Object.entries(graph.models)) {
    const at = ["models", name];
    const parsed = modelSpecSchema.safeParse(raw);
    if (parsed.success) models[name] = parsed.data;
    else report.add(...diagnoseIssues(parsed.error.issues, report.yaml, at, knownModelKeys(raw?.provider)));
    if (typeof raw?.apiKey === "string" && !/^\$\{\w+\}$/.test(raw.apiKey)) {
      const hint = 'Write apiKey: "${NAME}" and put the key into the environment or a .env file.';
      report.error("secret-in-file", "A key does not belong in a graph file", [...at, "apiKey"], { hint });
    }
  }
  return models;
}

function knownModelKeys(provider: unknown): string[] {
  const option = modelSpecSchema.options.find((candidate) => candidate.shape.provider.value === provider);
  return Object.keys(option?.shape ?? {});
}

function readFields(state: GraphFile["state"]): Record<string, Field> {
  const fields: Record<string, Field> = {};
  for (const [name, field] of Object.entries(state)) {
    if (typeof field === "string") fields[name] = { type: field, optional: false };
    else if (field !== null && typeof field === "object") {
      fields[name] = { type: field.type ?? "string", optional: field.optional ?? false, enum: field.enum };
    }
  }
  return fields;
}

function checkFields(fields: Readonly<Record<string, Field>>, report: Report): void {
  if (fields.problem === undefined) {
    const hint = "Write problem: string. A sample needs a problem.";
    report.error("missing-problem", 'The state has no field "problem"', ["state"], { key: true, hint });
  }
  for (const reserved of ["way", ...Object.keys(BUILT_IN_VALUES)]) {
    if (fields[reserved] === undefined) continue;
    const message = `"${reserved}" is a name Mezzo uses itself; call the field something else`;
    report.error("reserved-name", message, ["state", reserved], { key: true });
  }
}

function checkNodes(graph: GraphFile, state: Readonly<Record<string, Field>>, input: CheckInput, report: Report) {
  const nodes = new Map<string, CheckedNode>();
  const conditions = createConditions(state);
  for (const [name, raw] of Object.entries(graph.nodes)) {
    const at = ["nodes", name];
    if (isOutcome(name)) {
      report.error("outcome-as-node", `"${name}" is an outcome; a node can't have its name`, at, { key: true });
    }
    const { kind, when, limit, then, ...rest } = raw;
    const definition = nodeKinds.get(String(kind));
    if (definition === undefined) {
      if (kind !== undefined) {
        const hint = suggestion(String(kind), nodeKinds.keys());
        report.error("unknown-kind", `There is no kind "${kind}"`, [...at, "kind"], { hint });
      }
      continue;
    }
    const params = definition.params.safeParse(rest);
    if (!params.success) {
      const known = [...Object.keys(nodeShape), ...shapeKeys(definition)];
      report.add(...diagnoseIssues(params.error.issues, report.yaml, at, known));
    }
    if (when !== undefined) checkCondition(when, [...at, "when"]);
    const ways = readWays(then, [...at, "then"], report);
    if (ways?.by === "condition") {
      for (const [index, way] of ways.cases.entries()) {
        if (way.when !== undefined) checkCondition(way.when, [...at, "then", index, "when"]);
      }
    }
    if (!params.success || ways === undefined) continue;
    const node = {
      kind: String(kind),
      when,
      limit,
      params: params.data as Record<string, unknown>,
      then: ways,
      definition,
    };
    checkUses(name, node, graph, state, report);
    nodes.set(name, node);
  }
  return nodes;

  function checkCondition(text: string, path: KeyPath): void {
    const compiled = conditions.compile(text);
    if (!("code" in compiled)) return;
    const place = input.yaml.placeInside(path, compiled.start, compiled.end);
    const hint =
      compiled.code === "unknown-field-in-condition" ? `State fields: ${Object.keys(state).join(", ")}.` : undefined;
    report.add({ code: compiled.code, severity: "error", message: compiled.message, hint, place });
  }
}

function shapeKeys(definition: NodeKind): string[] {
  return "shape" in definition.params ? Object.keys(definition.params.shape as object) : [];
}

/** Do the models, fields and values that a node names exist? */
function checkUses(
  name: string,
  node: CheckedNode,
  graph: GraphFile,
  state: Readonly<Record<string, Field>>,
  report: Report,
) {
  const at = ["nodes", name];
  const uses = node.definition.uses(node.params);
  for (const model of uses.models) {
    if (Object.hasOwn(graph.models, model)) continue;
    const hint = suggestion(model, Object.keys(graph.models));
    report.error("unknown-model", `There is no model "${model}"`, [...at, "model"], { hint });
  }
  const fields: [string, string][] = Object.entries(node.params).filter(
    (entry): entry is [string, string] =>
      ["reads", "writes", "keeps"].includes(entry[0]) && typeof entry[1] === "string",
  );
  for (const [key, field] of fields) {
    if (Object.hasOwn(state, field)) continue;
    const hint = suggestion(field, Object.keys(state));
    report.error("unknown-field", `The state has no field "${field}"`, [...at, key], { hint });
  }
  const written = typeof node.params.writes === "string" ? state[node.params.writes] : undefined;
  const rates = RATINGS.every((rating) => node.definition.labels.includes(rating));
  if (rates && written?.enum !== undefined && !RATINGS.every((rating) => written.enum?.includes(rating))) {
    const message = `"${node.params.writes}" must allow easy, medium and hard`;
    report.error("rating-values", message, ["state", String(node.params.writes)], { key: true });
  }
}

function checkPrompts(
  nodes: ReadonlyMap<string, CheckedNode>,
  state: Readonly<Record<string, Field>>,
  input: CheckInput,
  report: Report,
): Record<string, Prompt> {
  const prompts: Record<string, Prompt> = {};
  const seen = new Set<string>();
  const values = [...Object.keys(state), ...Object.keys(BUILT_IN_VALUES)];
  for (const [name, node] of nodes) {
    for (const { file, reply } of node.definition.uses(node.params).prompts) {
      const at = ["nodes", name, "prompt"];
      const { prompt, diagnostics, searched } = input.prompt(file);
      if (prompt === undefined && diagnostics.length === 0) {
        report.error("unknown-prompt", `There is no prompt "${file}"`, at, {
          hint: `Looked for ${searched.join(", ")}.`,
        });
        continue;
      }
      if (!seen.has(file)) report.add(...diagnostics);
      seen.add(file);
      if (prompt === undefined) continue;
      prompts[file] = prompt;
      for (const variable of prompt.variables.filter((variable) => !values.includes(variable))) {
        const hint = suggestion(variable, values);
        report.error(
          "unknown-variable",
          `"${file}" wants {{ ${variable} }}, which no state field or built-in gives`,
          at,
          { hint },
        );
      }
      if (prompt.reply !== reply) {
        const message = `A ${node.kind} node needs a prompt whose reply is a ${reply}; "${file}" says ${prompt.reply}`;
        report.error("prompt-reply", message, at);
      }
    }
  }
  return prompts;
}
