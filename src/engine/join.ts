/**
 * Where the branches of a fork come together. Not a node of the graph, but a step of its own for LangGraph, run once every
 * branch has come to the join or to an outcome:
 *
 *   every branch at the join                  the sample goes on there
 *   one or more at an outcome                 the sample ends in it; in that of the first branch, as the fork is written
 *
 * What each branch found is in `way.branches`; from here on it is the sample's again. The events and the checkpoint that
 * says so are committed together, like a step's.
 */
import type { ForkJoined, SampleEvent } from "../core/events.ts";
import { isOutcome, type State } from "../core/sample.ts";
import type { StepContext, StepEnd } from "./compile.ts";
import type { Arrival } from "./route.ts";
import { onFork, type Services, tokensOf } from "./step.ts";
import { type BranchSoFar, joinWays, type Way } from "./way.ts";

export async function joinFork(services: Services, state: State, way: Way, context: StepContext): Promise<StepEnd> {
  const { run, router, store, clock } = services;
  const [head] = Object.keys(way.branches ?? {});
  const branch = head === undefined ? undefined : router.branchOf(head);
  if (branch === undefined) throw new Error("Internal error: branches came together, and no fork had parted them");
  const { at: node, fork } = branch;
  const joined = joinWays(way, { node, heads: fork.fork });
  const done = fork.fork.flatMap((first) => way.branches?.[first] ?? []);
  const ended = done.find(({ next }) => isOutcome(next));
  const arrival: Arrival =
    ended === undefined ? router.joined(node, state, way.visits) : { next: ended.next, skipped: [] };

  const { sample } = context;
  const at = clock.now();
  const { next, skipped } = arrival;
  const event: ForkJoined = { type: "fork.joined", sample, at, node, join: fork.join, next, skipped };
  const events: SampleEvent[] = [{ ...event, ...onFork(arrival) }];
  if (isOutcome(next)) {
    const { shapedBy, tokensBefore } = joined;
    const reason = arrival.reason ?? reasonOf(ended, done, node);
    const finished = { type: "sample.finished", sample, at, outcome: next, reason, shapedBy, tokensBefore } as const;
    events.push({ ...finished, tokensAfter: tokensOf(state) });
    services.ended(sample, next);
  }
  store.stage(run, sample, events);
  return { update: { way: joined }, arrival };
}

function reasonOf(ended: BranchSoFar | undefined, done: readonly BranchSoFar[], fork: string): string {
  if (ended !== undefined) return ended.reason ?? `"${ended.node}" ended with ${ended.label}`;
  return `the branches of "${fork}" came together: ${done.map(({ node, label }) => `"${node}" ended with ${label}`).join(", ")}`;
}
