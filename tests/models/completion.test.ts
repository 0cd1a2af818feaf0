import { describe, expect, it } from "vitest";
import { readCompletion } from "../../src/models/completion.ts";
import { ModelError } from "../../src/models/model.ts";
import { toReply } from "../../src/models/reply.ts";

const asked = { model: "asked", tokensIn: () => 5 };

function read(type: string | undefined, body: string, status = 200) {
  const reading = readCompletion({ status, headers: type === undefined ? {} : { "content-type": type } }, 0);
  reading.push(Buffer.from(body));
  return toReply(reading.end(), asked);
}

const whole = (message: unknown, more: Record<string, unknown> = {}, finish: string | null = "stop") =>
  JSON.stringify({ choices: [{ message, finish_reason: finish }], ...more });
const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const piece = (delta: unknown, finish: string | null = null) =>
  event({ choices: [{ index: 0, delta, finish_reason: finish }] });

it.each([undefined, "text/plain", "application/octet-stream"])("finds out by itself what comes as %s", (type) => {
  expect(read(type, whole({ content: "four" })).text).toBe("four");
  expect(read(type, `${piece({ content: "four" })}${piece({}, "stop")}`).text).toBe("four");
});

it("reads content that comes in parts, thinking among them", () => {
  const content = [
    { type: "thinking", thinking: [{ type: "text", text: "2 + 2" }] },
    { type: "text", text: "four" },
  ];
  expect(read("application/json", whole({ content }))).toMatchObject({ text: "four", thinking: "2 + 2" });
});

it.each([
  ["stop", "stop"],
  [null, "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["content_filter", "filter"],
  ["tool_calls", "other"],
] as const)("takes the finish %s for %s", (word, finish) => {
  expect(read("application/json", whole({ content: "x" }, {}, word)).finish).toBe(finish);
});

it.each(["abort", "error", "insufficient_system_resource"])("takes a reply that ended with %s for none", (word) => {
  expect(() => read("application/json", whole({ content: "half" }, {}, word))).toThrow(ModelError);
});

describe("usage", () => {
  it("has cached and thinking tokens where the server counts them", () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 30 },
    };
    expect(read("application/json", whole({ content: "x" }, { usage })).usage).toEqual({
      in: 100,
      out: 50,
      cachedIn: 64,
      thinking: 30,
    });
  });

  it("knows DeepSeek's word for cached tokens", () => {
    const usage = { prompt_tokens: 100, completion_tokens: 50, prompt_cache_hit_tokens: 60 };
    expect(read("application/json", whole({ content: "x" }, { usage })).usage.cachedIn).toBe(60);
  });

  it.each([null, {}, { prompt_tokens: -1, completion_tokens: 2 }, { prompt_tokens: "7", completion_tokens: 2 }])(
    "is estimated when the server says %j",
    (usage) => {
      expect(read("application/json", whole({ content: "four words are here" }, { usage })).usage).toMatchObject({
        in: 5,
        estimated: true,
      });
    },
  );
});

describe("a stream", () => {
  it("may begin with an event without choices, and carry another choice", () => {
    const other = event({ choices: [{ index: 1, delta: { content: "other" } }] });
    const text = `${event({ choices: [], prompt_filter_results: [] })}${other}${piece({ content: "four" })}${piece({}, "stop")}data: [DONE]\n\n`;
    expect(read("text/event-stream", text).text).toBe("four");
  });

  it("joins half a surrogate pair from one event with the other half from the next", () => {
    const text = `data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\ndata: {"choices":[{"delta":{"content":"\\ude00"},"finish_reason":"stop"}]}\n\n`;
    expect(read("text/event-stream", text).text).toBe("\u{1f600}");
  });

  it("may part its events with one line end", () => {
    const text = `${piece({ content: "fo" })}${piece({ content: "ur" })}${piece({}, "stop")}`.replaceAll("\n\n", "\n");
    expect(read("text/event-stream", text).text).toBe("four");
  });

  it("that ends after its finish but before its usage is whole", () => {
    const reading = readCompletion({ status: 200, headers: { "content-type": "text/event-stream" } }, 0);
    reading.push(Buffer.from(piece({ content: "four" })));
    expect(reading.isWhole()).toBe(false);
    reading.push(Buffer.from(piece({}, "stop")));
    expect(reading.isWhole()).toBe(true);
    expect(toReply(reading.end(), asked)).toMatchObject({ text: "four", usage: { estimated: true } });
  });

  it("that ends without finish and without [DONE] is broken, however much came", () => {
    expect(() => read("text/event-stream", piece({ content: "a long and sound beginning" }))).toThrow("in the middle");
  });

  it("says what happened when an error comes in the middle", () => {
    const text = `${piece({ content: "fo" })}${event({ error: { message: "overloaded", code: 503 } })}`;
    expect(() => read("text/event-stream", text)).toThrow("overloaded");
  });
});

it("stops reading a reply that never ends", () => {
  const reading = readCompletion({ status: 200, headers: { "content-type": "application/json" } }, 0);
  const chunk = Buffer.alloc(1024 * 1024, 120);
  expect(() => {
    for (let n = 0; n < 70; n += 1) reading.push(chunk);
  }).toThrow("larger than 64 MB");
});
