/**
 * Plain arithmetic as traces write it: `9 * 9 * 8 * 7`, `(16 - 3 - 4) \times 2`, `\frac{3}{4} \cdot 20`. Parsed whole or
 * not at all: units, letters, percent signs and anything else unknown mean that we cannot vouch for it.
 */
import { add, divide, multiply, parseNumber, power, type Rational, subtract, writeRational } from "./rational.ts";

export type Expression =
  | { readonly kind: "number"; readonly value: Rational; readonly text: string }
  | { readonly kind: "operation"; readonly sign: Sign; readonly left: Expression; readonly right: Expression };

export type Sign = "+" | "-" | "×" | "÷" | "^";

const MAX_TOKENS = 40;

/** Reads the whole text as one expression; undefined when any part of it is something else. */
export function parseExpression(text: string): Expression | undefined {
  const tokens = tokenize(text);
  if (!tokens || tokens.length === 0 || tokens.length > MAX_TOKENS) return undefined;
  const cursor: Cursor = { tokens, at: 0 };
  const expression = parseSum(cursor);
  return expression && cursor.at === tokens.length ? expression : undefined;
}

export function evaluate(expression: Expression): Rational | undefined {
  if (expression.kind === "number") return expression.value;
  const left = evaluate(expression.left);
  const right = evaluate(expression.right);
  return left && right && apply(expression.sign, left, right);
}

export function countOperations(expression: Expression): number {
  if (expression.kind === "number") return 0;
  return 1 + countOperations(expression.left) + countOperations(expression.right);
}

export interface Operation {
  readonly sign: Sign;
  readonly left: Rational;
  readonly right: Rational;
  readonly value: Rational;
}

/** The single operations in the order a person would do them; undefined when one has no exact value. */
export function listOperations(expression: Expression): Operation[] | undefined {
  const operations: Operation[] = [];
  const walk = (node: Expression): Rational | undefined => {
    if (node.kind === "number") return node.value;
    const left = walk(node.left);
    const right = left && walk(node.right);
    const value = left && right && apply(node.sign, left, right);
    if (left && right && value) operations.push({ sign: node.sign, left, right, value });
    return value;
  };
  return walk(expression) ? operations : undefined;
}

/** Small whole numbers, few of them: anybody's head does it. */
export function isMental(operations: readonly Operation[]): boolean {
  const isSmall = (value: Rational) => value.bottom === 1n && value.top >= -24n && value.top <= 24n;
  return (
    operations.length <= 3 && operations.every((one) => isSmall(one.left) && isSmall(one.right) && isSmall(one.value))
  );
}

/** Times one, divided by one, plus or minus zero: nothing is done. */
export function isIdle({ sign, left, right, value }: Operation): boolean {
  const same = (a: Rational, b: Rational) => a.top === b.top && a.bottom === b.bottom;
  return sign !== "^" && (same(left, value) || (same(right, value) && (sign === "+" || sign === "×")));
}

export function apply(sign: Sign, left: Rational, right: Rational): Rational | undefined {
  if (sign === "+") return add(left, right);
  if (sign === "-") return subtract(left, right);
  if (sign === "×") return multiply(left, right);
  if (sign === "÷") return divide(left, right);
  return power(left, right);
}

export function writeOperation(operation: Operation, decimals: "decimal" | "fraction"): string {
  const side = (value: Rational) => {
    const text = writeRational(value, decimals);
    return text.startsWith("-") || text.includes("/") ? `(${text})` : text;
  };
  const sign = operation.sign === "^" ? "^" : ` ${operation.sign} `;
  return `${side(operation.left)}${sign}${side(operation.right)} = ${writeRational(operation.value, decimals)}`;
}

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
}

const TOKEN =
  /\s*(?:(\d+(?:,\d{3})*(?:\.\d+)?)|(\\times|\\cdot|\\div|[+\-−–*×·÷/^(){}]|\\[dt]?frac|\\left|\\right|\\,)|(\S))/y;

function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const source = text.trim();
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    if (!match || match[3] !== undefined) return undefined;
    const token = match[1] ?? match[2]!;
    if (token !== "\\left" && token !== "\\right" && token !== "\\,") tokens.push(SPELLING[token] ?? token);
    if (tokens.length > MAX_TOKENS) return undefined;
  }
  return tokens;
}

const SPELLING: Readonly<Record<string, string>> = {
  "\\times": "×", "\\cdot": "×", "\\div": "÷", "*": "×", "·": "×", "/": "÷", "−": "-", "–": "-",
  "\\frac": "frac", "\\dfrac": "frac", "\\tfrac": "frac",
}; // biome-ignore format: a table reads better in rows

function parseSum(cursor: Cursor): Expression | undefined {
  let left = parseProduct(cursor);
  while (left && (cursor.tokens[cursor.at] === "+" || cursor.tokens[cursor.at] === "-")) {
    const sign = cursor.tokens[cursor.at++] as Sign;
    const right = parseProduct(cursor);
    if (!right) return undefined;
    left = { kind: "operation", sign, left, right };
  }
  return left;
}

function parseProduct(cursor: Cursor): Expression | undefined {
  let left = parsePower(cursor);
  while (left) {
    const token = cursor.tokens[cursor.at];
    // "(3)(4)" multiplies; "2 3" and "2 3/4" (a mixed number) do not, and are refused by the caller.
    const touching = token === "(" && cursor.tokens[cursor.at - 1] === ")";
    if (token !== "×" && token !== "÷" && !touching) return left;
    if (!touching) cursor.at++;
    const right = parsePower(cursor);
    if (!right) return undefined;
    left = { kind: "operation", sign: token === "÷" ? "÷" : "×", left, right };
  }
  return left;
}

function parsePower(cursor: Cursor): Expression | undefined {
  const base = parseAtom(cursor);
  if (!base || cursor.tokens[cursor.at] !== "^") return base;
  cursor.at++;
  const exponent = parseGroup(cursor, "{", "}") ?? parseAtom(cursor);
  return exponent && { kind: "operation", sign: "^", left: base, right: exponent };
}

function parseAtom(cursor: Cursor): Expression | undefined {
  const token = cursor.tokens[cursor.at];
  if (token === undefined) return undefined;
  if (token === "frac") {
    cursor.at++;
    const left = parseGroup(cursor, "{", "}");
    const right = left && parseGroup(cursor, "{", "}");
    return right && { kind: "operation", sign: "÷", left: left!, right };
  }
  if (token === "(") return parseGroup(cursor, "(", ")");
  const value = parseNumber(token);
  if (!value) return undefined;
  cursor.at++;
  return { kind: "number", value, text: token };
}

function parseGroup(cursor: Cursor, open: string, close: string): Expression | undefined {
  if (cursor.tokens[cursor.at] !== open) return undefined;
  cursor.at++;
  const inside = parseSum(cursor);
  if (!inside || cursor.tokens[cursor.at] !== close) return undefined;
  cursor.at++;
  return inside;
}
