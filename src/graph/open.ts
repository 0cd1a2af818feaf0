/** From a graph's file name to a plan: reads the file, `--set`s, and the prompts it names. */
import { dirname, join, resolve } from "node:path";
import { type Diagnostic, MezzoError, messageOf } from "../core/errors.ts";
import { assemble, type Surroundings } from "./assemble.ts";
import { checkGraph } from "./check.ts";
import type { FoundPrompt } from "./check-prompts.ts";
import { GraphSource } from "./graph-source.ts";
import { YamlFile } from "./load.ts";
import type { Plan } from "./plan.ts";
import { readPrompt } from "./prompt-file.ts";
import { type Reach, type ReadText, reachOf, shownPath } from "./reach.ts";
import { maskSecrets } from "./secrets.ts";
import { applyReplay, applySets, type Change, parseSets, textOfSets } from "./set.ts";
import type { Environment } from "./variables.ts";

export interface OpenedGraph {
  /** There exactly when there is no error. */
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
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
  const root = new YamlFile(file, text);
  const around = { env: options.env, reach, texts };
  const { source, diagnostics } = withIncluded(root, changes, around);
  if (options.replay !== undefined && root.diagnostics.length === 0) applyReplay(source, options.replay);
  const read = new Map<string, FoundPrompt>();
  const prompt = (name: string): FoundPrompt => {
    const found = read.get(name) ?? findPrompt(file, name, { reach, texts });
    read.set(name, found);
    return found;
  };
  return { ...checkGraph({ source, found: diagnostics, env: options.env, prompt }), texts };
}

/** What is included can be changed, and so can what is said in it: the one before, the other after it is read. */
function withIncluded(root: YamlFile, changes: readonly Change[], around: Surroundings): ReturnType<typeof assemble> {
  if (root.diagnostics.length > 0) return { source: new GraphSource(root), diagnostics: [] };
  const isFirst = ({ path }: Change) => path[0] === "include";
  applySets(root, changes.filter(isFirst));
  const assembled = assemble(root, around);
  applySets(
    assembled.source,
    changes.filter((change) => !isFirst(change)),
  );
  return assembled;
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

/** Prompts stand in `prompts/` beside the graph's folder, in `prompts/` in it, or beside the graph. */
function findPrompt(
  graphFile: string,
  name: string,
  { reach, texts }: Pick<Surroundings, "reach" | "texts">,
): FoundPrompt {
  const folder = dirname(resolve(graphFile));
  const places = [join(folder, "..", "prompts", name), join(folder, "prompts", name), join(folder, name)];
  for (const path of places) {
    let text: string;
    try {
      // A prompt checked out with Windows line ends is the same prompt, and has the same fingerprint.
      text = reach
        .read(path)
        .replace(/^\uFEFF/, "")
        .replaceAll("\r\n", "\n");
    } catch {
      continue; // Not here: the next place is tried, and `searched` names them all.
    }
    texts.set(shownPath(path), maskSecrets(text));
    return { ...readPrompt(shownPath(path), text), searched: [] };
  }
  return { diagnostics: [], searched: places.map(shownPath) };
}
