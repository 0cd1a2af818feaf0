/** Log-probabilities of a given text, as the endpoints that have them tell them, and from those that do not. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { readSurprisals, weighSurprisals } from "../../src/core/surprisal.ts";
import { nothingLearned, OpenAiModel } from "../../src/models/openai.ts";
import { readPromptSurprisals } from "../../src/models/surprisal.ts";
import { surpriseOf, tokensIn } from "../mock-logprobs.ts";
import { ask, mockServer, openAi, specFor, still } from "./asking.ts";

const of = "Each box holds 14 pens.\n\nSo there are 3 * 14 = 42 pens in all.\n\nThe answer is \\boxed{42}.";
const request = { ...ask("How many pens?"), reply: { form: "surprisal", of } as const };

/** As the mock tells it, worked out from the words; the first token may have white space before it in the prompt. */
const expected = (ranks: (rank: number) => number | null) =>
  tokensIn(of).map((token) => ({
    chars: token.length,
    nats: expect.closeTo(surpriseOf(token).nats, 3),
    rank: ranks(surpriseOf(token).rank),
  }));

describe("the log-probabilities of a text", () => {
  it("come from prompt_logprobs, each with its rank", async () => {
    const server = await mockServer({ logprobs: "chat" });
    const reply = await openAi(server.url).ask(request, { signal: still });
    expect(readSurprisals(reply.text)).toEqual({ ranksTo: null, tokens: expected((rank) => rank) });
    expect(reply.usage.out).toBe(1);
    expect(server.requests).toEqual([]); // no chat was asked for
  });

  it("come from the old echo, with ranks as far as they are told", async () => {
    const server = await mockServer({ logprobs: "echo" });
    const reply = await openAi(server.url).ask(request, { signal: still });
    expect(readSurprisals(reply.text)).toEqual({ ranksTo: 20, tokens: expected((rank) => (rank <= 20 ? rank : null)) });
    expect(expected((rank) => rank).some(({ rank }) => (rank ?? 0) > 20)).toBe(true);
  });

  it.each([["generated"], [undefined]] as const)(
    "are missing where a server tells %s, which is found out once",
    async (logprobs) => {
      const server = await mockServer({ logprobs });
      const learned = nothingLearned();
      const model = new OpenAiModel(specFor(server.url), { apiKey: undefined, clock: systemClock, learned });
      await expect(model.ask(request, { signal: still })).rejects.toMatchObject({ trouble: "cannot" });
      const { requests } = await server.counts();
      await expect(model.ask(request, { signal: still })).rejects.toThrow("gives no log-probabilities of a text");
      expect((await server.counts()).requests).toBe(requests);
      expect((await model.ask(ask("two and two?"), { signal: still })).text).not.toBe("");
      await model.close();
    },
  );

  it("are found where characters are parted between tokens, and not where tokens are lacking", () => {
    const told = (texts: string[]) => ({
      prompt_logprobs: texts.map((text, at) =>
        at === 0 ? null : { [at]: { logprob: -1, rank: 2, decoded_token: text } },
      ),
    });
    const chinese = "每箱有十四支钢笔，三箱一共四十二支钢笔，所以答案是四十二。";
    const parted = readPromptSurprisals(
      "chat",
      told(["<s>", "题目\n", ...chinese.slice(0, -6).split(""), "�", "�", "四十二。"]),
      chinese,
    );
    expect(parted?.tokens.length).toBeGreaterThan(20);
    expect(readPromptSurprisals("chat", told(["<s>", "something", " else"]), chinese)).toBeUndefined();
    expect(readPromptSurprisals("chat", { choices: [] }, chinese)).toBeUndefined();
    expect(readPromptSurprisals("echo", { choices: [{ logprobs: null }] }, chinese)).toBeUndefined();
  });
});

describe("what they come to", () => {
  it("is the mean surprisal, as a whole and by step, and clipped ranks over surprisals", () => {
    const tokens = [
      { chars: 4, nats: 1, rank: 1 },
      { chars: 4, nats: 3, rank: 500 },
      { chars: 6, nats: 2, rank: 4 },
    ];
    expect(weighSurprisals("abcdefgh\n\njklm", "s", { tokens, ranksTo: null })).toEqual({
      student: "s",
      tokens: 3,
      mean: 2,
      rankSurprisal: [17.5, 17.5],
      steps: [2, 2],
    });
  });

  it("lies between two limits where ranks are told up to a bound", () => {
    const tokens = [
      { chars: 2, nats: 0.5, rank: 1 },
      { chars: 2, nats: 9.5, rank: null },
    ];
    expect(weighSurprisals("abcd", "s", { tokens, ranksTo: 20 })?.rankSurprisal).toEqual([2.2, 10.1]);
  });

  it("is nothing without tokens, and no words are taken for numbers", () => {
    expect(weighSurprisals("", "s", { tokens: [], ranksTo: null })).toBeUndefined();
    for (const text of ["I can't.", "{}", "[]", "[20]", '[null,["a",1,1]]'])
      expect(readSurprisals(text)).toBeUndefined();
  });
});
