/** Whole and decimal numbers: CEL keeps them apart, people who write YAML do not. */
import type { ASTNode, Environment } from "@marcbachmann/cel-js";

/**
 * `[1, 2.5]` and `done ? 1 : 2.5`: where one number is written as a decimal, all of them are; and in lists that begin at
 * one of `widened`.
 */
export function mixLiterals(node: ASTNode, widened?: ReadonlySet<number>): void {
  const args = node.args as unknown;
  const beside = node.op === "list" ? (args as ASTNode[]) : node.op === "?:" ? (args as ASTNode[]).slice(1) : [];
  const numbers = beside.filter(({ op, args: value }) => op === "value" && /^(bigint|number)$/.test(typeof value));
  const isWidened = node.op === "list" && widened?.has(node.range.start) === true;
  if (isWidened || numbers.some(({ args: value }) => typeof value === "number")) {
    for (const literal of numbers) (literal as { args: unknown }).args = Number(literal.args);
  }
  for (const child of childrenOf(args)) mixLiterals(child, widened);
}

/**
 * `rounds in [1, 3]` where rounds is a decimal: adds the list to those that are made decimals; false where that is not
 * what was wrong. (An operator of our own for it would stand in the way of CEL's where only the run knows the types.)
 */
export function addList(node: ASTNode, error: unknown, widened: Set<number>): boolean {
  const { message = "", range } = error as { message?: string; range?: { start: number; end: number } };
  if (range === undefined || !message.startsWith("no such overload: double in list<int>")) return false;
  const [, list] = node.op === "in" ? (node.args as unknown as readonly ASTNode[]) : [];
  if (list?.op === "list" && node.range.start === range.start && node.range.end === range.end) {
    const before = widened.size;
    return widened.add(list.range.start).size > before;
  }
  return childrenOf(node.args).some((child) => addList(child, error, widened));
}

/** `tokens(x) * 0.5` would be an error in CEL. */
export function registerMixedNumbers(env: Environment): void {
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
}

/** The nodes right below one, given its `args`. */
export function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return args !== null && typeof args === "object" && "op" in args ? [args as ASTNode] : [];
}
