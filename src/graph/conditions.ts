/**
 * Conditions: CEL over a graph's state, checked for names, types and values when the file is loaded. From a kept
 * library; ours is what people need here, and what CEL lacks for it:
 *
 *   has(x)      is the field there and not empty?  CEL's own has() takes only `a.b`. `has(x)` becomes the variable
 *               `has_x_` before parsing: same length, so that every position in an error stays right.
 *   tokens(x)   how many tokens a text has (o200k)        steps(x)   how many paragraphs
 *   numbers     whole and decimal numbers mix freely
 *   matches()   is not there: its regular expressions can hang a run (measured: 19 s for one)
 */
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { MezzoError, messageOf } from "../core/errors.ts";
import { stepsOf } from "../core/prompt.ts";
import type { State } from "../core/sample.ts";
import { countTokens } from "../core/tokens.ts";
import { type ConditionError, describeCelError, FUNCTIONS } from "./condition-errors.ts";
import { checkValues } from "./condition-values.ts";
import type { Field, FieldType } from "./plan.ts";

export type { ConditionError } from "./condition-errors.ts";

export interface Condition {
  /** Throws MezzoError `absent-field` where it needs a field that the sample does not have. */
  holds(state: State): boolean;
}

type Fields = Readonly<Record<string, Field>>;

const CEL_TYPES: Readonly<Record<FieldType, string>> = {
  string: "string",
  number: "double",
  boolean: "bool",
  list: "list",
  object: "map",
};

const LIMITS = { maxAstNodes: 500, maxDepth: 40 };
const LONGEST = 4_000;

/** Makes conditions over one graph's state fields, whose names are not words of the language (isConditionWord). */
export function createConditions(fields: Fields) {
  const env = new Environment({ limits: LIMITS });
  for (const [name, field] of Object.entries(fields)) {
    env.registerVariable(name, CEL_TYPES[field.type]);
    env.registerVariable(`has_${name}_`, "bool");
  }
  env.registerFunction("tokens(string): int", (text: string) => BigInt(countTokens(text)));
  env.registerFunction("steps(string): int", (text: string) => BigInt(stepsOf(text).length));
  registerMixedNumbers(env);

  return {
    /** Never throws; what is wrong with the text is returned, with its place in it. */
    compile(text: string): Condition | ConditionError {
      const parsed = parse(env, fields, text);
      if ("code" in parsed) return parsed;
      return { holds: (state) => evaluate(parsed, fields, state, text) };
    },
  };
}

/** Words that conditions need for themselves, so that no field can have them. */
export function isConditionWord(word: string): boolean {
  if (["in", "true", "false", "null", "dyn", ...FUNCTIONS].includes(word) || /^has_.*_$/.test(word)) return true;
  try {
    new Environment().registerVariable(word, "string");
    return false;
  } catch {
    return true; // The library keeps the list of CEL's reserved words and type names.
  }
}

interface Parsed {
  readonly run: (values: Record<string, unknown>) => unknown;
  /** The fields it reads otherwise than in has(). */
  readonly reads: readonly string[];
}

function parse(env: Environment, fields: Fields, text: string): Parsed | ConditionError {
  if (text.trim() === "") return wrong("bad-condition", "The condition is empty", text);
  if (text.length > LONGEST) return wrong("bad-condition", `The condition is longer than ${LONGEST} characters`, text);
  try {
    const run = env.parse(replaceHas(text));
    const refused = refuse(run.ast) ?? checkValues(run.ast, fields);
    if (refused !== undefined) return refused;
    const checked = run.check();
    if (!checked.valid) return describeCelError(checked.error, text, Object.keys(fields));
    if (checked.type !== "bool" && checked.type !== "dyn") {
      return wrong(
        "not-a-condition",
        `This is ${typeWord(checked.type)}, and a condition is either true or false`,
        text,
      );
    }
    return { run, reads: [...new Set(idsOf(run.ast))].filter((name) => Object.hasOwn(fields, name)) };
  } catch (thrown) {
    return describeCelError(thrown, text, Object.keys(fields));
  }
}

function wrong(code: string, message: string, text: string): ConditionError {
  const start = text.length - text.trimStart().length;
  const hint = code === "not-a-condition" ? "Compare it with something, as in tokens(trace) > 1200." : undefined;
  return { code, message, hint, start: Math.min(start, text.trimEnd().length), end: text.trimEnd().length };
}

function typeWord(type: string | undefined): string {
  if (type === "int" || type === "double" || type === "uint") return "a number";
  if (type === "string") return "a text";
  return type?.startsWith("list") === true ? "a list" : "a value";
}

const HAS = /\bhas\((\s*)([A-Za-z_]\w*)(\s*)\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;

function replaceHas(text: string): string {
  return text.replace(HAS, (whole, before: string | undefined, name: string | undefined, after: string | undefined) =>
    name === undefined ? whole : `${before}has_${name}_${after}`,
  );
}

function evaluate({ run, reads }: Parsed, fields: Fields, state: State, text: string): boolean {
  try {
    return run(valuesOf(fields, state)) === true;
  } catch (cause) {
    const absent = reads.find((name) => (state[name] ?? null) === null);
    const one = text.replace(/\s+/g, " ").trim();
    if (absent === undefined) {
      throw new MezzoError("condition-failed", `the condition "${one}" can't be answered: ${firstLine(cause)}`, {
        cause,
      });
    }
    const hint = `Write has(${absent}) && ... where it may be absent.`;
    throw new MezzoError("absent-field", `the condition "${one}" needs "${absent}", which this sample does not have`, {
      cause,
      hint,
    });
  }
}

function firstLine(thrown: unknown): string {
  return messageOf(thrown).split("\n")[0] ?? "";
}

function valuesOf(fields: Fields, state: State): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = state[name] ?? null;
    values[name] = value;
    values[`has_${name}_`] = value !== null && value !== "";
  }
  return values;
}

const OVER_LISTS = ["all", "exists", "exists_one", "map", "filter"];

/** What CEL offers and a run can't afford: regular expressions, and loops within loops over a sample's lists. */
function refuse(node: ASTNode, loops = 0): ConditionError | undefined {
  const name = node.op === "rcall" || node.op === "call" ? String((node.args as unknown[])[0]) : "";
  if (name === "matches") {
    const message = "matches() is not available: a regular expression can hang a run";
    return { code: "regex-in-condition", message, hint: "Use contains, startsWith or endsWith.", ...node.range };
  }
  const depth = loops + (OVER_LISTS.includes(name) ? 1 : 0);
  if (depth > 2) {
    const message = "A loop in a loop in a loop over lists can take for ever";
    return { code: "bad-condition", message, hint: "Two at most.", ...node.range };
  }
  for (const child of childrenOf(node.args)) {
    const refused = refuse(child, depth);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function idsOf(node: ASTNode): string[] {
  return [...(node.op === "id" ? [node.args as string] : []), ...childrenOf(node.args).flatMap(idsOf)];
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return args !== null && typeof args === "object" && "op" in args ? [args as ASTNode] : [];
}

/** CEL keeps int and double apart (`tokens(x) * 0.5` would be an error); people writing YAML do not. */
function registerMixedNumbers(env: Environment): void {
  const mixed: Record<string, (a: number, b: number) => number> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
    "%": (a, b) => a % b,
  };
  for (const [sign, apply] of Object.entries(mixed)) {
    const pairs = [["double", "int"], ["int", "double"], ...(sign === "%" ? [["double", "double"]] : [])];
    for (const [left, right] of pairs) {
      env.registerOperator(`${left} ${sign} ${right}: double`, (a: bigint | number, b: bigint | number) =>
        apply(Number(a), Number(b)),
      );
    }
  }
  env.registerOperator("double == int", (a: number, b: bigint) => a === Number(b));
  env.registerOperator("double in list<int>: bool", (a: number, list: readonly bigint[]) =>
    [...list].some((entry) => Number(entry) === a),
  );
}
