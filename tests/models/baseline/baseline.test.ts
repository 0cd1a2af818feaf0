import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../../../src/core/chat.ts";
import { createBaseline } from "../../../src/models/baseline/baseline.ts";

const PROBLEM = "Tom has 12 boxes with 34 pens each and gives away 8 pens. How many pens are left?";
const TRACE = [
  "Okay, so I need to find how many pens are left. Hmm, let me think.",
  "12 boxes with 34 pens each is 12 * 34 = 408 pens.",
  "Wait, let me double-check that. 12 * 34 = 408. Yes, that's right.",
  "Then he gives away 8, so 408 - 8 = 400 pens are left.",
  "So the answer is 400.",
].join("\n\n");

describe("the baseline model", () => {
  it("shortens a trace without its re-checks and keeps the answer", async () => {
    const { text, finish } = await ask("shorten", { problem: PROBLEM, trace: TRACE });
    expect(finish).toBe("stop");
    expect(text).toContain("12 * 34 = 408");
    expect(text).not.toMatch(/double-check|Hmm|Okay/);
    expect(text).toMatch(/answer is 400\.$/);
  });

  it("gives the same reply twice", async () => {
    const first = await ask("condense", { problem: PROBLEM, trace: TRACE });
    expect(await ask("condense", { problem: PROBLEM, trace: TRACE })).toEqual(first);
  });

  it("rates with exactly the six fields of a verdict", async () => {
    for (const purpose of ["judge", "verify"]) {
      const { text } = await ask(purpose, { problem: PROBLEM, trace: TRACE, student: "Qwen2.5-7B-Instruct (7B)" });
      const verdict = JSON.parse(text);
      expect(Object.keys(verdict)).toEqual(["rating", "reason", "step", "missing", "surplus", "confidence"]);
      expect(["easy", "medium", "hard"]).toContain(verdict.rating);
    }
  });

  it("estimates what it used", async () => {
    const { usage } = await ask("shorten", { problem: PROBLEM, trace: TRACE });
    expect(usage.estimated).toBe(true);
    expect(usage.out).toBeGreaterThan(10);
  });

  it("can't solve a problem, and says what to do", async () => {
    await expect(ask("collect", { problem: PROBLEM })).rejects.toMatchObject({
      trouble: "cannot",
      message: expect.stringMatching(/teacher/),
    });
  });

  it("names the value that a prompt left out", async () => {
    await expect(ask("shorten", { problem: PROBLEM })).rejects.toMatchObject({
      trouble: "cannot",
      message: expect.stringMatching(/"trace"/),
    });
  });

  it("names the purposes it knows when asked for another", async () => {
    await expect(ask("translate", { problem: PROBLEM, trace: TRACE })).rejects.toMatchObject({
      trouble: "cannot",
      message: expect.stringMatching(/"translate".*shorten/),
    });
  });

  it("stops for a signal", async () => {
    const signal = AbortSignal.abort(new Error("drained"));
    await expect(createBaseline().ask(request("shorten", {}), { signal })).rejects.toThrow("drained");
  });
});

function ask(purpose: string, values: Record<string, string>) {
  return createBaseline().ask(request(purpose, values), { signal: new AbortController().signal });
}

function request(purpose: string, values: Record<string, string>): ChatRequest {
  return {
    messages: [{ role: "user", content: "prose that the baseline does not read" }],
    sampling: {},
    reply: { form: "text" },
    task: { purpose, values },
  };
}
