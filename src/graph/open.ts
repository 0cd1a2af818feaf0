/** From a graph's file name to a plan: reads the file, `--set`s, and the prompts it names. */
import { dirname, join, resolve } from "node:path";
import { type Diagnostic, MezzoError, messageOf } from "../core/errors.ts";
import type { NodeKind } from "../nodes/node.ts";
import { assemble, type Surroundings } from "./assemble.ts";
import { type Checked, type CheckedGraph, checkGraph } from "./check.ts";
import type { FoundPrompt } from "./check-prompts.ts";
import { flatten } from "./flatten.ts";
import { GraphSource } from "./graph-source.ts";
import { YamlFile } from "./load.ts";
import type { FoundGraph } from "./nested.ts";
import { freezePlan, type Plan } from "./plan.ts";
import { readPrompt } from "./prompt-file.ts";
import { findNamed, type Reach, type ReadText, reachOf, readNamed, shownPath } from "./reach.ts";
import { maskSecrets } from "./secrets.ts";
import { applyReplay, applySets, type Change, parseSets, textOfSets } from "./set.ts";
import type { Environment } from "./variables.ts";

export interface OpenedGraph {
  /** There exactly when there is no error. */
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
  /** Every kind that its nodes can have, a team's own among them. */
  readonly kinds: ReadonlyMap<string, NodeKind>;
  /** Texts of the files that diagnostics point into, by file; keys that stand in them are masked. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface OpenOptions {
  readonly env: Environment;
  /** Changes on top of the file: `["nodes.judge.votes=5"]`. */
  readonly set?: readonly string[];
  /** A run whose recorded calls answer in place of every model behind a network. */
  readonly replay?: string;
  /** Reads files for an editor, which has texts that are not saved yet. */
  readonly read?: ReadText;
}

/** Opens a graph. Throws MezzoError only where there is no such file to read, or a `--set` that can't be read. */
export function openGraph(file: string, options: OpenOptions): OpenedGraph {
  const reach = reachOf(file, options.read);
  const text = readText(file, reach);
  const texts = new Map([[file, maskSecrets(text)]]);
  const changes = parseSets(options.set ?? []);
  if (changes.length > 0) texts.set(...textOfSets(changes));
  const around = { env: options.env, reach, texts };
  const { graph, kinds, diagnostics } = openWithin({ file, text, changes, replay: options.replay }, [], around);
  return { plan: graph && planOf(graph), kinds, diagnostics, texts };
}

function planOf(checked: CheckedGraph): Plan {
  const { modelNames: _inModels, ...graph } = checked;
  return freezePlan({ ...graph, ...flatten(checked) });
}

interface Opening {
  readonly file: string;
  readonly text: string;
  readonly changes: readonly Change[];
  readonly replay?: string;
  /** Of the graph around it. */
  readonly language?: string;
}

/** Opens a graph that stands in the place of a node of `open.at(-1)`, or with nothing around it. */
function openWithin(
  { file, text, changes, replay, language }: Opening,
  open: readonly string[],
  around: Surroundings,
): Checked & { source: GraphSource } {
  const root = new YamlFile(file, text);
  const { source, diagnostics } = withIncluded(root, changes, around);
  if (replay !== undefined && root.diagnostics.length === 0) applyReplay(source, replay);
  const read = new Map<string, FoundPrompt>();
  const prompt = (name: string, wanted?: string): FoundPrompt => {
    const found = read.get(name) ?? findPrompt(file, { name, language: wanted }, around);
    read.set(name, found);
    return found;
  };
  const path = [...open, resolve(file)];
  const inside = (node: string) => changes.flatMap((change) => changeInside(change, node));
  const graph = (name: string, node: string, wanted?: string) =>
    openInner(name, { from: file, changes: inside(node), open: path, language: wanted }, around);
  const input = { source, found: diagnostics, around, prompt, graph, language, isInner: open.length > 0 };
  return { ...checkGraph(input), source };
}

function openInner(
  name: string,
  { from, changes, open, language }: { from: string; open: readonly string[] } & Pick<Opening, "changes" | "language">,
  around: Surroundings,
): FoundGraph {
  const found = findNamed(name, from, around.reach);
  if ("code" in found) return { diagnostics: [], unread: found };
  const round = open.indexOf(found.path);
  if (round >= 0) return { diagnostics: [], unread: describeRound(open.slice(round).map(shownPath)) };
  const read = readNamed(found, around.reach);
  if ("code" in read) return { diagnostics: [], unread: read };
  around.texts.set(found.file, maskSecrets(read.text));
  const { graph, ...opened } = openWithin({ file: found.file, text: read.text, changes, language }, open, around);
  return { checked: graph, ...opened };
}

function describeRound(files: readonly string[]): NonNullable<FoundGraph["unread"]> {
  const way = files.length === 1 ? "" : `: ${[...files, files[0]].join(" -> ")}`;
  const message = `A graph can't stand inside itself; it would never end${way}`;
  return { code: "graph-round", message, hint: "Let the loop be a way back to a node, with a limit." };
}

/** What is included can be changed, and so can what is said in it: the one before, the other after it is read. */
function withIncluded(root: YamlFile, changes: readonly Change[], around: Surroundings): ReturnType<typeof assemble> {
  if (root.diagnostics.length > 0) return { source: new GraphSource(root), diagnostics: [] };
  const isFirst = ({ path }: Change) => path[0] === "include";
  applySets(root, changes.filter(isFirst));
  const assembled = assemble(root, around);
  const { source } = assembled;
  const isInside = (change: Change) => graphNodesOf(source).some((node) => changeInside(change, node).length > 0);
  const others = changes.filter((change) => !isFirst(change) && !isInside(change));
  applySets(source, others);
  return assembled;
}

function graphNodesOf(source: GraphSource): string[] {
  return source.keysAt(["nodes"]).filter((node) => source.valueAt(["nodes", node, "kind"]) === "graph");
}

/** `nodes.align/judge.votes=5` as the graph that stands as `align` sees it; nothing where it is not about that. */
function changeInside(change: Change, node: string): Change[] {
  const [block, name = "", ...rest] = change.path;
  if (block !== "nodes" || !name.startsWith(`${node}/`)) return [];
  return [{ ...change, path: [block, name.slice(node.length + 1), ...rest] }];
}

function readText(file: string, { read }: Reach): string {
  try {
    return read(resolve(file)).replace(/^\uFEFF/, "");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = missing
      ? `There is no graph file ${file}`
      : `The graph file ${file} can't be read: ${messageOf(cause)}`;
    const hint = missing ? "Graphs are YAML files, such as graphs/distill.yaml. `mezzo init` makes one." : undefined;
    throw new MezzoError(missing ? "no-graph" : "unreadable-graph", message, { cause, hint, exitCode: 2 });
  }
}

/**
 * Prompts stand in `prompts/` beside the graph's folder, in `prompts/` in it, or beside the graph. With a language, the
 * folder of its name is looked in first, in each of the three; a prompt that is not there in it is taken as it is.
 */
function findPrompt(
  graphFile: string,
  { name, language }: { readonly name: string; readonly language?: string },
  { reach, texts }: Pick<Surroundings, "reach" | "texts">,
): FoundPrompt {
  const folder = dirname(resolve(graphFile));
  const homes = [join(folder, "..", "prompts"), join(folder, "prompts"), folder];
  const places = [
    ...(language === undefined ? [] : homes.map((home) => ({ path: join(home, language, name), language }))),
    ...homes.map((home) => ({ path: join(home, name), language: undefined })),
  ];
  const searched: string[] = [];
  for (const { path, language: ofFolder } of places) {
    let text: string;
    try {
      // A prompt checked out with Windows line ends is the same prompt, and has the same fingerprint.
      text = reach
        .read(path)
        .replace(/^\uFEFF/, "")
        .replaceAll("\r\n", "\n");
    } catch {
      searched.push(shownPath(path));
      continue; // Not here: the next place is tried, and `searched` names them all.
    }
    texts.set(shownPath(path), maskSecrets(text));
    const read = readPrompt(shownPath(path), text);
    return { ...read, language: read.language ?? ofFolder, searched };
  }
  return { diagnostics: [], searched };
}
