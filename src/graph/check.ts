/**
 * From YAML to a plan, in stages that each trust the one before:
 *
 *   text ─▶ YAML ─▶ ${NAME} filled in ─▶ keys and types ─▶ kinds, models, prompts ─▶ ways through the graph ─▶ plan
 *
 * Within a stage every mistake is collected. A later stage still looks at whatever parts of the earlier ones were
 * sound, so that one run of `validate` shows as much as can be known.
 */
import type { Diagnostic } from "../core/errors.ts";
import type { Prompt } from "../core/prompt.ts";
import type { ModelSpec } from "../models/spec.ts";
import { nodeKinds } from "../nodes/kinds.ts";
import type { NodeKind } from "../nodes/node.ts";
import type { Surroundings } from "./assemble.ts";
import { checkAcceptance } from "./check-acceptance.ts";
import { checkKinds, type KnownKinds } from "./check-kinds.ts";

import { checkModels } from "./check-models.ts";
import { type CheckedNode, checkNodes } from "./check-nodes.ts";
import { checkPrompts, type FindPrompt } from "./check-prompts.ts";
import { checkReads } from "./check-reads.ts";
import { checkMapping, checkState } from "./check-state.ts";
import { checkWays } from "./check-ways.ts";
import type { GraphSource } from "./graph-source.ts";
import type { FindGraph } from "./nested.ts";
import type { Field, KindFile, Student } from "./plan.ts";
import { Report } from "./report.ts";
import { type GraphFile, graphSchema, LANGUAGE } from "./schema.ts";
import { findSecrets } from "./secrets.ts";
import { parseFilled } from "./variables.ts";

export interface CheckInput {
  readonly source: GraphSource;
  /** What was found while the graph was put together from its files. */
  readonly found: readonly Diagnostic[];
  readonly around: Surroundings;
  readonly prompt: FindPrompt;
  readonly graph: (file: string, node: string, language?: string) => ReturnType<FindGraph>;
  /** Of the graph around it: what an inner graph is asked in that names no language itself. */
  readonly language?: string;
  /** It stands in the place of a node: models that play its own are found there. */
  readonly isInner: boolean;
}

/** A graph without a mistake, before it is put into a plan. */
export interface CheckedGraph {
  readonly graph: string;
  readonly description?: string;
  readonly student: Student;
  readonly language?: string;
  readonly start: string;
  /** The models it names; what they are is known of a graph that stands alone. */
  readonly modelNames: readonly string[];
  readonly models: Readonly<Record<string, ModelSpec>>;
  readonly state: Readonly<Record<string, Field>>;
  readonly nodes: ReadonlyMap<string, CheckedNode>;
  readonly prompts: Readonly<Record<string, Prompt>>;
  readonly map: Readonly<Record<string, string>>;
  /** A team's own kinds that it names. */
  readonly kinds: Readonly<Record<string, KindFile>>;
}

/** What a check finds. The graph is there exactly when there is no error among the diagnostics. */
export interface Checked {
  readonly graph?: CheckedGraph;
  /** Every kind that its nodes can have, mistakes or not. */
  readonly kinds: ReadonlyMap<string, NodeKind>;
  readonly diagnostics: Diagnostic[];
}

/** Checks a graph file. */
export function checkGraph(input: CheckInput): Checked {
  const { source, around } = input;
  const report = new Report(source);
  checkSecrets(source, report);
  report.add(...source.root.diagnostics, ...input.found);
  if (source.root.diagnostics.length > 0) {
    return { kinds: nodeKinds, diagnostics: report.diagnostics };
  }
  const kinds = checkKinds(source, around, report);
  const graph = findMistakes(input, kinds, report);
  // What seems to be missing may stand in the file that could not be included.
  const { diagnostics } = report;
  if (source.isWhole) return { graph, kinds: kinds.all, diagnostics };
  return { kinds: kinds.all, diagnostics: diagnostics.filter(({ code }) => !MISSING_NAMES.includes(code)) };
}

const MISSING_NAMES = [
  "unknown-model",
  "unknown-field",
  "unknown-field-in-condition",
  "unknown-variable",
  "missing-problem",
];

function findMistakes(input: CheckInput, kinds: KnownKinds, report: Report): CheckedGraph | undefined {
  const { source, around, isInner } = input;
  const value = source.fill(around.env, {
    report: (diagnostic) => report.add(diagnostic),
    except: isInner ? "models" : undefined,
  });
  if (!isMap(value)) {
    report.error(
      "wrong-type",
      `A graph is a block of keys (graph, student, models, ...), and this file ${whatIs(value)}`,
      [],
      {
        hint: "`mezzo init` makes a folder with a graph that runs.",
      },
    );
    return undefined;
  }
  const file = parseFilled(graphSchema, value, { yaml: source, at: [] });
  report.add(...file.diagnostics);
  const graph = file.data ?? salvage(value);

  const models = isInner ? {} : checkModels(graph, report);
  const state = checkState(graph.state, report);
  checkMapping(graph.input?.map ?? {}, state, report);
  const language = graph.language ?? input.language;
  const find = (name: string, node: string) => input.graph(name, node, language);
  const nodes = checkNodes(graph, state, { find, kinds }, report);
  const prompts = checkPrompts(nodes, state, { find: input.prompt, language }, report);
  checkWays({ nodes, start: graph.start, named: Object.keys(graph.nodes) }, report);
  checkAcceptance(nodes, models, report);
  const map = graph.input?.map ?? {};
  // What an inner graph reads, the graph around it may have written.
  if (!isInner && !report.failed) checkReads({ nodes, start: graph.start, state, map, prompts }, report);
  if (report.failed || file.data === undefined) return undefined;

  const { graph: name, description, student, start, input: mapping } = graph;
  const about = { graph: name, description, student, language, start, map: mapping?.map ?? {} };
  return { ...about, modelNames: Object.keys(graph.models), models, state, nodes, prompts, kinds: kinds.own };
}

function checkSecrets({ files }: GraphSource, report: Report): void {
  for (const yaml of files) {
    for (const { start, end } of findSecrets(yaml.text)) {
      report.add({
        code: "secret-in-file",
        severity: "error",
        message: "A key does not belong in a graph file: files are shown, shared and committed",
        hint: 'Write apiKey: "${NAME}", put NAME into the environment or a .env file, and get a new key if this one was ever shared.',
        place: yaml.placeAt(start, end),
      });
    }
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function whatIs(value: unknown): string {
  if (value === null || value === undefined) return "is empty";
  return Array.isArray(value) ? "is a list" : "is a single value";
}

/** What of a file with wrong keys can still be looked at: enough for the later stages to find their own mistakes. */
function salvage(value: Record<string, unknown>): GraphFile {
  const map = (inner: unknown) => (isMap(inner) ? inner : {});
  const input = map(value.input);
  const mapping = Object.entries(map(input.map)).filter(([, column]) => typeof column === "string");
  return {
    ...value,
    language: typeof value.language === "string" && LANGUAGE.test(value.language) ? value.language : undefined,
    start: typeof value.start === "string" ? value.start : undefined,
    defaults: map(value.defaults),
    models: map(value.models),
    state: map(value.state),
    nodes: map(value.nodes),
    input: { map: Object.fromEntries(mapping) },
  } as unknown as GraphFile;
}
