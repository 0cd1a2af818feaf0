import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../../src/core/chat.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createGateway } from "../../src/models/gateway.ts";
import { ModelError } from "../../src/models/model.ts";
import { SimulatedModel } from "../../src/models/simulated.ts";
import { modelSpecSchema, type SimulatedSpec } from "../../src/models/spec.ts";
import { ask, still } from "./asking.ts";

const specOf = (fields: Record<string, unknown> = {}) =>
  modelSpecSchema.parse({ provider: "simulated", ...fields }) as SimulatedSpec;
const simulated = (fields?: Record<string, unknown>) => new SimulatedModel(specOf(fields), systemClock);
const judge = (content: string, seed = 1): ChatRequest => ({
  ...ask(content, { seed }),
  task: { purpose: "judge", values: {} },
});

async function ratings(fields: Record<string, unknown>, seeds: readonly number[] = [1]): Promise<string[]> {
  const model = simulated(fields);
  const asked = Array.from({ length: 1000 }, (_, n) => seeds.map((seed) => judge(`chain ${n}`, seed))).flat();
  const replies = await Promise.all(asked.map((request) => model.ask(request, { signal: still })));
  return replies.map(({ text }) => JSON.parse(text).rating);
}

it("says the same to the same request, and something else with another seed", async () => {
  const [one, two] = [simulated(), simulated()];
  const request = ask("a problem", { seed: 5 });
  expect(await one.ask(request, { signal: still })).toEqual(await two.ask(request, { signal: still }));
  const other = await one.ask(ask("a problem", { seed: 6 }), { signal: still });
  expect(other.text).not.toBe((await one.ask(request, { signal: still })).text);
});

it("writes a trace that ends with the answer it knows", async () => {
  const request = { ...ask("a problem"), task: { purpose: "expand", values: { answer: "12" } } };
  const { text } = await simulated({ replyTokens: 200 }).ask(request, { signal: still });
  expect(text).toMatch(/The answer is \\boxed\{12\}\.$/);
  expect(text.length).toBeGreaterThan(500);
});

describe("verdicts", () => {
  it("say medium as often as told", async () => {
    const medium = (await ratings({ medium: 0.7 })).filter((rating) => rating === "medium").length;
    expect(medium).toBeGreaterThan(650);
    expect(medium).toBeLessThan(750);
  });

  it("agree for one chain whatever the seed, but for lies", async () => {
    const honest = await ratings({}, [1, 2]);
    const lying = await ratings({ lies: 0.5 }, [1, 2]);
    const differ = (all: string[]) => all.filter((rating, n) => n % 2 === 0 && rating !== all[n + 1]).length;
    expect(differ(honest)).toBe(0);
    expect(differ(lying)).toBeGreaterThan(200);
  });

  it("are another judge's own where it has another opinion", async () => {
    const [one, other] = [await ratings({}), await ratings({ opinion: "another" })];
    expect(await ratings({ opinion: "another" })).toEqual(other);
    expect(other.filter((rating, n) => rating !== one[n]).length).toBeGreaterThan(200);
  });
});

it("fails in passing as often as told: asked again, it answers", async () => {
  const model = simulated({ errors: 0.3 });
  const spec = specOf();
  const clock = { ...systemClock, sleep: async () => undefined };
  const gateway = createGateway({ clock, models: { teacher: { spec, model } } });
  const asking = Array.from({ length: 1000 }, (_, n) => gateway.call("teacher", ask(`${n}`), { signal: still }));
  const attempts = (await Promise.all(asking)).map((result) => result.attempts);
  const failed = attempts.filter((count) => count > 1).length;
  expect(failed).toBeGreaterThan(250);
  expect(failed).toBeLessThan(350);
});

it("says things that nobody can use as often as told", async () => {
  const model = simulated({ garbage: 0.25 });
  const replies = await Promise.all(Array.from({ length: 400 }, (_, n) => model.ask(judge(`${n}`), { signal: still })));
  const unreadable = replies.filter(({ text }) => !text.endsWith("}")).length;
  expect(unreadable).toBeGreaterThan(70);
  expect(unreadable).toBeLessThan(130);
});

it("takes its time, and stops when it is aborted", async () => {
  const stopping = new AbortController();
  const asking = simulated({ latencyMs: 10_000 }).ask(ask("slow"), { signal: stopping.signal });
  stopping.abort(new ModelError("cannot", "enough"));
  await expect(asking).rejects.toThrow("enough");
});

it("answers ten thousand requests in well under a second", async () => {
  const model = simulated();
  const begun = performance.now();
  for (let n = 0; n < 10_000; n += 1) await model.ask(ask("a short problem", { seed: n }), { signal: still });
  expect(performance.now() - begun).toBeLessThan(1000);
});
