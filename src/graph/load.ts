/** The one door to YAML: text to a document whose every value knows its place, and values with `${NAME}` filled in. */
import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { Diagnostic, Place } from "../core/errors.ts";

export type KeyPath = readonly (string | number)[];

export class YamlFile {
  readonly file: string;
  readonly text: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  /** Lines of the text above this YAML, for front matter inside another file. */
  readonly #offset: number;

  constructor(file: string, text: string, options: { from?: number; to?: number } = {}) {
    this.file = file;
    this.text = text;
    this.#offset = options.from ?? 0;
    // Positions must count from the file's beginning: the line counter sees the whole text, the parser its part.
    this.#lines = new LineCounter();
    addLineStarts(this.#lines, text);
    this.#document = parseDocument(text.slice(this.#offset, options.to), { uniqueKeys: true, version: "1.2" });
  }

  /** Syntax errors, duplicate keys, unknown anchors: what the YAML reader itself found. */
  get diagnostics(): Diagnostic[] {
    return [...this.#document.errors, ...this.#document.warnings].map((trouble) => ({
      code: YAML_CODES[trouble.code] ?? "yaml-syntax",
      severity: trouble.name === "YAMLWarning" ? "warning" : "error",
      message: plainMessage(trouble.code, trouble.message),
      place: this.placeAt(trouble.pos[0], trouble.pos[1]),
    }));
  }

  /** The document as plain values. Throws no alias bombs: more than 100 aliases are a diagnostic's business. */
  toValue(): unknown {
    return this.#document.toJS({ maxAliasCount: 100 });
  }

  /** Puts a value at a path, as `--set` does; its place is then the path's nearest written ancestor. */
  set(path: KeyPath, value: unknown): void {
    this.#document.setIn(path, value);
  }

  has(path: KeyPath): boolean {
    return this.#document.hasIn(path);
  }

  /** The place of the value at a path; of its key with `key`; of the nearest ancestor where it is not written. */
  place(path: KeyPath, options: { key?: boolean } = {}): Place {
    if (options.key === true && path.length > 0) {
      const parent = this.#document.getIn(path.slice(0, -1), true);
      const name = String(path.at(-1));
      const pair = isMap(parent) ? parent.items.find((item) => isPair(item) && keyText(item.key) === name) : undefined;
      const key = pair?.key as Node | undefined;
      if (key?.range) return this.placeAt(key.range[0], key.range[1]);
    }
    for (let depth = path.length; depth >= 0; depth--) {
      const node = this.#document.getIn(path.slice(0, depth), true) as Node | undefined;
      if (node?.range) {
        // A whole map is no place to point at; its key is.
        if (depth < path.length && depth > 0 && isMap(node)) return this.place(path.slice(0, depth), { key: true });
        return this.placeAt(node.range[0], node.range[1]);
      }
    }
    return this.placeAt(0, 0);
  }

  /** The place of a stretch inside a scalar, such as an error inside an expression. */
  placeInside(path: KeyPath, start: number, end: number): Place {
    const node = this.#document.getIn(path, true);
    if (!isScalar(node) || !node.range) return this.place(path);
    const source = this.text.slice(this.#offset + node.range[0], this.#offset + node.range[1]);
    const quoted = source.startsWith('"') || source.startsWith("'") ? 1 : 0;
    const from = node.range[0] + quoted + start;
    return this.placeAt(from, node.range[0] + quoted + Math.max(end, start + 1));
  }

  /** The place of a stretch of this YAML's own text. */
  placeAt(start: number, end: number): Place {
    const { line, col } = this.#lines.linePos(this.#offset + start);
    const lineEnd = this.text.indexOf("\n", this.#offset + start);
    const until = Math.min(this.#offset + end, lineEnd < 0 ? this.text.length : lineEnd);
    return {
      file: this.file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      length: Math.max(1, until - this.#offset - start),
    };
  }
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function addLineStarts(lines: LineCounter, text: string): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
}

const YAML_CODES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "duplicate-key",
  TAB_AS_INDENT: "yaml-tab",
  BAD_ALIAS: "yaml-alias",
  MULTIPLE_DOCS: "yaml-documents",
};

/** The reader's own message without its code frame (we draw our own), and clearer where it is terse. */
function plainMessage(code: string, message: string): string {
  const first = message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? message;
  if (code === "TAB_AS_INDENT") return "YAML is indented with spaces; this line starts with a tab";
  if (code === "DUPLICATE_KEY") return "This key stands twice in the same block; only one of them could count";
  return first.replace(/:$/, "");
}

/** `${NAME}` and `${NAME:-default}`. */
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Fills `${NAME}` in a text. Names that are neither set nor given a default are reported through `missing`. */
export function fillVariables(text: string, env: Environment, missing: (name: string, at: number) => void): string {
  return text.replace(VARIABLE, (whole, name: string, fallback: string | undefined, at: number) => {
    const value = env[name];
    if (value !== undefined && value !== "") return value;
    if (fallback !== undefined) return fallback;
    missing(name, at);
    return whole;
  });
}
