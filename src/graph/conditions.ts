/**
 * Conditions, and the values that a `set` writes: CEL over a graph's state, checked for names, types and values when the
 * file is loaded. From a kept library; ours is what people need here, and what CEL lacks for it:
 *
 *   has(x)      is the field there and not empty?  CEL's own has() takes only `a.b`. `has(x)` becomes the variable
 *               `has_x_` before parsing: same length, so that every position in an error stays right.
 *   visits(n)   how often the sample has been at node n; becomes a variable in the same way (condition-words.ts)
 *   tokens(x)   how many tokens a text has (o200k)        steps(x)   how many paragraphs
 *   draw(x)     a number from 0 up to 1, drawn by the text: draw(problem) < 0.05 is one sample in twenty, always the same
 *   numbers     whole and decimal numbers mix freely
 *   matches()   is not there: its regular expressions can hang a run (measured: 19 s for one)
 */
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { MezzoError, messageOf } from "../core/errors.ts";
import { hashText } from "../core/hash.ts";
import { stepsOf } from "../core/prompt.ts";
import type { State } from "../core/sample.ts";
import { countTokens } from "../core/tokens.ts";
import { type ConditionError, describeCelError, FUNCTIONS } from "./condition-errors.ts";
import { addList, childrenOf, mixLiterals, registerMixedNumbers } from "./condition-numbers.ts";
import { checkValues } from "./condition-values.ts";
import { replaceWords, type VisitWord } from "./condition-words.ts";
import type { Field, FieldType } from "./plan.ts";

export type { ConditionError } from "./condition-errors.ts";

/** How often a sample has been at each node, by name; a node that is not named was never visited. */
export type Visits = Readonly<Record<string, number>>;

export interface Condition {
  /** Throws MezzoError `absent-field` where it needs a field that the sample does not have. */
  holds(state: State, visits: Visits): boolean;
  /** Answers the same for every sample: it asks for no field and no visits. */
  readonly isConstant: boolean;
  /** Fields that it needs: it reads them, and does not ask has() of them. */
  readonly reads: readonly string[];
}

/** An expression whose value is written to a field. */
export interface Expression {
  /** What it comes to; undefined where only a sample can tell (an entry of a list). */
  readonly type: FieldType | undefined;
  /** The text that it is, where it is one text in quotes and nothing else. */
  readonly text: string | undefined;
  readonly reads: readonly string[];
  /** Plain JSON. Throws as Condition's `holds` does. */
  valueFor(state: State, visits: Visits): unknown;
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

/** Makes conditions over one graph's state fields, whose names are not words of the language, and its nodes. */
export function createConditions(fields: Fields, nodes: readonly string[]) {
  const env = new Environment({ limits: LIMITS });
  for (const [name, field] of Object.entries(fields)) {
    env.registerVariable(name, CEL_TYPES[field.type]);
    env.registerVariable(`has_${name}_`, "bool");
  }
  env.registerFunction("tokens(string): int", (text: string) => BigInt(countTokens(text)));
  env.registerFunction("steps(string): int", (text: string) => BigInt(stepsOf(text).length));
  env.registerFunction("draw(string): double", drawFrom);
  registerMixedNumbers(env);

  const ground: Ground = { env, fields, nodes: [...nodes].sort((a, b) => a.length - b.length) };

  return {
    /** Never throws; what is wrong with the text is returned, with its place in it. */
    compile(text: string): Condition | ConditionError {
      const parsed = parse(ground, text, "condition");
      if ("code" in parsed) return parsed;
      if (parsed.type !== "bool" && parsed.type !== "dyn") {
        const what = `This is ${typeWord(parsed.type)}, and a condition is either true or false`;
        return wrong("not-a-condition", what, text);
      }
      const isConstant = parsed.words.length === 0 && parsed.names.every((name) => !isFieldWord(fields, name));
      return {
        isConstant,
        reads: neededBy(parsed, fields),
        holds: (state, visits) => evaluate(parsed, fields, { state, visits, text, what: "condition" }) === true,
      };
    },
    /** The same for an expression that gives a value. */
    compileValue(text: string): Expression | ConditionError {
      const parsed = parse(ground, text, "expression");
      if ("code" in parsed) return parsed;
      const { type, ast } = parsed;
      return {
        type: FIELD_TYPES.find(([pattern]) => pattern.test(type))?.[1],
        reads: neededBy(parsed, fields),
        text: ast.op === "value" && typeof ast.args === "string" ? ast.args : undefined,
        valueFor: (state, visits) => toPlain(evaluate(parsed, fields, { state, visits, text, what: "expression" })),
      };
    },
  };
}

/** The first 48 bits of the text's hash: as good as drawn, and the same whenever and wherever it is asked. */
function drawFrom(text: string): number {
  return hashText(text).readUIntBE(0, 6) / 2 ** 48;
}

const FIELD_TYPES: readonly (readonly [RegExp, FieldType])[] = [
  [/^(int|uint|double)$/, "number"],
  [/^string$/, "string"],
  [/^bool$/, "boolean"],
  [/^list/, "list"],
  [/^map/, "object"],
];

function neededBy({ names }: Parsed, fields: Fields): string[] {
  return names.filter((name) => Object.hasOwn(fields, name) && !names.includes(`has_${name}_`));
}

function isFieldWord(fields: Fields, name: string): boolean {
  return Object.hasOwn(fields, name) || Object.keys(fields).some((field) => name === `has_${field}_`);
}

/** CEL's whole numbers are bigints; what a sample holds is JSON. */
function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(key), toPlain(inner)]));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
}

/** Words that conditions need for themselves, so that no field can have them. */
export function isConditionWord(word: string): boolean {
  if (
    ["in", "true", "false", "null", "dyn", ...FUNCTIONS].includes(word) ||
    /^has_.*_$|^visits_[0-9a-z]+_*$/.test(word)
  )
    return true;
  try {
    new Environment().registerVariable(word, "string");
    return false;
  } catch {
    return true; // The library keeps the list of CEL's reserved words and type names.
  }
}

interface Ground {
  readonly env: Environment;
  readonly fields: Fields;
  /** Shortest names first. */
  readonly nodes: readonly string[];
}

interface Parsed {
  readonly run: (values: Record<string, unknown>) => unknown;
  readonly ast: ASTNode;
  readonly type: string;
  /** Every name in it; the fields among them are read otherwise than in has(). */
  readonly names: readonly string[];
  /** The visits that it asks for. */
  readonly words: readonly VisitWord[];
}

function parse(
  { env, fields, nodes }: Ground,
  text: string,
  what: "condition" | "expression",
): Parsed | ConditionError {
  if (text.trim() === "") return wrong("bad-condition", `The ${what} is empty`, text);
  if (text.length > LONGEST) return wrong("bad-condition", `The ${what} is longer than ${LONGEST} characters`, text);
  try {
    const replaced = replaceWords(text, nodes);
    if ("code" in replaced) return replaced;
    for (const { word } of replaced.words) if (!env.hasVariable(word)) env.registerVariable(word, "int");
    let run = env.parse(replaced.text);
    mixLiterals(run.ast);
    const refused = refuse(run.ast) ?? checkValues(run.ast, fields);
    if (refused !== undefined) return refused;
    let checked = run.check();
    for (const widened = new Set<number>(); !checked.valid && addList(run.ast, checked.error, widened); ) {
      run = env.parse(replaced.text);
      mixLiterals(run.ast, widened);
      checked = run.check();
    }
    if (!checked.valid) return describeCelError(checked.error, text, Object.keys(fields));
    const names = [...new Set(idsOf(run.ast))];
    return { run, ast: run.ast, type: checked.type ?? "dyn", names, words: replaced.words };
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

interface Moment {
  readonly state: State;
  readonly visits: Visits;
  readonly text: string;
  readonly what: "condition" | "expression";
}

function evaluate({ run, names, words }: Parsed, fields: Fields, { state, visits, text, what }: Moment): unknown {
  const values = valuesOf(fields, state);
  for (const { word, node } of words) values[word] = BigInt(visits[node] ?? 0);
  try {
    return run(values);
  } catch (cause) {
    const absent = names.find((name) => Object.hasOwn(fields, name) && (state[name] ?? null) === null);
    const one = text.replace(/\s+/g, " ").trim();
    if (absent === undefined) {
      throw new MezzoError("condition-failed", `the ${what} "${one}" can't be answered: ${firstLine(cause)}`, {
        cause,
      });
    }
    const hint = `Guard it with has(${absent}) where it may be absent.`;
    throw new MezzoError("absent-field", `the ${what} "${one}" needs "${absent}", which this sample does not have`, {
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
