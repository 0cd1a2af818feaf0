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
import type { Diagnostic } from "../core/errors.ts";
import type { Prompt, PromptMessage } from "../core/prompt.ts";
import { suggestion } from "../core/suggest.ts";
import { YamlFile } from "./load.ts";
import { diagnoseIssues } from "./zod-diagnostics.ts";

const frontMatterSchema = z.strictObject({
  purpose: z.string().min(1).describe("What the prompt is for: collect, shorten, judge, verify, expand, condense."),
  variables: z.array(z.string().regex(/^[A-Za-z_]\w*$/, "a name")).describe("The places it fills, each used below."),
  reply: z.enum(["text", "verdict"]).default("text").describe("What comes back: free text or a verdict."),
});

const FRONT = /^---[ \t]*\r?\n/;
const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;
const HEADING = /^# (system|user)[ \t]*$/gm;

/** Reads a prompt file's text. Every mistake in it at once; `prompt` only where there is none. */
export function readPrompt(file: string, text: string): { prompt?: Prompt; diagnostics: Diagnostic[] } {
  const opening = FRONT.exec(text);
  const end = opening === null ? -1 : text.indexOf("\n---", opening[0].length - 1);
  if (opening === null || end < 0) {
    const place = { file, line: 1, column: 1, length: Math.max(1, text.indexOf("\n")) };
    const message = "A prompt begins with front matter between two lines of ---";
    const hint = "Write: ---, purpose: judge, variables: [problem], ---";
    return { diagnostics: [{ code: "prompt-front-matter", severity: "error", message, hint, place }] };
  }
  const yaml = new YamlFile(file, text, { from: opening[0].length, to: end + 1 });
  const diagnostics = yaml.diagnostics;
  if (diagnostics.length > 0) return { diagnostics };
  const front = frontMatterSchema.safeParse(yaml.toValue());
  if (!front.success) return { diagnostics: diagnoseIssues(front.error.issues, yaml, []) };

  const bodyAt = text.indexOf("\n", end + 1) + 1 || text.length;
  const { messages, used, wrong } = readMessages(text, bodyAt);
  const at = (start: number, length: number) => {
    const before = text.slice(0, start);
    return { file, line: before.split("\n").length, column: start - before.lastIndexOf("\n"), length };
  };
  for (const { start, length, found } of wrong) {
    const message = `"{{ ${found} }}" is not a place: a place is one name`;
    diagnostics.push({ code: "prompt-place", severity: "error", message, place: at(start, length) });
  }
  for (const [name, { start, length }] of used) {
    if (front.data.variables.includes(name)) continue;
    const message = `"{{ ${name} }}" is used but not declared in the front matter's variables`;
    const hint = suggestion(name, front.data.variables);
    diagnostics.push({ code: "prompt-undeclared", severity: "error", message, hint, place: at(start, length) });
  }
  for (const [index, name] of front.data.variables.entries()) {
    if (used.has(name)) continue;
    const message = `"${name}" is declared but never used: the model would not see it`;
    const hint = `Write {{ ${name} }} where it belongs, or take it out of the list.`;
    diagnostics.push({
      code: "prompt-unused",
      severity: "error",
      message,
      hint,
      place: yaml.place(["variables", index]),
    });
  }
  if (!messages.some((message) => message.parts.some((part) => typeof part !== "string" || part.trim() !== ""))) {
    diagnostics.push({
      code: "prompt-empty",
      severity: "error",
      message: "The prompt says nothing",
      place: at(bodyAt, 1),
    });
  }
  return diagnostics.length > 0 ? { diagnostics } : { prompt: { ...front.data, messages }, diagnostics };
}

interface Spot {
  readonly start: number;
  readonly length: number;
}

function readMessages(text: string, bodyAt: number) {
  const body = text.slice(bodyAt);
  const headings = [...body.matchAll(HEADING)];
  const sections = headings.map((heading, index) => ({
    role: heading[1] as "system" | "user",
    from: heading.index + heading[0].length,
    to: headings[index + 1]?.index ?? body.length,
  }));
  if (sections.length === 0) sections.push({ role: "user", from: 0, to: body.length });
  const used = new Map<string, Spot>();
  const wrong: (Spot & { found: string })[] = [];
  const messages = sections.map(({ role, from, to }): PromptMessage => {
    const raw = body.slice(from, to);
    const lead = raw.length - raw.trimStart().length;
    const section = raw.trim();
    const parts: (string | { place: string })[] = [];
    let last = 0;
    for (const match of section.matchAll(PLACE)) {
      const [whole, name = ""] = match;
      const spot = { start: bodyAt + from + lead + match.index, length: whole.length };
      if (!/^[A-Za-z_]\w*$/.test(name)) {
        wrong.push({ ...spot, found: name });
        continue;
      }
      if (!used.has(name)) used.set(name, spot);
      if (match.index > last) parts.push(section.slice(last, match.index));
      parts.push({ place: name });
      last = match.index + whole.length;
    }
    if (last < section.length) parts.push(section.slice(last));
    return { role, parts };
  });
  return { messages, used, wrong };
}
