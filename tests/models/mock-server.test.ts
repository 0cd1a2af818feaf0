import { readFile } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Message } from "../../src/core/chat.ts";
import { joinPieces, renderPrompt } from "../../src/core/prompt.ts";
import { readPrompt } from "../../src/graph/prompt-file.ts";
import { parseVerdict } from "../../src/nodes/verdict.ts";
import { startMockProcess, startMockThread } from "../mock-elsewhere.ts";
import { ask, mockServer, openAi, still } from "./asking.ts";

const VALUES = {
  problem: "A farmer has 3 hens and 4 ducks. How many birds?",
  answer: "7",
  trace: "3 + 4 = 7, or is it 8? No: \\boxed{7}",
  steps: "1. 3 + 4 = 7",
  student: "Qwen2.5-7B-Instruct (7B)",
  finding: "",
};

async function messagesOf(name: string): Promise<readonly Message[]> {
  const file = `prompts/${name}.md`;
  const { prompt } = readPrompt(file, await readFile(file, "utf8"));
  return joinPieces(renderPrompt(prompt!, VALUES));
}

describe("unscripted, it answers our own prompts", () => {
  it.each(["judge", "verify"])("as a judge: %s", async (name) => {
    const server = await mockServer();
    const request = { ...ask(""), messages: await messagesOf(name) };
    const { text } = await openAi(server.url).ask(request, { signal: still });
    expect(parseVerdict(text, VALUES.trace)).toHaveProperty("rating");
  });

  it.each(["long-to-short", "expand", "condense"])("as a rewriter that keeps the answer: %s", async (name) => {
    const server = await mockServer();
    const request = { ...ask(""), messages: await messagesOf(name) };
    const { text } = await openAi(server.url).ask(request, { signal: still });
    expect(text).toMatch(/^Step 1: .*The answer is \\boxed\{7\}\.$/s);
  });

  it("always the same to the same request", async () => {
    const [one, two] = [await mockServer(), await mockServer()];
    const texts = [one, two, one].map(async ({ url }) => (await openAi(url).ask(ask("again"), { signal: still })).text);
    expect(new Set(await Promise.all(texts)).size).toBe(1);
  });
});

it("draws faults by share, the same ones in whatever order they come", async () => {
  const draw = async (contents: readonly string[]) => {
    const server = await mockServer({ faults: { "500": 0.3 }, seed: 7 });
    const model = openAi(server.url);
    const failed: string[] = [];
    for (const content of contents) {
      await model.ask(ask(content), { signal: still }).catch(() => failed.push(content));
    }
    return failed.toSorted();
  };
  const contents = Array.from({ length: 100 }, (_, n) => `question ${n}`);
  const failed = await draw(contents);
  expect(failed.length).toBeGreaterThan(15);
  expect(failed.length).toBeLessThan(45);
  expect(await draw(contents.toReversed())).toEqual(failed);
});

it("sees a call that was paid twice", async () => {
  const server = await mockServer();
  const model = openAi(server.url);
  for (const content of ["a", "b", "a"]) await model.ask(ask(content), { signal: still });
  const { distinct, answered, paidTwice } = await server.counts();
  expect({ distinct, answered, twice: Object.values(paidTwice) }).toEqual({ distinct: 2, answered: 3, twice: [2] });
});

it("enforces a rate in a sliding window", async () => {
  const server = await mockServer({ limits: { requestsPerMinute: 3, windowMs: 300 } });
  const model = openAi(server.url);
  const go = () =>
    model.ask(ask("hello"), { signal: still }).then(
      () => "yes",
      () => "no",
    );
  expect([await go(), await go(), await go(), await go()]).toEqual(["yes", "yes", "yes", "no"]);
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(await go()).toBe("yes");
});

it("fails in bursts", async () => {
  const server = await mockServer({ burst: { every: 5, length: 2, status: 503 } });
  const model = openAi(server.url);
  const ends: number[] = [];
  for (let n = 0; n < 10; n += 1) {
    await model.ask(ask(`${n}`), { signal: still }).then(
      () => ends.push(200),
      ({ status }) => ends.push(status),
    );
  }
  expect(ends.filter((status) => status === 503)).toHaveLength(4);
});

it("restarts at the same address, and refuses meanwhile", async () => {
  const server = await mockServer();
  const model = openAi(server.url);
  const restarting = server.restart(150);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await expect(model.ask(ask("hello"), { signal: still })).rejects.toMatchObject({ trouble: "no-server" });
  await restarting;
  expect((await model.ask(ask("hello"), { signal: still })).finish).toBe("stop");
});

it.each([
  ["thread", startMockThread],
  ["process", startMockProcess],
] as const)("does the same in a %s of its own", async (_, start) => {
  const server = await start({ faults: {}, seed: 2 });
  onTestFinished(() => server.close());
  const model = openAi(server.url);
  await server.next("503", "scripted");
  await expect(model.ask(ask("hello"), { signal: still })).rejects.toMatchObject({ status: 503 });
  expect((await model.ask(ask("hello"), { signal: still })).text).toBe("scripted");
  await server.set({ latencyMs: 30 });
  await model.ask(ask("hello"), { signal: still });
  expect(await server.counts()).toMatchObject({ requests: 3, answered: 2, faults: { "503": 1 } });
});
