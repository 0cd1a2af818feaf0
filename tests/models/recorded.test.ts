import { expect, it } from "vitest";
import type { ChatReply } from "../../src/core/chat.ts";
import { createGateway } from "../../src/models/gateway.ts";
import { RecordedModel } from "../../src/models/recorded.ts";
import { modelSpecSchema } from "../../src/models/spec.ts";
import { ask, mockServer, openAi, specFor, still } from "./asking.ts";

const specOf = (fields: Record<string, unknown> = {}) =>
  modelSpecSchema.parse({ provider: "recorded", run: "first", ...fields }) as Extract<
    ReturnType<typeof modelSpecSchema.parse>,
    { provider: "recorded" }
  >;

it("replays what a gateway asked of a server, without the server", async () => {
  let said = 0;
  const server = await mockServer({ reply: () => `reply ${++said}` });
  const spec = specFor(server.url, { temperature: 0.3 });
  const first = createGateway({ models: { teacher: { spec, model: openAi(server.url, { temperature: 0.3 }) } } });
  const record = new Map<string, ChatReply[]>();
  for (const content of ["a", "b", "a"]) {
    const { requestHash, reply } = await first.call("teacher", ask(content, { seed: 3 }), { signal: still });
    record.set(requestHash, [...(record.get(requestHash) ?? []), reply]);
  }
  const lookup = { find: async (hash: string, nth: number) => record.get(hash)?.[nth] };
  const again = specOf({ model: "mock", temperature: 0.3 });
  const second = createGateway({ models: { teacher: { spec: again, model: new RecordedModel(again, lookup) } } });
  const texts: string[] = [];
  for (const content of ["a", "b", "a"]) {
    texts.push((await second.call("teacher", ask(content, { seed: 3 }), { signal: still })).reply.text);
  }
  expect(texts).toEqual(["reply 1", "reply 2", "reply 3"]);
  expect((await server.counts()).requests).toBe(3);
});

it("has no reply to a request that was never made", async () => {
  const model = new RecordedModel(specOf({ model: "mock" }), { find: async () => undefined });
  await expect(model.ask(ask("new"), { signal: still })).rejects.toMatchObject({
    trouble: "cannot",
    message: 'The run "first" never asked mock this (collect)',
  });
});
