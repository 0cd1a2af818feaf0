import { afterAll, expect, test } from "vitest";
import { createGrader } from "../../src/nodes/answers/index.ts";
import { segment } from "../../src/nodes/segment.ts";
import { stage } from "./asking.ts";

const grader = createGrader();
afterAll(() => grader.close());

const params = {
  reads: "trace",
  chunks: "chunks",
  complexity: "complexity",
  depth: "depth",
  low: 0.25,
  base: 1,
  most: 2,
};
const TRACE = Array.from(
  { length: 9 },
  (_, n) => `Line ${n}: $${n} \\times ${n + 3} = ${n * (n + 3)}$ and $${n}^2 + ${n * 7} = ${n * n + n * 7}$.`,
).join("\n\n");

async function cut(trace: string, more: object = {}) {
  const { context } = stage(grader, { problem: "p", trace }, []);
  return segment.run(context, { ...params, ...more });
}

test("writes chunks that rejoin to the trace, its complexity and its depth", async () => {
  const { label, writes } = await cut(TRACE);
  expect(label).toBe("fits");
  expect((writes!.chunks as string[]).join("")).toBe(TRACE);
  expect(writes!.depth).toBe((writes!.chunks as string[]).length);
  expect(writes!.complexity).toBeGreaterThan(0.25);
});

test("a chain deeper than the bound is told apart, with what was found", async () => {
  const result = await cut(TRACE, { maxReasoningDepth: 3 });
  expect(result).toMatchObject({ label: "deep", reason: expect.stringMatching(/in \d+ chunks, nesting 0; at most 3/) });
});

test("an empty trace is no answer", async () => {
  expect(await cut("  ")).toMatchObject({ label: "no-answer" });
});
