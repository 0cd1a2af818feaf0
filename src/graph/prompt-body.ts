/** A prompt's text: its messages, the places in them, and what looks like a slip in either. */
import type { PromptMessage } from "../core/prompt.ts";

/** A stretch of the file's text. */
export interface Spot {
  readonly start: number;
  readonly length: number;
}

export interface PromptBody {
  readonly messages: readonly PromptMessage[];
  /** Where each name is used first. */
  readonly used: ReadonlyMap<string, Spot>;
  readonly wrong: readonly { spot: Spot; code: string; message: string; hint: string }[];
}

type Wrong = PromptBody["wrong"][number];

const HEADING = /^# (system|user)[ \t]*\r?$/gm;
/** What people write when they mean a heading of ours. */
const ALMOST_HEADING = /^(?!# (?:system|user)[ \t]*\r?$)#{1,3}[ \t]*(?:system|user|assistant)[ \t]*:?[ \t]*\r?$/gim;
const PLACE = /\{\{([^{}\n]*)\}\}|\{\{/g;

export function readPromptBody(text: string, bodyAt: number): PromptBody {
  const body = text.slice(bodyAt);
  const wrong: Wrong[] = [];
  const used = new Map<string, Spot>();
  const sections = cutSections(body);
  const messages = sections.map(({ role, from, to }): PromptMessage => {
    const raw = body.slice(from, to);
    const lead = raw.length - raw.trimStart().length;
    return { role, parts: readParts(raw.trim(), bodyAt + from + lead, used, wrong) };
  });
  for (const heading of body.matchAll(ALMOST_HEADING)) {
    const found = heading[0].trimEnd();
    const hint = "The headings that part a prompt are # system and # user, in small letters, on a line of their own.";
    wrong.push({
      spot: { start: bodyAt + heading.index, length: found.length },
      code: "prompt-heading",
      message: `"${found}" parts nothing: it would be sent as text`,
      hint,
    });
  }
  wrong.push(...checkSections(body, bodyAt, sections, messages));
  return { messages, used, wrong };
}

interface Section {
  readonly role: "system" | "user";
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

function cutSections(body: string): Section[] {
  const headings = [...body.matchAll(HEADING)];
  const sections = headings.map((heading, index) => ({
    role: heading[1] as "system" | "user",
    at: heading.index,
    from: heading.index + heading[0].length,
    to: headings[index + 1]?.index ?? body.length,
  }));
  return sections.length > 0 ? sections : [{ role: "user", at: 0, from: 0, to: body.length }];
}

function readParts(
  section: string,
  sectionAt: number,
  used: Map<string, Spot>,
  wrong: Wrong[],
): PromptMessage["parts"] {
  const parts: (string | { place: string })[] = [];
  let last = 0;
  for (const match of section.matchAll(PLACE)) {
    const [whole, inner] = match;
    const spot = { start: sectionAt + match.index, length: whole.length };
    const name = inner?.trim() ?? "";
    if (inner === undefined) {
      const hint = "Write {{ name }} on one line; two braces that are meant as text stand apart: { {.";
      wrong.push({ spot, code: "prompt-place", message: "A place begins here and is not closed", hint });
    } else if (!/^[A-Za-z_]\w*$/.test(name)) {
      const hint = "A place is one name, as in {{ problem }}: a state field or a built-in value.";
      wrong.push({
        spot,
        code: "prompt-place",
        message: name === "" ? "This place names nothing" : `"${name}" is not a name`,
        hint,
      });
    } else {
      if (!used.has(name)) used.set(name, spot);
      if (match.index > last) parts.push(section.slice(last, match.index));
      parts.push({ place: name });
      last = match.index + whole.length;
    }
  }
  if (last < section.length) parts.push(section.slice(last));
  return parts;
}

function checkSections(
  body: string,
  bodyAt: number,
  sections: readonly Section[],
  messages: readonly PromptMessage[],
): Wrong[] {
  const wrong: Wrong[] = [];
  const lineAt = (index: number): Spot => {
    const line = /^[^\r\n]*/.exec(body.slice(index))?.[0].trimEnd() ?? "";
    return { start: bodyAt + index, length: Math.max(1, line.length) };
  };
  const add = (spot: Spot, code: string, message: string, hint: string) => wrong.push({ spot, code, message, hint });
  const before = body.slice(0, sections[0]!.at);
  if (before.trim() !== "") {
    const at = before.length - before.trimStart().length;
    add(
      lineAt(at),
      "prompt-heading",
      "This text stands before the first heading and would not be sent",
      "Move it below # system or # user.",
    );
  }
  for (const [index, { at, role }] of sections.entries()) {
    if (body.trim() === "") {
      const hint =
        "Write below the front matter what the model is to do, with {{ problem }} and the like where values go.";
      add({ start: bodyAt - 3, length: 3 }, "prompt-empty", "The prompt says nothing", hint);
      break;
    }
    const says = messages[index]!.parts.some((part) => typeof part !== "string" || part.trim() !== "");
    if (says) continue;
    add(
      lineAt(at),
      "prompt-empty",
      `Nothing stands below "# ${role}"`,
      "Write what the model is to do, with {{ problem }} and the like where values go.",
    );
  }
  if (sections.every(({ role }) => role === "system")) {
    add(
      lineAt(sections[0]!.at),
      "prompt-no-user",
      "The prompt has a # system part only; models answer to a # user part",
      "Add # user and what is asked below it.",
    );
  }
  const late = sections.findIndex(({ role }, index) => role === "system" && index > 0);
  if (late > 0)
    add(
      lineAt(sections[late]!.at),
      "prompt-heading",
      "# system stands after another part; servers take it first or not at all",
      "Move it to the top, and only once.",
    );
  return wrong;
}
