/** Mezzo as a library: what a team's own node kinds and scripts may rely on. */
export { type Diagnostic, MezzoError } from "./core/errors.ts";
export { foldRun, type RunEvent, type RunView } from "./core/events.ts";
export type { Outcome, Rating, State } from "./core/sample.ts";
export { openGraph } from "./graph/open.ts";
export type { Plan } from "./graph/plan.ts";
export { defineNode, type NodeContext, type NodeKind, type StepResult } from "./nodes/node.ts";
