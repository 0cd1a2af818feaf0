/**
 * `${NAME}` and `${NAME:-default}` in a graph's values, filled from the environment.
 *
 * What is filled in is text. `inFlight: ${N:-64}` still means a number: where a schema wants a number or a truth value
 * and the value is one variable and nothing else, it is read as one (`parseFilled`). The schema decides, not the look
 * of the value: a model may be called `4`.
 */
import type * as z from "zod";
import type { Diagnostic } from "../core/errors.ts";
import type { YamlFile } from "./load.ts";
import type { KeyPath, Source } from "./source.ts";
import { type Checked, diagnoseIssues } from "./zod-diagnostics.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
const ONE_VARIABLE = /^\$\{[^{}]*\}$/;

/** The file's value with variables filled in. Keys stay as they are written: a secret is looked up when it is sent. */
export function fillValue(yaml: YamlFile, env: Environment, options: FillOptions): unknown {
  return fillAt(yaml.toValue(), [], { yaml, env, ...options });
}

export interface FillOptions {
  readonly report: (diagnostic: Diagnostic) => void;
  /** A block of the file that stays as it is written. */
  readonly except?: string;
}

interface Filling extends FillOptions {
  readonly yaml: Source;
  readonly env: Environment;
}

/** The same for one value of it, which is written at `path`. */
export function fillAt(value: unknown, path: KeyPath, filling: Filling): unknown {
  if (filling.except !== undefined && path[0] === filling.except) return value;
  if (Array.isArray(value)) return value.map((item, index) => fillAt(item, [...path, index], filling));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillAt(item, [...path, key], filling)]));
  }
  if (typeof value !== "string" || !value.includes("${")) return value;
  const filled = value.replace(VARIABLE, (whole, name: string, fallback: string | undefined, at: number) => {
    const found = filling.env[name];
    if (found !== undefined && found !== "") return found;
    if (fallback !== undefined) return fallback;
    filling.report(missing(name, filling.yaml, path, at, whole.length));
    return whole;
  });
  return path[0] === "models" && path[2] === "apiKey" ? value : filled;
}

function missing(name: string, yaml: Source, path: KeyPath, at: number, length: number): Diagnostic {
  return {
    code: "missing-variable",
    severity: "error",
    message: `The environment has no ${name}, and no default is given`,
    hint: `Set ${name} in the environment or in a .env file${path[2] === "apiKey" ? "" : `, or write \${${name}:-default}`}.`,
    place: yaml.placeInside(path, at, at + length),
  };
}

/** Parses a filled-in value, or says what is wrong with it. */
export function parseFilled<T>(
  schema: z.ZodType<T>,
  value: unknown,
  checked: Omit<Checked, "schema">,
): { data?: T; diagnostics: Diagnostic[] } {
  const { yaml, at } = checked;
  const first = schema.safeParse(value);
  if (first.success) return { data: first.data, diagnostics: [] };
  let mended = value;
  for (const issue of first.error.issues) {
    const path = issue.path as (string | number)[];
    const read = issue.code === "invalid_type" ? readAs(issue.expected, getIn(value, path)) : undefined;
    const written = yaml.valueAt([...at, ...path]);
    if (read !== undefined && typeof written === "string" && ONE_VARIABLE.test(written))
      mended = setIn(mended, path, read);
  }
  const second = mended === value ? first : schema.safeParse(mended);
  if (second.success) return { data: second.data, diagnostics: [] };
  // What could not be filled in is reported as that.
  const issues = second.error.issues.filter(({ path }) => {
    const inner = getIn(mended, path as KeyPath);
    return !(
      typeof inner === "string" &&
      ONE_VARIABLE.test(inner) &&
      yaml.valueAt([...at, ...(path as KeyPath)]) === inner
    );
  });
  return { diagnostics: diagnoseIssues(issues, { ...checked, schema }) };
}

function readAs(expected: string, value: unknown): number | boolean | undefined {
  if (typeof value !== "string") return undefined;
  if (expected === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  return /^(number|int)$/.test(expected) && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function getIn(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

function setIn(value: unknown, [key, ...rest]: KeyPath, inner: unknown): unknown {
  if (key === undefined) return inner;
  if (Array.isArray(value))
    return value.map((item, index) => (index === Number(key) ? setIn(item, rest, inner) : item));
  const map = value as Record<string, unknown>;
  return { ...map, [key]: setIn(map[key], rest, inner) };
}
