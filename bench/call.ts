/**
 * What does one model call cost us, beyond the HTTP request that it is?
 *
 *   node bench/call.ts [calls=2000] [rounds=3]
 *
 * CPU time of this process (user + system, all threads) per call, for a reply of 6 KB, 64 in flight, against the mock
 * server in a process of its own. The ways take turns, so that a noisy machine is noisy for all of them; the best round
 * of each counts.
 */
import { parseArgs } from "node:util";
import { ChatOpenAI } from "@langchain/openai";
import { Agent, request } from "undici";
import type { ChatRequest } from "../src/core/chat.ts";
import { systemClock } from "../src/core/clock.ts";
import { createGateway } from "../src/models/gateway.ts";
import { OpenAiModel } from "../src/models/openai.ts";
import { modelSpecSchema, type OpenAiSpec } from "../src/models/spec.ts";
import { startMockProcess } from "../tests/mock-elsewhere.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const [calls = 2000, rounds = 3] = positionals.map(Number);
const IN_FLIGHT = 64;
const PROMPT = "Rewrite this chain of thought so that a small model can follow it. ".repeat(40);

const server = await startMockProcess({ replyChars: 6000, pieceChars: 60 });
const specOf = (stream: boolean) =>
  modelSpecSchema.parse({
    provider: "openai",
    model: "mock",
    baseUrl: server.url,
    stream,
    inFlight: 1000,
  }) as OpenAiSpec;
const { signal } = new AbortController();
const asked = (n: number): ChatRequest => ({
  messages: [{ role: "user", content: `${n} ${PROMPT}` }],
  sampling: { temperature: 0.3, maxTokens: 2000, seed: n },
  reply: { form: "text" },
  task: { purpose: "shorten", values: {} },
});

const agent = new Agent({ pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
const plain = new OpenAiModel(specOf(false), { apiKey: "none", clock: systemClock });
const streamed = new OpenAiModel(specOf(true), { apiKey: "none", clock: systemClock });
const gateway = createGateway({
  models: { plain: { spec: specOf(false), model: plain }, streamed: { spec: specOf(true), model: streamed } },
});
const langchain = new ChatOpenAI({
  model: "mock",
  apiKey: "none",
  temperature: 0.3,
  maxTokens: 2000,
  maxRetries: 0,
  configuration: { baseURL: server.url },
});

const ways: Readonly<Record<string, (n: number) => Promise<string>>> = {
  "bare undici.request": async (n) => {
    const { messages } = asked(n);
    const body = JSON.stringify({ model: "mock", temperature: 0.3, max_tokens: 2000, seed: n, messages });
    const headers = { "content-type": "application/json", authorization: "Bearer none" };
    const url = `${server.url}/chat/completions`;
    const reply = await request(url, { method: "POST", headers, body, dispatcher: agent });
    const json = (await reply.body.json()) as { choices: { message: { content: string } }[] };
    return json.choices[0]!.message.content;
  },
  "our model": async (n) => (await plain.ask(asked(n), { signal })).text,
  "our gateway": async (n) => (await gateway.call("plain", asked(n), { signal })).reply.text,
  "our gateway, 100 pieces": async (n) => (await gateway.call("streamed", asked(n), { signal })).reply.text,
  "ChatOpenAI.invoke": async (n) => (await langchain.invoke(`${n} ${PROMPT}`, { signal })).text,
};

const best = new Map<string, number>();
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const ms = await cpuPerCall(way, round === 0 ? Math.ceil(calls / 4) : calls);
    if (round > 0) best.set(name, Math.min(best.get(name) ?? Infinity, ms));
  }
}
await gateway.close();
await agent.close();
await server.close();

const bare = best.get("bare undici.request")!;
for (const [name, ms] of best) {
  process.stderr.write(
    `${name.padEnd(26)} ${ms.toFixed(3)} ms CPU per call  ${(ms - bare).toFixed(3).padStart(7)} over bare\n`,
  );
}
process.stdout.write(`${JSON.stringify({ bench: "call", calls, rounds, cpuMsPerCall: Object.fromEntries(best) })}\n`);

async function cpuPerCall(way: (n: number) => Promise<string>, count: number): Promise<number> {
  const before = process.cpuUsage();
  let next = 0;
  const work = async () => {
    while (next < count) {
      next += 1;
      const text = await way(next);
      if (text.length < 5000) throw new Error(`A reply of ${text.length} characters`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}
