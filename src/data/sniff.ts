/** Which format a file is in: Parquet by its first bytes; a text by its name where that can be trusted, else by how it begins. */

/** Where toolkits put the list of rows when they wrap it in an object. */
export const LIST_KEYS: ReadonlySet<string> = new Set(["data", "rows"]);

export type Format =
  | { readonly kind: "jsonl" | "json" | "parquet" }
  | { readonly kind: "csv"; readonly delimiter: string };

export function isParquet(head: Buffer): boolean {
  return head.subarray(0, 4).toString("latin1") === "PAR1";
}

/** By name; undefined when the name says nothing. `head` settles what names get wrong most often. */
export function formatOfName(name: string, head: Buffer): Format | undefined {
  const bare = name.toLowerCase().replace(/\.gz$/, "");
  if (bare.endsWith(".csv")) return { kind: "csv", delimiter: delimiterOf(head) };
  if (bare.endsWith(".tsv")) return { kind: "csv", delimiter: "\t" };
  if (/\.(?:jsonl|ndjson|jsonlines)$/.test(bare)) return { kind: beginsList(head) ? "json" : "jsonl" };
  // JSON Lines is often named .json.
  if (bare.endsWith(".json")) return jsonKind(head) ?? { kind: "json" };
  return undefined;
}

/** By content alone. */
export function sniffFormat(head: Buffer): Format | undefined {
  const json = jsonKind(head);
  if (json !== undefined) return json;
  const firstLine = linesOf(head)[0] ?? "";
  return /[,;\t]/.test(firstLine) ? { kind: "csv", delimiter: delimiterOf(head) } : undefined;
}

function jsonKind(head: Buffer): Format | undefined {
  const [first = "", second] = linesOf(head);
  if (beginsList(head)) return { kind: "json" };
  if (!/^[[{]/.test(first)) return undefined;
  const whole = parsed(first);
  if (whole !== undefined) return { kind: second === undefined && isWrapped(whole) ? "json" : "jsonl" };
  if (/^\{\s*"(?:data|rows)"\s*:\s*\[/.test(first)) return { kind: "json" };
  // An object spread over lines goes on where its first line ends; a broken JSONL line is followed by a row.
  return { kind: second !== undefined && !second.startsWith("{") ? "json" : "jsonl" };
}

/** A list that is the document, not one bad line among rows. */
function beginsList(head: Buffer): boolean {
  const [first = "", second] = linesOf(head);
  return first.startsWith("[") && (second === undefined || parsed(first) === undefined);
}

function isWrapped(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const lists = Object.entries(value).filter(([key, inner]) => LIST_KEYS.has(key) && Array.isArray(inner));
  return lists.some(([, list]) => typeof list[0] === "object");
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Comma, as RFC 4180 has it, unless the header has none and one of the others instead (spreadsheets in Europe). */
function delimiterOf(head: Buffer): string {
  const header = linesOf(head)[0] ?? "";
  return [",", "\t", ";"].find((delimiter) => header.includes(delimiter)) ?? ",";
}

function linesOf(head: Buffer): readonly string[] {
  return head
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
