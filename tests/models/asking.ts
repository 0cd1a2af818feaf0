/** What the tests of models share: requests, specs, and a mock server that closes itself. */
import { onTestFinished } from "vitest";
import type { ChatRequest, Sampling } from "../../src/core/chat.ts";
import { systemClock } from "../../src/core/clock.ts";
import { OpenAiModel } from "../../src/models/openai.ts";
import { modelSpecSchema, type OpenAiSpec } from "../../src/models/spec.ts";
import { type LocalMockServer, type MockHandler, type MockOptions, startMockServer } from "../mock-server.ts";

export const still = new AbortController().signal;

export function ask(content: string, sampling: Sampling = {}): ChatRequest {
  return {
    messages: [{ role: "user", content }],
    sampling,
    reply: { form: "text" },
    task: { purpose: "collect", values: {} },
  };
}

export function askForJson(content: string): ChatRequest {
  const schema = {
    type: "object",
    properties: { rating: { type: "string" } },
    required: ["rating"],
    additionalProperties: false,
  };
  return { ...ask(content), reply: { form: "json", name: "verdict", schema } };
}

export function specFor(url: string, fields: Record<string, unknown> = {}): OpenAiSpec {
  return modelSpecSchema.parse({ provider: "openai", model: "mock", baseUrl: url, ...fields }) as OpenAiSpec;
}

export async function mockServer(options: MockOptions & { reply?: MockHandler } = {}): Promise<LocalMockServer> {
  const server = await startMockServer(options);
  onTestFinished(() => server.close());
  return server;
}

export function openAi(url: string, fields: Record<string, unknown> = {}, apiKey?: string): OpenAiModel {
  const model = new OpenAiModel(specFor(url, fields), { apiKey, clock: systemClock });
  onTestFinished(() => model.close());
  return model;
}
