/**
 * Replies that some run in this store has had to the very same request: what `--cache` answers with before anybody is
 * asked. The same request means the same model name, messages, sampling and seed (models/request-hash.ts), so what an
 * edited graph still asks as before is not paid for again.
 *
 * The request's hash leaves out a model's `extra`, which may change what comes back (thinking on or off): a reply counts
 * only where the model that gave it had the same, under each plan that its run has had. Models without a network are not looked up: asking them costs less.
 */
import type { ChatReply } from "../core/chat.ts";
import { canonicalJson } from "../core/hash.ts";
import type { Plan } from "../graph/plan.ts";
import type { RecordedCalls } from "../models/recorded.ts";
import { modelNameOf } from "../models/request-hash.ts";
import type { ModelSpec } from "../models/spec.ts";
import type { Store } from "../store/store.ts";

export type FindCached = (role: string, requestHash: string) => Promise<ChatReply | undefined>;

/** `within`: only what that run has asked. */
export function createCache(store: Store, plan: Plan, within?: string): FindCached {
  const plans = new Map<string, Promise<readonly Plan[]>>();
  const plansOf = (run: string): Promise<readonly Plan[]> => {
    const known = plans.get(run) ?? readPlans(store, run);
    plans.set(run, known);
    return known;
  };
  return async (role, requestHash) => {
    const spec = plan.models[role];
    if (spec?.provider !== "openai") return undefined;
    for (const cached of await store.findCached(requestHash)) {
      if (within !== undefined && cached.run !== within) continue;
      const others = (await plansOf(cached.run)).flatMap(({ models }) => models[cached.role] ?? []);
      if (others.length > 0 && others.every((other) => extraOf(other) === extraOf(spec))) return cached.reply;
    }
    return undefined;
  };
}

/** The calls of a run, for models that are replayed from it. */
export function recordedCalls(store: Store, run: string): RecordedCalls {
  return {
    find: (requestHash, nth) => store.findReply(run, requestHash, nth),
    models: async () => {
      const specs = (await readPlans(store, run)).flatMap(({ models }) => Object.values(models));
      return [...new Set(specs.map(modelNameOf))];
    },
  };
}

/** Every plan that a run has had. */
async function readPlans(store: Store, run: string): Promise<Plan[]> {
  const numbers = (await store.plans(run)).map(({ no }) => no);
  return Promise.all(numbers.map(async (no) => JSON.parse(await store.planBody(run, no)) as Plan));
}

function extraOf(spec: ModelSpec): string | undefined {
  return spec.provider === "openai" ? canonicalJson(spec.extra) : undefined;
}
