/** How a graph file describes a model. Written once, here; the type, the checks and the editor's help come from it. */
import * as z from "zod";
import { THINKING_SWITCHES } from "./thinking-switch.ts";

const positive = z.number().positive();
const count = z.int().min(1);

/** Four time-outs, because one number can't tell a dead server from a slow thinker (docs/operations.md). */
export const timeoutsSchema = z.strictObject({
  connectMs: positive.default(10_000).describe("Until the connection stands."),
  firstByteMs: positive.default(600_000).describe("From the request sent to the first byte of the reply."),
  idleMs: positive.default(120_000).describe("Between two pieces of a streamed reply."),
  totalMs: positive.default(3_600_000).describe("For one attempt from beginning to end."),
});

export const priceSchema = z.strictObject({
  inUsdPerMTok: z.number().min(0).describe("US dollars for a million tokens in."),
  outUsdPerMTok: z.number().min(0).describe("US dollars for a million tokens out, thinking included."),
  cachedInUsdPerMTok: z.number().min(0).optional().describe("US dollars for a million tokens in from the cache."),
});

/** Sampling as the file writes it; a node's own values win over its model's. */
export const samplingShape = {
  temperature: z.number().min(0).max(2).optional().describe("Sampling temperature, 0 to 2."),
  topP: z.number().gt(0).max(1).optional().describe("Nucleus sampling, above 0 up to 1."),
  maxTokens: count.optional().describe("Most tokens of one reply, thinking included."),
};

const shared = {
  ...samplingShape,
  price: priceSchema.optional().describe("What tokens cost. Without it the cost counts as zero."),
  licence: z
    .string()
    .min(1)
    .optional()
    .describe("Under which licence the model's output may be used, such as apache-2.0; exports state it."),
  inFlight: count.optional().describe("Most requests in the air at once, over all workers."),
  requestsPerMinute: count.optional().describe("Most requests started in any minute."),
  tokensPerMinute: count.optional().describe("Most tokens, in and out, in any minute."),
};

const openai = z
  .strictObject({
    provider: z.literal("openai"),
    model: z.string().min(1).describe("The model's name as the server knows it."),
    baseUrl: z.string().min(1).describe("Up to and including /v1, or ${NAME} from the environment."),
    apiKey: z.string().optional().describe("Always ${NAME} from the environment, never the key itself."),
    stream: z.boolean().default(true).describe("Ask for a stream; falls back by itself where the server has none."),
    jsonReplies: z
      .enum(["auto", "schema", "object", "text"])
      .default("auto")
      .describe("How a structured reply is asked for. `auto` tries them in this order and remembers."),
    thinking: z.boolean().optional().describe("Switches the model's thinking on or off. Left out, the server decides."),
    thinkingSwitch: z
      .enum(["auto", ...THINKING_SWITCHES])
      .default("auto")
      .describe(
        "Which request field switches it; `auto` goes by the address, and is chat-template where that says nothing.",
      ),
    timeouts: timeoutsSchema.prefault({}).describe("Four time-outs: a dead server is not a slow thinker."),
    extra: z
      .record(z.string(), z.unknown())
      .default({})
      .describe("Request fields passed through as they are, such as { top_k: 20 }."),
    ...shared,
  })
  .describe("Any OpenAI-compatible endpoint: vLLM, SGLang, DashScope, DeepSeek, Ollama, llama.cpp, OpenAI.");

const baseline = z
  .strictObject({ provider: z.literal("baseline"), ...shared })
  .describe("Rules, no model: deterministic and free. A language model should beat it.");

const simulated = z
  .strictObject({
    provider: z.literal("simulated"),
    latencyMs: z.number().min(0).default(0).describe("Mean time of a reply."),
    errors: z.number().min(0).max(1).default(0).describe("Share of calls that fail in passing."),
    garbage: z.number().min(0).max(1).default(0).describe("Share of replies that nobody can use."),
    lies: z.number().min(0).max(1).default(0).describe("Share of verdicts drawn at random."),
    wrong: z.number().min(0).max(1).default(0).describe("Share of verdicts that say the opposite of what is true."),
    follows: z.number().min(0).max(1).default(0.9).describe("As a student: how often it follows a chain that fits."),
    alone: z.number().min(0).max(1).default(0.05).describe("And how often it is right without one."),
    opinion: z.string().default("").describe("Models with other opinions hold other traces for medium."),
    medium: z.number().min(0).max(1).default(0.6).describe("Share of verdicts that say medium."),
    replyTokens: count.default(64).describe("About how long a written trace is."),
    ...shared,
  })
  .describe("A scripted model for tests and load: the same seed gives the same replies.");

const recorded = z
  .strictObject({
    provider: z.literal("recorded"),
    run: z.string().min(1).describe("The run whose calls are replayed."),
    model: z.string().optional().describe("The model name those calls were made with."),
    ...shared,
  })
  .describe("Replays the calls of an earlier run; a request that was never made is an error.");

export const modelSpecSchema = z.discriminatedUnion("provider", [openai, baseline, simulated, recorded]);
export type ModelSpec = z.infer<typeof modelSpecSchema>;
export type OpenAiSpec = Extract<ModelSpec, { provider: "openai" }>;
export type SimulatedSpec = Extract<ModelSpec, { provider: "simulated" }>;
export type Timeouts = z.infer<typeof timeoutsSchema>;
export type Price = z.infer<typeof priceSchema>;
