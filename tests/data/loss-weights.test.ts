import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { exportRows } from "../../src/data/export.ts";
import type { LossWeights, Span } from "../../src/data/loss-weights.ts";
import { answerStart, spansOf } from "../../src/data/loss-weights.ts";
import type { Thinking } from "../../src/data/writers/writer.ts";
import { finished, useFolder } from "./rig.ts";

const folder = useFolder();
const findAnswer = (text: string) => (text.includes("answer") ? text.lastIndexOf("answer") : undefined);
const WEIGHTS: LossWeights = { form: "spans", answer: 0.4, chain: 0.3, efficiency: 0.3, share: "lean", findAnswer };
const TRACE = "Sechs 🙂 mal 7. 六七四十二 𝛼.\n\nWell: 42. The answer is \\boxed{42}.\nThat is all.";
const sample = finished({ state: { problem: "6*7?", trace: TRACE, answer: "42", lean: 0.5 } });

interface WeighedRow {
  readonly spans: readonly Span[];
  readonly row_weight: number;
  readonly messages: readonly Readonly<Record<string, unknown>>[];
}

async function rowOf(thinking: Thinking, lossWeights = WEIGHTS): Promise<WeighedRow> {
  const out = folder.path("w.jsonl");
  async function* one() {
    yield sample;
  }
  await exportRows(one(), { format: "messages", out, thinking, lossWeights });
  return JSON.parse(readFileSync(out, "utf8"));
}

/** As Python cuts a string. */
const cut = (text: unknown, { start, end }: Span) => [...String(text)].slice(start, end).join("");

describe("spans", () => {
  test.each<[Thinking, string]>([
    ["plain", "The answer is \\boxed{42}.\nThat is all."],
    ["tags", "The answer is \\boxed{42}."],
    ["field", "The answer is \\boxed{42}."],
  ])(
    "with thinking %s cover every character once, counted as Python counts, and the answer is told",
    async (form, answer) => {
      const { spans, row_weight, messages } = await rowOf(form);
      const said = messages[1]!;
      const texts = spans.map((span) => cut(said[span.field.split(".").at(-1)!], span));
      expect(spans.map(({ part, weight }) => [part, weight])).toEqual([
        ["chain", 0.3],
        ["answer", 0.4],
      ]);
      expect(texts.join("")).toBe(`${said.reasoning_content ?? ""}${said.content}`);
      expect(texts[1]).toBe(answer);
      expect(row_weight).toBe(0.85);
    },
  );

  test("of a text without an answer end in its last paragraph, and an empty part has none", () => {
    expect(answerStart("one\n\ntwo\n\nthree\n", () => undefined)).toBe(10);
    expect(spansOf("t", "only", 0, WEIGHTS).map(({ part }) => part)).toEqual(["answer"]);
  });
});

test("as turns, chain and answer are two replies in a row with their weights, which joined are the reply", async () => {
  const { messages, ...row } = await rowOf("tags", { ...WEIGHTS, form: "turns" });
  const whole = (await rowOf("tags")).messages[1]!.content;
  expect(
    messages
      .slice(1)
      .map(({ content }) => content)
      .join(""),
  ).toBe(whole);
  expect(messages.map(({ role, loss_scale }) => [role, loss_scale])).toEqual([
    ["user", undefined],
    ["assistant", 0.255],
    ["assistant", 0.34],
  ]);
  expect(row).toEqual({ id: "s1" });
});
