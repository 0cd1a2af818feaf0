/**
 * A plan as a LangGraph state machine: one LangGraph node for each of ours, conditional edges with every target listed,
 * one thread per sample. This file and state.ts are the only ones in the engine that LangGraph's API touches.
 *
 * A node is there twice, and does the same both times: as LangGraph's own node with its edges, which `updateState` asks for
 * the way on, and as a lean task (lean-graph.ts), which is what runs. What a task writes, step.ts has checked.
 *
 * Names: LangGraph refuses a node with the name of a state field (`judge` beside `judge:`), so nodes are called
 * `@judge` inside. Outcomes are LangGraph's END; which one it was stands in the events.
 */
import {
  type BaseCheckpointSaver,
  Command,
  END,
  INTERRUPT,
  type Interrupt,
  interrupt,
  type RunControl,
  START,
  StateGraph,
} from "@langchain/langgraph";
import type { ReviewPlace } from "../core/reviews.ts";
import { isOutcome, type State } from "../core/sample.ts";
import type { Plan } from "../graph/plan.ts";
import type { PersonsDecision } from "../nodes/node.ts";
import { type Back, findCheckpoint, onGo, wayIn } from "./back.ts";
import { Beside } from "./beside.ts";
import { beginAtNodes, emptyQuickly, runLean, type TaskConfig, type Write, wayTo } from "./lean-graph.ts";
import type { Arrival, Router } from "./route.ts";
import { stateSchema } from "./state.ts";
import { JOINED, type Way } from "./way.ts";

/** What a step gets to see of the run it is in. */
export interface StepContext {
  readonly sample: string;
  readonly signal: AbortSignal;
  /** What a person decided there; throws LangGraph's interrupt until somebody has. */
  readonly askPerson: (place: ReviewPlace) => PersonsDecision;
  /** LangGraph's id of the task, where steps of one sample run side by side. */
  readonly task?: string;
}

/** Runs a node; or, under the name JOINED, brings the branches of a fork together. */
export type StepBody = (node: string, state: State, way: Way, context: StepContext) => Promise<StepEnd>;

export interface StepEnd {
  /** What goes into the sample's state. */
  readonly update: State & { readonly way: Way };
  /** Where the sample goes. */
  readonly arrival: Arrival;
}

export interface CompiledPlan {
  /**
   * Takes a sample's thread to an outcome, or to where it waits for a person: then it resolves too. A new thread starts
   * from `state`; one that has a checkpoint goes on from it. Rejects with LangGraph's GraphDrained when `control` asked
   * for that, with the signal's reason when aborted.
   */
  invoke(thread: string, state: State | undefined, options: InvokeOptions): Promise<void>;
  /** Which of its sample's goes this thread is on, from 0; undefined where it has no checkpoint. */
  goOf(thread: string): Promise<number | undefined>;
  /**
   * Sends a thread back to where it goes on, as a fork: its history stays. False where that checkpoint is no longer
   * kept; the thread is then gone, and starts anew.
   */
  sendBack(thread: string, back: Back): Promise<boolean>;
}

export type Decision = ReviewPlace & PersonsDecision;

export interface InvokeOptions extends Omit<StepContext, "askPerson" | "task"> {
  /** For what the thread waits for; a decision on anything else is as if it were not there. */
  readonly decisions?: readonly Decision[];
  readonly control: RunControl;
  /** What a new thread's way begins with. */
  readonly way: Way;
}

type AnyGraph = StateGraph<unknown, Record<string, unknown>, Record<string, unknown>, string>;

export function compilePlan(plan: Plan, router: Router, body: StepBody, saver: BaseCheckpointSaver): CompiledPlan {
  const forks = Object.values(plan.nodes).some(({ then }) => then.by === "fork");
  const graph = new StateGraph(stateSchema(plan.state, forks)) as unknown as AnyGraph;
  const names = [...Object.keys(plan.nodes), ...(forks ? [JOINED] : [])];
  const targets = Object.fromEntries([...names.map((name) => [`@${name}`, `@${name}`]), [END, END]]);

  const step = (name: string, all: Record<string, unknown>, config: TaskConfig): Promise<StepEnd> => {
    const { way, ...state } = all as State & { way: Way };
    const context = config.configurable?.mezzo as StepContext & { beside?: Beside };
    const { beside } = context;
    if (beside === undefined || router.branchOf(name) === undefined) return body(name, state, way, context);
    const task = config.configurable?.[TASK] as string;
    return beside.run(() => body(name, state, way, { ...context, task }));
  };
  /** LangGraph's nodes that a sample enters next; none where it has ended. */
  const onward = (from: string, arrival: Arrival): string[] => {
    if (router.branchOf(from) !== undefined && (arrival.joins === true || isOutcome(arrival.next)))
      return [`@${JOINED}`];
    const ways = arrival.also === undefined ? [arrival] : [arrival, ...arrival.also];
    return ways.filter(({ next, joins }) => joins !== true && !isOutcome(next)).map(({ next }) => `@${next}`);
  };
  /** What a task writes that updates the state and sends the sample on. */
  const writesOf = (from: string, update: State, to: readonly string[]): Write[] => {
    const writes: Write[] = [];
    for (const field of Object.keys(update)) writes.push([field, update[field]]);
    for (const next of to) writes.push([wayTo(next), from]);
    return writes;
  };

  for (const name of names) {
    const run = async (all: unknown, config: TaskConfig) =>
      (await step(name, all as State, config)).update as Record<string, unknown>;
    // What is deferred waits until nothing else of its sample is left to do: until every branch has come.
    graph.addNode(`@${name}`, run, { defer: name === JOINED });
  }
  const orEnd = (to: string[]) => (to.length === 0 ? END : to);
  graph.addConditionalEdges(START, (all) => orEnd(onward(START, router.start(all as State))), targets);
  for (const name of names) {
    const next = (all: Record<string, unknown>) => {
      const { way, ...state } = all as State & { way: Way };
      const { label, visits } = way;
      const arrival = name === JOINED ? router.joined(label, state, visits) : router.after(name, label, state, visits);
      return orEnd(onward(name, arrival));
    };
    graph.addConditionalEdges(`@${name}`, next, targets);
  }
  const compiled = graph.compile({ checkpointer: saver });
  const recursionLimit = mostSteps(plan);
  // The step has asked its router already: the lean task goes where it says, and does not ask again.
  for (const name of names) {
    runLean(compiled, `@${name}`, async (all, config) => {
      const { update, arrival } = await step(name, all, config);
      return writesOf(`@${name}`, update, onward(name, arrival));
    });
  }
  const begin = (all: State) => writesOf(START, all, onward(START, router.start(all)));
  // New threads begin at their first node; threads of older runs may still be before it.
  runLean(compiled, START, (all) => begin(all as State));
  beginAtNodes(compiled, START);
  emptyQuickly(compiled);

  return {
    invoke: async (thread, state, { sample, signal, control, way, decisions }) => {
      const fresh = state && Object.fromEntries(begin({ ...state, way }));
      const answers = decisions && (await answersFor(saver, thread, decisions));
      const beside = forks ? new Beside() : undefined;
      await compiled.invoke(fresh ?? answers ?? null, {
        configurable: { thread_id: thread, mezzo: { sample, signal, askPerson, beside } },
        durability: "sync",
        // Nobody reads what `invoke` would collect of the state after each step; in this mode nothing is.
        streamMode: "custom",
        recursionLimit,
        signal,
        control,
      });
    },
    goOf: async (thread) => {
      const newest = await saver.getTuple({ configurable: { thread_id: thread } });
      return newest && (wayIn(newest)?.go ?? 0);
    },
    sendBack: async (thread, back) => {
      const found = await findCheckpoint(saver, thread, back.steps);
      if (found === undefined) {
        await saver.deleteThread(thread);
        return false;
      }
      // A checkpoint like that one, on another go: the edges are asked again from the same state, of this plan.
      const { node } = found.way;
      await compiled.updateState(found.config, { way: onGo(found.way, back) }, node === "" ? START : `@${node}`);
      return true;
    },
  };
}

const askPerson = (place: ReviewPlace) => interrupt<ReviewPlace, PersonsDecision>(place);

/** Each decision for the interrupt that asked for it: in a fork there may be several. Undefined where none did. */
async function answersFor(saver: BaseCheckpointSaver, thread: string, decisions: readonly Decision[]) {
  const tuple = await saver.getTuple({ configurable: { thread_id: thread } });
  const asked = (tuple?.pendingWrites ?? []).flatMap(([, channel, value]) =>
    channel === INTERRUPT ? (value as Interrupt<ReviewPlace>[]) : [],
  );
  const answers = asked.flatMap(({ id, value }) => {
    const decision = decisions.find(({ node, visit }) => node === value?.node && visit === value.visit);
    return id === undefined || decision === undefined ? [] : [[id, decision] as const];
  });
  return answers.length === 0 ? undefined : new Command({ resume: Object.fromEntries(answers) });
}

/** LangGraph's key, in a task's config, for the task's id. */
const TASK = "__pregel_task_id";

/**
 * Supersteps that a sample can take. Every loop has a node with a limit that the checks have seen to, so between two visits
 * that count towards a limit no node comes twice; a fork takes one step more, to join. Only a bug of ours gets that far.
 */
function mostSteps({ nodes }: Plan): number {
  const all = Object.values(nodes);
  const counted = all.reduce((sum, { limit = 0 }) => sum + limit, 1);
  return (counted + 1) * (2 * all.length + 1);
}
