/** What Zod found, at the place in the file where it was found, in words for people who have never heard of Zod. */
import * as z from "zod";
import type { Diagnostic } from "../core/errors.ts";
import { nearest, suggestion } from "../core/suggest.ts";
import { maskSecrets } from "./secrets.ts";
import type { KeyPath, Source } from "./source.ts";

type Issue = z.core.$ZodIssue;

/** What was checked: a schema, where its value sits in the file, and keys that others take care of there. */
export interface Checked {
  readonly schema: z.ZodType;
  readonly yaml: Source;
  readonly at: KeyPath;
  readonly otherKeys?: readonly string[];
}

export function diagnoseIssues(issues: readonly Issue[], checked: Checked): Diagnostic[] {
  return issues.flatMap((issue) => diagnoseIssue(issue, checked));
}

function diagnoseIssue(issue: Issue, checked: Checked): Diagnostic[] {
  const { yaml, at } = checked;
  const inner = issue.path as (string | number)[];
  const path = [...at, ...inner];
  const name = nameOf(path);
  const found = describe(yaml.valueAt(path));
  const missing = !yaml.has(path) && path.length > 0;
  const error = (code: string, message: string, hint?: string): Diagnostic[] => [
    { code, severity: "error", message, hint, place: yaml.place(path) },
  ];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, inner, path, checked));
    case "invalid_key": {
      const message = `"${path.at(-1)}" must be ${issue.issues[0]?.message ?? "another name"}`;
      return [{ code: "bad-name", severity: "error", message, place: yaml.place(path, { key: true }) }];
    }
    case "invalid_type": {
      const expected = typeName(issue.expected);
      if (missing)
        return error("missing-key", `${name} is missing${within(path)}: expected ${expected}`, exampleOf(path));
      return error("wrong-type", `${name} must be ${expected}, and is ${found}`, exampleOf(path));
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      const expected = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(", ")}`;
      if (missing) return error("missing-key", `${name} is missing${within(path)}: expected ${expected}`);
      return error(
        "wrong-value",
        `${name} must be ${expected}, and is ${found}`,
        didYouMean(yaml.valueAt(path), values),
      );
    }
    case "invalid_union":
      return diagnoseUnion(issue, checked);
    case "too_small":
    case "too_big": {
      if (issue.origin === "string") return error("wrong-value", `${name} must not be empty`, exampleOf(path));
      if (issue.origin === "array")
        return error("wrong-value", `${name} must have at least one entry`, exampleOf(path));
      const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
      const words = issue.code === "too_small" ? ["at least", "above"] : ["at most", "below"];
      return error("out-of-range", `${name} must be ${words[issue.inclusive ? 0 : 1]} ${limit}, and is ${found}`);
    }
    default:
      if (missing) return error("missing-key", `${name} is missing${within(path)}: expected ${issue.message}`);
      return error("wrong-value", `${name} must be ${issue.message}, and is ${found}`);
  }
}

function unknownKey(key: string, inner: KeyPath, path: KeyPath, { schema, yaml, otherKeys }: Checked): Diagnostic {
  const known = [...keysOf(schema, inner, yaml.valueAt(path)), ...(inner.length === 0 ? (otherKeys ?? []) : [])];
  const written = yaml.keysAt(path);
  const free = known.filter((other) => !written.includes(other));
  const hint =
    key === "<<"
      ? "Merge keys are not part of YAML 1.2; an alias can stand for a whole value: then: *ways."
      : key.includes("：")
        ? FULL_WIDTH
        : hintForKey(key, free, known);
  const message = `"${key}" is not a key ${path.length === 0 ? "known here" : `of ${ownerOf(path)}`}`;
  return { code: "unknown-key", severity: "error", message, hint, place: yaml.place([...path, key], { key: true }) };
}

const FULL_WIDTH =
  'Its colon is a full-width one (：): write a half-width ":" and a space; commas are half-width in YAML, too.';

function hintForKey(key: string, free: readonly string[], known: readonly string[]): string {
  const near = nearest(key, free) ?? nearest(key, known);
  if (near === undefined)
    return `${free.length === 0 ? "Known here" : "It may also have"}: ${(free.length === 0 ? known : free).join(", ")}.`;
  return `Did you mean "${near}"?${free.includes(near) ? "" : " It is there already."}`;
}

/** A union's own complaint is that nothing fits; which of its forms was meant shows in what is there. */
function diagnoseUnion(issue: z.core.$ZodIssueInvalidUnion, checked: Checked): Diagnostic[] {
  const { yaml, at } = checked;
  const path = [...at, ...(issue.path as (string | number)[])];
  const found = yaml.valueAt(path);
  const name = nameOf(path);
  const place = yaml.place(path);
  if ("discriminator" in issue && typeof issue.discriminator === "string") {
    const options = discriminators(checked.schema, issue.discriminator);
    const message =
      found === undefined
        ? `${name} is missing${within(path)}: expected one of ${options.join(", ")}`
        : `${name} must be one of ${options.join(", ")}, and is ${describe(found)}`;
    const code = found === undefined ? "missing-key" : "wrong-value";
    return [{ code, severity: "error", message, hint: didYouMean(found, options), place }];
  }
  const keys = yaml.keysAt(path);
  const meant = issue.errors.find(
    (errors) => !errors.some((error) => error.path.length === 0 && (isOfForm(error) || knowsNone(error, keys))),
  );
  const closest =
    meant ??
    issue.errors.find((errors) => errors.some((error) => error.code === "invalid_value") && typeof found === "string");
  if (closest !== undefined && found !== undefined) {
    const nested = closest.map((error) => ({ ...error, path: [...issue.path, ...error.path] }) as Issue);
    return diagnoseIssues(nested, checked);
  }
  const message =
    found === undefined
      ? `${name} is missing${within(path)}: expected ${issue.message}`
      : `${name} must be ${issue.message}, and is ${describe(found)}`;
  const code = found === undefined ? "missing-key" : "wrong-type";
  return [{ code, severity: "error", message, hint: exampleOf(path), place }];
}

/** A form that knows none of the keys that are there is not the one that was meant. */
function knowsNone(error: z.core.$ZodIssue, keys: readonly string[]): boolean {
  return error.code === "unrecognized_keys" && keys.length > 0 && error.keys.length === keys.length;
}

/** Does this say that the value is of another form altogether? */
function isOfForm(issue: Issue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function nameOf(path: KeyPath): string {
  const key = path.at(-1);
  if (key === undefined) return "A graph";
  return typeof key === "number" ? `Entry ${key + 1} of "${path.at(-2)}"` : `"${key}"`;
}

/** " in \"judge\"": whose key it is, where it is not the file's own. */
function within(path: KeyPath): string {
  return path.length < 2 ? "" : ` in ${ownerOf(path.slice(0, -1))}`;
}

function ownerOf(path: KeyPath): string {
  const key = path.at(-1);
  return typeof key === "number" ? `entry ${key + 1} of "${path.at(-2)}"` : `"${key}"`;
}

/** A value as the message names it; short, and never more than its beginning. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : `the text "${beginningOf(value)}"`;
    case "number":
    case "bigint":
      return String(value);
    case "boolean":
      return String(value);
    default:
      return "a block of keys";
  }
}

/** Masked first: half a key is no longer seen to be one. */
function beginningOf(text: string): string {
  const shown = maskSecrets(text.slice(0, 2_000));
  return shown.length > 40 ? `${shown.slice(0, 37)}...` : shown;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list, as in [a, b]",
  object: "a block of keys",
  record: "a block of keys",
};

function typeName(expected: string): string {
  return TYPE_NAMES[expected] ?? expected;
}

function didYouMean(found: unknown, values: readonly string[]): string | undefined {
  const hint = typeof found === "string" ? suggestion(found, values) : undefined;
  return hint?.startsWith("Did") ? hint : undefined;
}

/** What a line with this key looks like, for keys that people leave out or get wrong. */
const EXAMPLES: Readonly<Record<string, string>> = {
  graph: "graph: distill",
  student: "student: { name: Qwen2.5-7B-Instruct, size: 7B }",
  name: "name: Qwen2.5-7B-Instruct",
  models: "models: { teacher: { provider: baseline } }",
  state: "state: { problem: string, trace: { type: string, optional: true } }",
  start: "start: collect",
  nodes: "nodes: { collect: { kind: generate, ... } }",
  kind: "kind: rate",
  when: 'when: "!has(trace)"',
  limit: "limit: 5",
  then: "then: accepted, or then: { medium: accepted, easy: expand, hard: condense }",
  model: "model: judge",
  prompt: "prompt: judge.md",
  writes: "writes: trace",
  baseUrl: 'baseUrl: "${TEACHER_BASE_URL}"',
  to: "- { when: tokens(trace) > 1200, to: shorten }",
  purpose: "purpose: judge",
  variables: "variables: [problem, trace]",
};

function exampleOf(path: KeyPath): string | undefined {
  const isNodes = path[0] === "nodes" && path.at(-1) === "graph";
  const example = isNodes ? "graph: stage-one.yaml" : EXAMPLES[String(path.at(-1))];
  return example === undefined ? undefined : `For example: \`${example}\``;
}

/** The keys that a schema knows at a path inside it. `value` decides between the options of a union. */
function keysOf(schema: z.ZodType, path: KeyPath, value: unknown): string[] {
  const [key, ...rest] = path;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return keysOf(schema.unwrap() as z.ZodType, path, value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion || schema instanceof z.ZodUnion) {
    const options = schema.options as z.ZodType[];
    const provider = (value as { provider?: unknown } | null | undefined)?.provider;
    const own = options.filter((option) => provider === undefined || literalOf(option, "provider") === provider);
    return [...new Set((own.length > 0 ? own : options).flatMap((option) => keysOf(option, path, value)))];
  }
  if (schema instanceof z.ZodObject) {
    if (key === undefined) return Object.keys(schema.shape);
    const inner = schema.shape[String(key)] as z.ZodType | undefined;
    return inner === undefined ? [] : keysOf(inner, rest, value);
  }
  if (schema instanceof z.ZodRecord && key !== undefined) return keysOf(schema.valueType as z.ZodType, rest, value);
  if (schema instanceof z.ZodArray && key !== undefined) return keysOf(schema.element as z.ZodType, rest, value);
  return [];
}

function discriminators(schema: z.ZodType, key: string): string[] {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return [];
  return (schema.options as z.ZodType[]).map((option) => String(literalOf(option, key)));
}

function literalOf(option: z.ZodType, key: string): unknown {
  const literal = option instanceof z.ZodObject ? (option.shape[key] as unknown) : undefined;
  return literal instanceof z.ZodLiteral ? literal.value : undefined;
}
