/**
 * The one door to YAML: text to a document whose every value knows its place.
 *
 * Places are the reason this is a class: whoever checks a value later names it by its path, and gets line, column and
 * length back, whether it is plain, quoted, a block, behind an alias, missing (then where it ought to be), or came from
 * a `--set` (then in that).
 */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import { type Diagnostic, messageOf, type Place } from "../core/errors.ts";
import { suggestion } from "../core/suggest.ts";
import { scalarOffsets } from "./scalar-offsets.ts";
import type { KeyPath, Source } from "./source.ts";
import { type Excess, findExcess } from "./yaml-excess.ts";
import { describeYamlTroubles } from "./yaml-troubles.ts";

export type { KeyPath } from "./source.ts";

/** How often anchors may be repeated in all: enough for any graph written by hand. */
const MOST_ALIASES = 100;

export class YamlFile implements Source {
  readonly file: string;
  readonly text: string;
  readonly #document: Document.Parsed;
  /** Why the text was not even parsed. */
  readonly #excess: Excess | undefined;
  readonly #lines: LineCounter;
  /** Lines of the text above this YAML, for front matter inside another file. */
  readonly #offset: number;
  /** Values that did not come from the file, and where they came from. */
  readonly #changes: { path: KeyPath; key: Place; value: Place }[] = [];

  constructor(file: string, text: string, options: { from?: number; to?: number } = {}) {
    this.file = file;
    this.text = text;
    this.#offset = options.from ?? 0;
    // Positions must count from the file's beginning: the line counter sees the whole text, the parser its part.
    this.#lines = new LineCounter();
    addLineStarts(this.#lines, text);
    const part = text.slice(this.#offset, options.to);
    this.#excess = findExcess(part);
    this.#document = parseDocument(this.#excess === undefined ? part : "", { version: "1.2", logLevel: "error" });
  }

  /** Syntax errors, duplicate keys, aliases that lead nowhere or round: all that keeps a text from being values. */
  get diagnostics(): Diagnostic[] {
    if (this.#excess !== undefined) {
      const { message, at } = this.#excess;
      return [{ code: "yaml-too-much", severity: "error", message, place: this.placeAt(at, at + 1) }];
    }
    const found = [...this.#document.errors, ...this.#document.warnings];
    const troubles = describeYamlTroubles(found, this.text.slice(this.#offset)).map(
      ({ code, message, hint, start, end }): Diagnostic => {
        return { code, severity: "error", message, hint, place: this.placeAt(start, end) };
      },
    );
    return troubles.length > 0 ? troubles : this.#aliasTroubles();
  }

  /** The document as plain values. Only after `diagnostics` are empty. */
  toValue(): unknown {
    return this.#document.toJS({ maxAliasCount: MOST_ALIASES });
  }

  valueAt(path: KeyPath): unknown {
    const node = this.#nodeAt(path);
    return node?.toJS(this.#document, { maxAliasCount: MOST_ALIASES });
  }

  keysAt(path: KeyPath): string[] {
    const node = this.#nodeAt(path);
    return isMap(node) ? node.items.map((item) => keyText(item.key)) : [];
  }

  /** Puts a value at a path, as `--set` does; `from` is where the two came from. False where the path leads nowhere. */
  set(path: KeyPath, value: unknown, from: { key: Place; value: Place }): boolean {
    const parent = this.#nodeAt(path.slice(0, -1));
    const key = path.at(-1)!;
    if (isSeq(parent) && !(/^\d+$/.test(String(key)) && Number(key) <= parent.items.length)) return false;
    if (!isCollection(parent)) return false;
    parent.set(isSeq(parent) ? Number(key) : key, this.#document.createNode(value));
    this.#changes.push({ path, ...from });
    return true;
  }

  has(path: KeyPath): boolean {
    return this.#nodeAt(path) !== undefined;
  }

  place(path: KeyPath, options: { key?: boolean } = {}): Place {
    const change = this.#changes.findLast(({ path: changed }) => changed.every((key, at) => sameKey(key, path[at])));
    if (change !== undefined) return options.key && path.length === change.path.length ? change.key : change.value;
    if (options.key === true && path.length > 0) {
      const parent = this.#nodeAt(path.slice(0, -1));
      const name = String(path.at(-1));
      const pair = isMap(parent) ? parent.items.find((item) => isPair(item) && keyText(item.key) === name) : undefined;
      const key = pair?.key as Node | undefined;
      if (key?.range) return this.placeAt(key.range[0], key.range[1]);
    }
    const node = this.#nodeAt(path, { alias: true });
    if (node?.range && !(options.key && isCollection(node))) {
      // A block of many lines is no place to point at; the key it hangs on is.
      const isBlock = isCollection(node) && node.flow !== true;
      if (!isBlock) return this.#placeOfNode(node);
    }
    if (path.length === 0) return this.placeAt(...this.#firstWord());
    // Neither a value nor, asked for by itself, a key: then the nearest thing above that is written.
    const above = options.key === true || node === undefined ? path.slice(0, -1) : path;
    return this.place(above, { key: true });
  }

  placeInside(path: KeyPath, start: number, end: number): Place {
    const node = this.#nodeAt(path, { alias: true });
    const changed = this.#changes.some((change) => change.path.every((key, at) => sameKey(key, path[at])));
    if (changed || !isScalar(node) || !node.range || typeof node.value !== "string") return this.place(path);
    const source = this.text.slice(this.#offset + node.range[0], this.#offset + node.range[1]);
    const offsets = scalarOffsets(source, node.value);
    const last = offsets.length - 1;
    const from = offsets[Math.min(start, last)]!;
    // The end is that of the stretch's last character: what follows may stand on another line.
    const to = end > start ? offsets[Math.min(end, last + 1) - 1]! + 1 : from + 1;
    return this.placeAt(node.range[0] + from, node.range[0] + Math.max(to, from + 1));
  }

  /** The place of a stretch of this YAML's own text; a stretch of several lines is cut to its first. */
  placeAt(start: number, end: number): Place {
    const from = Math.min(this.#offset + start, this.text.length);
    const { line, col } = this.#lines.linePos(from);
    const lineEnd = this.text.indexOf("\n", from);
    const until = Math.min(this.#offset + end, lineEnd < 0 ? this.text.length : lineEnd);
    const stretch = this.text.slice(from, until).trimEnd();
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), length: Math.max(1, stretch.length) };
  }

  #placeOfNode(node: Node): Place {
    const [start, end] = node.range!;
    const source = this.text.slice(this.#offset + start, this.#offset + end);
    // Of a block scalar its first line of text says more than `|`.
    const header = isScalar(node) && /^[|>]/.test(source) ? /^[^\n]*\n\s*/.exec(source)?.[0].length : undefined;
    return this.placeAt(start + (header ?? 0), end);
  }

  /** The first thing in the file that is neither blank nor a comment. */
  #firstWord(): [number, number] {
    const start = this.#document.contents?.range?.[0] ?? 0;
    const word = /^\S*/.exec(this.text.slice(this.#offset + start))?.[0].length ?? 1;
    return [start, start + word];
  }

  #nodeAt(path: KeyPath, options: { alias?: boolean } = {}): Node | undefined {
    let node = this.#document.contents as Node | null | undefined;
    for (const key of path) {
      const inner = this.#resolve(node);
      if (isMap(inner)) node = inner.items.find((item) => keyText(item.key) === String(key))?.value as Node | undefined;
      else if (isSeq(inner)) node = inner.items[Number(key)] as Node | undefined;
      else return undefined;
    }
    return (options.alias === true ? node : this.#resolve(node)) ?? undefined;
  }

  #resolve(node: Node | null | undefined): Node | undefined {
    return (isAlias(node) ? node.resolve(this.#document) : node) ?? undefined;
  }

  #aliasTroubles(): Diagnostic[] {
    const troubles: Diagnostic[] = [];
    const aliases: Alias[] = [];
    const open: string[] = [];
    const anchors = new Set<string>();
    const add = (node: Node, code: string, message: string, hint?: string) =>
      troubles.push({ code, severity: "error", message, hint, place: this.placeAt(node.range![0], node.range![1]) });
    visit(this.#document, {
      Node: (_key, node, path) => {
        if ("anchor" in node && typeof node.anchor === "string") anchors.add(node.anchor);
        if (!isAlias(node)) return;
        aliases.push(node);
        open.length = 0;
        for (const above of path) if (isCollection(above) && above.anchor !== undefined) open.push(above.anchor);
        if (open.includes(node.source)) {
          add(
            node,
            "yaml-alias",
            `"*${node.source}" stands inside what it repeats, "&${node.source}": it would never end`,
          );
        } else if (!anchors.has(node.source)) {
          const hint = suggestion(node.source, anchors) ?? `An anchor comes first: write &${node.source} above it.`;
          add(
            node,
            "yaml-alias",
            `"*${node.source}" repeats something that is not there: no "&${node.source}" stands before it`,
            hint,
          );
        }
      },
    });
    if (troubles.length > 0 || aliases.length === 0) return troubles;
    try {
      this.toValue();
    } catch (thrown) {
      const message = /alias count/i.test(messageOf(thrown))
        ? `The aliases repeat each other more than ${MOST_ALIASES} times; a file like that is meant to use up memory`
        : `The aliases can't be read: ${messageOf(thrown)}`;
      add(aliases.at(-1)!, "yaml-alias-bomb", message, "Write out what is repeated, or repeat it less often.");
    }
    return troubles;
  }
}

function sameKey(a: string | number, b: string | number | undefined): boolean {
  return b !== undefined && String(a) === String(b);
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value ?? "") : String(key);
}

function addLineStarts(lines: LineCounter, text: string): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
}
