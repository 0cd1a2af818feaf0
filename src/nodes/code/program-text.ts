/**
 * The program in what a model wrote: its last whole listing that defines what the tests call, or all of the text where it
 * is nothing but code. A listing in another language than the tests' is none, and one that was cut off is none either.
 */
import { type CodeLanguage, type CodeTests, languageNamed } from "../../core/code-tests.ts";

export interface ProgramText {
  readonly text: string;
  readonly language: CodeLanguage;
  /** It stood in no listing: where it can't be read as code, it was prose. */
  readonly isBare: boolean;
}

/** The program, or why there is none. */
export function programIn(text: string, tests: CodeTests): ProgramText | string {
  const close = text.lastIndexOf("</think>");
  const said = (close >= 0 ? text.slice(close + "</think>".length) : text).replace(/\r\n?/g, "\n");
  const all = listingsIn(said);
  if (all.length === 0) {
    if (said.trim() === "") return "the text is empty";
    if (hasFence(said)) return "its only listing was cut off";
    return { text: said, language: tests.language ?? "python", isBare: true };
  }
  const fit = all.filter(({ tag }) => tag === "" || fits(languageNamed(tag), tests.language));
  // An untagged listing is often an example's output; where the program's bears its language, that is the one.
  const tagged = fit.filter(({ tag }) => tag !== "");
  const listings = tagged.length > 0 ? tagged : fit;
  const names = namesIn(tests);
  const chosen =
    listings.findLast((listing) => names.some((name) => defines(listing.text, name))) ??
    (tests.style === "stdio" ? undefined : listings.findLast((listing) => defines(listing.text, "\\w+"))) ??
    listings.at(-1);
  if (chosen === undefined) {
    const tags = [...new Set(all.map(({ tag }) => tag))].join(", ");
    return `it has no listing in ${tests.language ?? "a language whose programs are run"} (what there is: ${tags})`;
  }
  return { text: chosen.text, language: tests.language ?? languageNamed(chosen.tag) ?? "python", isBare: false };
}

function fits(named: CodeLanguage | undefined, wanted: CodeLanguage | undefined): boolean {
  return named !== undefined && (wanted === undefined || named === wanted);
}

/** What the program must define, as far as its tests say. */
function namesIn(tests: CodeTests): readonly string[] {
  switch (tests.style) {
    case "stdio":
      return [];
    case "assert":
      return [
        ...new Set([...tests.asserts.join("\n").matchAll(/(?<![.\w])([A-Za-z_]\w*)\s*\(/g)].map(([, name]) => name!)),
      ];
    case "check":
    case "function":
      return [/(\w+)\W*$/.exec(tests.entryPoint)?.[1] ?? tests.entryPoint];
  }
}

function defines(program: string, name: string): boolean {
  const patterns = [`\\b(?:def|class|function\\*?)\\s+${name}\\b`, `^\\s*(?:(?:const|let|var)\\s+)?${name}\\s*=[^=]`];
  return new RegExp(patterns.join("|"), "m").test(program);
}

interface Listing {
  /** The fence's first word, "" where it has none. */
  readonly tag: string;
  readonly text: string;
}

const FENCE = /^([ \t]*)(`{3,}|~{3,})[ \t]*([^\s`{]*)/;

function hasFence(text: string): boolean {
  return text.split("\n").some((line) => FENCE.test(line));
}

function listingsIn(text: string): Listing[] {
  const listings: Listing[] = [];
  let open: { indent: string; fence: string; tag: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    const [, indent = "", fence = "", tag = ""] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== "") open = { indent, fence, tag, lines: [] };
    } else if (fence.startsWith(open.fence) && tag === "") {
      listings.push({ tag: open.tag, text: open.lines.join("\n") });
      open = undefined;
    } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
  }
  return listings.filter((listing) => listing.text.trim() !== "");
}

/**
 * The ways to read it, the first that compiles counts. A completion goes on from the prompt's beginning, and a whole
 * program may stand after it just as well: the second definition is the one that holds.
 */
export function readingsOf(program: string, tests: CodeTests): string[] {
  const before = tests.style === "stdio" ? undefined : tests.before;
  return before === undefined ? [program] : [`${before.trimEnd()}\n${program}`, program];
}
