/** A rewrite over the pieces of a trace, with a model that is scripted. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { type EachOptions, runEach } from "../../src/nodes/each.ts";
import { nodeKinds } from "../../src/nodes/kinds.ts";
import { cutPieces } from "../../src/nodes/pieces.ts";
import { type Scene, stageWith } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const rewrite = nodeKinds.get("rewrite")!;
const LISTING = "```python\nprint(3 * 4)\n```";
const TRACE = `Three times four apples.\n\n\n${LISTING}\n\nThat makes twelve apples. \n\n\\boxed{12}`;
const state = { problem: "How many are three times four apples?", answer: "12", trace: TRACE };
const each: EachOptions = { of: "trace", by: "paragraphs", size: 1, parallel: 1 };
const params = { model: "m", prompt: "p.md", tries: 2, writes: "trace" };

/** Each question with the piece it was asked over. */
function scene(reply: (piece: string) => string): Scene & { pieces: string[] } {
  const pieces: string[] = [];
  const staged = stageWith(grader, state, () => "");
  const context: Scene["context"] = {
    ...staged.context,
    part: (_index, part) => {
      const piece = String(part.trace);
      const inner = stageWith(grader, { ...state, ...part }, () => {
        pieces.push(piece);
        return reply(piece);
      });
      return inner.context;
    },
  };
  return { ...staged, context, pieces };
}

test("pieces and the gaps between them are the text, byte for byte", () => {
  const block = fc.constantFrom(
    "One apple. Two.",
    LISTING,
    "$$\nx = 1\n\ny\n$$",
    "| a | b |\n| - | - |",
    "- an item",
    "---",
    " \t",
    "",
  );
  const text = fc.array(fc.tuple(block, fc.constantFrom("\n", "\n\n", "\r\n\r\n", "\n \n\n")), { maxLength: 12 });
  const size = fc.record({ by: fc.constantFrom("paragraphs", "tokens"), size: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(text, size, (blocks, options) => {
      const whole = blocks.flat().join("");
      const pieces = cutPieces(whole, options as EachOptions);
      expect(pieces.map(({ body, gap }) => body + gap).join("")).toBe(whole);
    }),
  );
});

test("never cuts a listing, and fills pieces up to their size", () => {
  const bodies = (size: Pick<EachOptions, "by" | "size">) => cutPieces(TRACE, size).map(({ body }) => body);
  expect(bodies({ by: "paragraphs", size: 1 })).toEqual([
    "Three times four apples.",
    LISTING,
    "That makes twelve apples.",
    "\\boxed{12}",
  ]);
  expect(bodies({ by: "paragraphs", size: 3 })).toEqual([TRACE.slice(0, TRACE.indexOf(" \n\n\\boxed")), "\\boxed{12}"]);
  expect(bodies({ by: "tokens", size: 1000 })).toEqual([TRACE]);
});

test("rewrites each piece for itself, and what it does not change stays as it was", async () => {
  const { context, pieces } = scene((piece) =>
    piece.startsWith("Three") ? "Three times four apples, that is 3 * 4." : piece,
  );
  const result = await runEach(rewrite, context, { each, params: { ...params, keeps: "answer" } });
  expect(result.label).toBe("written");
  expect(result.writes!.trace).toBe(TRACE.replace("four apples.", "four apples, that is 3 * 4."));
  expect(result.evidence?.answer?.verdict).toBe("equal");
  // A listing is not for a model to write anew.
  expect(pieces).toEqual(["Three times four apples.", "That makes twelve apples.", "\\boxed{12}"]);
});

test("a piece that no reply is good for ends the step with its number, and nothing is written", async () => {
  const { context, pieces } = scene((piece) => (piece.startsWith("That") ? "" : piece));
  const result = await runEach(rewrite, context, { each, params });
  expect(result).toEqual({
    label: "undecided",
    reason: "piece 3 of 4: none of 2 replies was good: the reply was empty",
  });
  expect(pieces).toHaveLength(3);
});

test("the answer is checked on the whole: before, and after the pieces are joined", async () => {
  const lost = scene((piece) => piece.replace("12", "13"));
  const after = await runEach(rewrite, lost.context, { each, params: { ...params, keeps: "answer" } });
  expect(after).toMatchObject({ label: "answer-lost", evidence: { answer: { verdict: "different" } } });
  expect(after.writes).toBeUndefined();
  const wrong = scene((piece) => piece);
  const context = { ...wrong.context, state: { ...state, answer: "13" } };
  const before = await runEach(rewrite, context, { each, params: { ...params, keeps: "answer" } });
  expect(before.label).toBe("wrong-answer");
  expect(wrong.pieces).toEqual([]);
});
