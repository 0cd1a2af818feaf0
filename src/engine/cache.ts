/**
 * Replies that some run in this store has had to the very same request: what `--cache` answers with before anybody is
 * asked. The same request means the same model name, messages, sampling and seed (models/request-hash.ts), so what an
 * edited graph still asks as before is not paid for again.
 *
 * The request's hash leaves out a model's `extra`, which may change what comes back (thinking on or off): a reply counts
 * only where the model that gave it had the same. Models without a network are not looked up: asking them costs less.
 */
import type { ChatReply } from "../core/chat.ts";
import { canonicalJson } from "../core/hash.ts";
import type { Plan } from "../graph/plan.ts";
import type { ModelSpec } from "../models/spec.ts";
import type { Store } from "../store/store.ts";

export type FindCached = (role: string, requestHash: string) => Promise<ChatReply | undefined>;

export function createCache(store: Store, plan: Plan): FindCached {
  const plans = new Map<string, Promise<Plan>>();
  const planOf = (run: string): Promise<Plan> => {
    const known = plans.get(run) ?? store.planBody(run).then((body) => JSON.parse(body) as Plan);
    plans.set(run, known);
    return known;
  };
  return async (role, requestHash) => {
    const spec = plan.models[role];
    if (spec?.provider !== "openai") return undefined;
    for (const cached of await store.findCached(requestHash)) {
      const other = (await planOf(cached.run)).models[cached.role];
      if (other !== undefined && extraOf(other) === extraOf(spec)) return cached.reply;
    }
    return undefined;
  };
}

function extraOf(spec: ModelSpec): string | undefined {
  return spec.provider === "openai" ? canonicalJson(spec.extra) : undefined;
}
