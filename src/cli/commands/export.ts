/** `mezzo export`: a run's samples as training files. */
import type { Outcome } from "../../core/sample.ts";
import { type ExportFormat, exportRows, LEFT_OUT_MEANING } from "../../data/export.ts";
import { finishedSamples } from "../../engine/history.ts";
import { requireRun } from "../../engine/run.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { count, plural } from "../words.ts";
import { withStore } from "./with-store.ts";

export interface ExportFlags {
  readonly format: ExportFormat;
  readonly out: string;
  readonly outcome?: readonly Outcome[];
  readonly store: string;
  readonly json?: boolean;
}

export async function exportRun(io: Io, run: string, flags: ExportFlags): Promise<ExitCode> {
  return withStore(flags.store, async (store) => {
    const record = await requireRun(store, run);
    const outcomes = flags.outcome ?? ["accepted"];
    const rows = finishedSamples(store, run, { plan: record.plan, outcomes });
    const summary = await exportRows(rows, { format: flags.format, out: flags.out });
    for (const { why, count: left, firstIds } of summary.leftOut) {
      io.say(`left out ${plural(left, "sample")}: ${LEFT_OUT_MEANING[why]} (${firstIds.join(", ")})`);
    }
    if (flags.json && flags.out !== "-") io.out(JSON.stringify(summary));
    const where = flags.out === "-" ? "" : ` to ${flags.out}`;
    io.say(
      `wrote ${plural(summary.written, "row")} (${outcomes.join(", ")}, ${flags.format})${where}, ${count(summary.bytes)} bytes`,
    );
    if (summary.written === 0)
      io.say(`nothing in this run ended so; \`mezzo status ${run}\` shows how its samples ended`);
    return 0 as const;
  });
}
