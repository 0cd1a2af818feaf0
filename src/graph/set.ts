/** `--set nodes.judge.votes=5`: changes on top of a graph file, checked like the file and named in its errors. */
import { MezzoError } from "../core/errors.ts";
import { suggestion } from "../core/suggest.ts";
import { type KeyPath, YamlFile } from "./load.ts";
import { maskSecrets } from "./secrets.ts";

const SHOWN_AS = "--set";

/** Puts every change into the document. Gives the text that diagnostics about them point into, and its name. */
export function applySets(yaml: YamlFile, changes: readonly string[]): [file: string, text: string] {
  // One line a change, so that a place in it has a line of its own.
  const lines = changes.map((change) => change.replace(/[\r\n]+/g, " "));
  for (const [index, change] of lines.entries()) applySet(yaml, change, index + 1);
  return [SHOWN_AS, maskSecrets(lines.join("\n"))];
}

/** The value is YAML; the path's parent must be there. */
function applySet(yaml: YamlFile, change: string, line: number): void {
  const bad = (why: string, hint: string) =>
    new MezzoError("bad-set", `--set ${maskSecrets(change)}: ${why}`, { hint, exitCode: 2 });
  const equals = change.indexOf("=");
  const path = change.slice(0, equals).trim().split(".");
  if (equals < 1 || path.some((key) => key === "")) {
    throw bad("a path, an equals sign and a value are expected", "For example: --set nodes.judge.votes=5");
  }
  checkPath(yaml, path, bad);
  const written = change.slice(equals + 1);
  const value = new YamlFile(SHOWN_AS, written);
  const trouble = value.diagnostics[0];
  if (trouble !== undefined)
    throw bad(`the value is not YAML: ${trouble.message}`, "Quote it if it holds special characters.");
  const key = { file: SHOWN_AS, line, column: 1, length: equals };
  const from = { key, value: { ...key, column: equals + 2, length: Math.max(1, written.length) } };
  if (yaml.set(path, written.trim() === "" ? "" : value.toValue(), from)) return;
  const parent = path.slice(0, -1).join(".");
  throw bad(
    `${parent} holds ${Array.isArray(yaml.valueAt(path.slice(0, -1))) ? "a list, which has no such entry" : "a single value"}`,
    `To replace it as a whole: --set ${parent}=...`,
  );
}

/** Every step of the path but the last must be in the file: a slip in it would otherwise make a new block. */
function checkPath(yaml: YamlFile, path: KeyPath, bad: (why: string, hint: string) => MezzoError): void {
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
