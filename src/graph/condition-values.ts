/** A field with a list of values compared with a word that is not one of them is never true, and always a slip. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { suggestion } from "../core/suggest.ts";
import type { ConditionError } from "./condition-errors.ts";
import type { Field } from "./plan.ts";

/** The first such comparison, if there is one. */
export function checkValues(node: ASTNode, fields: Readonly<Record<string, Field>>): ConditionError | undefined {
  const own = COMPARISONS.includes(node.op)
    ? compareNode(node.args as unknown as readonly ASTNode[], fields)
    : undefined;
  if (own !== undefined) return own;
  for (const child of childrenOf(node.args)) {
    const found = checkValues(child, fields);
    if (found !== undefined) return found;
  }
  return undefined;
}

const COMPARISONS: readonly string[] = ["==", "!=", "in"];

function compareNode(
  [left, right]: readonly ASTNode[],
  fields: Readonly<Record<string, Field>>,
): ConditionError | undefined {
  if (left === undefined || right === undefined) return undefined;
  return compare(left, right, fields) ?? compare(right, left, fields);
}

function compare(
  variable: ASTNode,
  other: ASTNode,
  fields: Readonly<Record<string, Field>>,
): ConditionError | undefined {
  const name = variable.op === "id" ? (variable.args as string) : undefined;
  const field = name !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
  const allowed = field?.enum;
  if (allowed === undefined) return undefined;
  const words = other.op === "list" ? childrenOf(other.args) : [other];
  const wrong = words.find(
    (word) => word.op === "value" && typeof word.args === "string" && !allowed.includes(word.args),
  );
  if (wrong === undefined) return undefined;
  const word = String(wrong.args);
  const message = `"${name}" is never "${word}": it is one of ${allowed.join(", ")}`;
  const near = suggestion(word, allowed);
  const hint = near?.startsWith("Did") ? near : undefined;
  return { code: "unknown-value-in-condition", message, hint, start: wrong.range.start, end: wrong.range.end };
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return args !== null && typeof args === "object" && "op" in args ? [args as ASTNode] : [];
}
