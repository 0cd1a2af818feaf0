/**
 * Where a cursor is in a graph's YAML, by indentation and braces: enough for completion and for finding a node's line,
 * while the text is half written and no parser would take it. Whether a graph is right is for the checker alone.
 */

export interface YamlPlace {
  /** Keys from the outside in, without the one that is being written. */
  readonly path: readonly string[];
  /** Is a key being written, or the value of one? */
  readonly at: { readonly mode: "key" } | { readonly mode: "value"; readonly key: string };
  /** What is written of it so far, and where that begins. */
  readonly word: string;
  readonly from: number;
  /** Keys and scalar values beside it: what says which alternative of a schema is meant. */
  readonly beside: Readonly<Record<string, string>>;
}

const KEY_LINE = /^(\s*)(?:- )?("?[\w$.@ -]+?"?)\s*:(?:\s|$)/;
const NAME = /[\w$.@/-]*$/;

export function placeAt(text: string, position: number): YamlPlace {
  const lineStart = text.lastIndexOf("\n", position - 1) + 1;
  const head = text.slice(lineStart, position);
  const word = NAME.exec(head)![0];
  const from = position - word.length;
  const lines = text.split("\n");
  const row = text.slice(0, lineStart).split("\n").length - 1;
  const flow = flowIn(head);
  if (flow !== undefined) {
    const outer = blockPath(lines, row);
    const key = KEY_LINE.exec(head)?.[2] ?? "";
    const line = lines[row] ?? "";
    return {
      path: [...outer, unquote(key), ...flow.keys],
      at: flow.at,
      word,
      from,
      beside: pairsIn(line.slice(flow.open + 1)),
    };
  }
  const inValue = /^\s*(?:- )?("?[\w$.@-]+"?):\s+\S*$/.exec(head);
  const path = blockPath(lines, row);
  const at = inValue === null ? ({ mode: "key" } as const) : ({ mode: "value", key: unquote(inValue[1]!) } as const);
  return { path, at, word, from, beside: siblings(lines, row) };
}

/** Keys of the lines that a line stands under. */
function blockPath(lines: readonly string[], row: number): string[] {
  const path: string[] = [];
  let indent = indentOf(lines[row] ?? "");
  for (let at = row - 1; at >= 0 && indent > 0; at--) {
    const match = KEY_LINE.exec(lines[at]!);
    if (match === null || match[1]!.length >= indent) continue;
    path.unshift(unquote(match[2]!));
    indent = match[1]!.length;
  }
  return path;
}

function siblings(lines: readonly string[], row: number): Record<string, string> {
  const indent = indentOf(lines[row] ?? "");
  const found: Record<string, string> = {};
  const look = (step: number) => {
    for (let at = row + step; at >= 0 && at < lines.length; at += step) {
      const line = lines[at]!;
      if (line.trim() === "" || line.trim().startsWith("#")) continue;
      if (indentOf(line) < indent) return;
      const match = /^\s*("?[\w$.@-]+"?):\s*([^#{[]*)/.exec(line);
      if (match !== null && indentOf(line) === indent) found[unquote(match[1]!)] = unquote(match[2]!.trim());
    }
  };
  look(-1);
  look(1);
  return found;
}

/** Inside braces on this line: the keys that lead there, and what is being written. */
function flowIn(head: string): { keys: string[]; at: YamlPlace["at"]; open: number } | undefined {
  const opens: { at: number; key: string }[] = [];
  let key = "";
  let quote = "";
  let from = 0;
  for (let at = 0; at < head.length; at++) {
    const char = head[at]!;
    if (quote !== "") {
      if (char === quote) quote = "";
      continue;
    }
    if (char === "#" && /\s/.test(head[at - 1] ?? " ")) return undefined;
    if (char === '"' || char === "'") quote = char;
    else if (char === "{" && head[at - 1] !== "$") {
      opens.push({ at, key });
      key = "";
      from = at + 1;
    } else if (char === "}" && opens.length > 0) {
      opens.pop();
      key = "";
    } else if (char === ",") {
      key = "";
      from = at + 1;
    } else if (char === ":" && /\s|$/.test(head[at + 1] ?? "")) key = unquote(head.slice(from, at).trim());
  }
  const last = opens.at(-1);
  if (last === undefined) return undefined;
  // The first brace hangs on the line's own key, which the caller adds.
  const keys = opens.slice(1).map((open) => open.key);
  return { keys, at: key === "" ? { mode: "key" } : { mode: "value", key }, open: last.at };
}

function pairsIn(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const [, key, value] of text.matchAll(/([\w$.@-]+):\s*([^,{}]*)/g)) pairs[key!] = unquote(value!.trim());
  return pairs;
}

/** The line (from 1) on which a node begins. */
export function lineOfNode(text: string, node: string): number | undefined {
  return nodeLines(text).find((each) => each.name === node)?.line;
}

/** The node that a line belongs to. */
export function nodeAtLine(text: string, line: number): string | undefined {
  return nodeLines(text).findLast((each) => each.line <= line && line <= each.last)?.name;
}

/** Names that stand under a top key: nodes, models, state fields. */
export function namesUnder(text: string, section: string): string[] {
  return sectionLines(text, section).map((each) => each.name);
}

function nodeLines(text: string) {
  return sectionLines(text, "nodes");
}

function sectionLines(text: string, section: string): { name: string; line: number; last: number }[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^${section}:`).test(line));
  if (start === -1) return [];
  const found: { name: string; line: number; last: number }[] = [];
  let indent: number | undefined;
  for (let at = start + 1; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.trim() === "" || line.trim().startsWith("#")) continue;
    const depth = indentOf(line);
    if (depth === 0) break;
    indent ??= depth;
    const match = KEY_LINE.exec(line);
    if (depth === indent && match !== null) found.push({ name: unquote(match[2]!), line: at + 1, last: at + 1 });
    else if (found.length > 0) found[found.length - 1]!.last = at + 1;
  }
  return found;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function unquote(text: string): string {
  return text.replace(/^"(.*)"$|^'(.*)'$/, "$1$2");
}
