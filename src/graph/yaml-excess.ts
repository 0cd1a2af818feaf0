/**
 * Texts that no graph is, refused before they are parsed: the YAML reader needs quadratic time and worse on deep
 * nesting and on very many keys (measured: ten minutes for 50,000 opening brackets).
 */

export interface Excess {
  readonly message: string;
  /** Offset in the text. */
  readonly at: number;
}

const MOST_CHARACTERS = 500_000;
const MOST_LINES = 10_000;
const DEEPEST = 60;

/** What is too much about a text, if anything is. */
export function findExcess(text: string): Excess | undefined {
  if (text.length > MOST_CHARACTERS) {
    return { message: `The file has more than ${MOST_CHARACTERS} characters; no graph needs as many`, at: 0 };
  }
  let depth = 0;
  let lines = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "[" || char === "{") depth += 1;
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    else if (char === "\n" && ++lines > MOST_LINES) {
      return { message: `The file has more than ${MOST_LINES} lines; no graph needs as many`, at };
    }
    if (depth > DEEPEST) return { message: `Brackets stand in each other more than ${DEEPEST} deep`, at };
  }
  const dashes = new RegExp(`(?:[-?][ \\t]+){${DEEPEST}}|^[ ]{${DEEPEST * 8}}`, "m").exec(text);
  return dashes === null
    ? undefined
    : { message: `Blocks stand in each other more than ${DEEPEST} deep`, at: dashes.index };
}
