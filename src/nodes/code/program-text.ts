/** The program in what a model wrote: its last whole listing that defines something, or all of it where it is nothing but code. */
import type { CodeTests } from "../../core/code-tests.ts";

export function programIn(text: string, tests: CodeTests): string {
  const close = text.lastIndexOf("</think>");
  const said = (close >= 0 ? text.slice(close + "</think>".length) : text).replace(/\r\n?/g, "\n");
  const listings = listingsIn(said);
  if (listings.length === 0) return said.includes("```") ? "" : said;
  const name = tests.style === "check" || tests.style === "function" ? tests.entryPoint.split(".").at(-1)! : "";
  const defines = (listing: string) => listing.includes(`def ${name}`);
  // An example of its use often follows a function; a script may define nothing.
  return (tests.style === "stdio" ? undefined : listings.findLast(defines)) ?? listings.at(-1)!;
}

/** Closed ones only: a listing that was cut off is no program. */
function listingsIn(text: string): string[] {
  const listings: string[] = [];
  let open: string[] | undefined;
  for (const line of text.split("\n")) {
    if (!line.trimStart().startsWith("```")) open?.push(line);
    else if (open === undefined) open = [];
    else {
      listings.push(open.join("\n"));
      open = undefined;
    }
  }
  return listings.filter((listing) => listing.trim() !== "");
}

/**
 * The ways to read it, the first that compiles counts. A completion goes on from the prompt's beginning, and a whole
 * program may stand after it just as well: the second definition is the one that holds.
 */
export function readingsOf(program: string, tests: CodeTests): string[] {
  const before = tests.style === "stdio" ? undefined : tests.before;
  return before === undefined ? [program] : [`${before.trimEnd()}\n${program}`, program];
}
