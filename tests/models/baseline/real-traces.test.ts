/** The baseline on real chains of reasoning models; the figures over all of them are in bench/. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { findUnintroduced } from "../../../bench/introduced.ts";
import { estimateTokens } from "../../../src/core/tokens.ts";
import { findEquations } from "../../../src/models/baseline/equations.ts";
import { expandTrace } from "../../../src/models/baseline/expand.ts";
import { judgeTrace } from "../../../src/models/baseline/judge.ts";
import { readTrace } from "../../../src/models/baseline/read.ts";
import { condenseTrace, shortenTrace } from "../../../src/models/baseline/shorten.ts";

interface Row {
  readonly problem: string;
  readonly reasoning: string;
  readonly kind: string;
}

const NAMES = ["math_long", "science_long", "code_long", "edge"] as const;
const present = NAMES.every((name) => existsSync(fileOf(name)));
if (!present) console.warn("SKIPPED: ../shared/data is missing, the baseline is not tried on real traces");

describe.runIf(present)("on real traces", () => {
  it("introduces every number and symbol it keeps, and ends where the trace ended", () => {
    const rows = sample("math_long", 11);
    let strict = 0;
    for (const { problem, reasoning } of rows) {
      const kept = condenseTrace(problem, shortenTrace(problem, reasoning));
      if (findUnintroduced({ problem, original: reasoning, kept }).length === 0) strict++;
      const [before, after] = [readTrace(problem, reasoning).conclusion, readTrace(problem, kept).conclusion];
      if (before?.kind === "boxed") expect(after?.value).toBe(before.value);
    }
    // The checker reads symbols its own way; a chain in fifty may differ on what a letter is.
    expect(strict / rows.length).toBeGreaterThan(0.97);
  });

  it("takes more than half of a long chain away", () => {
    const ratios = sample("math_long", 7)
      .filter(({ reasoning }) => estimateTokens(reasoning) > 1_200)
      .map(({ problem, reasoning }) => estimateTokens(shortenTrace(problem, reasoning)) / estimateTokens(reasoning))
      .sort((a, b) => a - b);
    expect(ratios[Math.floor(ratios.length / 2)]).toBeLessThan(0.5);
  });

  it("lets almost no chain pass whose problem lacks a premise, nor one that never ends", () => {
    const rows = readRows("edge");
    const passed = rows.filter(({ problem, reasoning }) => {
      const shortened = shortenTrace(problem, reasoning);
      return judgeTrace(readTrace(problem, shortened), "7B").rating === "medium";
    });
    // Four say nothing of a lack: seen from the text alone there is nothing to find.
    expect(passed.length).toBeLessThanOrEqual(4);
    expect(passed.every(({ kind }) => kind === "missing_premise")).toBe(true);
  });

  it("loses and changes no line of code", () => {
    for (const { problem, reasoning } of sample("code_long", 3)) {
      const text = shortenTrace(problem, reasoning);
      for (const fence of reasoning.match(/```[\s\S]*?```/g) ?? []) expect(text).toContain(fence);
    }
  });

  it("adds no equation that does not hold", () => {
    for (const { problem, reasoning } of [...sample("math_long", 9), ...sample("science_long", 5)]) {
      const before = wrongIn(reasoning);
      expect(wrongIn(expandTrace(problem, reasoning))).toBe(before);
    }
  });

  it("takes well under 50 ms for a chain of 20,000 characters", () => {
    const rows = readRows("math_long").filter(({ reasoning }) => Math.abs(reasoning.length - 20_000) < 2_000);
    const times = rows.map(({ problem, reasoning }) => {
      const start = performance.now();
      shortenTrace(problem, reasoning);
      return performance.now() - start;
    });
    // The median, and twice the promise: the machine that runs this may be busy.
    expect(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(100);
  });
});

function wrongIn(text: string): number {
  return text
    .split("\n")
    .flatMap(findEquations)
    .filter((equation) => equation.wrong).length;
}

function sample(name: (typeof NAMES)[number], every: number): Row[] {
  return readRows(name).filter((_, index) => index % every === 0);
}

function readRows(name: (typeof NAMES)[number]): Row[] {
  return gunzipSync(readFileSync(fileOf(name)))
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

function fileOf(name: string): string {
  return `../shared/data/traces_${name}.jsonl.gz`;
}
