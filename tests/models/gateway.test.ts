import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { Budget, BudgetSpent, shareBudget } from "../../src/models/budget.ts";
import { consequenceOf, createGateway, type Gateway, type GatewayOptions, TROUBLES } from "../../src/models/gateway.ts";
import { type Model, ModelError, type ModelTrouble } from "../../src/models/model.ts";
import { requestHashOf } from "../../src/models/request-hash.ts";
import { modelSpecSchema } from "../../src/models/spec.ts";
import { ServerAway } from "../../src/models/troubles.ts";
import { ask, mockServer, openAi, specFor, still } from "./asking.ts";

const reply = { text: "four", finish: "stop", usage: { in: 20, out: 500 }, model: "mock" } as const;

/** A model that goes through a script of troubles and then answers. */
function scripted(...script: readonly (ModelTrouble | ModelError)[]): Model & { asked: number } {
  const rest = [...script];
  return {
    asked: 0,
    async ask() {
      this.asked += 1;
      const next = rest.shift();
      if (next === undefined) return reply;
      throw typeof next === "string" ? new ModelError(next, next) : next;
    },
  };
}

/** Time that passes only by sleeping. */
function jumpingClock() {
  let now = 1_000_000;
  return {
    now: () => now,
    elapsed: () => now,
    random: () => 1,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      now += ms;
      // Time passes, and so do other things: a clock that never yields would starve them.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function gatewayFor(
  model: Model,
  options: Partial<GatewayOptions> = {},
  fields: Record<string, unknown> = {},
): Gateway {
  const spec = specFor("http://127.0.0.1/v1", fields);
  return createGateway({ clock: jumpingClock(), ...options, models: { teacher: { spec, model } } });
}

const call = (gateway: Gateway, content = "two and two?") => gateway.call("teacher", ask(content), { signal: still });

describe("trouble", () => {
  it.each(["busy", "broken"] as const)("%s is tried again", async (trouble) => {
    const result = await call(gatewayFor(scripted(trouble, trouble)));
    expect(result).toMatchObject({ attempts: 3, reply, role: "teacher", model: "mock" });
  });

  it.each(["too-long", "refused", "cannot", "no-access", "no-model", "no-server"] as const)(
    "%s is not",
    async (trouble) => {
      const model = scripted(trouble);
      await expect(call(gatewayFor(model))).rejects.toMatchObject({ trouble });
      expect(model.asked).toBe(1);
    },
  );

  it("doubles its wait up to a bound and then gives up with the last error", async () => {
    const clock = jumpingClock();
    const model = scripted(...Array<ModelTrouble>(100).fill("broken"));
    await expect(call(gatewayFor(model, { clock }))).rejects.toMatchObject({ trouble: "broken" });
    expect(model.asked).toBe(12);
    expect(clock.now() - 1_000_000).toBe(500 + 1000 + 2000 + 4000 + 8000 + 16_000 + 32_000 + 4 * 60_000);
  });

  it("waits a minute for a server that is away, and then it is gone", async () => {
    const clock = jumpingClock();
    const model = scripted(...Array<ModelError>(1000).fill(new ServerAway("refused")));
    const thrown = await call(gatewayFor(model, { clock })).catch((reason) => reason);
    expect(thrown.trouble).toBe("no-server");
    expect(consequenceOf(thrown.trouble)).toBe("ends-run");
    expect(clock.now() - 1_000_000).toBeGreaterThan(50_000);
    expect(clock.now() - 1_000_000).toBeLessThanOrEqual(60_000);
  });

  it("is in the table, every word of it, and what ends a run is what no sample can change", () => {
    const ending = Object.entries(TROUBLES).filter(([, rule]) => rule.ends === "run");
    expect(ending.map(([trouble]) => trouble)).toEqual(["server-away", "no-access", "no-model", "no-server"]);
  });

  it("names the role and the model, and how it began", async () => {
    const cause = new ModelError("no-access", "The server answered 401: no such key", { status: 401 });
    const message = "teacher (mock): The server answered 401: no such key";
    await expect(call(gatewayFor(scripted(cause)))).rejects.toMatchObject({ message, status: 401, cause });
  });

  it("stops waiting when it is aborted", async () => {
    const stopping = new AbortController();
    const gateway = gatewayFor(scripted("busy"), { clock: { ...systemClock, random: () => 1 } });
    const calling = gateway.call("teacher", ask("hello"), { signal: stopping.signal });
    setTimeout(() => stopping.abort("enough"), 20);
    await expect(calling).rejects.toBe("enough");
  });

  it("makes everybody wait when the server says for how long", async () => {
    const clock = jumpingClock();
    const model = scripted(new ModelError("busy", "busy", { status: 429, retryAfterMs: 9000 }));
    const result = await call(gatewayFor(model, { clock: { ...clock, random: () => 0 } }));
    expect(result.waitedMs).toBeGreaterThanOrEqual(9000);
  });
});

describe("cost", () => {
  const price = { inUsdPerMTok: 1, outUsdPerMTok: 4, cachedInUsdPerMTok: 0.25 };

  it("is what the tokens cost, cached ones at their own price", async () => {
    const model = { ask: async () => ({ ...reply, usage: { in: 1000, out: 500, cachedIn: 400 } }) };
    expect((await call(gatewayFor(model, {}, { price }))).costUsd).toBeCloseTo((600 + 400 * 0.25 + 500 * 4) / 1e6, 12);
  });

  it("never goes above the budget with a thousand calls in the air", async () => {
    const clock = jumpingClock();
    const shared = shareBudget({ usd: 0.1 }, { workers: 1 });
    const budget = new Budget(shared, { worker: 0, clock });
    let most = 0;
    const model: Model = {
      async ask() {
        await new Promise((resolve) => setTimeout(resolve, 1));
        most = Math.max(most, budget.view().spent.usd + budget.view().reserved.usd);
        return reply;
      },
    };
    const gateway = gatewayFor(model, { budget, clock: systemClock }, { price, maxTokens: 500, inFlight: 1000 });
    const ends = await Promise.allSettled(Array.from({ length: 1000 }, (_, n) => call(gateway, `question ${n}`)));
    const answered = ends.filter((end) => end.status === "fulfilled").length;
    expect(most).toBeLessThanOrEqual(0.1);
    expect(budget.view().spent.usd).toBeCloseTo(answered * 0.00202, 9);
    expect(answered).toBe(49); // 48 cost $0.09696, and one more at most $0.0022 with the bound of its prompt
    for (const end of ends) if (end.status === "rejected") expect(end.reason).toBeInstanceOf(BudgetSpent);
  });

  it.each([
    ["a server that said no", new ModelError("broken", "500", { status: 500 }), 1],
    ["a connection that broke", new ModelError("broken", "reset"), 2],
  ] as const)("of %s is counted as its bill allows", async (_, trouble, calls) => {
    const clock = jumpingClock();
    const budget = new Budget(shareBudget({ calls: 10 }, { workers: 1 }), { worker: 0, clock });
    await call(gatewayFor(scripted(trouble), { budget, clock }));
    expect(budget.view().spent.calls).toBe(calls);
    expect(budget.view().reserved.calls).toBe(0);
  });

  it("bounds a request that states no maximum", async () => {
    const server = await mockServer();
    const clock = systemClock;
    const budget = new Budget(shareBudget({ tokens: 1_000_000 }, { workers: 1 }), { worker: 0, clock });
    await call(gatewayFor(openAi(server.url), { budget, clock }));
    expect(server.requests[0]?.body.max_tokens).toBe(16_384);
  });
});

describe("a request's hash", () => {
  it("is the same for what is asked before and after the call", async () => {
    const gateway = gatewayFor(scripted(), {}, { temperature: 0.3 });
    const { requestHash } = await call(gateway);
    expect(requestHash).toBe(gateway.hashOf("teacher", ask("two and two?")));
  });

  it("tells seeds, texts, roles of messages and models apart", () => {
    const some = fc.record({ content: fc.string(), seed: fc.nat(3), model: fc.constantFrom("a", "b") });
    fc.assert(
      fc.property(some, some, (a, b) => {
        const [one, two] = [a, b].map((x) => requestHashOf(x.model, ask(x.content, { seed: x.seed })));
        expect(one === two).toBe(a.content === b.content && a.seed === b.seed && a.model === b.model);
      }),
    );
  });
});

it("goes through a server that fails in every way, and pays for no reply twice", async () => {
  const faults = {
    "429": 0.03,
    "500": 0.03,
    "503": 0.03,
    reset: 0.03,
    cut: 0.03,
    "truncated-json": 0.03,
    html: 0.03,
    "broken-bytes": 0.03,
  };
  const server = await mockServer({ faults, latencyMs: 2, spread: 0.5 });
  const spec = modelSpecSchema.parse({ provider: "openai", model: "mock", baseUrl: server.url, inFlight: 32 });
  const clock = { ...systemClock, random: () => 0.001 };
  const gateway = createGateway({ clock, models: { teacher: { spec, model: openAi(server.url) } } });
  const results = await Promise.all(Array.from({ length: 200 }, (_, n) => call(gateway, `question ${n}`)));
  const counts = await server.counts();
  expect(results.every(({ reply }) => reply.text.includes("\\boxed"))).toBe(true);
  expect(counts).toMatchObject({ distinct: 200, answered: 200, paidTwice: {} });
  expect(results.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(counts.requests);
  expect(counts.peakParallel).toBeLessThanOrEqual(32);
});
