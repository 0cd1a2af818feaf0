/**
 * The two words of conditions that CEL has no place for: `has(field)` and `visits(node)`. Each becomes a variable of the
 * same length before CEL sees the text, so that every position in an error stays right.
 *
 *   has(trace)            has_trace_
 *   visits(expand-more)   visits_1____________      a node's name need be no name of CEL's: its number stands for it
 *
 * Numbers are given from the shortest name up, so that even a name of one letter has room for its own.
 */
import { suggestion } from "../core/suggest.ts";
import type { ConditionError } from "./condition-errors.ts";

/** A variable, and the node whose visits it stands for. */
export interface VisitWord {
  readonly word: string;
  readonly node: string;
}

/** `nodes` are in order of their length. Quoted texts in the condition are left alone. */
export function replaceWords(
  text: string,
  nodes: readonly string[],
): { readonly text: string; readonly words: readonly VisitWord[] } | ConditionError {
  const words: VisitWord[] = [];
  let unknown: ConditionError | undefined;
  const replaced = text.replace(WORDS, (whole: string, ...found: unknown[]) => {
    const {
      before = "",
      field,
      after = "",
      node,
      quoted,
    } = found.at(-1) as Readonly<Record<string, string | undefined>>;
    if (field !== undefined) return `${before}has_${field}_${after}`;
    const name = node ?? quoted?.slice(1, -1);
    if (name === undefined) return whole;
    const index = nodes.indexOf(name);
    if (index < 0) {
      const start = (found.at(-3) as number) + whole.indexOf(name, "visits(".length);
      unknown ??= unknownNode(name, nodes, start);
      return whole;
    }
    const word = `visits_${index.toString(36)}`.padEnd(whole.length, "_");
    words.push({ word, node: name });
    return word;
  });
  return unknown ?? { text: replaced, words };
}

const WORDS =
  /\bhas\((?<before>\s*)(?<field>[A-Za-z_]\w*)(?<after>\s*)\)|\bvisits\(\s*(?:(?<node>[A-Za-z][\w/-]*)|(?<quoted>"[^"\\]*"|'[^'\\]*'))\s*\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;

function unknownNode(name: string, nodes: readonly string[], start: number): ConditionError {
  const hint = suggestion(name, nodes) ?? `visits(node) takes the name of a node: ${nodes.join(", ")}.`;
  const message = `There is no node "${name}" whose visits could be counted`;
  return { code: "unknown-node-in-condition", message, hint, start, end: start + name.length };
}
