/** Nothing a trace can hold makes the baseline slow beyond its length, or throw. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandTrace } from "../../../src/models/baseline/expand.ts";
import { judgeTrace } from "../../../src/models/baseline/judge.ts";
import { readTrace } from "../../../src/models/baseline/read.ts";
import { condenseTrace, shortenTrace } from "../../../src/models/baseline/shorten.ts";

const PROBLEM = "Find x with 3 and 4.";
const END = "\n\nThe answer is 7.";

const HOSTILE: Readonly<Record<string, (size: number) => string>> = {
  "numbers without end": (size) => Array.from({ length: size / 7 }, (_, n) => n).join(" "),
  "sums without end": (size) => "1 + 2 = 3 = ".repeat(size / 12),
  "plus signs": (size) => "1+".repeat(size / 2),
  "equals signs": (size) => "=".repeat(size),
  "short sentences": (size) => "So x = 5. ".repeat(size / 10),
  "taking back": (size) => "Wait, no. ".repeat(size / 10),
  "open boxes": (size) => "\\boxed{".repeat(size / 7),
  "open fractions": (size) => "\\frac{1}{2".repeat(size / 10),
  brackets: (size) => "(".repeat(size),
  "short lines": (size) => "n = 3\n".repeat(size / 6),
  "new symbols": (size) => Array.from({ length: size / 30 }, (_, n) => `So v_${n} = ${n} + ${n - 1}.`).join(" "),
  "one word": (size) => "very ".repeat(size / 5),
  "one run": (size) => "a".repeat(size),
};

describe("hostile traces", () => {
  it.each(Object.keys(HOSTILE))(
    "%s: 150 kB take seconds at most",
    (name) => {
      const trace = HOSTILE[name]!(150_000) + END;
      const start = process.cpuUsage();
      shortenTrace(PROBLEM, trace);
      judgeTrace(readTrace(PROBLEM, trace), "7B");
      condenseTrace(PROBLEM, trace);
      expandTrace(PROBLEM, trace);
      expect(process.cpuUsage(start).user / 1000).toBeLessThan(8_000);
    },
    60_000,
  );

  it("time grows with the length, not with its square", () => {
    for (const name of ["short sentences", "new symbols", "numbers without end", "open boxes"]) {
      shortenTrace(PROBLEM, HOSTILE[name]!(1_000) + END);
      // The quickest of three: another process on this machine slows one down, hardly all.
      const [small, large] = [20_000, 320_000].map((size) => {
        const trace = HOSTILE[name]!(size) + END;
        return Math.min(
          ...[1, 2, 3].map(() => {
            const before = process.cpuUsage();
            shortenTrace(PROBLEM, trace);
            const { user, system } = process.cpuUsage(before);
            return (user + system) / 1000;
          }),
        );
      });
      // Sixteen times the text; a square would be two hundred and fifty-six.
      expect(large! / Math.max(5, small!)).toBeLessThan(130);
    }
  }, 60_000);

  it("never throws, whatever the text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "So ",
        "3 * 4 = 12. ",
        "\\boxed{",
        "}",
        "```",
        "\n\n",
        "Wait, no. ",
        "= ",
        "(",
        "$",
        "1/0 = 0",
        "答案是",
        "- ",
        "\\[",
        "2^999 = ",
        "0.",
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const trace = pieces.join("");
        judgeTrace(readTrace(PROBLEM, shortenTrace(PROBLEM, trace)), "7B");
        return typeof condenseTrace(PROBLEM, expandTrace(PROBLEM, trace)) === "string";
      }),
      { numRuns: 300 },
    );
  });
});
