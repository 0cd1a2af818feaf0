/** The rows of a JSON Lines file, gzipped or not. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export function readRows(path: string): Record<string, unknown>[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
