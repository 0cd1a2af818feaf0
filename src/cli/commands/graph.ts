/** `mezzo graph`: the picture of a graph. */
import { drawMermaid } from "../../graph/diagram.ts";
import { drawGraph } from "../../graph/drawing.ts";
import { type Counts, drawDot, drawJson } from "../../graph/picture.ts";
import type { Plan } from "../../graph/plan.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { planOf } from "./graph-file.ts";

export interface GraphFlags {
  readonly format: "mermaid" | "dot" | "svg" | "json";
  readonly run?: string;
  readonly set: readonly string[];
  readonly store: string;
}

export async function graph(io: Io, file: string, flags: GraphFlags): Promise<ExitCode> {
  const plan = planOf(io, file, flags.set);
  io.out((await draw(plan, flags.format, await countsOf(io, flags))).trimEnd());
  return 0;
}

async function draw(plan: Plan, format: GraphFlags["format"], counts: Counts | undefined): Promise<string> {
  const drawn = drawGraph(plan, Object.keys(counts?.edges ?? {}));
  switch (format) {
    case "mermaid":
      return drawMermaid(plan, counts?.edges);
    case "dot":
      return drawDot(drawn, counts);
    case "json":
      return drawJson(drawn, counts);
    case "svg":
      return (await import("../../graph/svg.ts")).drawSvg(drawn, counts);
  }
}

async function countsOf(io: Io, { run, store }: GraphFlags): Promise<Counts | undefined> {
  if (run === undefined) return undefined;
  const { withStore } = await import("./with-store.ts");
  const { requireRun } = await import("../../engine/run.ts");
  return withStore(io, store, async (open) => {
    await requireRun(open, run);
    return open.view(run);
  });
}
