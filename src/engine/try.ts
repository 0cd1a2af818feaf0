/**
 * One node on one sample, with nothing stored: what `mezzo try` shows, and the studio's page. The step is the engine's own
 * (step.ts), with a store that only listens; so the prompt, the seeds and the way on are what a run would have.
 */
import type { Message } from "../core/chat.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError } from "../core/errors.ts";
import type { CallFinished, SampleEvent, StepFinished } from "../core/events.ts";
import { joinPieces } from "../core/prompt.ts";
import type { State } from "../core/sample.ts";
import { suggestion } from "../core/suggest.ts";
import { kindsOf } from "../graph/own-kinds.ts";
import type { Plan } from "../graph/plan.ts";
import { usesOf } from "../graph/uses.ts";
import { createGateway } from "../models/gateway.ts";
import { type Environment, openModel } from "../models/open.ts";
import type { RecordedCalls } from "../models/recorded.ts";
import { createGrader } from "../nodes/answers/index.ts";
import { createCodeRunner } from "../nodes/code/index.ts";
import type { StoredSample } from "../store/store.ts";
import { wayOf } from "./history.ts";
import { createRouter } from "./route.ts";
import { type Sheet, sheetOf } from "./sheet.ts";
import { runStep } from "./step.ts";
import { toTrouble } from "./take.ts";
import { startOfWay, type Way } from "./way.ts";

/** A sample just before a node. */
export interface Standpoint {
  readonly sample: string;
  readonly state: State;
  readonly way: Way;
  /** It has been at the node, and this is before its last visit. */
  readonly hasBeen: boolean;
}

export interface TriedCall extends Pick<CallFinished, "role" | "model" | "text" | "thinking" | "finish" | "usage"> {
  readonly messages: readonly Message[];
  readonly costUsd: number;
  readonly ms: number;
  readonly attempts: number;
}

export interface Trial
  extends Pick<
    StepFinished,
    "node" | "kind" | "visit" | "label" | "next" | "skipped" | "writes" | "reason" | "evidence"
  > {
  readonly sample: string;
  readonly state: State;
  /** The node's `when`, where it is false: a run would pass the sample on without this. */
  readonly passedBy?: string;
  /** What a person would be shown, where the node waits for one. Nothing else has come of it then. */
  readonly sheet?: Sheet;
  readonly calls: readonly TriedCall[];
  readonly ms: number;
}

/** Takes the place of LangGraph's interrupt. */
class AsksPerson extends Error {}

export interface TryOptions {
  readonly plan: Plan;
  readonly node: string;
  readonly from: Standpoint;
  readonly env: Environment;
  readonly seed?: number;
  readonly signal: AbortSignal;
  /** For models that are replayed. */
  readonly lookup?: (run: string) => RecordedCalls;
  readonly clock?: Clock;
}

/** A row that has been nowhere yet. */
export function atStart({ id, state }: Pick<StoredSample, "id" | "state">): Standpoint {
  return { sample: id, state, way: startOfWay, hasBeen: false };
}

/** A run's sample just before its last visit of a node; of one that has not been there, as it is now. */
export function beforeNode(sample: StoredSample, events: readonly SampleEvent[], node: string): Standpoint {
  const steps = wayOf(events).map(({ step }) => step);
  const last = steps.findLastIndex((step) => step.node === node);
  const before = last < 0 ? steps : steps.slice(0, last);
  const at = before.at(-1);
  const way: Way = {
    ...startOfWay,
    visits: Object.fromEntries(before.map((step) => [step.node, step.visit])),
    node: at?.node ?? "",
    label: at?.label ?? "",
    finding: before.findLast((step) => step.evidence?.verdict !== undefined)?.evidence?.verdict,
  };
  const state = Object.assign({}, sample.state, ...before.map((step) => step.writes)) as State;
  return { sample: sample.id, state, way, hasBeen: last >= 0 };
}

/** Throws MezzoError: `no-node`, or what would end a run, such as a wrong key; the signal's reason when aborted. */
export async function tryNode(options: TryOptions): Promise<Trial> {
  const { plan, node: name, from, signal, clock = systemClock } = options;
  const node = plan.nodes[name];
  if (node === undefined) throw noNode(plan, name);
  const calls: CallFinished[] = [];
  let finished: StepFinished | undefined;
  const listen = (events: readonly { readonly type: string }[]) => {
    for (const event of events) {
      if (event.type === "call.finished") calls.push(event as CallFinished);
      if (event.type === "step.finished") finished = event as StepFinished;
    }
  };
  const store = {
    append: async (_run: string, events: readonly { readonly type: string }[]) => listen(events),
    stage: (_run: string, _sample: string, events: readonly { readonly type: string }[]) => listen(events),
  };
  const grader = createGrader();
  const programs = createCodeRunner();
  const router = createRouter(plan);
  const passes = router.passes(name, from.state, from.way.visits);
  const gateway = createGateway({ models: modelsOf(options), clock });
  try {
    await runStep(
      {
        ...{ plan, planNo: 1, run: "try", seed: options.seed ?? 0, store, gateway, grader, programs, router, clock },
        ...{ kinds: kindsOf(plan), ended: () => undefined, waits: () => undefined, journal: new Map() },
        askOfProblem: (_role, _hash, ask) => ask(),
      },
      name,
      from.state,
      from.way,
      {
        ...{ sample: from.sample, signal },
        askPerson: () => {
          throw new AsksPerson();
        },
      },
    );
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    if (thrown instanceof AsksPerson) return trialForPerson(options, passes ? node.when : undefined);
    const { code, message, hint } = toTrouble(thrown);
    throw new MezzoError(code, message, { hint, cause: thrown });
  } finally {
    await Promise.all([gateway.close(), grader.close(), programs.close()]);
  }
  const { kind, visit, label, next, skipped, writes, reason, evidence, ms } = finished!;
  return {
    ...{ sample: from.sample, node: name, kind, visit, state: from.state },
    ...(passes ? { passedBy: node.when } : {}),
    calls: calls.map(({ messages, role, model, text, thinking, finish, usage, costUsd, ms: took, attempts }) => ({
      ...{ role, model, messages: joinPieces(messages), text, thinking, finish, usage, costUsd, ms: took, attempts },
    })),
    ...{ label, reason, evidence, writes, next, skipped, ms },
  };
}

function trialForPerson({ plan, node, from }: TryOptions, passedBy: string | undefined): Trial {
  const { kind } = plan.nodes[node]!;
  const visit = (from.way.visits[node] ?? 0) + 1;
  const finding = from.way.finding;
  const sheet = sheetOf(plan, { node, visit }, { state: from.state, finding });
  return {
    ...{ sample: from.sample, node, kind, visit, state: from.state, sheet, label: "for-person", next: node },
    ...(passedBy === undefined ? {} : { passedBy }),
    ...{ skipped: [], writes: {}, reason: "a person decides here", calls: [], ms: 0 },
  };
}

/** Those that the node asks: a variable that another one lacks is nothing to it. */
function modelsOf({ plan, node, env, lookup, clock }: TryOptions) {
  const roles = usesOf(plan.nodes[node]!).models;
  return Object.fromEntries(
    roles.map((role) => {
      const spec = plan.models[role]!;
      return [role, { spec, model: openModel(spec, { env, lookup, clock }) }];
    }),
  );
}

function noNode({ nodes, graph }: Plan, name: string): MezzoError {
  const names = Object.keys(nodes);
  const hint = suggestion(name, names) ?? `Its nodes: ${names.join(", ")}.`;
  return new MezzoError("no-node", `The graph ${graph} has no node "${name}"`, { hint, exitCode: 2 });
}
