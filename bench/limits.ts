/**
 * Does the limiter find out what a server bears?
 *
 *   node bench/limits.ts [seconds=70] [calls=3000] [only=told,untold,queue,thrash,429,503,stall]
 *
 *   rate     600 requests a minute, enforced in a sliding window; 200 may be in the air. Told (requestsPerMinute) and
 *            untold. How many are refused after the first ten seconds, and how much of the allowed rate is used.
 *   parallel 50 at once; what happens beyond it differs: a queue, everything slows down, 429, 503, silence. Wall time
 *            beside that of the best fixed setting.
 */
import { parseArgs } from "node:util";
import { systemClock } from "../src/core/clock.ts";
import { createGateway, TROUBLES } from "../src/models/gateway.ts";
import { Limiter, shareLimits } from "../src/models/limiter.ts";
import { OpenAiModel } from "../src/models/openai.ts";
import { modelSpecSchema, type OpenAiSpec } from "../src/models/spec.ts";
import { startMockProcess } from "../tests/mock-elsewhere.ts";
import type { MockOptions, MockServer } from "../tests/mock-server.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const [seconds = 70, calls = 3000] = positionals.slice(0, 2).map(Number);
const only = positionals[2]?.split(",");
const IN_FLIGHT = 200;

for (const [name, fields] of [
  ["told", { requestsPerMinute: 600 }],
  ["untold", {}],
] as const) {
  if (only?.includes(name) === false) continue;
  const server = await startMockProcess({ latencyMs: 1000, spread: 0.5, limits: { requestsPerMinute: 600 } });
  show("rate", name, await rate(server, fields));
  await server.close();
}
for (const whenFull of ["queue", "thrash", "429", "503", "stall"] as const) {
  if (only?.includes(whenFull) === false) continue;
  const options: MockOptions = { latencyMs: 200, spread: 0.3, limits: { parallel: 50, whenFull } };
  const walls: Record<string, number> = {};
  for (const fixed of [25, 50, 100, 0]) {
    // Beyond 50 a fixed setting against silence would take hours.
    if (fixed > 50 && whenFull === "stall") continue;
    const server = await startMockProcess(options);
    const { wallS, counts } = await all(server, calls, fixed);
    walls[fixed === 0 ? "adaptive" : String(fixed)] = wallS;
    if (fixed === 0) walls.limited = counts.limited;
    await server.close();
  }
  const { adaptive = 0, limited, ...fixed } = walls;
  const best = Math.min(...Object.values(fixed));
  show("parallel", whenFull, { ...fixed, adaptive, limited, ratio: adaptive / best });
}

function openGateway(server: MockServer, fields: Record<string, unknown>, fixed: number) {
  // Silence is given up after two seconds: what a user who knows his server would set.
  const timeouts = { firstByteMs: 2000 };
  const spec = modelSpecSchema.parse({
    provider: "openai",
    model: "mock",
    baseUrl: server.url,
    timeouts,
    ...(fixed > 0 ? { inFlight: fixed } : {}),
    ...fields,
  }) as OpenAiSpec;
  const clock = systemClock;
  const plan = { endpoints: [{ name: "mock", limits: spec }], roles: { teacher: 0 } };
  const limits = new Limiter(shareLimits(plan, { workers: 1, clock, inFlight: IN_FLIGHT }), { worker: 0, clock });
  const models = { teacher: { spec, model: new OpenAiModel(spec, { apiKey: undefined, clock }) } };
  return { gateway: createGateway({ models, limits, clock, troubles: TROUBLES }), limits };
}

async function rate(server: MockServer, fields: Record<string, unknown>): Promise<Record<string, number>> {
  const { gateway } = openGateway(server, fields, 0);
  const stop = new AbortController();
  let n = 0;
  const asking = Array.from({ length: IN_FLIGHT }, async () => {
    while (!stop.signal.aborted) await ask(gateway, ++n, stop.signal).catch(() => undefined);
  });
  await systemClock.sleep(10_000);
  const first = await server.counts();
  await systemClock.sleep(seconds * 1000 - 10_000);
  const last = await server.counts();
  stop.abort();
  await Promise.all(asking);
  await gateway.close();
  const [requests, limited] = [last.requests - first.requests, last.limited - first.limited];
  return { refused: limited / requests, used: (last.answered - first.answered) / ((seconds - 10) * 10) };
}

async function all(server: MockServer, count: number, fixed: number) {
  const { gateway, limits } = openGateway(server, {}, fixed);
  const begun = performance.now();
  let n = 0;
  const seen: number[] = [];
  const watching = setInterval(() => seen.push(limits.view()[0]!.limit), 500);
  const work = async () => {
    while (n < count) await ask(gateway, ++n, new AbortController().signal);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  clearInterval(watching);
  const wallS = (performance.now() - begun) / 1000;
  if (fixed === 0) process.stderr.write(`   limit over time: ${seen.join(" ")}\n`);
  const counts = await server.counts();
  await gateway.close();
  return { wallS, counts };
}

function ask(gateway: ReturnType<typeof createGateway>, n: number, signal: AbortSignal) {
  const messages = [{ role: "user" as const, content: `question ${n}` }];
  const task = { purpose: "collect", values: {} };
  return gateway.call("teacher", { messages, sampling: { seed: n }, reply: { form: "text" }, task }, { signal });
}

function show(what: string, how: string, figures: Record<string, number | undefined>): void {
  const words = Object.entries(figures).map(([name, value]) => `${name} ${value?.toFixed(3)}`);
  process.stderr.write(`${what.padEnd(9)} ${how.padEnd(7)} ${words.join("   ")}\n`);
  process.stdout.write(`${JSON.stringify({ bench: "limits", what, how, ...figures })}\n`);
}
