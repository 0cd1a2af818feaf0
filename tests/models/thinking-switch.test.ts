import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { openModel } from "../../src/models/open.ts";
import type { Learned } from "../../src/models/openai.ts";
import { withThinking } from "../../src/models/thinking-switch.ts";
import { ask, askForJson, mockServer, openAi, specFor, still } from "./asking.ts";

describe("thinking", () => {
  it.each([
    ["http://localhost:8000/v1", { chat_template_kwargs: { enable_thinking: false } }],
    ["https://dashscope-intl.aliyuncs.com/compatible-mode/v1", { enable_thinking: false }],
    ["https://api.deepseek.com/v1", { thinking: { type: "disabled" } }],
    ["http://localhost:11434/v1", { reasoning_effort: "none" }],
    ["https://not-deepseek.com.example/v1", { chat_template_kwargs: { enable_thinking: false } }],
  ])("is switched at %s as that server wants it", (baseUrl, extra) => {
    expect(withThinking(specFor(baseUrl, { thinking: false })).extra).toEqual(extra);
  });

  it("is left to the server where the graph says nothing, and switched as the graph says where it does", () => {
    expect(withThinking(specFor("http://h/v1", { extra: { top_k: 20 } })).extra).toEqual({ top_k: 20 });
    const spec = specFor("http://h/v1", { thinking: true, thinkingSwitch: "enable-thinking" });
    expect(withThinking(spec).extra).toEqual({ enable_thinking: true });
  });

  it("joins what the graph passes through, which wins", () => {
    const extra = { top_k: 20, chat_template_kwargs: { enable_thinking: true, tools: 1 } };
    expect(withThinking(specFor("http://h/v1", { thinking: false, extra })).extra).toEqual(extra);
  });

  it("reaches the server in the request", async () => {
    const server = await mockServer();
    const { extra } = withThinking(specFor(server.url, { thinking: false, extra: { top_k: 20 } }));
    await openAi(server.url, { extra }).ask(ask("two and two?"), { signal: still });
    expect(server.requests[0]?.body).toMatchObject({ top_k: 20, chat_template_kwargs: { enable_thinking: false } });
  });
});

it("what an endpoint lacks is found out once for all roles that ask one model there", async () => {
  const server = await mockServer({ lacks: ["json_schema", "stream_options"] });
  const options = { env: {}, clock: systemClock, learned: new Map<string, Learned>() };
  const roles = ["judge", "second"].map(() => openModel(specFor(server.url), options));
  onTestFinished(async () => void (await Promise.all(roles.map((model) => model.close?.()))));
  for (const model of roles) await model.ask(askForJson("rate this"), { signal: still });
  // Without stream_options, without a schema, and then as it can be; the second role knows.
  expect((await server.counts()).requests).toBe(4);
  expect(server.requests.at(-1)?.body.response_format).toEqual({ type: "json_object" });
});
