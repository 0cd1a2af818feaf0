import { describe, expect, it } from "vitest";
import { retryAfterOf } from "../../src/models/retry-after.ts";
import { refusal, ServerAway, socketTrouble } from "../../src/models/troubles.ts";

const said = (message: string, code?: string) => JSON.stringify({ error: { message, code } });

it.each([
  [400, said("This model's maximum context length is 8192 tokens"), "too-long"],
  [400, said("x", "context_length_exceeded"), "too-long"],
  [400, said("the request exceeds the available context size"), "too-long"],
  [400, said("Range of input length should be [1, 30720]"), "too-long"],
  [413, "Payload Too Large", "too-long"],
  [400, said("The model `gpt-9` does not exist"), "no-model"],
  [404, said("model 'qwq' not found, try pulling it first"), "no-model"],
  [404, "404 page not found", "no-model"],
  [400, said("temperature must be at most 2"), "refused"],
  [400, said("Model qwen-7b: response_format json_schema is not supported"), "refused"],
  [400, said("This model does not support the parameter stream_options"), "refused"],
  [422, JSON.stringify({ detail: [{ msg: "field required" }] }), "refused"],
  [401, said("bad key"), "no-access"],
  [402, said("Insufficient Balance"), "no-access"],
  [403, "<html><title>403 Forbidden</title></html>", "no-access"],
  [429, said("Rate limit reached"), "busy"],
  [
    429,
    said("You exceeded your current quota, please check your plan and billing details", "insufficient_quota"),
    "no-access",
  ],
  [503, "", "busy"],
  [529, said("overloaded"), "busy"],
  [504, "<html>Gateway Time-out</html>", "busy"],
  [500, said("CUDA error"), "broken"],
  [502, "Bad Gateway", "broken"],
  [301, "", "no-server"],
] as const)("%i %s is called %s", (status, body, trouble) => {
  expect(refusal(status, {}, body, 0)).toMatchObject({ trouble, status });
});

it("says what the server said, in one line", () => {
  expect(refusal(500, {}, said("CUDA\n  error"), 0).message).toBe("The server answered 500: CUDA error");
  expect(refusal(502, {}, "<html><head><title>502 Bad Gateway</title></head><body><hr>nginx</body>", 0).message).toBe(
    'The server answered 502: a web page, "502 Bad Gateway"',
  );
  expect(refusal(422, {}, JSON.stringify({ detail: [{ msg: "field required" }] }), 0).message).toContain(
    "field required",
  );
  expect(refusal(500, {}, "x".repeat(5000), 0).message.length).toBeLessThan(400);
});

describe("a socket's trouble", () => {
  const withCode = (code: string) => Object.assign(new Error("no"), { code });

  it.each(["ECONNREFUSED", "EHOSTUNREACH", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"])("%s may pass", (code) => {
    expect(socketTrouble(withCode(code), "here:80")).toBeInstanceOf(ServerAway);
  });

  it.each([
    ["ENOTFOUND", "no-server"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "no-server"],
    ["CERT_HAS_EXPIRED", "no-server"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "no-server"],
    ["ECONNRESET", "broken"],
    ["EPIPE", "broken"],
    ["UND_ERR_SOCKET", "broken"],
    ["HPE_INVALID_CONSTANT", "broken"],
  ])("%s is called %s", (code, trouble) => {
    const error = socketTrouble(withCode(code), "here:80");
    expect(error).not.toBeInstanceOf(ServerAway);
    expect(error.trouble).toBe(trouble);
    expect(error.message).toContain("here:80");
  });

  it("is found in the first of many addresses", () => {
    expect(
      socketTrouble(new AggregateError([withCode("ECONNREFUSED"), withCode("ENETUNREACH")]), "here"),
    ).toBeInstanceOf(ServerAway);
  });
});

describe("how long to stay away", () => {
  const now = Date.parse("2026-11-23T06:00:00Z");

  it.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "Mon, 23 Nov 2026 06:00:30 GMT" }, 30_000],
    [{ "retry-after": "Mon, 23 Nov 2026 05:00:00 GMT" }, 0],
    [{ "retry-after-ms": "1500", "retry-after": "9" }, 1500],
    [{ "retry-after": "90000" }, 3_600_000],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "x-ratelimit-reset-requests": "1m2.5s" }, 62_500],
    [{ "x-ratelimit-reset-requests": "20ms" }, 20],
    [{}, undefined],
  ])("is read from %j", (headers, ms) => {
    expect(retryAfterOf(headers, now)).toBe(ms);
  });
});
