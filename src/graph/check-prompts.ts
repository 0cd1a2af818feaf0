/** The prompts that a graph's nodes name: are they there, are they sound, and does the graph give what they want? */
import type { Diagnostic, Place } from "../core/errors.ts";
import { BUILT_IN_VALUES, type Prompt } from "../core/prompt.ts";
import { suggestion } from "../core/suggest.ts";
import type { CheckedNode } from "./check-nodes.ts";
import type { Field } from "./plan.ts";
import type { Report } from "./report.ts";

export interface FoundPrompt {
  /** There where the file is there and sound. */
  readonly prompt?: Prompt;
  readonly diagnostics: readonly Diagnostic[];
  /** Where the prompt names each of its variables, and its form of reply. */
  readonly places?: ReadonlyMap<string, Place>;
  /** What it is written in, by its front matter or its folder. */
  readonly language?: string;
  /** The places that were looked at before it was found, or in vain. */
  readonly searched: readonly string[];
}

/** Where a language is asked for, a prompt of that language comes before one without. */
export type FindPrompt = (file: string, language?: string) => FoundPrompt;

export function checkPrompts(
  nodes: ReadonlyMap<string, CheckedNode>,
  state: Readonly<Record<string, Field>>,
  { find, language }: { readonly find: FindPrompt; readonly language?: string },
  report: Report,
): Record<string, Prompt> {
  const prompts: Record<string, Prompt> = {};
  for (const [name, node] of nodes) {
    for (const { file, reply, gives = [], offers = [] } of node.definition.uses(node.params).prompts) {
      const at = report.namePath(name, ["prompt", "prompts", "alone", "marked", "surprisal"], file);
      const found = find(file, language);
      if (found.prompt === undefined && found.diagnostics.length === 0) {
        const hint = `Looked for ${found.searched.join(", ")}.`;
        report.error("unknown-prompt", `There is no prompt file "${file}"`, at, { hint });
        continue;
      }
      report.add(...found.diagnostics);
      if (found.prompt === undefined) continue;
      prompts[file] = found.prompt;
      if (language !== undefined && found.language !== language) {
        const message = `"${file}" is not there in the graph's language, ${language}: what is there${found.language === undefined ? "" : ` (${found.language})`} is asked with`;
        const hint = `Write it as ${found.searched[0]}; or, if it is in that language, put language: ${language} into its front matter.`;
        report.warn("prompt-not-in-language", message, at, { hint });
      }
      const used = { message: `Node "${name}" uses this prompt`, place: report.yaml.place(at) };
      checkVariables(found, [...Object.keys(state), ...gives, ...offers], used, report);
      for (const value of gives) {
        if (found.prompt.variables.includes(value)) continue;
        const message = `A ${node.kind} node gives its prompt {{ ${value} }}, and "${file}" has no place for it`;
        report.error("unused-value", message, at, {
          hint: `Write {{ ${value} }} into it, and ${value} to its variables.`,
        });
      }
      if (found.prompt.reply === reply) continue;
      const words = { text: "free text", verdict: "a verdict", scores: "scores" };
      const message = `A ${node.kind} node needs a prompt whose reply is ${words[reply]}; "${file}" asks for ${words[found.prompt.reply]}`;
      const hint = `Use another prompt, or write reply: ${reply} in its front matter.`;
      report.error("prompt-reply", message, at, { hint });
    }
  }
  return prompts;
}

function checkVariables(
  { prompt, places }: FoundPrompt,
  fields: readonly string[],
  used: NonNullable<Diagnostic["related"]>,
  report: Report,
): void {
  const values = [...fields, ...Object.keys(BUILT_IN_VALUES)];
  for (const variable of prompt?.variables ?? []) {
    // A field that is there and could not be read, and a missing problem, are reported as such.
    if (values.includes(variable) || variable === "problem" || report.yaml.has(["state", variable])) continue;
    report.add({
      code: "unknown-variable",
      severity: "error",
      message: `No state field and nothing built in is called "${variable}"`,
      hint: suggestion(variable, values) ?? `There are: ${values.join(", ")}.`,
      place: places?.get(variable) ?? used.place,
      related: used,
    });
  }
}
