/** `--set nodes.judge.votes=5`: changes on top of a graph file, checked like the file and named in its errors. */
import { MezzoError } from "../core/errors.ts";
import { suggestion } from "../core/suggest.ts";
import { modelSpecSchema, samplingShape } from "../models/spec.ts";
import { YamlFile } from "./load.ts";
import { maskSecrets } from "./secrets.ts";
import type { KeyPath, Source } from "./source.ts";

const SHOWN_AS = "--set";

/** What can be changed: one file, or a graph of several. */
type Changed = Source & Pick<YamlFile, "set">;
type Origin = Parameters<YamlFile["set"]>[2];

/** One `--set`: a path and the YAML of a value. */
export interface Change {
  readonly path: readonly string[];
  readonly written: string;
  /** Where it stands among the changes, and as which its mistakes are shown. */
  readonly line: number;
  readonly text: string;
}

type Refuse = (why: string, hint: string) => MezzoError;

function refuserOf(change: string): Refuse {
  return (why, hint) => new MezzoError("bad-set", `--set ${maskSecrets(change)}: ${why}`, { hint, exitCode: 2 });
}

/** Throws MezzoError `bad-set` for what is no path and value. */
export function parseSets(changes: readonly string[]): Change[] {
  return changes.map((change, index) => {
    // One line a change, so that a place in it has a line of its own.
    const text = change.replace(/[\r\n]+/g, " ");
    const equals = text.indexOf("=");
    const path = text.slice(0, equals).trim().split(".");
    if (equals >= 1 && path.every((key) => key !== "")) {
      return { path, written: text.slice(equals + 1), line: index + 1, text };
    }
    const hint = "For example: --set nodes.judge.votes=5";
    throw refuserOf(change)("a path, an equals sign and a value are expected", hint);
  });
}

/** The text that diagnostics about changes point into, and its name. */
export function textOfSets(changes: readonly Change[]): [file: string, text: string] {
  return [SHOWN_AS, maskSecrets(changes.map(({ text }) => text).join("\n"))];
}

/** Puts every change into the document. Throws MezzoError `bad-set` where one leads nowhere. */
export function applySets(yaml: Changed, changes: readonly Change[]): void {
  // A provider first, wherever it stands: it takes the old one's fields away, and not those that are set beside it.
  const isFirst = ({ path }: Change) => changesProvider(path);
  for (const change of changes.filter(isFirst)) applySet(yaml, change);
  for (const change of changes.filter((other) => !isFirst(other))) applySet(yaml, change);
}

/** The value is YAML; the path's parent must be there. */
function applySet(yaml: Changed, { path, written, line, text }: Change): void {
  const bad = refuserOf(text);
  checkPath(yaml, path, bad);
  const value = new YamlFile(SHOWN_AS, written);
  const trouble = value.diagnostics[0];
  if (trouble !== undefined)
    throw bad(`the value is not YAML: ${trouble.message}`, "Quote it if it holds special characters.");
  const equals = text.length - written.length - 1;
  const key = { file: SHOWN_AS, line, column: 1, length: equals };
  const from = { key, value: { ...key, column: equals + 2, length: Math.max(1, written.length) } };
  if (changesProvider(path)) dropOldEndpoint(yaml, path.slice(0, -1), value.toValue(), from);
  if (yaml.set(path, written.trim() === "" ? "" : value.toValue(), from)) return;
  const parent = path.slice(0, -1).join(".");
  throw bad(
    `${parent} holds ${Array.isArray(yaml.valueAt(path.slice(0, -1))) ? "a list, which has no such entry" : "a single value"}`,
    `To replace it as a whole: --set ${parent}=...`,
  );
}

function changesProvider(path: KeyPath): boolean {
  return path.length === 3 && path[0] === "models" && path[2] === "provider";
}

/** What is asked stays (the model's name, the sampling); how the old server is reached, limited and paid goes. */
const STAYS = ["model", ...Object.keys(samplingShape)];

function dropOldEndpoint(yaml: Changed, path: KeyPath, provider: unknown, from: Origin): void {
  const form = modelSpecSchema.options.find((option) => option.shape.provider.value === provider);
  const spec = yaml.valueAt(path);
  if (form === undefined || spec === null || typeof spec !== "object" || Array.isArray(spec)) return;
  const kept = Object.entries(spec).filter(([key]) => STAYS.includes(key) && key in form.shape);
  yaml.set(path, { provider, ...Object.fromEntries(kept) }, from);
}

/** `--replay R`: every model that is behind a network answers from the calls of that run instead. */
export function applyReplay(yaml: Changed, run: string): void {
  const here = { file: "--replay", line: 1, column: 1, length: run.length };
  for (const role of yaml.keysAt(["models"])) {
    const path = ["models", role];
    if (yaml.valueAt([...path, "provider"]) !== "openai") continue;
    const from = { key: here, value: here };
    dropOldEndpoint(yaml, path, "recorded", from);
    yaml.set([...path, "run"], run, from);
  }
}

/** Every step of the path but the last must be in the file: a slip in it would otherwise make a new block. */
function checkPath(yaml: Changed, path: KeyPath, bad: Refuse): void {
  for (let depth = 1; depth < path.length; depth++) {
    if (yaml.has(path.slice(0, depth))) continue;
    const above = path.slice(0, depth - 1);
    const key = String(path[depth - 1]);
    const keys = yaml.keysAt(above);
    const owner = depth === 1 ? "the graph" : `"${above.join(".")}"`;
    throw bad(
      `${owner} has no "${key}"`,
      suggestion(key, keys) ?? "Every part of the path but the last must be in the file.",
    );
  }
}
