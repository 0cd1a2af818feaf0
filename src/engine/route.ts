/**
 * Where a sample goes. Pure: the same plan, label and state give the same way, so the step that writes it into an
 * event, LangGraph's conditional edge and a fork under an edited graph all agree by construction.
 *
 * Nodes whose `when` is false are passed over here, on the way: they cost no step and no checkpoint.
 */
import { MezzoError } from "../core/errors.ts";
import { isOutcome, type State } from "../core/sample.ts";
import { type Condition, createConditions, type Expression, type Visits } from "../graph/conditions.ts";
import { type Branch, branchesOf, nodesFrom } from "../graph/forks.ts";
import type { Fork, Plan, PlanNode } from "../graph/plan.ts";
import { defaultOutcome, wayPast } from "../graph/ways.ts";

export interface Arrival {
  /** A node whose `when` holds, or an outcome. */
  readonly next: string;
  /** Nodes passed over to get there, in order. */
  readonly skipped: readonly string[];
  /** Why it is `failed`, where this sample lacks a field that a condition needs. */
  readonly reason?: string;
  /** `next` is the join of the fork that the sample is in: the other branches come there too. */
  readonly joins?: true;
  /** At a fork: where the other branches begin. */
  readonly also?: readonly Arrival[];
}

export interface Router {
  /** The branch of a fork that a node is in, if it is in one. */
  branchOf(node: string): Branch | undefined;
  start(state: State): Arrival;
  /** After `node` ended with `label`. `visits` counts that visit too. */
  after(node: string, label: string, state: State, visits: Visits): Arrival;
  /** What an expression comes to. Throws MezzoError where this sample has no answer to it. */
  evaluate(expression: string, state: State, visits: Visits): unknown;
  /** Is the node's `when` false for this sample? */
  passes(node: string, state: State, visits: Visits): boolean;
  /** After all branches of the fork at `node` have come to its join. */
  joined(node: string, state: State, visits: Visits): Arrival;
}

export function createRouter(plan: Plan): Router {
  const conditions = createConditions(plan.state, Object.keys(plan.nodes));
  const branches = branchesOf(plan.nodes);
  const compiled = new Map<string, Condition>();
  const expressions = new Map<string, Expression>();
  const holds = (node: string, text: string, state: State, visits: Visits): boolean => {
    let condition = compiled.get(text);
    if (condition === undefined) {
      const fresh = conditions.compile(text);
      if ("code" in fresh) throw new Error(`Internal error: unchecked condition "${text}": ${fresh.message}`);
      condition = fresh;
      compiled.set(text, condition);
    }
    return at(node, () => condition.holds(state, visits));
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

  /** Follows a way to where something is to be done. Inside a branch it ends at the fork's `join` at the latest. */
  const settle = (target: string | Fork, state: State, visits: Visits, join?: string): Arrival => {
    const skipped: string[] = [];
    let next = target;
    while (typeof next === "string") {
      if (next === join) return { next, skipped, joins: true };
      if (isOutcome(next)) return { next, skipped };
      const node = plan.nodes[next];
      if (node?.when === undefined || holds(next, node.when, state, visits)) return { next, skipped };
      // Round a loop of nodes that are all passed by: nothing will ever change.
      if (skipped.includes(next)) return { next: "exhausted", skipped };
      skipped.push(next);
      next = wayPast(node) ?? "failed";
    }
    return part(next, skipped, state, visits);
  };

  const part = ({ fork, join }: Fork, skipped: readonly string[], state: State, visits: Visits): Arrival => {
    const begun = fork.map((head) => settle(head, state, visits, join));
    // A branch that is an outcome before it began ends the sample there: the others would be work for nothing.
    const first = begun.find(({ next }) => isOutcome(next)) ?? begun.find(({ joins }) => joins !== true);
    if (first === undefined) {
      // Every branch is passed by from end to end.
      const [one, ...others] = begun;
      const after = settle(join, state, visits);
      return {
        ...after,
        skipped: [...skipped, ...one!.skipped, ...after.skipped],
        also: [...others, ...(after.also ?? [])],
      };
    }
    const arrival = { ...first, skipped: [...skipped, ...first.skipped] };
    return isOutcome(first.next) ? arrival : { ...arrival, also: begun.filter((branch) => branch !== first) };
  };

  const target = (name: string, node: PlanNode, label: string, state: State, visits: Visits): string | Fork => {
    if (label === "failed" && node.onError !== undefined) return node.onError;
    const unwritten = defaultOutcome(label);
    const end = node.ends?.[unwritten] ?? unwritten;
    if (node.then.by === "label") return node.then.to[label] ?? end;
    if (unwritten !== "failed" || label === "failed") return end;
    switch (node.then.by) {
      case "one":
        return node.then.to;
      case "condition":
        return (
          node.then.cases.find(({ when }) => when === undefined || holds(name, when, state, visits))?.to ?? "failed"
        );
      case "fork":
        return node.then;
    }
  };

  /** A limit bounds a loop: a way from which none leads back, to an acceptance after it, is open on the last visit too. */
  const leavesLoop = (name: string, next: string): boolean =>
    endsGraphOf(name, next) || (plan.nodes[next] !== undefined && !nodesFrom(graphOf(plan, name), next).has(name));

  return {
    branchOf: (node) => branches.get(node),
    passes: (name, state, visits) => {
      const when = plan.nodes[name]?.when;
      return when !== undefined && !holds(name, when, state, visits);
    },
    start: (state) => arrive(() => settle(plan.start, state, {})),
    after: (name, label, state, visits) => {
      const node = plan.nodes[name];
      if (node === undefined) throw new Error(`Internal error: no node ${name}`);
      const join = branches.get(name)?.fork.join;
      return arrive(() => {
        const arrival = settle(target(name, node, label, state, visits), state, visits, join);
        if (node.limit === undefined || (visits[name] ?? 0) < node.limit || leavesLoop(name, arrival.next))
          return arrival;
        return settle(target(name, node, "exhausted", state, visits), state, visits, join);
      });
    },
    evaluate: (text, state, visits) => {
      let expression = expressions.get(text);
      if (expression === undefined) {
        const fresh = conditions.compileValue(text);
        if ("code" in fresh) throw new Error(`Internal error: unchecked expression "${text}": ${fresh.message}`);
        expression = fresh;
        expressions.set(text, expression);
      }
      return expression.valueFor(state, visits);
    },
    joined: (name, state, visits) => {
      const then = plan.nodes[name]?.then;
      if (then?.by !== "fork") throw new Error(`Internal error: no fork at ${name}`);
      return arrive(() => settle(then.join, state, visits));
    },
  };
}

/** Says where it was that a sample had no answer. */
function at<T>(node: string, ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    if (!(thrown instanceof MezzoError)) throw thrown;
    throw new MezzoError(thrown.code, `at "${node}", ${thrown.message}`, { hint: thrown.hint, cause: thrown });
  }
}

/**
 * Does a way end the graph that a node stands in? With an outcome, or, for a graph within a graph, outside of it. There
 * the loops of the outer graph begin, and those have limits of their own.
 */
function endsGraphOf(name: string, next: string): boolean {
  return isOutcome(next) || !next.startsWith(prefixOf(name));
}

/** The nodes of the graph that a node stands in, graphs inside it included: the loops that its limit is for. */
function graphOf({ nodes }: Plan, name: string): Plan["nodes"] {
  const prefix = prefixOf(name);
  return prefix === "" ? nodes : Object.fromEntries(Object.entries(nodes).filter(([node]) => node.startsWith(prefix)));
}

function prefixOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}
