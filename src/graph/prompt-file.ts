/**
 * Prompt files: Markdown with YAML front matter, parted into messages by the headings `# system` and `# user`.
 *
 *   ---
 *   purpose: judge
 *   variables: [problem, steps, answer, student]
 *   reply: verdict
 *   ---
 *   # system
 *   ...
 *   # user
 *   {{ problem }} ...
 */
import * as z from "zod";
import type { Diagnostic, Place } from "../core/errors.ts";
import type { Prompt } from "../core/prompt.ts";
import { suggestion } from "../core/suggest.ts";
import { YamlFile } from "./load.ts";
import { type PromptBody, readPromptBody, type Spot } from "./prompt-body.ts";
import { diagnoseIssues } from "./zod-diagnostics.ts";

export const frontMatterSchema = z.strictObject({
  purpose: z.string().min(1).describe("What the prompt is for: collect, shorten, judge, verify, expand, condense."),
  variables: z
    .array(z.string().regex(/^[A-Za-z_]\w*$/, "a name of letters, digits and _"))
    .describe("The places it fills, each used below."),
  reply: z
    .enum(["text", "verdict", "scores"])
    .default("text")
    .describe("What comes back: free text, a verdict, or scores."),
  language: z.string().min(1).optional().describe("What it is written in, where its folder does not say so: zh."),
});

export interface ReadPrompt {
  /** There exactly when nothing is wrong. */
  readonly prompt?: Prompt;
  readonly diagnostics: readonly Diagnostic[];
  /** As the front matter says. No part of the prompt: what a model is asked is the same whether it is said or not. */
  readonly language?: string;
  /** Where the front matter names each variable. */
  readonly places?: ReadonlyMap<string, Place>;
}

const FRONT = /^---[ \t]*\r?\n/;
const FRONT_END = /^---[ \t]*\r?$/m;

/** Reads a prompt file's text; every mistake in it at once. */
export function readPrompt(file: string, text: string): ReadPrompt {
  const opening = FRONT.exec(text)?.[0].length;
  const closing = opening === undefined ? null : FRONT_END.exec(text.slice(opening));
  if (opening === undefined || closing === null) return { diagnostics: [noFrontMatter(file, text, opening)] };

  const yaml = new YamlFile(file, text, { from: opening, to: opening + closing.index });
  const syntax = yaml.diagnostics;
  if (syntax.length > 0) return { diagnostics: syntax };
  const value = yaml.toValue();
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    const message = "The front matter must say what the prompt is for and what it fills in";
    const hint = "Write purpose: judge and variables: [problem] between the two lines of ---.";
    const place = { file, line: 1, column: 1, length: 3 };
    return { diagnostics: [{ code: "prompt-front-matter", severity: "error", message, hint, place }] };
  }
  const front = frontMatterSchema.safeParse(value);
  if (!front.success)
    return { diagnostics: diagnoseIssues(front.error.issues, { schema: frontMatterSchema, yaml, at: [] }) };

  const body = readPromptBody(text, opening + closing.index + closing[0].length);
  const diagnostics = checkBody(body, front.data.variables, yaml, placeIn(file, text));
  const places = new Map(front.data.variables.map((name, index) => [name, yaml.place(["variables", index])]));
  const { language, ...said } = front.data;
  return diagnostics.length > 0
    ? { diagnostics }
    : { prompt: { ...said, messages: body.messages }, diagnostics, places, language };
}

function noFrontMatter(file: string, text: string, opening: number | undefined): Diagnostic {
  const message =
    opening === undefined
      ? "A prompt begins with front matter between two lines of ---, and this one does not"
      : "The front matter is not closed: no second line of --- follows";
  const hint = "Write above the text: ---, then purpose: judge, then variables: [problem], then --- again.";
  const first = /^[^\r\n]*/.exec(text)?.[0].trimEnd().length ?? 0;
  return {
    code: "prompt-front-matter",
    severity: "error",
    message,
    hint,
    place: { file, line: 1, column: 1, length: Math.max(1, first) },
  };
}

function placeIn(file: string, text: string) {
  return ({ start, length }: Spot): Place => {
    const before = text.slice(0, start);
    return { file, line: before.split("\n").length, column: start - before.lastIndexOf("\n"), length };
  };
}

function checkBody(
  body: PromptBody,
  declared: readonly string[],
  yaml: YamlFile,
  at: (spot: Spot) => Place,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = body.wrong.map(({ spot, code, message, hint }) => ({
    code,
    severity: "error",
    message,
    hint,
    place: at(spot),
  }));
  const add = (code: string, message: string, hint: string, place: Place) =>
    diagnostics.push({ code, severity: "error", message, hint, place });
  for (const [name, spot] of body.used) {
    if (declared.includes(name)) continue;
    const near = suggestion(name, declared);
    const hint = near?.startsWith("Did") ? near : `Add ${name} to variables, or take the place out.`;
    add("prompt-undeclared", `{{ ${name} }} is used, and the front matter's variables do not name it`, hint, at(spot));
  }
  for (const [index, name] of declared.entries()) {
    if (body.used.has(name)) continue;
    const hint = `Write {{ ${name} }} where it belongs, or take it out of the list.`;
    add(
      "prompt-unused",
      `"${name}" is declared and never used: the model would not see it`,
      hint,
      yaml.place(["variables", index]),
    );
  }
  return diagnostics;
}
