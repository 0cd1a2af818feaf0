/** Our source as the architecture tests see it: each file's imports and what it does besides, without a compiler. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

export interface SourceFile {
  /** From the project's root, with slashes: `src/core/hash.ts`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** The code with comments, and the insides of strings, taken out. */
  readonly code: string;
}

/** One of ours by its path from the root, or a package (`@langchain/core`, whatever of it is imported), or a builtin. */
export type Import =
  | { readonly ours: string; readonly isType: boolean }
  | { readonly package: string }
  | { readonly builtin: string };

export function readSource(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => parseSource(path, readFileSync(path, "utf8")));
}

export function parseSource(path: string, text: string): SourceFile {
  const withoutComments = scan(text, { keepStrings: true });
  return {
    path,
    lines: text.split("\n").length - 1,
    imports: [...withoutComments.matchAll(IMPORT)].map((match) =>
      toImport(path, match[2] ?? match[3] ?? match[4]!, match[1]?.endsWith("type") === true),
    ),
    code: scan(text, { keepStrings: false }),
  };
}

/** `import x from "y"`, `export x from "y"`, `import "y"`; `import("y")`, `import type("y")`; `require("y")`. */
const IMPORT =
  /^[ \t]*((?:import|export)\b(?: type\b)?)[^;"'`]*?\bfrom\s*["']([^"'$\s]+)["']|^[ \t]*import\s*["']([^"'$\s]+)["']|\b(?:import|require)\(\s*["']([^"'$\s]+)["']/gm;

function toImport(from: string, specifier: string, isType: boolean): Import {
  if (specifier.startsWith(".")) return { ours: posix.join(posix.dirname(from), specifier), isType };
  if (specifier.startsWith("node:")) return { builtin: specifier };
  return { package: specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/") };
}

/** Comments, strings, templates, and regular expressions where one may begin. In this order: the first to match wins. */
const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[(,=:[!&|?{};+]\s*|return\s+|=>\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/g;

function scan(text: string, { keepStrings }: { readonly keepStrings: boolean }): string {
  return text.replace(TOKEN, (token) => {
    if (token.startsWith("/*") || token.startsWith("//")) return "\n".repeat(token.split("\n").length - 1);
    if (keepStrings && (token.startsWith('"') || token.startsWith("'"))) return token;
    // What stands in the places of a template is code.
    if (token.startsWith("`")) return [...token.matchAll(/\$\{([^}]*)\}/g)].map((place) => ` ${place[1]} `).join(";");
    return '""';
  });
}
