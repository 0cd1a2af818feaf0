/** JSON objects with a certain key in a text that may hold anything else: prose, LaTeX, code, a fence around them. */

/** Objects that state a rating, wherever they stand in the text; `{` of LaTeX and code around them is passed over. */
export function findRated(text: string): { readonly rating: unknown }[] {
  return findWith(text, "rating") as { rating: unknown }[];
}

/** Objects that have this key, exactly once each. */
export function findWith(text: string, key: string): Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = [];
  const opening = /\{\s*"/g;
  for (let tries = 0; tries < MOST_OBJECTS; tries++) {
    const start = opening.exec(text)?.index;
    if (start === undefined) break;
    const end = endOfObject(text, start);
    const object = end === undefined ? undefined : readObject(text.slice(start, end), key);
    if (object === undefined) continue;
    found.push(object);
    opening.lastIndex = end!;
  }
  return found;
}

const MOST_OBJECTS = 50;
const LONGEST_OBJECT = 20_000;

function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < Math.min(text.length, start + LONGEST_OBJECT); at++) {
    const char = text[at];
    if (char === "\\" && inString) at += 1;
    else if (char === '"') inString = !inString;
    else if (inString) continue;
    else if (char === "{") depth += 1;
    else if (char === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}

function readObject(json: string, key: string): Readonly<Record<string, unknown>> | undefined {
  // What is stated twice is not what was decided.
  if (json.split(`"${key}"`).filter((rest, at) => at > 0 && /^\s*:/.test(rest)).length !== 1) return undefined;
  const value = parse(json) ?? parse(mend(json));
  const has = value !== null && typeof value === "object" && Object.hasOwn(value, key);
  return has ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** Judges quote mathematics: a lone backslash and a line break inside a text are theirs, and touch no rating. */
function mend(json: string): string {
  const escaped = json.replace(/\\(["\\/bfnrtu])|\\/g, (whole, known: string | undefined) => (known ? whole : "\\\\"));
  return escaped.replace(/[\n\r\t]+/g, " ");
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // Not JSON: then it is no verdict.
  }
}
