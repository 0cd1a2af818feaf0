/**
 * A graph file together with the files it includes, as one text to check.
 *
 * What is shared keeps its path: `models.judge` of an included file is `models.judge` here. So a path leads to its place
 * by one question: which file defines that name? (`assemble.ts` has made sure that it is one file.)
 */
import type { Place } from "../core/errors.ts";
import type { YamlFile } from "./load.ts";
import type { KeyPath, Source } from "./source.ts";
import { type Environment, type FillOptions, fillValue } from "./variables.ts";

/** Blocks of names that files share. */
export const SHARED = ["models", "state", "defaults"] as const;

export class GraphSource implements Source {
  /** The graph's own file. */
  readonly root: YamlFile;
  /** The files it includes, each before the one that includes it. */
  readonly parts: readonly YamlFile[];
  /** Whether every included file could be read. Where not, a name that is missing may stand in the one that is. */
  readonly isWhole: boolean;

  constructor(root: YamlFile, parts: readonly YamlFile[] = [], isWhole = true) {
    this.root = root;
    this.parts = parts;
    this.isWhole = isWhole;
  }

  get file(): string {
    return this.root.file;
  }

  get files(): readonly YamlFile[] {
    return [...this.parts, this.root];
  }

  valueAt(path: KeyPath): unknown {
    if (!this.#isBlock(path)) return this.#fileOf(path).valueAt(path);
    const blocks = this.files.map((file) => file.valueAt(path));
    return merge(blocks.filter((block) => block !== undefined));
  }

  keysAt(path: KeyPath): string[] {
    if (!this.#isBlock(path)) return this.#fileOf(path).keysAt(path);
    return [...new Set(this.files.flatMap((file) => file.keysAt(path)))];
  }

  has(path: KeyPath): boolean {
    return this.#fileOf(path).has(path);
  }

  place(path: KeyPath, options?: { key?: boolean }): Place {
    return this.#fileOf(path).place(path, options);
  }

  placeInside(path: KeyPath, start: number, end: number): Place {
    return this.#fileOf(path).placeInside(path, start, end);
  }

  /** Puts a value where the path leads, in whichever file that is. */
  set(path: KeyPath, value: unknown, from: { key: Place; value: Place }): boolean {
    return this.#fileOf(path).set(path, value, from);
  }

  /** All files' values in one, with variables filled in, but for those in the block `except`. */
  fill(env: Environment, { report, except }: FillOptions): unknown {
    const fillFile = (file: YamlFile) => fillValue(file, env, { report, except });
    const root = fillFile(this.root);
    if (this.parts.length === 0 && this.isWhole) return root;
    if (!isMap(root)) return root;
    const values = [...this.parts.map(fillFile), root].filter(isMap);
    const whole: Record<string, unknown> = { ...root };
    for (const block of SHARED) {
      const blocks = values.map((value) => value[block]).filter((value) => value !== undefined);
      if (blocks.length > 0) whole[block] = merge(blocks);
      else if (!this.isWhole && block !== "defaults") whole[block] = {};
    }
    return whole;
  }

  #isBlock(path: KeyPath): boolean {
    return path.length === 1 && this.parts.length > 0 && SHARED.some((block) => block === path[0]);
  }

  /** The file that has this value; else the one that has the block around it; else the graph's own. */
  #fileOf(path: KeyPath): YamlFile {
    if (this.parts.length === 0 || !SHARED.some((block) => block === path[0])) return this.root;
    const having = (part: KeyPath) => this.files.findLast((file) => file.has(part));
    return having(path.slice(0, 2)) ?? having(path.slice(0, 1)) ?? this.root;
  }
}

/** Blocks of names in one; where one of them is no block at all, that one, to be reported as it is. */
function merge(blocks: readonly unknown[]): unknown {
  const wrong = blocks.find((block) => !isMap(block));
  return wrong !== undefined ? wrong : blocks.length === 0 ? undefined : Object.assign({}, ...blocks);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
