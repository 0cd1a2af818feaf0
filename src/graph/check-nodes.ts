/** The nodes of a graph one by one: kind, parameters, conditions, and whether what they name is there. */
import { isOutcome, RATINGS } from "../core/sample.ts";
import { suggestion } from "../core/suggest.ts";
import type { NodeKind } from "../nodes/node.ts";
import type { CheckedGraph } from "./check.ts";
import { checkCases } from "./check-cases.ts";
import type { KnownKinds } from "./check-kinds.ts";
import { type CheckExpression, checkExpressions, readEach } from "./check-values.ts";
import { type Condition, type ConditionError, createConditions } from "./conditions.ts";
import { type Defaults, readDefaults } from "./defaults.ts";
import { type FindGraph, NOT_OF_GRAPHS, nestGraph } from "./nested.ts";
import type { Field, PlanNode } from "./plan.ts";
import type { Report } from "./report.ts";
import { DEFAULTABLE, type GraphFile, nodeShape } from "./schema.ts";
import type { KeyPath } from "./source.ts";
import { parseFilled } from "./variables.ts";
import { readWays } from "./ways.ts";

/** One node as far as it could be read. */
export interface CheckedNode extends PlanNode {
  readonly definition: NodeKind;
  /** The graph that stands in its place. */
  readonly inner?: CheckedGraph;
}

type Fields = Readonly<Record<string, Field>>;

/** The sound nodes; what is wrong with the others is reported. */
export function checkNodes(
  graph: GraphFile,
  state: Fields,
  { find, kinds }: { find: FindGraph; kinds: KnownKinds },
  report: Report,
): Map<string, CheckedNode> {
  const nodes = new Map<string, CheckedNode>();
  const ground = {
    ...createConditionChecks(state, Object.keys(graph.nodes), report),
    defaults: defaultsOf(graph, kinds, report),
    kinds,
    report,
  };
  const modelNames = isMap(report.yaml.valueAt(["models"])) ? Object.keys(graph.models) : undefined;
  const outer = { models: modelNames, state, find };
  for (const [name, raw] of Object.entries(graph.nodes) as [string, unknown][]) {
    checkName(name, report);
    if (!isMap(raw)) continue; // Reported with the file's form.
    const node = readNode(name, raw, ground);
    if (node === undefined) continue;
    const whole = node.kind === "graph" ? nestGraph(name, node, outer, report) : node;
    if (whole === undefined) continue;
    nodes.set(name, whole);
    if (whole !== node) continue;
    if (Object.hasOwn(kinds.own, node.kind)) checkOwnUses(name, node, { graph, state }, report);
    else checkUses(name, node, graph, state, report);
    checkExpressions(name, node, { state, compile: ground.checkExpression, report });
    const each = readEach(name, raw.each, { node, state, report });
    if (each !== undefined) nodes.set(name, { ...node, each });
  }
  return nodes;
}

interface Ground {
  readonly checkCondition: (text: string, path: KeyPath) => Condition | undefined;
  readonly checkExpression: CheckExpression;
  readonly defaults: Defaults;
  readonly kinds: KnownKinds;
  readonly report: Report;
}

function defaultsOf(graph: GraphFile, kinds: KnownKinds, report: Report): Defaults {
  const nodes = Object.values(graph.nodes) as unknown[];
  const used = nodes.map((node) =>
    isMap(node) && typeof node.kind === "string" ? kinds.all.get(node.kind) : undefined,
  );
  const told = used.filter((kind) => kind !== undefined);
  const ground = { written: graph.defaults ?? {}, known: [...kinds.all.values()] };
  return readDefaults({ ...ground, used: told.length === used.length ? told : undefined }, report);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function checkName(name: string, report: Report): void {
  if (isOutcome(name)) {
    const message = `"${name}" is an outcome, a way for samples to end; a node can't have its name`;
    report.error("outcome-as-node", message, ["nodes", name], { key: true, hint: "Give the node another name." });
  } else if (name === "start") {
    const message = '"start" is where samples come in; a node can\'t have its name';
    report.error("reserved-name", message, ["nodes", name], { key: true, hint: "Give the node another name." });
  }
}

function readNode(
  name: string,
  { kind, when, limit, onError, timeoutMs, each: _each, then, ...rest }: Record<string, unknown>,
  { checkCondition, defaults, kinds, report }: Ground,
): CheckedNode | undefined {
  const { yaml } = report;
  const at = ["nodes", name];
  const ways = readWays(then, [...at, "then"], report);
  if (typeof when === "string") checkCondition(when, [...at, "when"]);
  if (ways?.by === "condition") {
    const conditions = ways.cases.map(({ when: text }, index) =>
      text === undefined ? undefined : checkCondition(text, [...at, "then", index, "when"]),
    );
    checkCases(ways.cases, conditions, { at: [...at, "then"], report });
  }
  // A block in the place of a kind need not even be a word when asked to be one: { toString: "" }.
  const definition = typeof kind === "string" ? kinds.all.get(kind) : undefined;
  if (definition === undefined) {
    if (typeof kind === "string" && kinds.isWhole) {
      const hint = suggestion(kind, kinds.all.keys());
      report.error("unknown-kind", `There is no kind of node called "${kind}"`, [...at, "kind"], { hint });
    }
    return undefined;
  }
  const given = defaults(definition, rest);
  const isOfNode = (key: string) => (DEFAULTABLE as readonly string[]).includes(key);
  const forKind = Object.entries(given).filter(([key]) => !isOfNode(key));
  const own = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const unfit = definition.kind === "graph" ? NOT_OF_GRAPHS : [];
  const otherKeys = Object.keys(nodeShape).filter((key) => !unfit.includes(key));
  const params = parseFilled(
    definition.params,
    { ...withoutRivals(forKind, own), ...own },
    {
      yaml,
      at,
      otherKeys,
    },
  );
  report.add(...params.diagnostics);
  if (params.data === undefined || ways === undefined) return undefined;
  return {
    kind: definition.kind,
    when: asString(when),
    // A limit that is not a number is one mistake, not also a loop without a bound.
    limit: typeof limit === "number" ? limit : limit === undefined ? undefined : 1,
    ...defined({ onError: asString(onError ?? given.onError), timeoutMs: asNumber(timeoutMs ?? given.timeoutMs) }),
    params: params.data as Record<string, unknown>,
    then: ways,
    definition,
  };
}

function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Keys that a file leaves out are not in the plan: plans made before there were such keys stay equal. */
function defined<T extends object>(keys: T): Partial<T> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** A node that names several judges or wordings of its own does not want the default one beside them. */
function withoutRivals(given: readonly [string, unknown][], own: Readonly<Record<string, unknown>>) {
  const rivals = { model: "models", models: "model", prompt: "prompts", prompts: "prompt" };
  const wanted = ([key]: [string, unknown]) => !Object.hasOwn(own, rivals[key as keyof typeof rivals] ?? key);
  return Object.fromEntries(given.filter(wanted));
}

function createConditionChecks(state: Fields, nodes: readonly string[], report: Report) {
  const conditions = createConditions(state, nodes);
  const sound = <T extends object>(compiled: T | ConditionError, text: string, path: KeyPath): T | undefined => {
    if (!("code" in compiled)) return compiled;
    const { code, message, hint, start, end } = compiled;
    if (code === "unknown-field-in-condition" && report.yaml.has(["state", text.slice(start, end)])) return undefined;
    // Once ${NAME} is filled in, the text is no longer the file's: then the whole condition is the place.
    const asWritten = report.yaml.valueAt(path) === text;
    const place = asWritten ? report.yaml.placeInside(path, start, end) : report.yaml.place(path);
    report.add({ code, severity: "error", message, hint, place });
    return undefined;
  };
  return {
    checkCondition: (text: string, path: KeyPath) => sound(conditions.compile(text), text, path),
    checkExpression: (text: string, path: KeyPath) => sound(conditions.compileValue(text), text, path),
  };
}

/** Do the models, fields and values that a node names exist, and can they hold what it writes? */
function checkUses(name: string, node: CheckedNode, graph: GraphFile, state: Fields, report: Report): void {
  const modelsWritten = isMap(report.yaml.valueAt(["models"]));
  for (const model of node.definition.uses(node.params).models) {
    if (!modelsWritten || Object.hasOwn(graph.models, model)) continue;
    const hint = suggestion(model, Object.keys(graph.models));
    const at = report.namePath(name, ["model", "models", "student"], model);
    report.error("unknown-model", `There is no model "${model}"`, at, { hint });
  }
  checkFieldTypes(name, node, state, report);
  const rates = RATINGS.every((rating) => node.definition.labels.includes(rating));
  for (const key of ["reads", "writes", "keeps", "trials"] as const) {
    const field = node.params[key];
    if (typeof field !== "string") continue;
    const at = report.paramPath(name, key);
    const declared = Object.hasOwn(state, field) ? state[field] : undefined;
    if (declared === undefined) {
      // `keeps` of a verify has a default: what is not in the file is the field's own mistake, not the key's.
      if (!report.yaml.has(["state", field])) {
        const hint = suggestion(field, Object.keys(state));
        report.error("unknown-field", `The state has no field "${field}", which "${key}" names`, at, { hint });
      }
      continue;
    }
    const wrong = whyUnfit(key, field, declared, rates);
    if (wrong === undefined) continue;
    const place = report.yaml.place(["state", field], { key: true });
    report.error("unfit-field", wrong, at, { related: { message: `"${field}" is declared here`, place } });
  }
}

/** Of a team's own kind only the names are known, not what it needs of them. */
function checkOwnUses(
  name: string,
  { definition, params }: CheckedNode,
  { graph, state }: { graph: GraphFile; state: Fields },
  report: Report,
): void {
  const { models, reads, writes } = definition.uses(params);
  const unknown = (code: string, what: string, word: string, known: readonly string[]) => {
    const key = Object.keys(params).find((param) => [params[param]].flat().includes(word));
    const at = key === undefined ? ["nodes", name, "kind"] : report.paramPath(name, key);
    report.error(code, `${what} "${word}"`, at, { hint: suggestion(word, known) });
  };
  const modelsWritten = isMap(report.yaml.valueAt(["models"]));
  for (const model of modelsWritten ? models : []) {
    if (!Object.hasOwn(graph.models, model))
      unknown("unknown-model", "There is no model", model, Object.keys(graph.models));
  }
  for (const field of new Set([...reads, ...writes])) {
    if (Object.hasOwn(state, field) || report.yaml.has(["state", field])) continue;
    unknown("unknown-field", "The state has no field", field, Object.keys(state));
  }
  if (!writes.includes("problem")) return;
  const message = "The problem is what a sample is: a node must not write over it";
  report.error("unfit-field", message, report.paramPath(name, "writes"), {});
}

/** Parameters that name fields of a certain type: a scale is a number, chunks are a list. Unknown ones are told elsewhere. */
function checkFieldTypes(name: string, node: CheckedNode, state: Fields, report: Report): void {
  for (const [key, type] of Object.entries(node.definition.fieldTypes ?? {})) {
    const named: unknown = node.params[key];
    for (const field of Array.isArray(named) ? named : [named]) {
      const declared = typeof field === "string" && Object.hasOwn(state, field) ? state[field] : undefined;
      if (declared === undefined || declared.type === type) continue;
      const place = report.yaml.place(["state", field], { key: true });
      const related = { message: `"${field}" is declared here`, place };
      const message = `"${key}" is for a ${type}, and "${field}" is a ${declared.type}`;
      const hint = `Declare it so: ${field}: { type: ${type}, optional: true }.`;
      report.error("unfit-field", message, report.namePath(name, [key], field), { hint, related });
    }
  }
  for (const [key, words] of Object.entries(node.definition.fieldWords ?? {})) {
    const field = node.params[key];
    const allowed = typeof field === "string" && Object.hasOwn(state, field) ? state[field]!.enum : undefined;
    const lost = words.filter((word) => allowed?.includes(word) === false);
    if (lost.length === 0) continue;
    const place = report.yaml.place(["state", String(field)], { key: true });
    const related = { message: `"${field}" is declared here`, place };
    const message = `"${key}" is one of ${words.join(", ")}, and "${field}" does not allow ${lost.join(" and ")}`;
    report.error("unfit-field", message, report.paramPath(name, key), { related });
  }
}

function whyUnfit(
  key: "reads" | "writes" | "keeps" | "trials",
  name: string,
  field: Field,
  rates: boolean,
): string | undefined {
  if (key === "trials") {
    return field.type === "object" ? undefined : `What was tried is an object, and "${name}" is a ${field.type}`;
  }
  if (key === "keeps") {
    const fits = ["string", "number", "list"].includes(field.type);
    return fits
      ? undefined
      : `A reference answer is a text, a number or a list of texts, and "${name}" is a ${field.type}`;
  }
  if (key === "writes" && rates && field.enum !== undefined) {
    const lost = RATINGS.filter((rating) => !field.enum?.includes(rating));
    return lost.length === 0
      ? undefined
      : `A rating is easy, medium or hard, and "${name}" does not allow ${lost.join(" and ")}`;
  }
  if (key === "writes" && name === "problem") return "The problem is what a sample is: a node must not write over it";
  if (field.type !== "string")
    return `A ${rates && key === "writes" ? "rating" : "trace"} is a text, and "${name}" is a ${field.type}`;
  if (field.enum !== undefined) return `A trace is free text, and "${name}" allows only ${field.enum.join(", ")}`;
  return undefined;
}
