import { describe, expect, it } from "vitest";
import { MezzoError } from "../../src/core/errors.ts";
import { openModel, planLimits } from "../../src/models/open.ts";
import { modelSpecSchema } from "../../src/models/spec.ts";
import { ask, mockServer, still } from "./asking.ts";

const openai = (fields: Record<string, unknown>) =>
  modelSpecSchema.parse({ provider: "openai", model: "mock", ...fields });

describe("opening a model", () => {
  it("fills in variables, with defaults, and asks with the key", async () => {
    const server = await mockServer({ apiKey: "secret" });
    const spec = openai({ baseUrl: "${BASE:-http://nowhere.invalid}", apiKey: "${KEY}" });
    const model = openModel(spec, { env: { BASE: server.url, KEY: "secret" } });
    expect((await model.ask(ask("hello"), { signal: still })).finish).toBe("stop");
    await model.close?.();
  });

  it.each([{}, { KEY: "" }])("stops at a variable that is not there: %j", (env) => {
    const spec = openai({ baseUrl: "http://here/v1", apiKey: "${KEY}" });
    const thrown = catching(() => openModel(spec, { env }));
    expect(thrown).toMatchObject({ code: "missing-variable", exitCode: 2 });
    expect(thrown.message).toBe("KEY is not set; the model mock needs it for its apiKey");
  });

  it.each(["here:8000/v1", "ftp://here/v1", ""])("stops at the address %j", (baseUrl) => {
    expect(catching(() => openModel(openai({ baseUrl: "${BASE:-}" }), { env: { BASE: baseUrl || "x" } })).code).toBe(
      "bad-base-url",
    );
  });

  it("opens the models that need no network", async () => {
    const simulated = openModel(modelSpecSchema.parse({ provider: "simulated" }), { env: {} });
    expect((await simulated.ask(ask("hello"), { signal: still })).model).toBe("simulated");
    const baseline = openModel(modelSpecSchema.parse({ provider: "baseline" }), { env: {} });
    await expect(baseline.ask(ask("hello"), { signal: still })).rejects.toMatchObject({ trouble: "cannot" });
  });

  it("needs calls to replay", () => {
    expect(catching(() => openModel(modelSpecSchema.parse({ provider: "recorded", run: "r" }), { env: {} })).code).toBe(
      "no-recording",
    );
  });
});

describe("the plan of limits", () => {
  it("joins roles with one address and key, whatever their variables are called, under the smallest limits", () => {
    const models = {
      teacher: openai({ baseUrl: "${A}", apiKey: "${K1}", inFlight: 64 }),
      judge: openai({ baseUrl: "${B}", apiKey: "${K2}", requestsPerMinute: 600, inFlight: 32 }),
      other: openai({ baseUrl: "${A}", apiKey: "${K3}" }),
      baseline: modelSpecSchema.parse({ provider: "baseline" }),
    };
    const env = { A: "http://here:80/v1/", B: "http://here/v1", K1: "same", K2: "same", K3: "another" };
    const plan = planLimits(models, env);
    expect(plan.roles).toEqual({ teacher: 0, judge: 0, other: 1, baseline: 2 });
    const limits = { inFlight: 32, requestsPerMinute: 600 };
    expect(plan.endpoints[0]).toMatchObject({
      name: "here/v1",
      key: expect.stringMatching(/^here\/v1 [0-9a-f]{4}$/),
      limits,
    });
    expect(plan.endpoints[1]!.key).not.toBe(plan.endpoints[0]!.key);
    expect(JSON.stringify(plan)).not.toMatch(/same|another/);
  });
});

function catching(act: () => unknown): MezzoError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof MezzoError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}
