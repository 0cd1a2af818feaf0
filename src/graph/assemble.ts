/**
 * `include:` makes one graph of several files. Each is read once, however many include it; files are in the order in
 * which they can be read, an included one before the one that includes it. A name is defined once: who shares a block
 * of models can rely on it, and `--set models.judge.model=...` is how one run differs.
 */
import { resolve } from "node:path";
import type { Diagnostic } from "../core/errors.ts";
import { GraphSource, SHARED } from "./graph-source.ts";
import { YamlFile } from "./load.ts";
import { findNamed, type NamedFile, type Reach, readNamed } from "./reach.ts";
import { partSchema } from "./schema.ts";
import { maskSecrets } from "./secrets.ts";
import type { KeyPath } from "./source.ts";
import { type Environment, fillAt, fillValue, parseFilled } from "./variables.ts";

export interface Surroundings {
  readonly env: Environment;
  readonly reach: Reach;
  /** Texts of all files that were read, for the source lines of diagnostics; keys in them are masked. */
  readonly texts: Map<string, string>;
}

/** The graph file with all that it includes. `root` has no mistakes of syntax. */
export function assemble(root: YamlFile, around: Surroundings): { source: GraphSource; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const done = new Map<string, YamlFile | undefined>();
  include(root, [{ yaml: root, path: resolve(root.file) }], { around, diagnostics, done });
  const parts = [...done.values()].filter((part) => part !== undefined);
  diagnostics.push(...definedTwice([...parts, root]));
  const source = new GraphSource(root, parts, parts.length === done.size && !diagnostics.some(isAboutIncluding));
  return { source, diagnostics };
}

const CODES = ["unknown-file", "outside-reach", "unreadable-file", "include-round"];

function isAboutIncluding({ code }: Diagnostic): boolean {
  return CODES.includes(code);
}

interface Including {
  readonly around: Surroundings;
  readonly diagnostics: Diagnostic[];
  /** Files by absolute path, in the order in which they were read to the end; undefined for one that can't be read. */
  readonly done: Map<string, YamlFile | undefined>;
}

interface Named {
  readonly name: string;
  readonly path: KeyPath;
}

/** Reads what a file includes. `open` are the files that led here, each with the path of the one it is. */
function include(from: YamlFile, open: readonly { yaml: YamlFile; path: string }[], including: Including): void {
  const { around, diagnostics, done } = including;
  for (const { name, path: at } of namesIn(from, around, diagnostics)) {
    const place = from.place(at);
    const found = findNamed(name, from.file, around.reach);
    if ("code" in found) {
      diagnostics.push({ ...found, severity: "error", place });
      continue;
    }
    const round = open.findIndex(({ path }) => path === found.path);
    if (round >= 0) {
      diagnostics.push({ ...describeRound(open.slice(round).map(({ yaml }) => yaml.file)), place });
      continue;
    }
    if (done.has(found.path)) continue;
    const part = readPart(found, including, { message: "It is included here", place });
    if (part !== undefined) include(part, [...open, { yaml: part, path: found.path }], including);
    done.set(found.path, part);
  }
}

function describeRound(files: readonly string[]): Diagnostic {
  const [first = "", ...others] = files;
  const code = "include-round";
  if (others.length === 0)
    return { code, severity: "error", message: "The file includes itself", hint: "Take it out." };
  const message = `This include goes round and would never end: ${[first, ...others, first].join(" -> ")}`;
  const hint = "Take one of them out. What both need goes into a third file that includes neither.";
  return { code, severity: "error", message, hint };
}

/** The files that a file includes, as far as they are named in a way that can be read; else its form is reported. */
function namesIn(yaml: YamlFile, { env }: Surroundings, diagnostics: Diagnostic[]): Named[] {
  const report = (diagnostic: Diagnostic) => diagnostics.push(diagnostic);
  const value = fillAt(yaml.valueAt(["include"]), ["include"], { yaml, env, report });
  if (typeof value === "string") return value === "" ? [] : [{ name: value, path: ["include"] }];
  if (!Array.isArray(value)) return [];
  return value.flatMap((name: unknown, index) =>
    typeof name === "string" && name !== "" ? [{ name, path: ["include", index] }] : [],
  );
}

function readPart(
  found: NamedFile,
  { around, diagnostics }: Including,
  related: NonNullable<Diagnostic["related"]>,
): YamlFile | undefined {
  const read = readNamed(found, around.reach);
  if ("code" in read) {
    diagnostics.push({ ...read, severity: "error", place: related.place });
    return undefined;
  }
  around.texts.set(found.file, maskSecrets(read.text));
  const yaml = new YamlFile(found.file, read.text);
  const syntax = yaml.diagnostics;
  diagnostics.push(...syntax);
  if (syntax.length > 0) return undefined;
  const wrong = formOf(yaml, around, related);
  diagnostics.push(...wrong);
  return isMap(yaml.toValue()) ? yaml : undefined;
}

const ONLY_SHARED =
  "An included file has models, state, defaults, kinds and include. For another graph's nodes: kind: graph.";

/** What is wrong with the keys of an included file; missing variables are reported with the graph. */
function formOf(yaml: YamlFile, { env }: Surroundings, related: NonNullable<Diagnostic["related"]>): Diagnostic[] {
  const value = fillValue(yaml, env, { report: () => undefined });
  if (!isMap(value)) {
    const message = "An included file is a block of keys (models, state, defaults, ...), and this one is not";
    return [{ code: "wrong-type", severity: "error", message, place: yaml.place([]), related }];
  }
  return parseFilled(partSchema, value, { yaml, at: [] }).diagnostics.map((diagnostic) =>
    diagnostic.code === "unknown-key" && GRAPHS_OWN.some((key) => diagnostic.message.startsWith(`"${key}"`))
      ? { ...diagnostic, hint: ONLY_SHARED, related }
      : diagnostic,
  );
}

const GRAPHS_OWN = ["graph", "student", "start", "nodes", "input"];

function definedTwice(files: readonly YamlFile[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const block of SHARED) {
    const first = new Map<string, YamlFile>();
    for (const file of files) {
      for (const name of file.keysAt([block])) {
        const other = first.get(name);
        if (other === undefined) {
          first.set(name, file);
          continue;
        }
        found.push({
          code: "defined-twice",
          severity: "error",
          message: `${WHAT[block]} "${name}" is defined a second time here`,
          hint: "Take one out, or give it another name. To change it for one run: --set.",
          place: file.place([block, name], { key: true }),
          related: { message: "The first one is here", place: other.place([block, name], { key: true }) },
        });
      }
    }
  }
  return found;
}

const WHAT = { models: "The model", state: "The state field", defaults: "The default" };

function isMap(value: unknown): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
