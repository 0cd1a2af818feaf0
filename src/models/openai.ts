/**
 * Any OpenAI-compatible endpoint, through the chat-completions class of `@langchain/openai` with our own transport
 * under it. LangChain decides how a request looks for a model's name; `completionWithRetry`, the one method all its
 * calls go through, is ours: the stream is collected on the wire, thinking text is kept, a cut-off answer arrives as it
 * is. `ask` takes the short way to the same place, because messages to LangChain's classes and back cost more than the
 * call itself (bench/call.ts). The object is still a LangChain chat model and can be `invoke`d.
 *
 * What an endpoint cannot do is found out once, by its 400, and remembered:
 *
 *   stream with usage -> stream           json_schema -> json_object -> the schema in words
 *   log-probabilities of a text: vLLM's form -> the old echo -> none (surprisal.ts)
 */
import { type BaseChatOpenAIFields, ChatOpenAICompletions, type OpenAIClient } from "@langchain/openai";
import type { ChatReply, ChatRequest, ReplyForm, Sampling } from "../core/chat.ts";
import type { Clock } from "../core/clock.ts";
import { writeSurprisals } from "../core/surprisal.ts";
import { readCompletion, readJson } from "./completion.ts";
import { estimateMessages } from "./estimate.ts";
import { type Model, ModelError } from "./model.ts";
import { type Completion, toReply } from "./reply.ts";
import type { OpenAiSpec } from "./spec.ts";
import { readPromptSurprisals, SURPRISAL_FORMS, type SurprisalForm, surprisalRequest } from "./surprisal.ts";
import { Transport } from "./transport.ts";

type WireRequest = Readonly<Record<string, unknown>>;
type Rung = "schema" | "object" | "text";
const RUNGS: readonly Rung[] = ["schema", "object", "text"];

/** What is known of an endpoint's abilities so far. Roles that ask one model at one address share it. */
export interface Learned {
  rung: number;
  streamsUsage: boolean;
  /** Which of SURPRISAL_FORMS it has, by place; as many as there are where it has none. Sure once one has worked. */
  surprisal: number;
  surprisalWorks: boolean;
}

export function nothingLearned(): Learned {
  return { rung: 0, streamsUsage: true, surprisal: 0, surprisalWorks: false };
}

export interface OpenAiOptions {
  /** The key itself, resolved; never shown, stored or put in a message. */
  readonly apiKey: string | undefined;
  readonly clock: Clock;
  readonly learned?: Learned;
}

export class OpenAiModel extends ChatOpenAICompletions implements Model {
  readonly #transport: Transport;
  readonly #spec: OpenAiSpec;
  readonly #secret: string | undefined;
  readonly #clock: Clock;
  /** What every request to this model has in common, as LangChain spells it for this model's name. */
  readonly #base: WireRequest;
  readonly #maxTokensKey: "max_tokens" | "max_completion_tokens";
  readonly #ladder: readonly Rung[];
  readonly #learned: Learned;
  #echo: Transport | undefined;

  /** `spec` has its variables filled in. */
  constructor(spec: OpenAiSpec, options: OpenAiOptions) {
    super(fieldsOf(spec, options.apiKey));
    this.#spec = spec;
    this.#secret = options.apiKey;
    this.#clock = options.clock;
    this.#learned = options.learned ?? nothingLearned();
    const probe = this.invocationParams({} as this["ParsedCallOptions"]) as WireRequest;
    this.#maxTokensKey = "max_completion_tokens" in probe ? "max_completion_tokens" : "max_tokens";
    this.#base = Object.fromEntries(
      Object.entries(probe).filter(([key, value]) => value !== undefined && key !== "stream"),
    );
    this.#ladder = spec.jsonReplies === "auto" ? RUNGS : [spec.jsonReplies];
    this.#transport = new Transport({
      url: completionsUrl(spec.baseUrl),
      headers: headersOf(options.apiKey),
      timeouts: spec.timeouts,
      clock: options.clock,
    });
  }

  async ask(request: ChatRequest, options: { readonly signal: AbortSignal }): Promise<ChatReply> {
    if (request.reply.form === "surprisal") return this.#weigh(request, request.reply.of, options.signal);
    const completion =
      request.reply.form === "json"
        ? await this.#askForJson(request, request.reply, options.signal)
        : await this.#send(this.#wire(request), options.signal);
    return this.#guard(() =>
      toReply(completion, { model: this.model, tokensIn: () => estimateMessages(request.messages) }),
    );
  }

  async close(): Promise<void> {
    await this.#transport.close();
    await this.#echo?.close();
  }

  /** How surprising it finds a text, in the first form that the server has. */
  async #weigh(request: ChatRequest, of: string, signal: AbortSignal): Promise<ChatReply> {
    const learned = this.#learned;
    for (let at = learned.surprisal; at < SURPRISAL_FORMS.length; at += 1) {
      const body = await this.#askForSurprisal(SURPRISAL_FORMS[at]!, request, of, signal);
      const found = body === undefined ? undefined : readPromptSurprisals(SURPRISAL_FORMS[at]!, body, of);
      if (found === undefined && learned.surprisalWorks) break;
      if (found === undefined) continue;
      learned.surprisal = at;
      learned.surprisalWorks = true;
      const { usage, model } = body as { usage?: Completion["usage"]; model?: string };
      const completion = { content: writeSurprisals(found), thinking: "", finish: "stop", usage, model };
      return toReply(completion, { model: this.model, tokensIn: () => estimateMessages(request.messages) });
    }
    // What one text shows is so for all; where a form has worked, it is this text that it has no tokens for.
    if (!learned.surprisalWorks) learned.surprisal = SURPRISAL_FORMS.length;
    throw new ModelError("cannot", "its server gives no log-probabilities of a text that it is given");
  }

  /** Undefined where the server refuses the form, or has no such place. */
  async #askForSurprisal(form: SurprisalForm, request: ChatRequest, of: string, signal: AbortSignal): Promise<unknown> {
    const now = this.#clock.now();
    const transport = form === "chat" ? this.#transport : this.#oldCompletions();
    const wire = { ...this.#base, ...request.sampling.extra, ...surprisalRequest(form, request.messages, of) };
    const body = JSON.stringify(form === "chat" ? wire : { ...wire, messages: undefined });
    try {
      return await transport.post({ body, signal, open: (head) => readJson(head, now) });
    } catch (thrown) {
      if (isRefusal(thrown) || (form === "echo" && isMissing(thrown))) return undefined;
      throw this.#discreet(thrown);
    }
  }

  #oldCompletions(): Transport {
    this.#echo ??= new Transport({
      url: completionsUrl(this.#spec.baseUrl, "completions"),
      headers: headersOf(this.#secret),
      timeouts: this.#spec.timeouts,
      clock: this.#clock,
    });
    return this.#echo;
  }

  override completionWithRetry(
    request: OpenAIClient.Chat.ChatCompletionCreateParamsStreaming,
    options?: OpenAIClient.RequestOptions,
  ): Promise<AsyncIterable<OpenAIClient.Chat.Completions.ChatCompletionChunk>>;
  override completionWithRetry(
    request: OpenAIClient.Chat.ChatCompletionCreateParamsNonStreaming,
    options?: OpenAIClient.RequestOptions,
  ): Promise<OpenAIClient.Chat.Completions.ChatCompletion>;
  override async completionWithRetry(
    request: OpenAIClient.Chat.ChatCompletionCreateParams,
    options?: OpenAIClient.RequestOptions,
  ): Promise<
    AsyncIterable<OpenAIClient.Chat.Completions.ChatCompletionChunk> | OpenAIClient.Chat.Completions.ChatCompletion
  > {
    const { stream, stream_options: _, ...wire } = request;
    const completion = await this.#send(wire, options?.signal ?? new AbortController().signal);
    return stream ? oneChunk(completion, this.model) : asChatCompletion(completion, this.model);
  }

  /** Down the ladder until the server takes the form; remembered only when a lower rung is what helped. */
  async #askForJson(
    request: ChatRequest,
    reply: ReplyForm & { form: "json" },
    signal: AbortSignal,
  ): Promise<Completion> {
    const first = Math.min(this.#learned.rung, this.#ladder.length - 1);
    for (let rung = first; ; rung += 1) {
      try {
        const completion = await this.#send(this.#wireForJson(request, reply, this.#ladder[rung]!), signal);
        if (rung > this.#learned.rung) this.#learned.rung = rung;
        return completion;
      } catch (thrown) {
        if (rung + 1 >= this.#ladder.length || !isRefusal(thrown)) throw thrown;
      }
    }
  }

  #wireForJson(request: ChatRequest, reply: ReplyForm & { form: "json" }, rung: Rung): WireRequest {
    const wire = this.#wire(request);
    if (rung === "schema") {
      const json_schema = { name: reply.name, schema: reply.schema, strict: isStrict(reply.schema) };
      return { ...wire, response_format: { type: "json_schema", json_schema } };
    }
    // Servers refuse json_object unless the word JSON stands in the messages, and a model needs to know the fields.
    const words = `Reply with one JSON object and nothing else. It must fit this JSON Schema:\n${JSON.stringify(reply.schema)}`;
    const messages = [...request.messages.slice(0, -1), withWords(request.messages.at(-1), words)];
    return rung === "object" ? { ...wire, messages, response_format: { type: "json_object" } } : { ...wire, messages };
  }

  #wire(request: ChatRequest): WireRequest {
    return { ...this.#base, ...this.#sampling(request.sampling), messages: request.messages };
  }

  #sampling(sampling: Sampling): WireRequest {
    const wire: Record<string, unknown> = { ...sampling.extra };
    if (sampling.temperature !== undefined) wire.temperature = sampling.temperature;
    if (sampling.topP !== undefined) wire.top_p = sampling.topP;
    if (sampling.maxTokens !== undefined) wire[this.#maxTokensKey] = sampling.maxTokens;
    if (sampling.stop !== undefined && sampling.stop.length > 0) wire.stop = sampling.stop;
    if (sampling.seed !== undefined) wire.seed = sampling.seed;
    return wire;
  }

  async #send(wire: WireRequest, signal: AbortSignal): Promise<Completion> {
    const now = this.#clock.now();
    const usesStreamOptions = this.#spec.stream && this.#learned.streamsUsage;
    const how = !this.#spec.stream
      ? undefined
      : usesStreamOptions
        ? { stream: true, stream_options: { include_usage: true } }
        : { stream: true };
    try {
      const body = JSON.stringify(how === undefined ? wire : { ...wire, ...how });
      return await this.#transport.post({ body, signal, open: (head) => readCompletion(head, now) });
    } catch (thrown) {
      if (usesStreamOptions && isRefusal(thrown) && /stream_options|include_usage/.test(thrown.message)) {
        this.#learned.streamsUsage = false;
        return this.#send(wire, signal);
      }
      throw this.#discreet(thrown);
    }
  }

  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (thrown) {
      throw this.#discreet(thrown);
    }
  }

  /** Servers repeat the key they were given; no error of ours does. Only a server's words can have it, and they have a status. */
  #discreet(thrown: unknown): unknown {
    const secret = this.#secret;
    if (secret === undefined || secret.length < SHORTEST_SECRET) return thrown;
    if (!(thrown instanceof ModelError) || thrown.status === undefined || !thrown.message.includes(secret))
      return thrown;
    const { status, retryAfterMs } = thrown;
    return new ModelError(thrown.trouble, thrown.message.replaceAll(secret, "***"), { status, retryAfterMs });
  }
}

/** Below it stand words like "none", which servers without keys are given. */
const SHORTEST_SECRET = 5;

function fieldsOf(spec: OpenAiSpec, apiKey: string | undefined): BaseChatOpenAIFields {
  return {
    model: spec.model,
    // Without one the class reads OPENAI_API_KEY from the environment by itself.
    apiKey: apiKey ?? "none",
    temperature: spec.temperature,
    topP: spec.topP,
    maxTokens: spec.maxTokens ?? -1,
    modelKwargs: spec.extra,
    maxRetries: 0,
    streaming: false,
    configuration: { baseURL: spec.baseUrl },
  };
}

function completionsUrl(baseUrl: string, place = "chat/completions"): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${place}`;
  return url;
}

function headersOf(apiKey: string | undefined): Record<string, string> {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  return apiKey === undefined ? headers : { ...headers, authorization: `Bearer ${apiKey}` };
}

function isRefusal(thrown: unknown): thrown is ModelError {
  return (
    thrown instanceof ModelError && thrown.trouble === "refused" && (thrown.status === 400 || thrown.status === 422)
  );
}

/** The address has no such place, or does not do that there. */
function isMissing(thrown: unknown): boolean {
  return thrown instanceof ModelError && [404, 405, 501].includes(thrown.status ?? 0);
}

/** OpenAI's strict mode wants every object closed and every property required; asking for it otherwise is a 400. */
function isStrict(schema: unknown): boolean {
  if (schema === null || typeof schema !== "object") return true;
  if (Array.isArray(schema)) return schema.every(isStrict);
  const node = schema as Readonly<Record<string, unknown>>;
  if (node.type === "object" || node.properties !== undefined) {
    const required = Array.isArray(node.required) ? node.required : [];
    if (node.additionalProperties !== false) return false;
    if (!Object.keys(node.properties ?? {}).every((key) => required.includes(key))) return false;
  }
  return Object.values(node).every(isStrict);
}

function withWords(
  message: ChatRequest["messages"][number] | undefined,
  words: string,
): ChatRequest["messages"][number] {
  if (message === undefined) return { role: "user", content: words };
  return { role: message.role, content: `${message.content}\n\n${words}` };
}

type WireCompletion = OpenAIClient.Chat.Completions.ChatCompletion;
type WireChunk = OpenAIClient.Chat.Completions.ChatCompletionChunk;
type WireFinish = WireCompletion["choices"][number]["finish_reason"];

/** For whoever uses the object as a LangChain chat model: thinking goes where its converters look for it. */
function asChatCompletion(completion: Completion, model: string): WireCompletion {
  const message = {
    role: "assistant" as const,
    content: completion.content,
    refusal: null,
    ...(completion.thinking === "" ? {} : { reasoning_content: completion.thinking }),
  };
  return {
    id: "",
    object: "chat.completion",
    created: 0,
    model: completion.model ?? model,
    choices: [{ index: 0, message, finish_reason: (completion.finish ?? "stop") as WireFinish, logprobs: null }],
    usage: completion.usage as WireCompletion["usage"],
  };
}

async function* oneChunk(completion: Completion, model: string): AsyncGenerator<WireChunk> {
  const whole = asChatCompletion(completion, model);
  const { message, finish_reason } = whole.choices[0]!;
  const delta = { ...message, role: "assistant" as const };
  yield { ...whole, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] } as WireChunk;
}
