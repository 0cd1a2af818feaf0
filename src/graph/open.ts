/** From a graph's file name to a plan: reads the file, `--set`s, and the prompts it names. */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type Diagnostic, MezzoError, messageOf } from "../core/errors.ts";
import type { Prompt } from "../core/prompt.ts";
import { checkGraph } from "./check.ts";
import { type Environment, YamlFile } from "./load.ts";
import type { Plan } from "./plan.ts";
import { readPrompt } from "./prompt-file.ts";

export interface OpenedGraph {
  /** There exactly when there is no error. */
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
  /** Texts of the files that diagnostics point into, by file. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface OpenOptions {
  readonly env: Environment;
  /** Changes on top of the file: `["nodes.judge.votes=5"]`. */
  readonly set?: readonly string[];
}

/** Opens a graph. Throws MezzoError only where there is no such file to read, or a `--set` that can't be read. */
export function openGraph(file: string, options: OpenOptions): OpenedGraph {
  const text = readText(file);
  const texts = new Map([[file, text]]);
  const yaml = new YamlFile(file, text);
  for (const change of options.set ?? []) applySet(yaml, change);
  const read = new Map<string, ReturnType<typeof findPrompt>>();
  const prompt = (name: string) => {
    const known = read.get(name) ?? findPrompt(file, name);
    read.set(name, known);
    if (known.text !== undefined) texts.set(known.file, known.text);
    return known;
  };
  return { ...checkGraph({ yaml, env: options.env, prompt }), texts };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = missing
      ? `There is no graph file ${file}`
      : `The graph file ${file} can't be read: ${messageOf(cause)}`;
    const hint = missing ? "Graphs are YAML files, such as graphs/distill.yaml. `mezzo init` makes one." : undefined;
    throw new MezzoError(missing ? "no-graph" : "unreadable-graph", message, { cause, hint, exitCode: 2 });
  }
}

/** Prompts stand in `prompts/` beside the graph's folder, in `prompts/` in it, or beside the graph. */
function findPrompt(graphFile: string, name: string) {
  const folder = dirname(resolve(graphFile));
  const shown = (path: string) => relative(process.cwd(), path) || path;
  const places = [join(folder, "..", "prompts", name), join(folder, "prompts", name), join(folder, name)];
  for (const path of places) {
    let text: string;
    try {
      text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
    } catch {
      continue; // Not here: the next place is tried, and `searched` names them all.
    }
    const file = shown(path);
    const result: { prompt?: Prompt; diagnostics: Diagnostic[] } = readPrompt(file, text);
    return { ...result, file, text, searched: [] };
  }
  return { diagnostics: [], file: name, text: undefined, searched: places.map(shown) };
}

/** `nodes.judge.votes=5`: the value is YAML, the path's parent must be there. */
function applySet(yaml: YamlFile, change: string): void {
  const equals = change.indexOf("=");
  const path = change.slice(0, equals).split(".");
  const bad = (why: string, hint: string) =>
    new MezzoError("bad-set", `--set ${change}: ${why}`, { hint, exitCode: 2 });
  if (equals < 1 || path.some((key) => key === "")) {
    throw bad("a path and a value are expected", "For example: --set nodes.judge.votes=5");
  }
  const parent = path.slice(0, -1);
  if (parent.length > 0 && !yaml.has(parent)) {
    throw bad(`the graph has no ${parent.join(".")}`, "The path's parent must be in the file.");
  }
  const value = new YamlFile("--set", change.slice(equals + 1));
  if (value.diagnostics.length > 0) throw bad("the value is not YAML", "Quote it if it holds special characters.");
  yaml.set(path, value.toValue() ?? "");
}
