/**
 * From a graph's description to a model that can be asked, and to the limits its endpoint has. Here variables are filled
 * in: a key exists in memory only, and neither plan nor store ever sees it.
 */
import { createHash } from "node:crypto";
import type { ChatReply, ChatRequest } from "../core/chat.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { MezzoError, unreachable } from "../core/errors.ts";
import type { EndpointLimits } from "./lane.ts";
import type { LimitPlan } from "./limiter.ts";
import type { Model } from "./model.ts";
import type { Learned } from "./openai.ts";
import { type RecordedCalls, RecordedModel } from "./recorded.ts";
import { SimulatedModel } from "./simulated.ts";
import type { ModelSpec, OpenAiSpec } from "./spec.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenOptions {
  readonly env: Environment;
  /** For `recorded` models: the calls of a run. */
  readonly lookup?: (run: string) => RecordedCalls;
  readonly clock?: Clock;
  /** What is found out about endpoints, by address and model; shared by the roles of one gateway. */
  readonly learned?: Map<string, Learned>;
}

/** Throws MezzoError: missing-variable, bad-base-url, no-recording. A key that is wrong is found out by asking. */
export function openModel(spec: ModelSpec, options: OpenOptions): Model {
  const { env, lookup, clock = systemClock } = options;
  switch (spec.provider) {
    case "openai": {
      const filled = fillIn(spec, env);
      return new LateModel(() => loadOpenAi(filled, clock, options.learned));
    }
    case "baseline":
      return new LateModel(loadBaseline);
    case "simulated":
      return new SimulatedModel(spec, clock);
    case "recorded":
      if (lookup === undefined) {
        throw new MezzoError("no-recording", `There are no calls of the run "${spec.run}" to replay`, { exitCode: 2 });
      }
      return new RecordedModel(spec, lookup(spec.run));
    default:
      return unreachable(spec);
  }
}

/**
 * Which roles share an endpoint: those with the same address and key, whatever variables these came from. The smallest
 * of their limits holds for all of them. A model without a network has no limits but its own.
 */
export function planLimits(models: Readonly<Record<string, ModelSpec>>, env: Environment): LimitPlan {
  const endpoints: { name: string; key: string; limits: EndpointLimits }[] = [];
  const roles: Record<string, number> = {};
  for (const [role, spec] of Object.entries(models)) {
    const { name, key } = endpointOf(role, spec, env);
    const known = endpoints.findIndex((endpoint) => endpoint.key === key);
    if (known === -1) {
      roles[role] = endpoints.push({ name, key, limits: limitsOf(spec) }) - 1;
    } else {
      roles[role] = known;
      endpoints[known] = { name, key, limits: smallest(endpoints[known]!.limits, limitsOf(spec)) };
    }
  }
  return { endpoints: endpoints.map(({ name, key, limits }) => ({ name, key: markOf(name, key), limits })), roles };
}

function endpointOf(role: string, spec: ModelSpec, env: Environment): { name: string; key: string } {
  if (spec.provider !== "openai") return { name: role, key: `role ${role}` };
  const { baseUrl, apiKey } = fillIn(spec, env);
  const url = new URL(baseUrl);
  const address = url.host + url.pathname.replace(/\/+$/, "");
  // Compared, never shown: a plan of limits goes to threads and pages, and keys do not.
  const key = createHash("sha256")
    .update(`${address}\u0000${apiKey ?? ""}`)
    .digest("hex");
  return { name: address, key };
}

/** Of a key no more than what tells two of them apart: nobody can look for a key by this. */
function markOf(name: string, key: string): string {
  return `${name} ${key.startsWith("role ") ? "" : key.slice(0, 4)}`.trim();
}

/** Models that answer from memory are not slowed down unless the graph says so. */
const NO_NETWORK_IN_FLIGHT = 100_000;

function limitsOf(spec: ModelSpec): EndpointLimits {
  const { requestsPerMinute, tokensPerMinute } = spec;
  if (spec.provider === "openai") return { inFlight: spec.inFlight, requestsPerMinute, tokensPerMinute };
  return { inFlight: spec.inFlight ?? NO_NETWORK_IN_FLIGHT, requestsPerMinute, tokensPerMinute, adapts: false };
}

function smallest(a: EndpointLimits, b: EndpointLimits): EndpointLimits {
  const pick = (key: "inFlight" | "requestsPerMinute" | "tokensPerMinute") =>
    a[key] === undefined || b[key] === undefined ? (a[key] ?? b[key]) : Math.min(a[key], b[key]);
  return {
    inFlight: pick("inFlight"),
    requestsPerMinute: pick("requestsPerMinute"),
    tokensPerMinute: pick("tokensPerMinute"),
  };
}

/** `${NAME}` and `${NAME:-default}` from the environment; an empty variable counts as missing. Throws MezzoError. */
export function fillIn(spec: OpenAiSpec, env: Environment): OpenAiSpec {
  const baseUrl = fill(spec.baseUrl, "baseUrl", spec, env);
  const apiKey = spec.apiKey === undefined ? undefined : fill(spec.apiKey, "apiKey", spec, env);
  const model = fill(spec.model, "model", spec, env);
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? "")) {
    throw new MezzoError("bad-base-url", `The baseUrl of the model ${model} is not an http address: "${baseUrl}"`, {
      hint: "It looks like https://host/v1, up to and including /v1.",
      exitCode: 2,
    });
  }
  return { ...spec, baseUrl, apiKey, model };
}

function fill(text: string, field: string, spec: OpenAiSpec, env: Environment): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (_whole, name: string, fallback?: string) => {
    const value = env[name] || fallback;
    if (value !== undefined) return value;
    throw new MezzoError("missing-variable", `${name} is not set; the model ${spec.model} needs it for its ${field}`, {
      hint: `Set it in the environment or in a .env file: ${name}=...`,
      exitCode: 2,
    });
  });
}

/** A model whose code is still being loaded. Loading begins at once, beside everything else that starts. */
class LateModel implements Model {
  readonly #model: Promise<Model>;

  constructor(load: () => Promise<Model>) {
    this.#model = load();
    // Reported where it is awaited: by the first call.
    this.#model.catch(() => undefined);
  }

  async ask(request: ChatRequest, options: { readonly signal: AbortSignal }): Promise<ChatReply> {
    return (await this.#model).ask(request, options);
  }

  async close(): Promise<void> {
    // What could not be loaded holds nothing open.
    const model = await this.#model.catch(() => undefined);
    await model?.close?.();
  }
}

/** LangChain takes half a second to load: it is, only where such a model is used. */
async function loadOpenAi(spec: OpenAiSpec, clock: Clock, known?: Map<string, Learned>): Promise<Model> {
  const { OpenAiModel, nothingLearned } = await import("./openai.ts");
  // A role that asks for JSON in one way only has nothing to find out, and nothing to tell.
  const key = `${spec.baseUrl}\u0000${spec.model}\u0000${spec.jsonReplies}`;
  const learned = known?.get(key) ?? nothingLearned();
  known?.set(key, learned);
  return new OpenAiModel(spec, { apiKey: spec.apiKey, clock, learned });
}

async function loadBaseline(): Promise<Model> {
  const { createBaseline } = await import("./baseline/baseline.ts");
  return createBaseline();
}
