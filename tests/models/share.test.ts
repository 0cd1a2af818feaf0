import { expect, it } from "vitest";
import { openGateway, releaseWorker, shareGateway, viewGateway } from "../../src/models/share.ts";
import { ask, mockServer, specFor, still } from "./asking.ts";

const env = { KEY: "very-secret" };

it("lets two workers share limits and budget, and frees what a dead one held", async () => {
  const server = await mockServer({ latencyMs: 60, apiKey: "very-secret" });
  const models = { teacher: specFor(server.url, { apiKey: "${KEY}", inFlight: 3, maxTokens: 100 }) };
  const shared = shareGateway({
    models,
    env,
    workers: 2,
    budget: { calls: 8 },
    spent: { usd: 0, tokens: 0, calls: 1 },
  });
  expect(JSON.stringify(shared)).not.toContain("very-secret");
  const gateways = [0, 1].map((worker) => openGateway(shared, { models, env, worker }));
  const calls = [0, 1, 0, 1].map((worker, n) => gateways[worker]!.call("teacher", ask(`${n}`), { signal: still }));
  await calls[0];
  await Promise.all(calls);
  expect((await server.counts()).peakParallel).toBeLessThanOrEqual(3);
  expect(viewGateway(shared).budget.spent.calls).toBe(5);

  const lost = gateways[1]!.call("teacher", ask("lost"), { signal: still });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(viewGateway(shared).lanes[0]?.inFlight).toBe(1);
  releaseWorker(shared, 1);
  expect(viewGateway(shared).lanes[0]).toMatchObject({ inFlight: 0, waiting: 0 });
  expect(viewGateway(shared).budget.spent.calls).toBe(6);
  await lost;
  await Promise.all(gateways.map((gateway) => gateway.close()));
});

it("stops at a missing variable before anything is started", () => {
  const models = { teacher: specFor("http://here/v1", { apiKey: "${KEY}" }) };
  expect(() => shareGateway({ models, env: {}, workers: 1 })).toThrow("KEY is not set");
});
