/**
 * A model, as the rest of Mezzo sees one: something that answers a request or says in one word why it did not.
 * A model asks once. Waiting, retrying, counting and paying are the gateway's alone (gateway.ts).
 */
import type { ChatReply, ChatRequest } from "../core/chat.ts";

export interface Model {
  /** Asks once. Throws ModelError, or the signal's reason when it was aborted. */
  ask(request: ChatRequest, options: { readonly signal: AbortSignal }): Promise<ChatReply>;
  /** Lets go of sockets and workers. */
  close?(): Promise<void>;
}

/**
 * Why a call gave no reply. What follows from each is decided in one table, in gateway.ts:
 *
 *   busy        429, 503, 529, or a time-out: the server has too much to do     retried, and fewer at once
 *   broken      5xx, reset, cut stream, reply that is no chat completion        retried
 *   too-long    the request does not fit the model's context                    ends the sample
 *   refused     any other 4xx: this request is not acceptable                   ends the sample
 *   cannot      a rule-based model has no rule for this                         ends the sample
 *   no-access   401, 403: the key is wrong or not allowed                       ends the run
 *   no-model    404, or a 400 that names the model                              ends the run
 *   no-server   name not found, certificate wrong, refused for long             ends the run
 */
export type ModelTrouble =
  | "busy"
  | "broken"
  | "too-long"
  | "refused"
  | "cannot"
  | "no-access"
  | "no-model"
  | "no-server";

export class ModelError extends Error {
  readonly trouble: ModelTrouble;
  /** HTTP status, when there was one. */
  readonly status: number | undefined;
  /** How long the server asked us to stay away, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    trouble: ModelTrouble,
    message: string,
    options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "ModelError";
    this.trouble = trouble;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}
