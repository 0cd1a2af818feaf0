/** What the YAML reader found, in words for people who do not know YAML's grammar. */
import { Lexer, type YAMLError } from "yaml";

export interface YamlTrouble {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Offsets in the text that was read. */
  readonly start: number;
  readonly end: number;
}

/**
 * Every trouble that stands for itself. Once a text does not read as YAML, what follows is read in the wrong light, so
 * of those that break its form only the first is told; keys that stand twice are told in any case.
 */
export function describeYamlTroubles(troubles: readonly YAMLError[], text: string): YamlTrouble[] {
  const inOrder = [...troubles].sort((a, b) => a.pos[0] - b.pos[0]);
  const first = inOrder.find((trouble) => !STANDS_ALONE.has(trouble.code));
  return inOrder
    .filter(
      (trouble) =>
        trouble === first || (STANDS_ALONE.has(trouble.code) && (first === undefined || trouble.pos[0] < first.pos[0])),
    )
    .map((trouble) => ({ start: trouble.pos[0], end: trouble.pos[1], ...describe(trouble, text) }));
}

const STANDS_ALONE: ReadonlySet<string> = new Set([
  "DUPLICATE_KEY",
  "TAG_RESOLVE_FAILED",
  "BAD_DQ_ESCAPE",
  "BAD_SCALAR_START",
]);

type Description = Omit<YamlTrouble, "start" | "end"> & Partial<Pick<YamlTrouble, "start" | "end">>;

function describe({ code, message, pos }: YAMLError, text: string): Description {
  const found =
    text
      .slice(pos[0], Math.min(pos[1], pos[0] + 40))
      .split("\n")[0]
      ?.trim() ?? "";
  switch (code) {
    case "TAB_AS_INDENT":
      return {
        code: "yaml-tab",
        message: "This line is indented with a tab; YAML wants spaces",
        hint: "Use two spaces for each level.",
      };
    case "DUPLICATE_KEY": {
      const key = /^[^\s:#,}]+/.exec(text.slice(pos[0]))?.[0] ?? found;
      const plain = key.replace(/^["']|["']$/g, "");
      return {
        code: "duplicate-key",
        message: `"${plain}" stands twice in the same block; only one of them could count`,
        hint: "Take one out, or give it another name.",
        end: pos[0] + key.length,
      };
    }
    case "BAD_ALIAS":
      return {
        code: "yaml-alias",
        message: 'A "*" at the beginning of a value repeats an anchor, and no name follows it',
        hint: 'Put a text that begins with "*" into quotes.',
      };
    case "MULTIPLE_DOCS":
      return {
        code: "yaml-documents",
        message: 'The file holds more than one document, parted by "---"; one graph was expected',
        hint: "Give each graph a file of its own.",
      };
    case "TAG_RESOLVE_FAILED":
      return {
        code: "yaml-tag",
        message: `"${found}" begins with "!", which makes it a YAML tag, and no tags are known here`,
        hint: 'Put a text that begins with "!" into quotes, as in when: "!has(trace)".',
      };
    case "BAD_SCALAR_START":
      return {
        code: "yaml-syntax",
        message: `A value can't begin with "${found[0] ?? ""}"`,
        hint: "Put it into quotes.",
      };
    case "BLOCK_AS_IMPLICIT_KEY":
      return {
        code: "yaml-syntax",
        message: 'There is a second ": " on this line',
        hint: 'Put a value that holds ": " into quotes, or begin a new line for the second key.',
        end: pos[0] + (/^[^\r\n]*/.exec(text.slice(pos[0]))?.[0].length ?? 1),
      };
    case "MULTILINE_IMPLICIT_KEY":
      if (found.includes("：")) {
        return {
          code: "yaml-syntax",
          message: 'This line was expected to be "key: value", and its colon is a full-width one (：)',
          hint: 'Write a half-width ":" and a space after the key; commas and quotes are half-width in YAML, too.',
        };
      }
      return {
        code: "yaml-syntax",
        message: 'This line was expected to be "key: value", and there is no ":" in it',
        hint: 'Write a ":" and a space after the key.',
      };
    case "BAD_DQ_ESCAPE":
      return {
        code: "yaml-syntax",
        message: `"${text.slice(pos[0], pos[0] + 2)}" is no escape that double quotes know`,
        hint: "Write \\\\ for a backslash, or use single quotes, where a backslash is itself.",
        end: pos[0] + 2,
      };
    case "MISSING_CHAR":
    case "BAD_INDENT":
      return describeUnclosed(message, text) ?? indentOrPlain(code, message, text, pos);
    default:
      return { code: "yaml-syntax", message: plain(message) };
  }
}

function indentOrPlain(code: string, message: string, text: string, pos: readonly [number, number]): Description {
  if (code !== "BAD_INDENT") return { code: "yaml-syntax", message: plain(message) };
  const start = pos[0] + (/^[ \t]*/.exec(text.slice(pos[0]))?.[0].length ?? 0);
  const end = start + (/^[^\s:]*/.exec(text.slice(start))?.[0].length ?? 0);
  return {
    code: "yaml-indent",
    message: "The indentation does not fit: keys of one block begin in the same column",
    hint: "Move the line under the other keys of its block.",
    start,
    end,
  };
}

/** A quote or a bracket that is never closed: the place to mend is where it opens, not where the reader gave up. */
function describeUnclosed(message: string, text: string): Description | undefined {
  const isQuote = /closing ['"]quote/.test(message);
  const isBracket = /^Flow (map|sequence)/.test(message);
  if (!isQuote && !isBracket) return undefined;
  const open: { at: number; sign: string }[] = [];
  let at = 0;
  for (const token of new Lexer().lex(text)) {
    const sign = token[0] ?? "";
    // The lexer's own marks (of a document, a scalar) are single control characters that are not in the text.
    if (MARKS.includes(token)) continue;
    if (isQuote && (sign === '"' || sign === "'") && (token.length === 1 || !token.endsWith(sign))) {
      return unclosed(at, sign, sign, "A text");
    }
    if (isBracket && (token === "{" || token === "[")) open.push({ at, sign: token });
    if (isBracket && (token === "}" || token === "]")) open.pop();
    at += token.length;
  }
  const last = open.at(-1);
  return last === undefined
    ? undefined
    : unclosed(last.at, last.sign, last.sign === "{" ? "}" : "]", last.sign === "{" ? "A block" : "A list");
}

const MARKS: readonly string[] = ["\u0002", "\u0018", "\u001f", "\uFEFF"];

function unclosed(at: number, sign: string, closing: string, what: string): Description {
  return {
    code: "yaml-syntax",
    message: `${what} begins here with ${sign} and does not end`,
    hint: `Add the closing ${closing}.`,
    start: at,
    end: at + 1,
  };
}

/** The reader's own message without its place and code frame: we draw our own. */
function plain(message: string): string {
  const first = message.split("\n")[0] ?? message;
  return first.replace(/ at line \d+, column \d+:?$/, "").replace(/:$/, "");
}
