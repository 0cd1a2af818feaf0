import { describe, expect, it } from "vitest";
import { ModelError, type ModelTrouble } from "../../src/models/model.ts";
import { ServerAway } from "../../src/models/troubles.ts";
import type { Fault } from "../mock-server.ts";
import { ask, askForJson, mockServer, openAi, still } from "./asking.ts";

async function troubleOf(promise: Promise<unknown>): Promise<ModelError> {
  const thrown = await promise.then(
    (value) => new Error(`no trouble but ${JSON.stringify(value).slice(0, 200)}`),
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof ModelError)) throw thrown;
  return thrown;
}

describe.each([true, false])("with stream: %s", (stream) => {
  it("gives text, finish, usage and the server's name for the model", async () => {
    const server = await mockServer({ reply: () => "four \u{1d465} = 4" });
    const reply = await openAi(server.url, { stream }).ask(ask("two and two?"), { signal: still });
    expect(reply).toEqual({ text: "four \u{1d465} = 4", finish: "stop", usage: { in: 3, out: 3 }, model: "mock" });
  });

  it.each(["reasoning", "reasoning_content", "tags"] as const)(
    "keeps thinking apart when it comes in %s",
    async (thinkingIn) => {
      const server = await mockServer({
        thinkingIn,
        pieceChars: 3,
        reply: () => ({ content: "4", thinking: "2 + 2\nis 4" }),
      });
      const reply = await openAi(server.url, { stream }).ask(ask("two and two?"), { signal: still });
      expect(reply).toMatchObject({ text: "4", thinking: "2 + 2\nis 4" });
    },
  );

  it("takes a think tag that never closes for thinking to the end", async () => {
    const server = await mockServer();
    await server.next("open-think");
    const reply = await openAi(server.url, { stream }).ask(ask("two and two?"), { signal: still });
    expect(reply.text).toBe("");
    expect(reply.thinking).toMatch(/^Let me think/);
  });

  it("says that an answer was cut off", async () => {
    const server = await mockServer();
    await server.next("length");
    expect(await openAi(server.url, { stream }).ask(ask("two and two?"), { signal: still })).toMatchObject({
      finish: "length",
    });
  });

  it("estimates usage that is missing, and says so", async () => {
    const server = await mockServer();
    await server.next("no-usage");
    const { usage } = await openAi(server.url, { stream }).ask(ask("two and two?"), { signal: still });
    expect(usage.estimated).toBe(true);
    expect(usage.out).toBeGreaterThan(50);
  });

  it.each([
    ["nul", "alpha"],
    ["half-pair", "alpha\ufffd"],
  ] as const)("makes text safe to keep after %s", async (fault, begins) => {
    const server = await mockServer({ reply: () => "alphabet" });
    await server.next(fault);
    const { text } = await openAi(server.url, { stream }).ask(ask("letters?"), { signal: still });
    expect(text).toBe(`${begins}bet`);
  });

  it.each([
    ["429", "busy"],
    ["503", "busy"],
    ["500", "broken"],
    ["401", "no-access"],
    ["404", "no-model"],
    ["too-long", "too-long"],
    ["reset", "broken"],
    ["cut", "broken"],
    ["broken-bytes", "broken"],
    ["truncated-json", "broken"],
    ["html", "broken"],
    ["no-choices", "broken"],
    ["error-inside", "broken"],
  ] satisfies [Fault, ModelTrouble][])("calls %s %s", async (fault, trouble) => {
    const server = await mockServer();
    await server.next(fault);
    const thrown = await troubleOf(openAi(server.url, { stream }).ask(ask("two and two?"), { signal: still }));
    expect([thrown.trouble, thrown.message]).toEqual([trouble, expect.any(String)]);
  });

  it.each(["trickle", "wrong-type", "no-finish", "huge", "empty"] satisfies Fault[])("survives %s", async (fault) => {
    const server = await mockServer({ reply: () => "four" });
    await server.next(fault);
    const { text } = await openAi(server.url, { stream }).ask(ask("two and two?"), { signal: still });
    expect(text.length).toBe(fault === "huge" ? 2_100_000 : fault === "empty" ? 0 : 4);
  });

  it.each([
    ["silent", { firstByteMs: 60 }, "no first byte"],
    ["stall", { idleMs: 60 }, "silent for"],
    ["trickle", { totalMs: 60 }, "no end after"],
  ] as const)("gives up on %s in time", async (fault, timeouts, words) => {
    const server = await mockServer({ replyChars: 4000 });
    await server.next(fault);
    const thrown = await troubleOf(
      openAi(server.url, { stream, timeouts }).ask(ask("two and two?"), { signal: still }),
    );
    expect(thrown.trouble).toBe("busy");
    expect(thrown.message).toContain(words);
  });

  it("stops at once when it is aborted, with the signal's reason", async () => {
    const server = await mockServer();
    await server.next("silent");
    const stopping = new AbortController();
    const asking = openAi(server.url, { stream }).ask(ask("two and two?"), { signal: stopping.signal });
    setTimeout(() => stopping.abort("enough"), 50);
    await expect(asking).rejects.toBe("enough");
  });
});

it("reads how long to stay away", async () => {
  const server = await mockServer({ retryAfterS: 7 });
  await server.next("429-retry-after");
  const thrown = await troubleOf(openAi(server.url).ask(ask("hello"), { signal: still }));
  expect(thrown).toMatchObject({ trouble: "busy", status: 429, retryAfterMs: 7000 });
});

it("says that nobody answers", async () => {
  const server = await mockServer();
  const { url } = server;
  await server.close();
  const thrown = await troubleOf(openAi(url).ask(ask("hello"), { signal: still }));
  expect(thrown.trouble).toBe("no-server");
  expect(thrown.message).toMatch(/^Nobody answers at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)$/);
});

it("still says so when the key is a word of the message", async () => {
  const server = await mockServer();
  await server.close();
  const asking = openAi(server.url, {}, "Nobody answers").ask(ask("hello"), { signal: still });
  await expect(asking).rejects.toBeInstanceOf(ServerAway);
});

it("says that a name is not known", async () => {
  const thrown = await troubleOf(openAi("http://no-such-host.invalid/v1").ask(ask("hello"), { signal: still }));
  expect(thrown.trouble).toBe("no-server");
});

it("shows the key to the server and to nobody else", async () => {
  const server = await mockServer({ apiKey: "right" });
  expect((await openAi(server.url, {}, "right").ask(ask("hello"), { signal: still })).finish).toBe("stop");
  const thrown = await troubleOf(openAi(server.url, {}, "sk-wrong-key").ask(ask("hello"), { signal: still }));
  expect(thrown.trouble).toBe("no-access");
  expect(JSON.stringify([thrown.message, thrown.cause])).not.toContain("sk-wrong-key");
});

it("sends sampling, extra fields and the model's own maximum", async () => {
  const server = await mockServer();
  const model = openAi(server.url, { temperature: 0.3, maxTokens: 900, extra: { top_k: 5 } });
  await model.ask(ask("hello", { temperature: 0.9, seed: 11, stop: ["END"], extra: { min_p: 0.1 } }), {
    signal: still,
  });
  expect(server.requests[0]?.body).toMatchObject({
    model: "mock",
    temperature: 0.9,
    max_tokens: 900,
    seed: 11,
    stop: ["END"],
    top_k: 5,
    min_p: 0.1,
    stream: true,
    stream_options: { include_usage: true },
  });
});

it("does without stream_options where the server does not know them, and remembers", async () => {
  const server = await mockServer({ lacks: ["stream_options"] });
  const model = openAi(server.url);
  await model.ask(ask("one"), { signal: still });
  await model.ask(ask("two"), { signal: still });
  expect((await server.counts()).requests).toBe(3);
});

it("takes plain JSON from a server that does not stream", async () => {
  const server = await mockServer({ lacks: ["stream"], reply: () => "plain" });
  expect((await openAi(server.url).ask(ask("one"), { signal: still })).text).toBe("plain");
});

describe("a structured reply", () => {
  it("is asked for by schema", async () => {
    const server = await mockServer();
    await openAi(server.url).ask(askForJson("rate it"), { signal: still });
    expect(server.requests[0]?.body.response_format).toMatchObject({
      type: "json_schema",
      json_schema: { strict: true },
    });
  });

  it("goes down the ladder to what the server knows, and remembers", async () => {
    const server = await mockServer({ lacks: ["json_schema", "json_object"] });
    const model = openAi(server.url);
    await model.ask(askForJson("rate this"), { signal: still });
    await model.ask(askForJson("rate that"), { signal: still });
    expect((await server.counts()).requests).toBe(4);
    expect(server.requests[0]?.body.response_format).toBeUndefined();
    expect(server.requests[0]?.text).toContain("JSON Schema");
  });

  it("does not learn from a request that the server refuses in any form", async () => {
    const server = await mockServer();
    const model = openAi(server.url, { model: "mock" });
    await server.next("too-long");
    await troubleOf(model.ask(askForJson("much too long"), { signal: still }));
    await model.ask(askForJson("rate it"), { signal: still });
    expect(server.requests.at(-1)?.body.response_format).toMatchObject({ type: "json_schema" });
  });
});

it("is a LangChain chat model too", async () => {
  const server = await mockServer({ thinkingIn: "reasoning", reply: () => ({ content: "four", thinking: "2 + 2" }) });
  const message = await openAi(server.url).invoke("two and two?");
  expect(message.text).toBe("four");
  expect(message.additional_kwargs.reasoning_content).toBe("2 + 2");
  expect(message.usage_metadata).toMatchObject({ output_tokens: 3 });
});
