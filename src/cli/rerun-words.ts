/** What an edit of a graph changes, and what it does to a run, for people. */
import { isOutcome } from "../core/sample.ts";
import type { Rerun } from "../engine/rerun.ts";
import type { PlanChange, PlanDiff } from "../graph/compare.ts";
import type { Io } from "./io.ts";
import { count, plainText, plural, table } from "./words.ts";

/** One line a change; a prompt's changed lines below it. */
export function tellChanges(io: Io, changes: readonly PlanChange[]): string[] {
  const heads = table(changes.map((change) => [`  ${io.paint.strong(headOf(change))}`, plainText(change.words)]));
  return changes.flatMap((change, at) => [heads[at]!, ...(change.lines ?? []).map((line) => tellLine(io, line))]);
}

function headOf({ about, name }: PlanChange): string {
  if (about === "way") return name === "start" ? name : `after ${name}`;
  return name === "" ? about : `${about} ${plainText(name)}`;
}

function tellLine(io: Io, { sign, text }: NonNullable<PlanChange["lines"]>[number]): string {
  const line = `      ${sign} ${plainText(text)}`.trimEnd();
  if (sign === " ") return io.paint.faint(line);
  return sign === "+" ? io.paint.good(line) : io.paint.bad(line);
}

/** What a rerun would do again, whatever the run. */
export function tellReach(diff: PlanDiff, after: readonly string[]): string[] {
  const lines: string[] = [];
  const [there, gone] = [
    diff.reruns.filter((name) => after.includes(name)),
    diff.reruns.filter((name) => !after.includes(name)),
  ];
  if (there.length > 0)
    lines.push(`Samples that have been at ${listOf(there)} go back to before it, and on from there.`);
  if (gone.length > 0)
    lines.push(`Samples that have been at ${listOf(gone)} go back to before it, and on another way.`);
  if (diff.waysDiffer) lines.push("Samples whose way is another now go on from where it parts.");
  if (lines.length === 0) lines.push("No recorded step rests on what has changed: a rerun would touch no sample.");
  return lines;
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** What became, or would become, of a run's samples. */
export function tellRerun(rerun: Rerun, isDry: boolean): string[] {
  const rows = rerun.back.map(({ to, samples, calls }) => [
    `  ${count(samples)}`,
    isOutcome(to) ? `end as ${to} at once` : `go back, and on at ${to}`,
    isOutcome(to) ? "" : `about ${plural(calls, "call")}`,
  ]);
  if (rerun.notStarted > 0) rows.push([`  ${count(rerun.notStarted)}`, "have not started", ""]);
  rows.push([`  ${count(rerun.untouched)}`, rerun.untouched === 1 ? "is not touched" : "are not touched", ""]);
  const lines = [`Of ${plural(rerun.samples, "sample")}:`, ...table(rows, [0])];
  if (rerun.fromStart > 0) {
    lines.push(
      `${plural(rerun.fromStart, "sample")} ${isDry ? "would start" : "start"} anew: the checkpoints to go back to were not kept (--keep).`,
    );
  }
  return lines;
}
