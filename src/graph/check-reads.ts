/**
 * A field that is read before anything can have written it. Only what is certain is said: some node writes the field, so it
 * is no column of the data; and none of those that can come before the reader, on a sample's first way there, is one of them.
 */
import type { Prompt } from "../core/prompt.ts";
import type { CheckedNode } from "./check-nodes.ts";
import { createConditions } from "./conditions.ts";
import type { KeyPath } from "./load.ts";
import type { Field } from "./plan.ts";
import type { Report } from "./report.ts";
import { targetsOf } from "./ways.ts";

interface Ground {
  readonly nodes: ReadonlyMap<string, CheckedNode>;
  readonly start: string;
  readonly state: Readonly<Record<string, Field>>;
  /** Fields that columns of the input fill, by the graph's own word. */
  readonly map: Readonly<Record<string, string>>;
  readonly prompts: Readonly<Record<string, Prompt>>;
}

/** Columns that rows have without being asked for. */
const COMES_WITH_DATA: readonly string[] = ["id", "problem", "answer", "trace", "domain"];

/** Trusts that the graph is sound otherwise. */
export function checkReads({ nodes, start, state, map, prompts }: Ground, report: Report): void {
  const conditions = createConditions(state, [...nodes.keys()]);
  const writers = (field: string) =>
    [...nodes].filter(([, node]) => node.definition.uses(node.params).writes.includes(field)).map(([name]) => name);
  const doubtful = Object.keys(state).filter(
    (field) => state[field]!.optional && !COMES_WITH_DATA.includes(field) && !Object.hasOwn(map, field),
  );
  for (const field of doubtful) {
    const writing = writers(field);
    if (writing.length === 0) continue;
    for (const [name, node] of nodes) {
      const before = comesBefore(nodes, start, name);
      if (writing.some((writer) => before.has(writer))) continue;
      const read = readsOf(name, node, { writes: writing.includes(name) }).find(({ fields }) => fields.includes(field));
      if (read !== undefined) tell(field, name, read);
    }
  }

  interface Read {
    readonly fields: readonly string[];
    readonly path: KeyPath;
    /** The expression that reads it, where it is one. */
    readonly text?: string;
  }

  function readsOf(name: string, node: CheckedNode, { writes }: { writes: boolean }): Read[] {
    const at = ["nodes", name];
    const { reads, prompts: files, expressions = {} } = node.definition.uses(node.params);
    const ofCondition = (text: string | undefined, path: KeyPath): Read[] => {
      const compiled = text === undefined ? undefined : conditions.compile(text);
      return compiled === undefined || "code" in compiled ? [] : [{ fields: compiled.reads, path, text }];
    };
    const ofExpression = ([field, text]: [string, unknown]): Read[] => {
      const compiled = typeof text === "string" ? conditions.compileValue(text) : undefined;
      if (compiled === undefined || "code" in compiled) return [];
      return [{ fields: compiled.reads, path: [...at, "values", field], text: String(text) }];
    };
    const cases = node.then.by === "condition" && !writes ? node.then.cases : [];
    return [
      ...ofCondition(node.when, [...at, "when"]),
      { fields: reads, path: report.paramPath(name, "reads") },
      ...files.map(({ file }) => ({ fields: prompts[file]?.variables ?? [], path: report.paramPath(name, "prompt") })),
      ...Object.entries(expressions).flatMap(ofExpression),
      ...cases.flatMap(({ when }, index) => ofCondition(when, [...at, "then", index, "when"])),
    ];
  }

  function tell(field: string, name: string, { path, text }: Read): void {
    const guard = text === undefined ? "" : ` ask has(${field}) first,`;
    const found = text === undefined ? -1 : text.search(new RegExp(`\\b${field}\\b`));
    const inside = found >= 0 && report.yaml.valueAt(path) === text;
    report.add({
      code: "read-before-written",
      severity: "error",
      message: `"${name}" reads "${field}", and nothing that comes before it writes that`,
      hint: `Write it in a node before,${guard} or, if it comes with the data, say so: input: { map: { ${field}: <column> } }.`,
      place: inside ? report.yaml.placeInside(path, found, found + field.length) : report.yaml.place(path),
    });
  }
}

/** The nodes that a sample may have been to when it first comes to this one. */
function comesBefore(nodes: Ground["nodes"], start: string, name: string): ReadonlySet<string> {
  const next = (at: string) => targetsOf(nodes.get(at)!).flatMap(({ to }) => (nodes.has(to) ? [to] : []));
  const reached = new Set(start === name ? [] : [start]);
  for (const at of reached) for (const to of next(at)) if (to !== name) reached.add(to);
  return reached;
}
