/** Opening a graph for a command: shows what is wrong with it, and stops the command if it can't run. */
import { MezzoError } from "../../core/errors.ts";
import { openGraph } from "../../graph/open.ts";
import type { Plan } from "../../graph/plan.ts";
import { showDiagnostics } from "../failure.ts";
import type { Io } from "../io.ts";

/** The plan of a graph file. Throws `bad-graph` after its diagnostics have been shown. */
export function planOf(io: Io, file: string, set: readonly string[] = [], replay?: string): Plan {
  const { plan, diagnostics, texts } = openGraph(file, { env: io.env, set, replay });
  showDiagnostics(io, diagnostics, texts);
  if (plan === undefined) throw new MezzoError("bad-graph", `${file} does not run as it is`, { exitCode: 2 });
  return plan;
}
