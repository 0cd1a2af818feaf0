/** What makes two requests the same request. */
import type { ChatRequest } from "../core/chat.ts";
import { canonicalJson, fingerprintText } from "../core/hash.ts";
import type { ModelSpec } from "./spec.ts";

/**
 * Names a request: model name, messages, sampling with the seed, form of the reply. Two calls with one hash asked the
 * same of the same. Left out: address, key, and `extra` of the model (how a server is spoken to, not what is asked), so
 * that calls recorded at one endpoint are found again at another.
 */
export function requestHashOf(model: string, request: Pick<ChatRequest, "messages" | "sampling" | "reply">): string {
  const { messages, sampling, reply } = request;
  // The messages have no keys to put in order: written as they are, they cost a third.
  const said = JSON.stringify([model, ...messages.map(({ role, content }) => [role, content])]);
  return fingerprintText(`${said}\n${canonicalJson([sampling, reply])}`);
}

/** What a model is called in requests and records; rule-based ones go by their provider's name. */
export function modelNameOf(spec: ModelSpec): string {
  if (spec.provider === "openai") return spec.model;
  return spec.provider === "recorded" ? (spec.model ?? spec.provider) : spec.provider;
}
