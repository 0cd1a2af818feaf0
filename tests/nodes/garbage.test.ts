/** The promise that matters most: whatever share of replies is garbage, none of it is ever an accepted sample's trace. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { State } from "../../src/core/sample.ts";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { generate } from "../../src/nodes/generate.ts";
import { rewrite } from "../../src/nodes/rewrite.ts";
import { verify } from "../../src/nodes/verify.ts";
import { stage, toReply, verdictText } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const problem = "A box holds 4 rows of 6 eggs. Two eggs are broken. How many eggs in the box are whole?";
const good = (note: number) =>
  `The box holds 4 rows of 6 eggs, so 4 * 6 = 24 eggs. Two of them are broken, so 24 - 2 = 22 eggs are whole (${note}).\n\nThe answer is \\boxed{22}.`;

const garbage = fc.oneof(
  fc.constantFrom(
    "",
    '{"rating": "med',
    "!".repeat(40),
    "€▓ lorem ]]> }{ %%%",
    "I cannot help with that.",
    "<html><body>502 Bad Gateway</body></html>",
    "upstream connect error or disconnect/reset before headers",
    "null",
    "undefined",
    "[object Object]",
    "Hello! How can I assist you today?",
    "The the the the the the the the the the the the the the the the the the the the",
    "ĠtheĠeggsĠ�Ġ",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
  ),
  fc.string({ maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.base64String({ maxLength: 400 }),
  fc.array(fc.lorem(), { maxLength: 8 }).map((words) => words.join(" ")),
);

const reply = fc.oneof({ weight: 3, arbitrary: fc.nat(99).map(good) }, { weight: 2, arbitrary: garbage });
const verdict = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("easy", "medium", "hard").map((rating) => verdictText(rating)) },
  { weight: 2, arbitrary: garbage },
);

/** collect -> (rate -> rewrite)*, as graphs/distill.yaml does it; the trace, if the sample is accepted. */
async function distill(keeps: string | undefined, texts: string[], verdicts: string[]): Promise<string | undefined> {
  const ask = { model: "m", prompt: "p.md", writes: "trace", keeps };
  const scene = stage(grader, {}, []);
  const step = (state: State, queue: string[]) => ({
    ...scene.context,
    state,
    ask: async () => toReply(queue.shift() ?? ""),
  });
  let state: State = { problem, answer: "22" };
  const collected = await generate.run(step(state, texts), generate.params.parse(ask));
  if (collected.label !== "written") return undefined;
  state = { ...state, ...collected.writes };
  for (let round = 0; round < 3; round++) {
    const rated = await verify.run(
      step(state, verdicts),
      verify.params.parse({ model: "m", prompt: "p.md", writes: "rating" }),
    );
    if (rated.label === "medium") return String(state.trace);
    if (rated.label !== "easy" && rated.label !== "hard") return undefined;
    const written = await rewrite.run(step(state, texts), rewrite.params.parse(ask));
    if (written.label !== "written") return undefined;
    state = { ...state, ...written.writes };
  }
  return undefined;
}

test.each([
  ["with the answer kept", "answer"],
  ["with nothing kept", undefined],
])("no accepted trace is garbage, %s", async (_how, keeps) => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(reply, { maxLength: 12 }),
      fc.array(verdict, { maxLength: 12 }),
      async (texts, verdicts) => {
        const trace = await distill(keeps, [...texts], [...verdicts]);
        if (trace === undefined) return true;
        accepted += 1;
        return /^The box holds 4 rows of 6 eggs, .* \(\d+\)\.\n\nThe answer is \\boxed\{22\}\.$/.test(trace);
      },
    ),
    { numRuns: 600 },
  );
  expect(accepted).toBeGreaterThan(50);
});
