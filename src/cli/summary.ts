/** What came out of a run, for the person who started it: composition, what did not make it and why, lengths, cost. */
import type { RunView } from "../core/events.ts";
import { finishedCount } from "../core/events.ts";
import { OUTCOME_MEANING, OUTCOMES } from "../core/sample.ts";
import type { Io } from "./io.ts";
import { count, forPersonWords, paintOutcome, plural, share, table, usd } from "./words.ts";

export function summarise(io: Io, view: RunView): string[] {
  const { paint } = io;
  const done = finishedCount(view);
  const lines = [`${paint.strong(plural(done, "sample"))} of ${count(view.samples)} reached an outcome`, ""];
  const rows: string[][] = [];
  for (const outcome of OUTCOMES) {
    const n = view.outcomes[outcome];
    if (n === 0) continue;
    rows.push([`  ${paintOutcome(outcome, paint)}`, count(n), share(n, done), paint.faint(OUTCOME_MEANING[outcome])]);
    if (outcome === "accepted") rows.push(...composition(io, view));
  }
  lines.push(...table(rows, [1, 2]));
  const person = forPersonWords(view);
  if (person !== undefined) lines.push(`  ${person}`);
  const { before, after } = view.acceptedTokens;
  if (before > 0) {
    lines.push("", `  accepted traces: ${count(before)} ▸ ${count(after)} tokens (${share(after, before)}), estimated`);
  }
  lines.push(
    `  ${plural(view.calls, "call")}, ${count(view.tokens.in)} tokens in, ${count(view.tokens.out)} out, ${usd(view.costUsd)}`,
  );
  return lines;
}

/** Accepted samples by what shaped them, most first. */
function composition(io: Io, view: RunView): string[][] {
  const { paint } = io;
  return Object.entries(view.shapedBy)
    .sort(([, a], [, b]) => b - a)
    .map(([nodes, n]) => [
      paint.faint(nodes === "" ? "    as they came" : `    ${nodes.split("+").join(", then ")}`),
      paint.faint(count(n)),
      paint.faint(share(n, finishedCount(view))),
    ]);
}
