/**
 * A graph file tidied: two spaces a level, one space where one belongs, at most one blank line, none at the line's end. What
 * people chose stays theirs: order, quotes, comments and where they stand, and the lines of whatever spans several.
 *
 *   text ─▶ document ─▶ marks for what is to stay as it is written ─▶ the yaml library prints ─▶ marks back ─▶ flow spacing
 *
 * The library would move a comment behind a key to the next line, and put long texts and lists on lines of its own choice:
 * those are marked, and put back as they stood. In the end the result is held against the original: the same values in
 * the same order, the same comments, and formatting it once more changes nothing. A text for which that does not hold (there
 * is always one more oddity in YAML) is given back as it was.
 */
import {
  CST,
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  type Node,
  Parser,
  parseDocument,
  Scalar,
  visit,
} from "yaml";

/** Only for a text without syntax errors (YamlFile.diagnostics). */
export function formatYaml(text: string): string {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const isWindows = text.includes("\r\n");
  const plain = text.slice(mark.length).replaceAll("\r\n", "\n");
  const formatted = tidy(plain);
  const isSound = isSame(plain, formatted) && tidy(formatted) === formatted;
  if (!isSound) return text;
  return mark + (isWindows ? formatted.replaceAll("\n", "\r\n") : formatted);
}

function tidy(text: string): string {
  const document = parse(text);
  const marks = new Marks(text);
  visit(document, {
    Node: (_key, node, path) => {
      marks.keepComment(node);
      const parent = path.at(-1);
      const isKey = parent !== undefined && "key" in parent && parent.key === node;
      return isKey ? undefined : marks.keepLines(node);
    },
  });
  const printed = document.toString({ lineWidth: 0, indent: 2 });
  const lines = marks.putBack(printed).trimEnd().split("\n");
  // The library sets the last comment apart.
  const last = document.comment?.split("\n").length;
  if (
    last !== undefined &&
    text
      .trimEnd()
      .split("\n")
      .at(-last - 1)
      ?.trim() !== "" &&
    lines.at(-last - 1) === ""
  ) {
    lines.splice(-last - 1, 1);
  }
  return tidyFlow(
    `${lines
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd()}\n`,
  );
}

function parse(text: string): Document.Parsed {
  return parseDocument(text, { version: "1.2", logLevel: "error", keepSourceTokens: false });
}

/** Stretches of the text that stand in the printed one as a mark, and what is to be put there. */
class Marks {
  readonly #text: string;
  readonly #kept: string[] = [];
  readonly #word: string;

  constructor(text: string) {
    this.#text = text;
    // A word that no text holds.
    let word = "MARK";
    while (text.includes(word)) word += "K";
    this.#word = word;
  }

  /** A comment on its key's line stays there. */
  keepComment(node: Node): void {
    if (!isNode(node) || !node.commentBefore || !node.range) return;
    const [first = "", ...rest] = node.commentBefore.split("\n");
    const above = this.#text.slice(0, node.range[0]).split("\n").slice(0, -1);
    let alone = 0;
    while (/^\s*(#.*)?$/.test(above.at(-1) ?? "x")) if (above.pop()?.trim() !== "") alone += 1;
    if (
      alone !== rest.filter((line) => line.trim() !== "").length ||
      !above.at(-1)?.trimEnd().endsWith(`#${first.trimEnd()}`)
    )
      return;
    node.commentBefore = [this.#mark(` #${first}`, "#"), ...rest].join("\n");
  }

  /** What spans several lines keeps them. */
  keepLines(node: Node): Node | undefined {
    if (!node.range || (isCollection(node) && node.flow !== true) || (!isCollection(node) && !isScalar(node)))
      return undefined;
    const source = this.#text.slice(node.range[0], node.range[1]).trimEnd();
    if (!source.includes("\n")) return undefined;
    const lineStart = this.#text.lastIndexOf("\n", node.range[0]) + 1;
    const indent = /^ */.exec(this.#text.slice(lineStart))?.[0].length ?? 0;
    const stand = new Scalar(this.#mark(source, "", indent));
    stand.type = "PLAIN";
    for (const key of ["comment", "commentBefore", "spaceBefore", "anchor", "tag"] as const) {
      if (node[key as "comment"] !== undefined) stand[key as "comment"] = node[key as "comment"];
    }
    return stand;
  }

  putBack(printed: string): string {
    const isLines = new RegExp(`^( *)(.*)${this.#word}(\\d+)_(\\d+)_`, "gm");
    const whole = printed.replace(isLines, (_all, spaces: string, before: string, at: string, was: string) => {
      const shift = spaces.length - Number(was);
      const moved = this.#kept[Number(at)]!.split("\n").map((line, no) =>
        no === 0 || line.trim() === "" ? line : move(line, shift),
      );
      return spaces + before + moved.join("\n");
    });
    const isComment = new RegExp(`[ \\t]*\\n[ \\t]*#${this.#word}(\\d+)#`, "g");
    return whole.replace(isComment, (_all, at: string) => this.#kept[Number(at)]!);
  }

  #mark(source: string, end: "#" | "", indent?: number): string {
    const at = this.#kept.push(source) - 1;
    return end === "#" ? `${this.#word}${at}#` : `${this.#word}${at}_${indent}_`;
  }
}

function move(line: string, by: number): string {
  if (by >= 0) return " ".repeat(by) + line;
  const spaces = /^ */.exec(line)![0].length;
  return line.slice(Math.min(spaces, -by));
}

/** `{ a: 1 }` and `[a, b]`, where they stand on one line. */
function tidyFlow(text: string): string {
  let tidied = "";
  for (const token of new Parser().parse(text)) {
    if (token.type === "document" && token.value !== undefined) walk(token.value);
    tidied += CST.stringify(token);
  }
  return tidied;
}

function walk(token: CST.Token | null | undefined): void {
  if (!token || !("items" in token)) return;
  if (token.type === "flow-collection" && standsOnOneLine(token)) tidySpaces(token);
  for (const { key, value } of token.items) {
    walk(key);
    walk(value);
  }
}

function standsOnOneLine(token: CST.FlowCollection): boolean {
  const closing = token.end.findIndex(({ type }) => type === "flow-map-end" || type === "flow-seq-end");
  return !/[\n#]/.test(CST.stringify({ ...token, end: token.end.slice(0, closing) }));
}

const SPACE: CST.SourceToken = { type: "space", offset: 0, indent: 0, source: " " };

function tidySpaces(token: CST.FlowCollection): void {
  const isMapping = token.start.type === "flow-map-start";
  const bare = (tokens: readonly CST.SourceToken[]) => tokens.filter(({ type }) => type !== "space");
  const spaced = (tokens: readonly CST.SourceToken[]) => bare(tokens).flatMap((one) => [one, SPACE]);
  const isBlank = token.items.every(({ key, value, sep }) => !key && !value && !sep);
  for (const [at, item] of token.items.entries()) {
    const isTrailingComma = !item.key && !item.value && !item.sep;
    item.start = isTrailingComma
      ? bare(item.start)
      : [...(at === 0 && isMapping ? [SPACE] : []), ...spaced(item.start)];
    if (item.sep) item.sep = spaced(item.sep);
    for (const part of [item.key, item.value]) if (part && "end" in part && part.end) part.end = bareEnd(part.end);
  }
  const closing = token.end.findIndex(({ type }) => type === "flow-map-end" || type === "flow-seq-end");
  token.end = [...(isMapping && !isBlank ? [SPACE] : []), ...token.end.slice(closing)];
}

/** What stands behind the bracket, but for spaces. */
function bareEnd(end: readonly CST.SourceToken[]): CST.SourceToken[] {
  return end.filter(({ type }) => type !== "space");
}

/** The same values in the same order, and the same comments. */
function isSame(before: string, after: string): boolean {
  const [a, b] = [parse(before), parse(after)];
  if (b.errors.length > 0) return false;
  return JSON.stringify(shapeOf(a)) === JSON.stringify(shapeOf(b)) && commentsOf(before) === commentsOf(after);
}

/** Values with their keys' order, anchors and quotes. */
function shapeOf(document: Document.Parsed): unknown[] {
  const shape: unknown[] = [];
  visit(document, {
    Node: (_key, node) => {
      const { anchor, tag } = node as { anchor?: string; tag?: string };
      shape.push([node.constructor.name, isMap(node) ? node.items.length : undefined, anchor, tag]);
      if (isScalar(node)) shape.push([node.type, node.value]);
    },
    Alias: (_key, alias) => void shape.push(alias.source),
  });
  return shape;
}

function commentsOf(text: string): string {
  const comments: string[] = [];
  const note = (token: { type: string; source?: string }) => {
    if (token.type === "comment") comments.push(token.source?.trimEnd() ?? "");
  };
  for (const token of new Parser().parse(text)) eachToken(token, note);
  return comments.join("\n");
}

function eachToken(value: unknown, note: (token: { type: string; source?: string }) => void): void {
  if (Array.isArray(value)) for (const inner of value) eachToken(inner, note);
  else if (value !== null && typeof value === "object") {
    if ("type" in value && typeof value.type === "string") note(value as { type: string; source?: string });
    for (const inner of Object.values(value)) eachToken(inner, note);
  }
}
