import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { type Probe, probeEndpoint, probeReply } from "../../src/models/probe.ts";
import { mockServer, specFor } from "./asking.ts";

const env = { KEY: "sk-secret-of-mine" };

async function serverThat(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const probe = (url: string, fields: Record<string, unknown> = {}): Promise<Probe> =>
  probeEndpoint(specFor(url, { apiKey: "${KEY}", ...fields }), { env, timeoutMs: 300 });

it("finds an endpoint that answers and has the model", async () => {
  const server = await mockServer({});
  expect(await probe(server.url)).toMatchObject({
    verdict: "ok",
    said: expect.stringMatching(/answers in \d+ ms, and has mock$/),
  });
  expect((await server.counts()).requests).toBe(0);
});

it("names the models of a server that does not list ours", async () => {
  const server = await mockServer({ models: ["qwq-32b", "deepseek-v3"] });
  expect(await probe(server.url)).toMatchObject({ verdict: "warn", hint: "It lists qwq-32b, deepseek-v3." });
});

it("sends the key, and shows it to nobody though the server repeats it", async () => {
  let sent: string | undefined;
  const url = await serverThat((request, response) => {
    sent = request.headers.authorization;
    response.writeHead(401, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${env.KEY}` } }));
  });
  const found = await probe(url);
  expect(sent).toBe(`Bearer ${env.KEY}`);
  expect(found).toMatchObject({ verdict: "bad", said: "The server answered 401: Incorrect API key provided: ***" });
  expect(found.hint).toContain("key");
});

it.each<[string, RequestListener, Probe["verdict"], RegExp]>([
  ["has no list of models", (_, response) => void response.writeHead(404).end("no"), "warn", /answers 404.*no list/],
  ["answers with a page", (_, response) => void response.end("<title>Hi</title>"), "warn", /no list of models/],
  ["sends elsewhere", (_, response) => void response.writeHead(302, { location: "/login" }).end(), "bad", /302/],
  ["is broken", (_, response) => void response.writeHead(500).end("boom"), "bad", /500: boom/],
  ["never answers", () => undefined, "bad", /does not answer in time/],
  ["hangs up", (request) => void request.socket.destroy(), "bad", /broke/],
])("tells of a server that %s", async (_what, handler, verdict, said) => {
  expect(await probe(await serverThat(handler))).toMatchObject({ verdict, said: expect.stringMatching(said) });
});

it("tells of an address where nobody is, and of a variable that is not set", async () => {
  expect(await probe("http://127.0.0.1:9/v1")).toMatchObject({
    verdict: "bad",
    said: expect.stringContaining("ECONNREFUSED"),
  });
  const unset = await probe("http://127.0.0.1:9/v1", { apiKey: "${OTHER_KEY}" });
  expect(unset).toMatchObject({ verdict: "bad", said: expect.stringContaining("OTHER_KEY is not set") });
});

it("asks for one short reply, and says in a word why there was none", async () => {
  const server = await mockServer({ reply: () => "ok" });
  expect(await probeReply(specFor(server.url), { env })).toMatchObject({
    verdict: "ok",
    said: expect.stringMatching(/^mock replied in \d+ ms, \d+ tokens in, \d+ out$/),
  });
  expect((await server.counts()).requests).toBe(1);
  await server.next("404");
  expect(await probeReply(specFor(server.url), { env })).toMatchObject({ verdict: "bad" });
});
