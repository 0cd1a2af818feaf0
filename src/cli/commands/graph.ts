/** `mezzo graph`: the picture of a graph. */
import { drawMermaid } from "../../graph/diagram.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { planOf } from "./graph-file.ts";

interface Flags {
  readonly run?: string;
  readonly set: readonly string[];
  readonly store: string;
}

export async function graph(io: Io, file: string, flags: Flags): Promise<ExitCode> {
  const plan = planOf(io, file, flags.set);
  io.out(drawMermaid(plan, await countsOf(flags)).trimEnd());
  return 0;
}

async function countsOf({ run, store }: Flags): Promise<Readonly<Record<string, number>> | undefined> {
  if (run === undefined) return undefined;
  const { withStore } = await import("./with-store.ts");
  const { requireRun } = await import("../../engine/run.ts");
  return withStore(store, async (open) => {
    await requireRun(open, run);
    return (await open.view(run)).edges;
  });
}
