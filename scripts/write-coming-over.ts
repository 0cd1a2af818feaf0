/** Writes the table of docs/coming-over.md that follows from the code. A test fails when it is not current. */
import { readFileSync, writeFileSync } from "node:fs";
import { DEFECTS, type Defect } from "../src/easydistill/defects.ts";

const file = new URL("../docs/coming-over.md", import.meta.url);
const BEGIN = "<!-- defects: written by scripts/write-coming-over.ts -->";

export function withDefects(text: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0) throw new Error("docs/coming-over.md has no place for the table of defects");
  const rows = Object.entries(DEFECTS).map(
    ([code, { means, done }]: [string, Defect]) => `| \`${code}\` | ${means} | ${done} |`,
  );
  const table = ["| code | what it is | what is done |", "|---|---|---|", ...rows].join("\n");
  return `${text.slice(0, from)}${BEGIN}\n${table}\n${text.slice(to)}`;
}

if (import.meta.main) writeFileSync(file, withDefects(readFileSync(file, "utf8")));
