/** What an edit comes to before it is saved: a node tried on a sample, and what a run would do again. */
import { formatDiagnostics } from "../core/diagnostic-text.ts";
import { MezzoError } from "../core/errors.ts";
import { recordedCalls } from "../engine/cache.ts";
import { surveyEdit } from "../engine/rerun.ts";
import { type RunSettings, requireRun } from "../engine/run.ts";
import { beforeNode, tryNode } from "../engine/try.ts";
import { diffPlans } from "../graph/compare.ts";
import type { Plan } from "../graph/plan.ts";
import type { Environment } from "../graph/variables.ts";
import type { Store } from "../store/store.ts";
import type { Survey, SurveyRequest, Tried, TryRequest } from "./api.ts";
import type { Checks } from "./checks.ts";
import type { Runs } from "./runs.ts";
import { requireSample } from "./samples.ts";
import type { AnswerTexts } from "./texts.ts";

export interface TrialParts {
  readonly store: Store;
  readonly runs: Runs;
  readonly checks: Checks;
  readonly texts: AnswerTexts;
  readonly env: () => Environment;
}

/** Enough to tell a tenth from a fifth; a person waits a second. */
const LOOKED_AT = 400;

export class Trials {
  readonly #parts: TrialParts;

  constructor(parts: TrialParts) {
    this.#parts = parts;
  }

  /** Asks models, as often as the node does. Throws `bad-graph`, `no-node`, and what would end a run. */
  async try(asked: Required<TryRequest>, signal: AbortSignal): Promise<Tried> {
    const { store, env } = this.#parts;
    const plan = this.#planOf(asked);
    const { settings } = await requireRun(store, asked.run);
    const sample = await requireSample(store, asked.run, asked.sample);
    const from = beforeNode(sample, await store.sampleEvents(asked.run, asked.sample, { calls: false }), asked.node);
    const { seed } = settings as unknown as RunSettings;
    const lookup = (run: string) => recordedCalls(store, run);
    const trial = await tryNode({ plan, node: asked.node, from, seed, env: env(), signal, lookup });
    const bag = this.#parts.texts.bag();
    const { node, kind, visit, label, next, skipped, reason, evidence, writes, ms, passedBy } = trial;
    return {
      ...{ node, kind, visit, label, next, skipped, ms },
      reason: reason ?? null,
      evidence: evidence ?? null,
      passedBy: passedBy ?? null,
      before: typeof trial.state.trace === "string" ? bag.put(trial.state.trace) : null,
      writes: bag.putState(writes),
      calls: trial.calls.map(({ role, model, messages, text, thinking, finish, usage, costUsd, ms: took }) => ({
        ...{ role, model, finish, usage, costUsd, ms: took },
        messages: messages.map((message) => ({ role: message.role, content: bag.put(message.content) })),
        text: bag.put(text),
        thinking: thinking === undefined ? null : bag.put(thinking),
      })),
      costUsd: trial.calls.reduce((sum, { costUsd }) => sum + costUsd, 0),
      texts: bag.texts,
    };
  }

  async survey(asked: Required<SurveyRequest>): Promise<Survey> {
    const { store, runs } = this.#parts;
    const plan = this.#planOf(asked);
    await requireRun(store, asked.run);
    const changes = diffPlans(await runs.planOf(asked.run), plan).changes;
    const view = await store.view(asked.run);
    const looked = await surveyEdit(store, asked.run, plan, { atMost: LOOKED_AT });
    const share = looked.samples === 0 ? 0 : view.samples / looked.samples;
    const inAll = (count: number) => Math.round(count * share);
    const calls = inAll(looked.calls);
    return {
      changes: changes.map(({ about, name, words }) => ({ about, name, words })),
      samples: view.samples,
      looked: looked.samples,
      notStarted: view.samples - view.started,
      untouched: inAll(looked.untouched),
      back: looked.back.map(({ to, samples, calls: asks }) => ({ to, samples: inAll(samples), calls: inAll(asks) })),
      calls,
      costUsd: view.calls === 0 ? 0 : (calls * view.costUsd) / view.calls,
    };
  }

  #planOf({ path, texts }: { path: string; texts: Readonly<Record<string, string>> }): Plan {
    const { plan, diagnostics } = this.#parts.checks.open(path, texts);
    if (plan !== undefined) return plan;
    const message = `${path} does not run as it is:\n${formatDiagnostics(diagnostics, new Map())}`;
    throw new MezzoError("bad-graph", message, { diagnostics });
  }
}
