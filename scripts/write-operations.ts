/** Writes the tables of docs/operations.md that follow from the code. A test fails when they are not current. */
import { readFileSync, writeFileSync } from "node:fs";
import { TROUBLES, type TroubleRule } from "../src/models/gateway.ts";
import { timeoutsSchema } from "../src/models/spec.ts";

const file = new URL("../docs/operations.md", import.meta.url);

export function withTables(text: string): string {
  return replace(replace(text, "troubles", troublesTable()), "timeouts", timeoutsTable());
}

function replace(text: string, name: string, table: string): string {
  const begin = `<!-- ${name}: written by scripts/write-operations.ts -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0) throw new Error(`docs/operations.md has no place for the table of ${name}`);
  return `${text.slice(0, from)}${begin}\n${table}\n${text.slice(to)}`;
}

function troublesTable(): string {
  const rows = Object.entries(TROUBLES).map(([name, rule]: [string, TroubleRule]) => {
    const cuts = rule.cuts === true ? "; fewer at once" : "";
    return `| ${name} | ${rule.meaning} | ${retryWords(rule.retry)}${cuts} | the ${rule.ends} |`;
  });
  return ["| trouble | what it is | tried again | ends |", "|---|---|---|---|", ...rows].join("\n");
}

function retryWords(retry: TroubleRule["retry"]): string {
  if (retry === undefined) return "no";
  const { attempts, withinMs, firstMs, mostMs } = retry;
  return `up to ${attempts} times in ${time(withinMs)}; waits at most ${time(firstMs)}, later ${time(mostMs)}`;
}

function timeoutsTable(): string {
  const defaults = timeoutsSchema.parse({});
  const rows = Object.entries(timeoutsSchema.shape).map(
    ([name, field]) => `| \`${name}\` | ${field.description} | ${time(defaults[name as keyof typeof defaults])} |`,
  );
  return ["| time-out | counts | when left out |", "|---|---|---|", ...rows].join("\n");
}

function time(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 120_000) return `${ms / 1_000} s`;
  return ms < 7_200_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
}

if (import.meta.main) writeFileSync(file, withTables(readFileSync(file, "utf8")));
