/**
 * What people decided, from a file: a JSON object a line, such as a spreadsheet or a labelling tool writes.
 *
 *   {"id": "amc-0412", "decided": "approved"}
 *   {"id": "amc-0413", "decided": "rejected", "reason": "skips the case x = 0", "by": "mira", "seconds": 40}
 *   {"id": "amc-0414", "decided": "edited", "trace": "...", "node": "look"}
 *
 * All of a file is read before anything is decided: a line that can't be read stops it there.
 */
import { MezzoError } from "../core/errors.ts";
import { DECISIONS, type Decided } from "../core/reviews.ts";
import { suggestion } from "../core/suggest.ts";
import { readJsonLines } from "./readers/jsonl.ts";
import { openInput, type Source } from "./source.ts";

export interface DecisionRow {
  readonly line: number;
  readonly id: string;
  readonly decided: Decided;
  readonly reason?: string;
  readonly trace?: string;
  readonly node?: string;
  readonly by?: string;
  readonly seconds?: number;
}

const TEXTS = ["reason", "trace", "node", "by"] as const;

/** Throws `bad-decisions` naming the first lines that are wrong. */
export async function readDecisions(source: Source): Promise<DecisionRow[]> {
  const input = await openInput(source);
  const rows: DecisionRow[] = [];
  const problems: string[] = [];
  try {
    for await (const read of readJsonLines(input.bytes)) {
      const row = read.problem === undefined ? toDecision(read.raw.row, read.raw.line) : read.problem.message;
      if (typeof row !== "string") rows.push(row);
      else problems.push(`${(read.problem ?? read.raw).where}: ${row}`);
    }
  } finally {
    input.close();
  }
  if (problems.length === 0) return rows;
  const more = problems.length > 3 ? `\n... and ${problems.length - 3} more lines` : "";
  throw new MezzoError(
    "bad-decisions",
    `${input.name} has lines that are no decision\n${problems.slice(0, 3).join("\n")}${more}`,
    {
      hint: 'A line is an object: {"id": "...", "decided": "approved"}; with a reason for "rejected", a trace for "edited". Nothing was decided.',
      exitCode: 2,
    },
  );
}

/** Or what is wrong with it. */
function toDecision(given: unknown, line: number): DecisionRow | string {
  if (given === null || typeof given !== "object" || Array.isArray(given)) return "an object is expected";
  const row = given as Readonly<Record<string, unknown>>;
  const { id, decided, seconds } = row;
  if (typeof id !== "string" || id === "") return '"id" is expected: which sample';
  if (!DECISIONS.includes(decided as Decided)) {
    const near = typeof decided === "string" ? suggestion(decided, DECISIONS) : undefined;
    return `"decided" is ${JSON.stringify(decided) ?? "missing"}; it is one of ${DECISIONS.join(", ")}. ${near ?? ""}`.trim();
  }
  const wrong = TEXTS.find((key) => (row[key] ?? undefined) !== undefined && typeof row[key] !== "string");
  if (wrong !== undefined) return `"${wrong}" is a text`;
  if ((seconds ?? undefined) !== undefined && typeof seconds !== "number") return '"seconds" is a number';
  if (decided === "rejected" && !hasText(row.reason)) return 'a "reason" is expected where it is rejected';
  if (decided === "edited" && !hasText(row.trace)) return 'a "trace" is expected where it is edited';
  const texts = Object.fromEntries(TEXTS.flatMap((key) => (typeof row[key] === "string" ? [[key, row[key]]] : [])));
  return { line, id, decided: decided as Decided, ...texts, ...(typeof seconds === "number" ? { seconds } : {}) };
}

function hasText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}
