/** The mock server's log-probabilities of a text that it is given, in the two forms that real servers have. */
import { drawFrom } from "./mock-replies.ts";
import { type Body, tokensOf } from "./mock-wire.ts";

/** A word with the white space before it, at most six characters of it: a token. */
export function tokensIn(text: string): string[] {
  return text.match(/\s*\S{1,6}|\s+/g) ?? [];
}

/** By the word alone, so that a test can work it out: `-ln p` in [0, 6), and a rank that goes with it. */
export function surpriseOf(token: string): { nats: number; rank: number } {
  const nats = 6 * drawFrom(`token ${token.trim()}`) ** 2;
  return { nats, rank: 1 + Math.floor(nats ** 3) };
}

/** vLLM: the whole rendered prompt, one entry a token, null for the first. */
export function weighed(body: Body): unknown {
  const rendered = body.messages.map(({ role, content }) => `<|im_start|>${role}\n${content}`).join("<|im_end|>\n");
  const prompt_logprobs = tokensIn(rendered).map((token, at) => {
    const { nats, rank } = surpriseOf(token);
    return at === 0 ? null : { [String(1000 + at)]: { logprob: -nats, rank, decoded_token: token } };
  });
  const message = { role: "assistant", content: " and" };
  return {
    id: "mock",
    object: "chat.completion",
    model: body.model,
    choices: [{ index: 0, message, finish_reason: "length" }],
    usage: { prompt_tokens: prompt_logprobs.length, completion_tokens: 1, total_tokens: prompt_logprobs.length + 1 },
    prompt_logprobs,
  };
}

/** OpenAI's old form: the prompt's tokens and the generated one; of the others the twenty likeliest are told. */
export function echoed(body: Body, form: string | undefined): unknown {
  const prompt = String(body.prompt ?? "");
  const tokens = [...(form === "echo" ? tokensIn(prompt) : []), " and"];
  const token_logprobs = tokens.map((token, at) => (form === "echo" && at === 0 ? null : -surpriseOf(token).nats));
  const top_logprobs = tokens.map((token, at) =>
    token_logprobs[at] === null ? null : topOf(token, Number(body.logprobs)),
  );
  return {
    id: "mock",
    object: "text_completion",
    model: body.model,
    choices: [
      { index: 0, text: `${prompt} and`, logprobs: { tokens, token_logprobs, top_logprobs }, finish_reason: "length" },
    ],
    usage: { prompt_tokens: tokensOf(prompt), completion_tokens: 1, total_tokens: tokensOf(prompt) + 1 },
  };
}

function topOf(token: string, many: number): Record<string, number> {
  const { nats, rank } = surpriseOf(token);
  const others = Array.from({ length: many }, (_, at) => [`other${at}`, at + 1 < rank ? -nats / 2 : -nats - 1 - at]);
  const listed =
    rank <= many ? [...others.slice(0, many - 1), [token, -nats]] : others.map(([name]) => [name, -nats / 2]);
  return Object.fromEntries(listed);
}
