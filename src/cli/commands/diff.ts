/** `mezzo diff`: what is different between two graphs, in words, and what a rerun would touch. */
import { diffPlans, type PlanDiff } from "../../graph/compare.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { tellChanges, tellReach } from "../rerun-words.ts";
import { planOf } from "./graph-file.ts";

export function diff(io: Io, before: string, after: string, flags: { json?: boolean }): ExitCode {
  const [was, is] = [planOf(io, before), planOf(io, after)];
  const found: PlanDiff = diffPlans(was, is);
  if (flags.json) {
    io.out(JSON.stringify({ before: was.fingerprint, after: is.fingerprint, ...found }, null, 2));
    return 0;
  }
  if (found.changes.length === 0) {
    io.out(`${before} and ${after} are the same plan.`);
    return 0;
  }
  for (const line of tellChanges(io, found.changes)) io.out(line);
  io.out("");
  for (const line of tellReach(found, Object.keys(is.nodes))) io.out(line);
  return 0;
}
