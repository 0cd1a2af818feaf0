/** What CEL says of a condition, in words for somebody who has never heard of CEL. */
import { suggestion } from "../core/suggest.ts";

export interface ConditionError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Characters in the condition's text. */
  readonly start: number;
  readonly end: number;
}

/** The functions that people may want in a condition; CEL has a few more. */
export const FUNCTIONS = [
  "has",
  "visits",
  "tokens",
  "steps",
  "draw",
  "size",
  "contains",
  "startsWith",
  "endsWith",
  "int",
  "double",
  "string",
];

interface CelError {
  readonly message?: string;
  readonly summary?: string;
  readonly code?: string;
  readonly range?: { readonly start: number; readonly end: number };
}

export function describeCelError(thrown: unknown, text: string, fields: readonly string[]): ConditionError {
  const error = thrown as CelError;
  const summary = (error.summary ?? error.message?.split("\n")[0] ?? String(thrown)).replace(/\bhas_(\w+)_\b/g, "$1");
  const { start, end } = error.range ?? { start: 0, end: text.length };
  const unknown = /^Unknown variable: (.+)$/.exec(summary)?.[1];
  if (unknown !== undefined) return unknownField(unknown, text, start, fields);
  const overload = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in|&&|\|\||\[\]) (.+)$/.exec(summary);
  if (overload !== null) return badOperator(overload, start, end);
  const alone =
    /^no such overload: ([!-])(.+)$/.exec(summary) ??
    /^(Logical operator) requires bool operands, got '(.+)'$/.exec(summary);
  if (alone !== null) return badOperand(alone, text, start, end);
  const call = /^found no matching overload for '(?:(.+?)\.)?(\w+)\((.*)\)'$/.exec(summary);
  if (call !== null) return badCall(call, text, start, end);
  const kinds = /^(?:Ternary branches|List elements) must have the same type, .*'(.+)'.*'(.+)'/.exec(summary);
  if (kinds !== null) return unlike(kinds, start, end);
  return unreadable(summary, text, start, end);
}

function unlike([whole, left = "", right = ""]: RegExpExecArray, start: number, end: number): ConditionError {
  const where = whole.startsWith("List") ? "The entries of this list" : "The two results of this choice";
  const [a, b] = [plainType(left), plainType(right)];
  const message = a === b ? `${where} mix whole and decimal numbers` : `${where} are ${article(a)} and ${article(b)}`;
  const hint = a === b ? "Write 1.0 for 1, or double(...) round the whole one." : "They have to be of one type.";
  return { code: "type-in-condition", message, hint, start, end };
}

function unknownField(name: string, text: string, start: number, fields: readonly string[]): ConditionError {
  const at = text.indexOf(name, start);
  const from = at < 0 ? start : at;
  // vists(judge): the slip is in the function's name, and what it is given may be no field at all.
  const around = /(\w+)\(\s*$/.exec(text.slice(0, from));
  if (around !== null && !FUNCTIONS.includes(around[1]!) && suggestion(around[1]!, FUNCTIONS)?.startsWith("Did")) {
    return unknownFunction(around[1]!, around.index);
  }
  const hint = suggestion(name, fields) ?? `State fields: ${fields.join(", ")}.`;
  const message = `The state has no field "${name}"`;
  return { code: "unknown-field-in-condition", message, hint, start: from, end: from + name.length };
}

function badOperator(
  [, left = "", sign = "", right = ""]: RegExpExecArray,
  start: number,
  end: number,
): ConditionError {
  const [a, b] = [plainType(left), plainType(right)];
  const message =
    a === b ? `"${sign}" does not work on ${a}s` : `"${sign}" can't stand between ${article(a)} and ${article(b)}`;
  const isNull = left === "null" || right === "null";
  const hint = isNull ? "To ask whether a field is there, write has(field)." : hintForTypes(a, b);
  return { code: "type-in-condition", message, hint, start, end };
}

function hintForTypes(a: string, b: string): string | undefined {
  const pair = [a, b].sort().join(" ");
  if (pair === "number text")
    return 'A word is compared with a word in quotes, as in rating == "easy"; a length is tokens(field).';
  return undefined;
}

function badOperand(
  [, sign = "", type = ""]: RegExpExecArray,
  text: string,
  start: number,
  end: number,
): ConditionError {
  const shown = sign.length === 1 ? sign : text.slice(start, end).includes("&&") ? "&&" : "||";
  const message = `"${shown}" wants true or false, and this is ${article(plainType(type))}`;
  return { code: "type-in-condition", message, hint: "To ask whether a field is there, write has(field).", start, end };
}

function badCall(
  [, owner, name = "", given = ""]: RegExpExecArray,
  text: string,
  start: number,
  end: number,
): ConditionError {
  const found = text.indexOf(`${name}(`, start);
  const at = found < 0 ? start : found;
  if (!FUNCTIONS.includes(name)) return unknownFunction(name, at);
  const types =
    given === ""
      ? "nothing"
      : given
          .split(/, (?![^<]*>)/)
          .map((type) => article(plainType(type)))
          .join(" and ");
  const subject = owner === undefined ? "" : ` on ${article(plainType(owner))}`;
  const message = `${name}() does not take ${types}${subject}`;
  return { code: "type-in-condition", message, hint: USES[name], start: at, end };
}

function unknownFunction(name: string, start: number): ConditionError {
  const [message, hint] = [`There is no function ${name}()`, suggestion(name, FUNCTIONS)];
  return { code: "unknown-function", message, hint, start, end: start + name.length };
}

const USES: Readonly<Record<string, string>> = {
  has: "has(field) takes the name of one state field.",
  visits: "visits(node) takes the name of one node, as in visits(judge) > 2.",
  tokens: "tokens(field) takes one text.",
  steps: "steps(field) takes one text.",
  draw: "draw(field) takes one text, as in draw(problem) < 0.05: one sample in twenty.",
  size: "size(field) takes one text or list.",
  contains: 'As in trace.contains("boxed").',
  startsWith: 'As in trace.startsWith("Okay").',
  endsWith: 'As in trace.endsWith(".").',
};

function unreadable(summary: string, text: string, start: number, end: number): ConditionError {
  const code = "bad-condition";
  const word = /(?<![\w"'])(and|or|not)(?![\w"'])/.exec(text);
  if (word !== null && /^Unexpected/.test(summary)) {
    const sign = { and: "&&", or: "||", not: "!" }[word[1]!]!;
    const message = `"${word[1]}" is not a word of conditions`;
    return { code, message, hint: `Write \`${sign}\`.`, start: word.index, end: word.index + word[1]!.length };
  }
  if (/^Unterminated/.test(summary)) {
    return {
      code,
      message: "A text in quotes begins here and does not end",
      hint: "Add the closing quote.",
      start,
      end,
    };
  }
  if (/EOF/.test(summary)) {
    const hint = "Something is missing at the end: a value, a closing bracket, or a closing quote.";
    return {
      code,
      message: "The condition ends too early",
      hint,
      start: text.trimEnd().length,
      end: text.trimEnd().length,
    };
  }
  if (/^Unexpected character: '?=/.test(summary)) {
    return { code, message: 'A single "=" compares nothing', hint: "Write `==`.", start, end };
  }
  const unexpected = /^Unexpected (?:character|token): '?(.+?)'?$/.exec(summary)?.[1];
  if (unexpected !== undefined) {
    const found = text.slice(start, Math.max(end, start + 1)) || unexpected;
    return {
      code,
      message: `The condition can't be read from "${found}" on`,
      hint: 'For example: `tokens(trace) > 1200 && rating != "easy"`',
      start,
      end,
    };
  }
  return { code, message: summary, start, end };
}

/** CEL's type in a word of ours. */
function plainType(type: string): string {
  if (/^(int|uint|double)$/.test(type)) return "number";
  if (type === "string") return "text";
  if (type === "bool") return "true-or-false";
  if (type.startsWith("list")) return "list";
  if (type.startsWith("map")) return "object";
  return type;
}

function article(word: string): string {
  if (word === "true-or-false") return "a true-or-false value";
  if (word === "null") return "null";
  return word === "object" ? "an object" : `a ${word}`;
}
