/** Numbers, times and outcomes as people read them in a terminal. */
import { columnsOf, fitColumns } from "../core/columns.ts";
import type { RunView } from "../core/events.ts";
import { OUTCOMES, type Outcome, RATING_PLAIN, type Rating } from "../core/sample.ts";
import type { Paint } from "./io.ts";

/** 12,345; a dash for what is not known. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function share(part: number, whole: number): string {
  return whole === 0 ? "-" : `${Math.round((100 * part) / whole)} %`;
}

/** 340 ms, 2.4 s, 3 min 20 s, 5 h 12 min. */
export function duration(ms: number): string {
  if (ms < 950) return `${Math.round(ms)} ms`;
  if (ms < 59_500) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 812 bytes, 3.4 KB, 12 MB: powers of 1,000, as disks are sold and `df -H` counts. */
export function bytes(value: number): string {
  if (value < 1000) return plural(value, "byte");
  const power = Math.min(4, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${["", "KB", "MB", "GB", "TB"][power]}`;
}

/** Money to the cent, and finer where it is less than that; "free" for nothing. */
export function usd(value: number): string {
  if (value === 0) return "free";
  return value >= 1 ? `$${value.toFixed(2)}` : `$${value.toPrecision(2)}`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function paintOutcome(outcome: Outcome, paint: Paint): string {
  if (outcome === "accepted") return paint.good(outcome);
  return outcome === "failed" ? paint.bad(outcome) : outcome;
}

/** "too heavy (hard)". */
export function paintRating(rating: Rating, paint: Paint): string {
  const words = `${RATING_PLAIN[rating]} (${rating})`;
  return rating === "medium" ? paint.good(words) : rating === "easy" ? paint.terse(words) : paint.heavy(words);
}

/** Outcomes that occurred, in their fixed order: "31 accepted, 3 rejected". */
export function outcomeList(outcomes: Readonly<Record<Outcome, number>>, paint: Paint): string {
  const parts = OUTCOMES.filter((outcome) => outcomes[outcome] > 0).map(
    (outcome) => `${count(outcomes[outcome])} ${paintOutcome(outcome, paint)}`,
  );
  return parts.length === 0 ? "none yet" : parts.join(", ");
}

/** "7 samples wait for a person, 2 are decided on"; undefined where there is neither. */
export function forPersonWords({ forPerson, decided }: Pick<RunView, "forPerson" | "decided">): string | undefined {
  const parts: string[] = [];
  if (forPerson > 0) parts.push(`${plural(forPerson, "sample waits", "samples wait")} for a person`);
  if (decided > 0)
    parts.push(`${plural(decided, "sample is", "samples are")} decided by a person and not taken up yet`);
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** Why a store on a network disk is no good place, and what to do. */
export function networkWarning(path: string, network: string): { said: string; hint: string } {
  const hint = "SQLite can be damaged there when two machines write; name a local disk with --store.";
  return { said: `${path} is on a network file system (${network})`, hint };
}

/** One line of a text, cut to a width, with nothing in it that a terminal would act on. */
export function oneLine(text: string, width: number): string {
  const flat = plainText(text).replace(/\s+/g, " ").trim();
  return columnsOf(flat) > width ? `${fitColumns(flat, width - 1)}…` : flat;
}

/** A text that can't move the cursor, colour the screen or reorder the line: traces come from anywhere. */
export function plainText(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");
}

/** Rows with columns aligned; numbers to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(cell));
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const gap = " ".repeat(Math.max(0, (widths[at] ?? 0) - width(cell)));
        return right.includes(at) ? gap + cell : cell + gap;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Columns a text takes, colours not counted. */
function width(text: string): number {
  return columnsOf(text.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), ""));
}
