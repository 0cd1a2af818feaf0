/**
 * Where a sample goes. Pure: the same plan, label and state give the same way, so the step that writes it into an
 * event, LangGraph's conditional edge and a fork under an edited graph all agree by construction.
 *
 * Nodes whose `when` is false are passed over here, on the way: they cost no step and no checkpoint.
 */
import { MezzoError } from "../core/errors.ts";
import { isOutcome, type State } from "../core/sample.ts";
import { type Condition, createConditions } from "../graph/conditions.ts";
import type { Plan, PlanNode } from "../graph/plan.ts";
import { defaultOutcome, wayPast } from "../graph/ways.ts";

export interface Arrival {
  /** A node whose `when` holds, or an outcome. */
  readonly next: string;
  /** Nodes passed over to get there, in order. */
  readonly skipped: readonly string[];
  /** Why it is `failed`, where this sample lacks a field that a condition needs. */
  readonly reason?: string;
}

export interface Router {
  start(state: State): Arrival;
  /** After `node` ended with `label` on its `visit`th visit (from 1). */
  after(node: string, label: string, visit: number, state: State): Arrival;
}

export function createRouter(plan: Plan): Router {
  const conditions = createConditions(plan.state);
  const compiled = new Map<string, Condition>();
  const holds = (node: string, text: string, state: State): boolean => {
    let condition = compiled.get(text);
    if (condition === undefined) {
      const fresh = conditions.compile(text);
      if ("code" in fresh) throw new Error(`Internal error: unchecked condition "${text}": ${fresh.message}`);
      condition = fresh;
      compiled.set(text, condition);
    }
    try {
      return condition.holds(state);
    } catch (thrown) {
      if (!(thrown instanceof MezzoError)) throw thrown;
      throw new MezzoError(thrown.code, `at "${node}", ${thrown.message}`, { hint: thrown.hint, cause: thrown });
    }
  };

  /** A condition that a sample has no answer to ends that sample, not the run. */
  const arrive = (go: () => Arrival): Arrival => {
    try {
      return go();
    } catch (thrown) {
      if (!(thrown instanceof MezzoError)) throw thrown;
      return { next: "failed", skipped: [], reason: thrown.message };
    }
  };

  const settle = (target: string, state: State): Arrival => {
    const skipped: string[] = [];
    let next = target;
    while (!isOutcome(next)) {
      const node = plan.nodes[next];
      if (node?.when === undefined || holds(next, node.when, state)) break;
      // Round a loop of nodes that are all passed by: nothing will ever change.
      if (skipped.includes(next)) return { next: "exhausted", skipped };
      skipped.push(next);
      next = wayPast(node) ?? "failed";
    }
    return { next, skipped };
  };

  const target = (name: string, node: PlanNode, label: string, state: State): string => {
    if (node.then.by === "label") return node.then.to[label] ?? defaultOutcome(label);
    const kindsOwn = defaultOutcome(label);
    if (kindsOwn !== "failed" || label === "failed") return kindsOwn;
    if (node.then.by === "one") return node.then.to;
    return node.then.cases.find((way) => way.when === undefined || holds(name, way.when, state))?.to ?? "failed";
  };

  return {
    start: (state) => arrive(() => settle(plan.start, state)),
    after: (name, label, visit, state) => {
      const node = plan.nodes[name];
      if (node === undefined) throw new Error(`Internal error: no node ${name}`);
      return arrive(() => {
        const arrival = settle(target(name, node, label, state), state);
        if (isOutcome(arrival.next) || node.limit === undefined || visit < node.limit) return arrival;
        return settle(target(name, node, "exhausted", state), state);
      });
    },
  };
}
