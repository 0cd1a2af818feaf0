/** Replays the calls of an earlier run, without a network. A request that was never made is an error, never a guess. */
import type { ChatReply, ChatRequest } from "../core/chat.ts";
import { type Model, ModelError } from "./model.ts";
import { modelNameOf, requestHashOf } from "./request-hash.ts";
import type { ModelSpec } from "./spec.ts";

/** Where replies are found again: the store, in a run. */
export interface RecordedCalls {
  /** The reply to the `nth` call, from 0, that had this hash. */
  find(requestHash: string, nth: number): Promise<ChatReply | undefined>;
  /** Names of the models that those calls were made with: tried in turn when the spec names none. */
  models?(): Promise<readonly string[]>;
}

/** Calls with one hash are rare (seeds differ), so counting them must not cost memory for each of a million others. */
const REMEMBERED = 50_000;

export class RecordedModel implements Model {
  readonly #calls: RecordedCalls;
  #names: readonly string[] | undefined;
  readonly #run: string;
  readonly #counts = new Map<string, number>();

  constructor(spec: Extract<ModelSpec, { provider: "recorded" }>, calls: RecordedCalls) {
    this.#calls = calls;
    this.#names = spec.model === undefined ? undefined : [modelNameOf(spec)];
    this.#run = spec.run;
  }

  async ask(request: ChatRequest, options: { readonly signal: AbortSignal }): Promise<ChatReply> {
    options.signal.throwIfAborted();
    this.#names ??= (await this.#calls.models?.()) ?? [];
    for (const name of this.#names) {
      const hash = requestHashOf(name, request);
      const nth = this.#counts.get(hash) ?? 0;
      const reply = await this.#calls.find(hash, nth);
      if (reply === undefined) continue;
      this.#count(hash, nth + 1);
      return reply;
    }
    const names = this.#names.length === 0 ? "any model" : this.#names.join(" or ");
    throw new ModelError("cannot", `The run "${this.#run}" never asked ${names} this (${request.task.purpose})`);
  }

  #count(hash: string, count: number): void {
    this.#counts.set(hash, count);
    if (this.#counts.size <= REMEMBERED) return;
    for (const oldest of this.#counts.keys()) {
      this.#counts.delete(oldest);
      return;
    }
  }
}
