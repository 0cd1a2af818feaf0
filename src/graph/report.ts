/** Collects what is wrong with one graph file, each thing once. */
import type { Diagnostic, Place } from "../core/errors.ts";
import { maskSecrets } from "./secrets.ts";
import type { KeyPath, Source } from "./source.ts";

export interface More {
  readonly hint?: string;
  /** Points at the key instead of its value. */
  readonly key?: boolean;
  readonly related?: Diagnostic["related"];
}

export class Report {
  readonly diagnostics: Diagnostic[] = [];
  readonly yaml: Source;

  constructor(yaml: Source) {
    this.yaml = yaml;
  }

  get failed(): boolean {
    return this.diagnostics.some((diagnostic) => diagnostic.severity === "error");
  }

  add(...diagnostics: readonly Diagnostic[]): void {
    for (const found of diagnostics) {
      // A message may quote the file, and what it quotes may be a key.
      const hint = found.hint === undefined ? undefined : maskSecrets(found.hint);
      const diagnostic = { ...found, message: maskSecrets(found.message), hint };
      // One place tells one story: what is missing from the environment is not also of the wrong type.
      const known = this.diagnostics.some(
        (other) =>
          samePlace(other.place, diagnostic.place) &&
          (other.code === "missing-variable" ||
            (other.code === diagnostic.code && other.message === diagnostic.message)),
      );
      if (!known) this.diagnostics.push(diagnostic);
    }
  }

  /** The path of a node's parameter: where the node says it, or the graph's defaults do. */
  /** Where a node names this model or prompt: `model: x`, the entry of `models: [x, y]`, another key of the list. */
  namePath(node: string, keys: readonly string[], name: string): KeyPath {
    for (const key of keys) {
      const path = this.paramPath(node, key);
      const value = this.yaml.valueAt(path);
      if (value === name) return path;
      if (Array.isArray(value) && value.includes(name)) return [...path, value.indexOf(name)];
    }
    return this.paramPath(node, keys[0]!);
  }

  paramPath(node: string, key: string): KeyPath {
    const own = ["nodes", node, key];
    return !this.yaml.has(own) && this.yaml.has(["defaults", key]) ? ["defaults", key] : own;
  }

  /** An error at a value (or, with `key`, at its key). */
  error(code: string, message: string, at: KeyPath, more: More = {}): void {
    this.#at("error", code, message, at, more);
  }

  /** Something that works, and is hardly meant. */
  warn(code: string, message: string, at: KeyPath, more: More = {}): void {
    this.#at("warning", code, message, at, more);
  }

  #at(severity: Diagnostic["severity"], code: string, message: string, at: KeyPath, more: More): void {
    const place = this.yaml.place(at, { key: more.key });
    this.add({ code, severity, message, hint: more.hint, place, related: more.related });
  }
}

function samePlace(a: Place | undefined, b: Place | undefined): boolean {
  return a !== undefined && b !== undefined && a.file === b.file && a.line === b.line && a.column === b.column;
}
