/** What a plan's nodes use, told without loading a team's own kinds: their files may have changed since. */
import { nodeKinds } from "../nodes/kinds.ts";
import type { Plan, PlanNode, Uses } from "./plan.ts";

export function usesOf({ kind, params, uses }: PlanNode): Uses {
  return nodeKinds.get(kind)?.uses(params) ?? uses ?? { models: [], prompts: [], reads: [], writes: [] };
}

/** Does a kind change the trace? */
export function shapesTrace(plan: Pick<Plan, "kinds">, kind: string): boolean {
  return (nodeKinds.get(kind) ?? plan.kinds?.[kind])?.shapes ?? false;
}
