/** Masking against real traces: nothing that gives the answer away is left, and the rest of the chain is. */
import { describe, expect, test } from "vitest";
import { estimateTokens } from "../../../src/core/tokens.ts";
import { joinSteps, maskAnswer } from "../../../src/nodes/following/mask.ts";
import { hasData, readTraces } from "../answers/shared-data.ts";

const traces = (name: string) =>
  readTraces(name).flatMap(({ id, problem, answer, correct, reasoning, response }) =>
    answer === null || correct !== true
      ? []
      : [reasoning, response].filter((text) => text !== "").map((text) => ({ id, problem, answer, text })),
  );
const plain = (text: string) => text.replace(/(\d)(?:,|\{,\}|,\\!)(?=\d{3})/g, "$1");

describe.each(["math_long", "concise"])("%s", (name) => {
  test.runIf(hasData(`traces_${name}.jsonl.gz`))(
    "a number that only the answer can be is left in no masked trace, and nearly all of the trace is",
    { timeout: 90_000 },
    () => {
      const kept: number[] = [];
      const left: string[] = [];
      let telling = 0;
      for (const { id, problem, answer, text } of traces(name)) {
        const number = /^-?[\d,]+(?:\.\d+)?$/.test(answer) ? plain(answer).replace("-", "") : undefined;
        const at = new RegExp(String.raw`(?<![\d.,])${number?.replace(".", "\\.")}(?![\d]|[.,]\d)`);
        if (number === undefined || Number(number) <= 12 || at.test(plain(problem))) continue;
        telling += 1;
        const masked = joinSteps(maskAnswer(text, [answer], problem).steps);
        kept.push(estimateTokens(masked) / estimateTokens(text));
        if (at.test(plain(masked)))
          left.push(
            `${id} ${answer}: ${plain(masked).slice(Math.max(0, plain(masked).search(at) - 60), plain(masked).search(at) + 40)}`,
          );
      }
      kept.sort((a, b) => a - b);
      console.info(`${name}: ${telling} traces, ${left.length} still show it; kept: median ${kept[kept.length >> 1]}`);
      expect(telling).toBeGreaterThan(100);
      // "4 tires at $40 each" in a bill that comes to 40, and a coordinate -16 where the answer is 16.
      expect(left.length, left.join("\n")).toBeLessThanOrEqual(3);
      expect(kept[kept.length >> 1]).toBeGreaterThan(0.9);
      expect(kept[Math.floor(kept.length * 0.05)]).toBeGreaterThan(0.6);
    },
  );
});
