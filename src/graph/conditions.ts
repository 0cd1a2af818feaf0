/**
 * Conditions: CEL over a graph's state, checked for names and types when the file is loaded. From a kept library; ours
 * is what people need here, and what CEL lacks for it:
 *
 *   has(x)      is the field there and not empty?  CEL's own has() takes only `a.b`. `has(x)` becomes the variable
 *               `has_x_` before parsing: same length, so that every position in an error stays right.
 *   tokens(x)   how many tokens a text has (o200k)        steps(x)   how many paragraphs
 *   numbers     whole and decimal numbers mix freely
 *   matches()   is not there: its regular expressions can hang a run (measured: 19 s for one)
 */
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { stepsOf } from "../core/prompt.ts";
import type { State } from "../core/sample.ts";
import { countTokens } from "../core/tokens.ts";
import type { Field, FieldType } from "./plan.ts";

export interface Condition {
  /** Throws where a value it needs is not there. */
  holds(state: State): boolean;
}

export interface ConditionError {
  readonly code: string;
  readonly message: string;
  /** Characters in the condition's text. */
  readonly start: number;
  readonly end: number;
}

const CEL_TYPES: Readonly<Record<FieldType, string>> = {
  string: "string",
  number: "double",
  boolean: "bool",
  list: "list",
  object: "map",
};

const LIMITS = { maxAstNodes: 500, maxDepth: 40 };

/** Makes conditions over one graph's state fields. */
export function createConditions(fields: Readonly<Record<string, Field>>) {
  const env = new Environment({ limits: LIMITS });
  for (const [name, field] of Object.entries(fields)) {
    env.registerVariable(name, CEL_TYPES[field.type]);
    env.registerVariable(`has_${name}_`, "bool");
  }
  env.registerFunction("tokens(string): int", (text: string) => BigInt(countTokens(text)));
  env.registerFunction("steps(string): int", (text: string) => BigInt(stepsOf(text).length));
  registerMixedNumbers(env);

  return {
    compile(text: string): Condition | ConditionError {
      const parsed = parse(env, text);
      if ("code" in parsed) return parsed;
      return { holds: (state) => parsed.evaluate(valuesOf(fields, state)) === true };
    },
  };
}

function parse(env: Environment, text: string): { evaluate: (values: object) => unknown } | ConditionError {
  try {
    const run = env.parse(replaceHas(text));
    const forbidden = findMatches(run.ast);
    if (forbidden !== undefined) {
      const message = "matches() is not available: a regular expression can hang a run. Use contains or startsWith";
      return { code: "regex-in-condition", message, start: forbidden.range.start, end: forbidden.range.end };
    }
    const checked = run.check();
    if (!checked.valid) return toConditionError(checked.error);
    if (checked.type !== "bool") {
      return {
        code: "not-a-condition",
        message: `This is a ${checked.type}, not true or false`,
        start: 0,
        end: text.length,
      };
    }
    return { evaluate: (values) => run(values as Record<string, unknown>) };
  } catch (thrown) {
    return toConditionError(thrown);
  }
}

const HAS = /\bhas\((\s*)([A-Za-z_]\w*)(\s*)\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;

function replaceHas(text: string): string {
  return text.replace(HAS, (whole, before: string | undefined, name: string | undefined, after: string | undefined) =>
    name === undefined ? whole : `${before}has_${name}_${after}`,
  );
}

function valuesOf(fields: Readonly<Record<string, Field>>, state: State): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = state[name] ?? null;
    values[name] = value;
    values[`has_${name}_`] = value !== null && value !== "";
  }
  return values;
}

function toConditionError(thrown: unknown): ConditionError {
  const error = thrown as { code?: string; message?: string; summary?: string; range?: { start: number; end: number } };
  const summary = (error.summary ?? error.message?.split("\n")[0] ?? String(thrown)).replace(/\bhas_(\w+)_\b/g, "$1");
  const code = error.code === "unknown_variable" ? "unknown-field-in-condition" : "bad-condition";
  return { code, message: summary, start: error.range?.start ?? 0, end: error.range?.end ?? 1 };
}

function findMatches(node: ASTNode): ASTNode | undefined {
  if (node.op === "rcall" && node.args[0] === "matches") return node;
  return childrenOf(node.args)
    .map(findMatches)
    .find((found) => found !== undefined);
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return args !== null && typeof args === "object" && "op" in args ? [args as ASTNode] : [];
}

/** CEL keeps int and double apart (`tokens(x) * 0.5` would be an error); people writing YAML do not. */
function registerMixedNumbers(env: Environment): void {
  const number = (value: bigint | number) => Number(value);
  const mixed: Record<string, (a: number, b: number) => number> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
  };
  for (const [sign, apply] of Object.entries(mixed)) {
    for (const [left, right] of [
      ["double", "int"],
      ["int", "double"],
    ] as const) {
      env.registerOperator(`${left} ${sign} ${right}: double`, (a: bigint | number, b: bigint | number) =>
        apply(number(a), number(b)),
      );
    }
  }
  env.registerOperator("double == int", (a: number, b: bigint) => a === Number(b));
}
