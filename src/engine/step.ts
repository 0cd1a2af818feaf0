/**
 * One step: one visit of one sample to one node. Runs the kind, checks what it writes, finds the way on, and puts the
 * step's events where the store will commit them together with LangGraph's checkpoint writes.
 *
 *   kind.run ─▶ label, writes ─▶ writes checked ─▶ way on ─▶ events staged ─▶ writes returned to LangGraph
 *
 * Trouble: whatever concerns this sample alone becomes the label `failed` with its reason; whatever concerns the whole
 * run (a wrong key, a budget that is spent, an interrupt) is thrown, and the sample goes on from its checkpoint later. So
 * is LangGraph's interrupt of a step that waits for a person.
 */
import type { ChatReply, ChatRequest, Message, ReplyForm, Usage } from "../core/chat.ts";
import type { Clock } from "../core/clock.ts";
import { MezzoError, messageOf } from "../core/errors.ts";
import { ASKS_OF_A_PIECE, type SampleEvent, type SentMessage, type StepFinished } from "../core/events.ts";
import { seedFrom } from "../core/hash.ts";
import { joinPieces, renderPrompt } from "../core/prompt.ts";
import type { ReviewPlace } from "../core/reviews.ts";
import { isOutcome, type Outcome, type State } from "../core/sample.ts";
import { estimateTokens } from "../core/tokens.ts";
import type { Kinds } from "../graph/own-kinds.ts";
import type { Plan, PlanNode } from "../graph/plan.ts";
import { BudgetSpent, consequenceOf, type Gateway } from "../models/gateway.ts";
import { ModelError } from "../models/model.ts";
import type { ModelSpec } from "../models/spec.ts";
import type { Grader } from "../nodes/answers/index.ts";
import type { CodeRunner } from "../nodes/code/index.ts";
import { runEach } from "../nodes/each.ts";
import type { NodeContext, Question, StepResult } from "../nodes/node.ts";
import { verdictForm } from "../nodes/verdict.ts";
import type { Store } from "../store/store.ts";
import type { FindCached } from "./cache.ts";
import type { StepContext, StepEnd } from "./compile.ts";
import { checkWrites } from "./fields.ts";
import { type Answered, type AskOfProblem, known } from "./of-problem.ts";
import { promptValues } from "./prompt-values.ts";
import type { Arrival, Router } from "./route.ts";
import { branchOnly, inBranch, type Way } from "./way.ts";

export interface Services {
  readonly plan: Plan;
  /** Which of the run's plans that is, from 1. */
  readonly planNo: number;
  readonly run: string;
  /** Drawn once per run; every call's seed comes from it, the sample, the node, the visit and the number of the ask. */
  readonly seed: number;
  readonly store: Pick<Store, "append" | "stage">;
  readonly gateway: Gateway;
  readonly grader: Grader;
  readonly programs: Pick<CodeRunner, "check" | "missing">;
  readonly router: Router;
  /** The plan's kinds of nodes, a team's own among them. */
  readonly kinds: Kinds;
  readonly clock: Clock;
  /** Told of each outcome that a step has staged. */
  readonly ended: (sample: string, outcome: Outcome) => void;
  /** Told of each person that a step waits for. */
  readonly waits: (sample: string, place: ReviewPlace) => void;
  /** Calls that an interrupted process had paid for, by sample: answered from here instead of asked again. */
  readonly journal: Map<string, ReadonlyMap<string, PaidCall>>;
  /** Where replies of other runs may answer, too. */
  readonly findCached?: FindCached;
  /** Answers questions about a problem: one reply serves all samples that have it. */
  readonly askOfProblem: AskOfProblem;
}

export interface PaidCall {
  readonly requestHash: string;
  readonly reply: ChatReply;
}

/** Names a call within its sample. */
export function callKey(node: string, visit: number, ask: number): string {
  return `${node}\t${visit}\t${ask}`;
}

export async function runStep(
  services: Services,
  name: string,
  state: State,
  shared: Way,
  options: StepContext,
): Promise<StepEnd> {
  const { plan, run, store, clock } = services;
  const branch = services.router.branchOf(name);
  const way = branch === undefined ? shared : inBranch(shared, branch.head);
  const node = plan.nodes[name]!;
  const visit = (way.visits[name] ?? 0) + 1;
  const began = clock.elapsed();
  const visits = { ...way.visits, [name]: visit };
  const asked: Asks[] = [];
  let interrupt: { readonly thrown: unknown } | undefined;
  const kind = services.kinds.get(node.kind)!;

  let result = await runKind();
  const wrong = result.writes === undefined ? undefined : checkWrites(plan.state, result.writes);
  if (wrong !== undefined) result = { label: "failed", reason: `Internal error: "${name}" wrote ${wrong}` };

  const writes = result.writes ?? {};
  const after = { ...state, ...writes };
  const arrival = services.router.after(name, result.label, after, visits);
  const shapes = kind.shapes && Object.keys(writes).length > 0 && !way.shapedBy.includes(name);
  const next: Way = {
    visits,
    node: name,
    label: result.label,
    finding: result.evidence?.verdict ?? way.finding,
    shapedBy: result.shapedBy ?? (shapes ? [...way.shapedBy, name] : way.shapedBy),
    tokensBefore: way.tokensBefore || tokensOf(state) || tokensOf(after),
    go: way.go,
    seedGo: way.seedGo,
  };
  const finished: StepFinished = {
    type: "step.finished",
    sample: options.sample,
    at: clock.now(),
    node: name,
    kind: node.kind,
    visit,
    label: result.label,
    next: arrival.next,
    skipped: arrival.skipped,
    ...onFork(arrival, branch?.head),
    writes,
    reason: result.reason,
    evidence: result.evidence,
    calls: asked.reduce((sum, { count }) => sum + count, 0),
    ms: Math.round(clock.elapsed() - began),
    plan: services.planNo === 1 ? undefined : services.planNo,
  };
  const reason = arrival.reason ?? (isOutcome(arrival.next) ? reasonOf(arrival.next, result, name, node) : undefined);
  if (branch !== undefined) {
    store.stage(run, options.sample, [finished], options.task);
    const update = branchOnly(shared, next, { head: branch.head, next: arrival.next, reason });
    return { update: { ...writes, way: update }, arrival };
  }
  const events: SampleEvent[] = [finished];
  if (isOutcome(arrival.next)) {
    events.push({
      type: "sample.finished",
      sample: options.sample,
      at: finished.at,
      outcome: arrival.next,
      reason: reason ?? "",
      shapedBy: next.shapedBy,
      tokensBefore: next.tokensBefore,
      tokensAfter: tokensOf(after),
    });
  }
  store.stage(run, options.sample, events);
  if (isOutcome(arrival.next)) services.ended(options.sample, arrival.next);
  return { update: { ...writes, way: next }, arrival };

  /** `first` numbers its asks. */
  function openContext(over: State, first: number): NodeContext {
    const before = asked.flatMap(({ recorded }) => recorded ?? []);
    const recorded = before.length === 0 ? undefined : Promise.all(before).then(() => undefined);
    recorded?.catch(() => undefined); // As in `ask`.
    const asks: Asks = { count: 0, recorded, rendered: new Map() };
    asked.push(asks);
    return {
      state: over,
      visit,
      finding: way.finding,
      shapedBy: way.shapedBy,
      grader: services.grader,
      signal: options.signal,
      runTests: (text, tests) => services.programs.check(text, tests, options.signal),
      cannotRun: (tests) => services.programs.missing(tests),
      ask: (question) => {
        const no = first + asks.count++;
        return ask(services, asks, { name, visit, ask: no, question, state: over, way, ...options });
      },
      askPerson: () => {
        try {
          return options.askPerson({ node: name, visit });
        } catch (thrown) {
          interrupt = { thrown };
          services.waits(options.sample, { node: name, visit });
          throw thrown;
        }
      },
      part: (index, part) => openContext({ ...over, ...part }, (index + 1) * ASKS_OF_A_PIECE),
      evaluate: (field, expression) => {
        const value = services.router.evaluate(expression, over, visits);
        if (checkWrites(plan.state, { [field]: value }) === undefined) return value;
        const { type, enum: words } = plan.state[field]!;
        const fits = words === undefined ? `a ${type}` : `one of ${words.join(", ")}`;
        const message = `"${field}" takes ${fits}, and \`${expression}\` came to ${JSON.stringify(value)}`;
        throw new MezzoError("unfit-value", message);
      },
    };
  }

  async function runKind(): Promise<StepResult> {
    const context = openContext(state, 0);
    try {
      if (node.each !== undefined) return await runEach(kind, context, { each: node.each, params: node.params });
      return await kind.run(context, node.params);
    } catch (thrown) {
      if (thrown === interrupt?.thrown || endsTheRun(thrown, options.signal)) throw thrown;
      const ours = thrown instanceof ModelError || thrown instanceof MezzoError;
      return { label: "failed", reason: ours ? thrown.message : `Internal error: ${messageOf(thrown)}` };
    }
  }
}

/** What an event says of a fork; nothing elsewhere. */
export function onFork({ also, joins }: Arrival, branch?: string) {
  if (also === undefined && joins === undefined && branch === undefined) return undefined;
  const others = also?.map(({ next, skipped, joins: whole }) => ({ next, skipped, joins: whole }));
  return { also: others, branch, joins };
}

/** Does this concern more than the one sample? */
function endsTheRun(thrown: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || thrown instanceof BudgetSpent) return true;
  if (thrown instanceof ModelError) return consequenceOf(thrown.trouble) === "ends-run";
  return thrown instanceof MezzoError && thrown.code.startsWith("store-");
}

/** Why a sample's way ended so, after a step that came to this. */
export function reasonOf(
  outcome: Outcome,
  result: Pick<StepResult, "label" | "reason">,
  name: string,
  node: PlanNode,
): string {
  if (outcome === "exhausted" && result.label !== "exhausted" && node.limit !== undefined) {
    return `still ${result.label} after ${node.limit} visits to "${name}": ${result.reason ?? ""}`;
  }
  return result.reason ?? `"${name}" ended with ${result.label}`;
}

export function tokensOf(state: State): number {
  return typeof state.trace === "string" ? estimateTokens(state.trace) : 0;
}

const TEXT_FORM: ReplyForm = { form: "text" };

/** What a step has asked so far. */
interface Asks {
  count: number;
  /** The commit of the last call. */
  recorded?: Promise<void>;
  /** Prompts filled from the step's state, by file: votes and second tries send the same words. */
  readonly rendered: Map<string, Rendered>;
}

interface Rendered {
  readonly values: Readonly<Record<string, string>>;
  readonly sent: readonly SentMessage[];
  readonly messages: readonly Message[];
}

interface Asking {
  readonly name: string;
  readonly visit: number;
  readonly ask: number;
  readonly question: Question;
  readonly state: State;
  readonly way: Way;
  readonly sample: string;
  readonly signal: AbortSignal;
}

/** Puts one question to a model through the gateway, and records the call. */
async function ask(services: Services, asks: Asks, asking: Asking): Promise<ChatReply> {
  const { plan, run, store, clock } = services;
  const { question, name, visit, sample } = asking;
  const prompt = plan.prompts[question.prompt]!;
  const spec = plan.models[question.model]!;
  const { values, sent, messages } = render(plan, asks, asking);
  const request = {
    messages,
    sampling: samplingFor(spec, question, seedFrom(...wordsOfSeed(services.seed, asking))),
    reply: question.form ?? (prompt.reply === "verdict" ? verdictForm : TEXT_FORM),
    task: { purpose: prompt.purpose, values },
  };
  const paid = services.journal.get(sample)?.get(callKey(name, visit, asking.ask));
  if (paid !== undefined && paid.requestHash === services.gateway.hashOf(question.model, request)) return paid.reply;

  // A sample has at most one call that a kill could lose: in the air, or answered and not committed yet.
  await asks.recorded;
  const options = { signal: asking.signal, timeoutMs: plan.nodes[name]!.timeoutMs };
  const answer = async (): Promise<Answered> =>
    (await findCached(services, question.model, request)) ?? services.gateway.call(question.model, request, options);
  const result =
    question.ofProblem === true
      ? await services.askOfProblem(question.model, services.gateway.hashOf(question.model, request), answer)
      : await answer();
  const { reply } = result;
  // Not awaited here: it is committed before the step's next call, or at the latest together with the step.
  const recorded = store.append(run, [
    {
      type: "call.finished",
      sample,
      at: clock.now(),
      node: name,
      visit,
      ask: asking.ask,
      role: question.model,
      model: reply.model,
      requestHash: result.requestHash,
      messages: sent,
      text: reply.text,
      thinking: reply.thinking,
      finish: reply.finish,
      usage: result.attempts > 0 ? reply.usage : NOTHING_USED,
      costUsd: result.costUsd,
      ms: Math.round(result.ms),
      waitedMs: Math.round(result.waitedMs),
      attempts: result.attempts,
    },
  ]);
  recorded.catch(() => undefined); // A failed commit rejects the step's own writes too, and that one is awaited.
  asks.recorded = recorded;
  return reply;
}

const NOTHING_USED: Usage = { in: 0, out: 0 };

/** A reply that was paid for by another run. No request is sent for it: the event says so by its `attempts: 0`. */
async function findCached(services: Services, role: string, request: ChatRequest): Promise<Answered | undefined> {
  if (services.findCached === undefined) return undefined;
  const requestHash = services.gateway.hashOf(role, request);
  const reply = await services.findCached(role, requestHash);
  return reply && known(reply, requestHash);
}

/**
 * On its first go a sample's seeds have no word for it: replays of older runs find their calls. A question about the
 * problem has the same seeds for every sample with that problem, on every visit and go.
 */
function wordsOfSeed(seed: number, { sample, name, visit, ask, way, question, state }: Asking): (string | number)[] {
  if (question.ofProblem === true) return [seed, "of-problem", String(state.problem ?? ""), name, ask];
  const words = [seed, sample, name, visit, ask];
  const go = way.seedGo ?? way.go ?? 0;
  return go === 0 ? words : [...words, go];
}

function render(plan: Plan, asks: Asks, asking: Asking): Rendered {
  const { prompt: file, values: own } = asking.question;
  const before = own === undefined ? asks.rendered.get(file) : undefined;
  if (before !== undefined) return before;
  const prompt = plan.prompts[file]!;
  const values = { ...promptValues(plan, asking.state, asking.way.finding), ...own };
  const sent = renderPrompt(prompt, values);
  const rendered = { values, sent, messages: joinPieces(sent) };
  if (own === undefined) asks.rendered.set(file, rendered);
  return rendered;
}

function samplingFor(spec: ModelSpec, question: Question, seed: number) {
  const maxTokens = question.sampling.maxTokens ?? spec.maxTokens;
  return {
    temperature: question.sampling.temperature ?? spec.temperature,
    topP: question.sampling.topP ?? spec.topP,
    maxTokens: maxTokens === undefined ? undefined : Math.round(maxTokens * (question.room ?? 1)),
    seed,
  };
}
