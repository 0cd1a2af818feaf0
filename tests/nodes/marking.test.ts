/** The marked part of a trace: what is not marked stays byte for byte, over made-up and real traces. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stepPlaces, stepsOf } from "../../src/core/prompt.ts";
import { findLooseEnds } from "../../src/nodes/loose-ends.ts";
import { markPart } from "../../src/nodes/marking.ts";
import { findNeeded, missingFrom } from "../../src/nodes/needed.ts";
import { hasData, readTraces } from "./answers/shared-data.ts";

const TRACE = "One.\n\n  Two.  \n\n\n```py\na = 1\n\nb = a\n```\n\nFour.\n";

test("a step's place is where it stands, without the white space around it", () => {
  const places = stepPlaces(TRACE).map(({ start, end }) => TRACE.slice(start, end));
  expect(places).toEqual(stepsOf(TRACE).map((step) => step.trim()));
});

test("the named step is marked, with as many on either side as are asked for", () => {
  expect(markPart(TRACE, { step: 2, around: 0 })).toEqual({
    before: "One.\n\n  ",
    part: "Two.",
    after: "  \n\n\n```py\na = 1\n\nb = a\n```\n\nFour.\n",
    steps: [2, 2, 5],
  });
  expect(markPart(TRACE, { step: 1, around: 1 })?.part).toBe("One.\n\n  Two.");
});

test("half of a listing is never marked", () => {
  expect(markPart(TRACE, { step: 4, around: 0 })).toMatchObject({
    part: "```py\na = 1\n\nb = a\n```",
    steps: [3, 4, 5],
  });
});

test("no such step, and the whole trace, are no part", () => {
  for (const step of [0, -1, 6, 1.5, Number.NaN]) expect(markPart(TRACE, { step, around: 0 })).toBeUndefined();
  expect(markPart(TRACE, { step: 3, around: 9 })).toBeUndefined();
  expect(markPart("", { step: 1, around: 0 })).toBeUndefined();
});

test("before, part and after are the trace, whatever it is made of", () => {
  const block = fc.constantFrom(
    "One. Two.",
    "```\nx\n\ny\n```",
    "$$\na\n\nb\n$$",
    "| a |\n| - |",
    "- item",
    " \t",
    "",
    "```",
  );
  const text = fc.array(fc.tuple(block, fc.constantFrom("\n", "\n\n", "\r\n\r\n", "\n \n\n")), { maxLength: 10 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 2 }), (blocks, step, around) => {
      const trace = blocks.flat().join("");
      const marked = markPart(trace, { step, around });
      if (marked === undefined) return;
      expect(marked.before + marked.part + marked.after).toBe(trace);
      expect(marked.part.trim()).not.toBe("");
      expect(marked.steps[0]).toBeLessThanOrEqual(step);
      expect(marked.steps[1]).toBeGreaterThanOrEqual(step);
    }),
  );
});

describe("over real traces", () => {
  const traces = () => ["math_long", "science_long"].flatMap((name) => readTraces(name));

  test.runIf(hasData("traces_math_long.jsonl.gz"))(
    "nothing beside the marked step changes, and a part put back as it was lacks nothing",
    () => {
      let parts = 0;
      for (const { problem, reasoning } of traces()) {
        const step = 1 + Math.floor(stepsOf(reasoning).length / 2);
        const marked = markPart(reasoning, { step, around: 0 });
        if (marked === undefined) continue;
        parts += 1;
        const { before, part, after } = marked;
        expect(before + part + after).toBe(reasoning);
        expect(missingFrom(part, findNeeded(marked, problem))).toEqual([]);
      }
      expect(parts).toBeGreaterThan(900);
    },
  );

  test.runIf(hasData("traces_math_long.jsonl.gz"))(
    "the answer a model writes after its own long chain refers to nothing that is gone",
    () => {
      const pairs = traces().filter(({ reasoning, response }) => reasoning !== "" && response.trim() !== "");
      const loose = pairs.flatMap(({ id, problem, reasoning, response }) => {
        const ends = findLooseEnds({ problem, original: reasoning, text: response });
        return ends.length === 0 ? [] : [`${id}: ${ends.join("; ")}`];
      });
      console.info(`${pairs.length} chains with their answers, ${loose.length} of these with a loose end`);
      expect(pairs.length).toBeGreaterThan(900);
      expect(loose.length / pairs.length, loose.join("\n")).toBeLessThan(0.01);
    },
  );
});
