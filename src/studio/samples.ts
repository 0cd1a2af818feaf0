/** Samples as the page lists them, and one sample's way, step by step. */
import { MezzoError } from "../core/errors.ts";
import type { CallFinished, SampleEvent, StepFinished, Verdict } from "../core/events.ts";
import { joinPieces } from "../core/prompt.ts";
import type { State } from "../core/sample.ts";
import { estimateTokens } from "../core/tokens.ts";
import { stateAfter, wayOf } from "../engine/history.ts";
import { requireRun } from "../engine/run.ts";
import { drawGraph } from "../graph/drawing.ts";
import type { LookFilter } from "../store/look.ts";
import type { Store, StoredSample } from "../store/store.ts";
import type {
  CallHead,
  CallView,
  Comparison,
  Elsewhere,
  MaybeText,
  ParsedCompareQuery,
  ParsedSampleQuery,
  SamplePage,
  SampleView,
  StepView,
} from "./api.ts";
import type { Runs } from "./runs.ts";
import type { SharedAnswers } from "./shared.ts";
import type { AnswerTexts, TextBag } from "./texts.ts";

/** Of a reason in a list: some are a whole reply. */
const REASON_CHARS = 500;

export class Samples {
  readonly #store: Store;
  readonly #runs: Runs;
  readonly #texts: AnswerTexts;
  readonly #shared: SharedAnswers;

  constructor(parts: { store: Store; runs: Runs; texts: AnswerTexts; shared: SharedAnswers }) {
    this.#store = parts.store;
    this.#runs = parts.runs;
    this.#texts = parts.texts;
    this.#shared = parts.shared;
  }

  async list(query: ParsedSampleQuery): Promise<SamplePage> {
    const { holder } = await requireRun(this.#store, query.run);
    const question = `samples ${JSON.stringify(query)}`;
    return this.#shared.ask(question, { isLive: holder !== undefined }, () => this.#listNow(query));
  }

  async #listNow(query: ParsedSampleQuery): Promise<SamplePage> {
    const { run, sort, after, from, limit } = query;
    const { look } = this.#store;
    const filter = filterOf(query);
    const seq = await look.seq();
    const counts = query.counts === 1 ? await look.counts(run, filter) : undefined;
    const total = counts?.total ?? (await look.total(run, filter));
    const { samples, next } = await look.samples(run, filter, { sort, after, from, limit });
    const rows = samples.map((row) => ({ ...row, reason: row.reason?.slice(0, REASON_CHARS) ?? null }));
    return { samples: rows, next, total, seq, ...(counts ? { counts } : {}) };
  }

  async one(run: string, id: string): Promise<SampleView> {
    const sample = await requireSample(this.#store, run, id);
    const events = await this.#store.sampleEvents(run, id);
    const bag = this.#texts.bag();
    const moments = momentsOf(sample, events);
    const last = events.findLastIndex((event) =>
      ["step.finished", "sample.reopened", "sample.rewound"].includes(event.type),
    );
    const open = callsOf(events).filter(({ at }) => at > last);
    const taken = moments.flatMap(({ step }) => waysOf(step.node, step.next, step.skipped));
    return {
      run,
      row: (await this.#store.look.find(run, id))!,
      line: sample.line,
      came: bag.putState(sample.state),
      source: bag.putState(sample.source),
      now: bag.putState(stateAfter(sample, events)),
      steps: moments.map((moment, no) => showStep(moment, no, bag)),
      openCalls: open.map(({ call, no }) => headOf(call, no)),
      drawn: drawGraph(await this.#runs.planOf(run), taken),
      texts: bag.texts,
    };
  }

  async call(run: string, id: string, no: number): Promise<CallView> {
    await requireSample(this.#store, run, id);
    const found = callsOf(await this.#store.sampleEvents(run, id))[no];
    if (found === undefined) throw new MezzoError("no-sample", `Sample "${id}" has no call ${no}.`);
    const { call } = found;
    const bag = this.#texts.bag();
    return {
      ...headOf(call, no),
      messages: joinPieces(call.messages).map(({ role, content }) => ({ role, content: bag.put(content) })),
      text: bag.put(call.text),
      thinking: call.thinking === undefined ? null : bag.put(call.thinking),
      requestHash: call.requestHash,
      texts: bag.texts,
    };
  }

  async elsewhere(run: string, sample: string): Promise<Elsewhere> {
    const runs: Elsewhere["runs"][number][] = [];
    for (const record of (await this.#store.runs()).reverse()) {
      const row = record.run === run ? undefined : await this.#store.look.find(record.run, sample);
      const { run: name, graph, plan, createdAt } = record;
      if (row !== undefined) runs.push({ run: name, graph, plan, createdAt, row });
    }
    return { sample, runs };
  }

  async compare({ a, b, change, from, to, after, limit }: ParsedCompareQuery): Promise<Comparison> {
    const heads = { a: await this.#runs.head(a), b: await this.#runs.head(b) };
    const { page, ...pairs } = await this.#store.look.pairs(a, b, { differ: change, from, to, after, limit });
    return { ...heads, ...pairs, samples: page };
  }
}

/** A step with what was there when it began. */
export interface Moment {
  readonly step: StepFinished;
  readonly before: State;
  readonly after: State;
  readonly finding: Verdict | undefined;
  readonly calls: readonly { readonly call: CallFinished; readonly no: number }[];
  readonly go: number;
  readonly isCurrent: boolean;
}

/**
 * All steps in the order in which they happened, also those that another go or an edit of the graph has left behind. In a
 * fork a branch's step sees what came before the fork and what its own branch wrote.
 */
export function momentsOf(sample: Pick<StoredSample, "state">, events: readonly SampleEvent[]): Moment[] {
  // What an edit changes of a step is where it leads: node and visit still name it.
  const current = new Map(wayOf(events).map(({ step }) => [`${step.node}\t${step.visit}`, step.at]));
  const moments: Moment[] = [];
  const asked: { call: CallFinished; no: number }[] = [];
  let [go, count] = [0, 0];
  for (const [at, event] of events.entries()) {
    if (event.type === "call.finished") asked.push({ call: event, no: count++ });
    if (event.type === "sample.reopened" || event.type === "sample.rewound") {
      go += 1;
      asked.length = 0;
    }
    if (event.type !== "step.finished") continue;
    const { node, visit, branch } = event;
    const way = wayOf(events.slice(0, at)).map(({ step }) => step);
    const fork = branch === undefined ? -1 : way.findLastIndex((step) => step.branch === undefined);
    const seen = way.filter((step, i) => branch === undefined || i <= fork || step.branch === branch);
    const before: State = Object.assign({}, sample.state, ...seen.map(({ writes }) => writes));
    moments.push({
      step: event,
      before,
      after: { ...before, ...event.writes },
      finding: seen.findLast(({ evidence }) => evidence?.verdict !== undefined)?.evidence?.verdict,
      calls: asked.filter(({ call }) => call.node === node && call.visit === visit),
      go,
      isCurrent: current.get(`${node}\t${visit}`) === event.at,
    });
    for (let i = asked.length - 1; i >= 0; i--) {
      if (asked[i]!.call.node === node && asked[i]!.call.visit === visit) asked.splice(i, 1);
    }
  }
  return moments;
}

/** The sample, or a MezzoError that says that there is none. */
export async function requireSample(store: Store, run: string, id: string): Promise<StoredSample> {
  await requireRun(store, run);
  const sample = await store.findSample(run, id);
  if (sample === undefined) throw new MezzoError("no-sample", `Run "${run}" has no sample "${id}".`);
  return sample;
}

function showStep({ step, before, after, finding, calls, go, isCurrent }: Moment, no: number, bag: TextBag): StepView {
  const { node, kind, visit, label, next, skipped, at, ms, reason, evidence, writes } = step;
  const text = (state: State): MaybeText | null => (typeof state.trace === "string" ? bag.put(state.trace) : null);
  return {
    ...{ no, node, kind, visit, label, next, skipped, at, ms, go, current: isCurrent },
    reason: reason ?? null,
    evidence: evidence ?? null,
    finding: finding ?? null,
    writes: bag.putState(writes),
    before: text(before),
    after: text(after),
    tokens: { before: tokensOf(before), after: tokensOf(after) },
    calls: calls.map(({ call, no: number }) => headOf(call, number)),
    costUsd: calls.reduce((sum, { call }) => sum + call.costUsd, 0),
  };
}

function tokensOf({ trace }: State): number {
  return typeof trace === "string" ? estimateTokens(trace) : 0;
}

function callsOf(events: readonly SampleEvent[]): { call: CallFinished; no: number; at: number }[] {
  return events
    .flatMap((event, at) => (event.type === "call.finished" ? [{ call: event, at }] : []))
    .map((found, no) => ({ ...found, no }));
}

function headOf(event: CallFinished, call: number): CallHead {
  const { node, visit, ask, role, model, at, ms, waitedMs, attempts, usage, costUsd, finish } = event;
  return { call, node, visit, ask, role, model, at, ms, waitedMs, attempts, usage, costUsd, finish };
}

function waysOf(from: string, next: string, skipped: readonly string[]): string[] {
  const stops = [from, ...skipped, next];
  return stops.slice(1).map((to, i) => `${stops[i]}>${to}`);
}

function filterOf({ outcome, rating, domain, node, edge, label, ...query }: ParsedSampleQuery): LookFilter {
  const { here, text, roundsMin, roundsMax, tokensMin, tokensMax } = query;
  return {
    ...{ outcomes: outcome, ratings: rating, domains: domain, here, nodes: node, edges: edge, labels: label },
    ...{ roundsMin, roundsMax, tokensMin, tokensMax, text },
  };
}
