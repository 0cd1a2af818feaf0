import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MezzoError } from "../../src/core/errors.ts";
import type { State } from "../../src/core/sample.ts";
import { createConditions, isConditionWord } from "../../src/graph/conditions.ts";
import type { Field } from "../../src/graph/plan.ts";

const fields: Readonly<Record<string, Field>> = {
  problem: { type: "string", optional: false },
  trace: { type: "string", optional: true },
  rounds: { type: "number", optional: true },
  done: { type: "boolean", optional: true },
  tags: { type: "list", optional: true },
  rating: { type: "string", optional: true, enum: ["easy", "medium", "hard"] },
};
const conditions = createConditions(fields, ["judge", "expand-more", "a"]);

const state: State = {
  problem: "What is 2 + 2?",
  trace: "One step.\n\nAnother step.\n\n\\boxed{4}",
  rounds: 3,
  done: false,
  tags: ["algebra", "short"],
  rating: "easy",
};

const holds = (text: string, over: State = state, visits = {}): boolean => {
  const compiled = conditions.compile(text);
  if ("code" in compiled) throw new Error(`${text}: ${compiled.message}`);
  return compiled.holds(over, visits);
};
const fault = (text: string) => {
  const compiled = conditions.compile(text);
  if (!("code" in compiled)) throw new Error(`${text} compiles`);
  return compiled;
};

describe("a condition", () => {
  test.each([
    ["has(trace)", true],
    ["!has(trace)", false],
    ["has( trace ) && has(rating)", true],
    ["tokens(trace) > 5 && tokens(trace) < 50", true],
    ["steps(trace) == 3", true],
    ["steps(trace) * 2 >= rounds * 1.5", true],
    ["rounds == 3 && 3 == rounds && rounds != 4", true],
    ["rounds + 1 == 4", true],
    ["rounds / 2 == 1.5", true],
    ["rounds % 2 == 1", true],
    ["rounds in [1, 3]", true],
    ["rounds in [1, 2.5, 3] && rounds in [3]", true],
    ["(done ? 1 : 2.5) > 2", true],
    ['3 in [1, 2] || tags[0] in ["algebra"]', true],
    ["tokens(trace) > rounds", true],
    ["tokens(trace) * 0.5 > 1000", false],
    ["done", false],
    ["!done && rating == 'easy'", true],
    ['rating in ["medium", "hard"]', false],
    ['trace.contains("boxed")', true],
    ['trace.startsWith("One") && trace.endsWith("}")', true],
    ['problem == "has(trace) is text here"', false],
    ['size(tags) == 2 && "short" in tags', true],
    ['tags.exists(tag, tag == "algebra")', true],
    ["has(trace) ? steps(trace) > 2 : false", true],
  ])("%s", (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    ["visits(judge) > 2", true],
    ["visits( judge ) == 3 && visits(a) == 0", true],
    ["visits(expand-more) * 2 == 4.0", true],
    ['visits("expand-more") == visits(judge) - 1', true],
    ['problem == "visits(judge)"', false],
  ])("counts visits: %s", (text, expected) => {
    expect(holds(text, state, { judge: 3, "expand-more": 2 })).toBe(expected);
  });

  test("finds a field absent when it is not there, null or empty", () => {
    for (const trace of [undefined, null, ""]) expect(holds("has(trace)", { ...state, trace })).toBe(false);
  });

  test("does not ask an absent field that has() guards", () => {
    expect(holds("has(trace) && tokens(trace) > 1", { problem: "x" })).toBe(false);
    expect(holds("!has(trace) || tokens(trace) > 1", { problem: "x" })).toBe(true);
  });

  test("names the field that a sample does not have", () => {
    const ask = () => holds("tokens(trace) > 1200", { problem: "x" });
    expect(ask).toThrow(MezzoError);
    expect(ask).toThrow('the condition "tokens(trace) > 1200" needs "trace", which this sample does not have');
  });
});

describe("a condition is refused for", () => {
  test.each([
    ["an unknown field", "tokens(tace) > 3", "unknown-field-in-condition", "tace"],
    ["an unknown field in has()", "!has( tace )", "unknown-field-in-condition", "tace"],
    ["an unknown node", "rounds > 1 && visits( jugde ) > 2", "unknown-node-in-condition", "jugde"],
    ["an unknown node in quotes", 'visits("expand") > 2', "unknown-node-in-condition", "expand"],
    ["visits of something else than a node", "visits(3) > 2", "type-in-condition", "visits(3)"],
    ["visits that are no truth", "visits(judge)", "not-a-condition", "visits(judge)"],
    ["a mistake behind visits()", "visits(expand-more) > 1 && tokens(tace) > 3", "unknown-field-in-condition", "tace"],
    ["an unknown function", "words(trace) > 3", "unknown-function", "words"],
    ["a word that is none of a field's", 'rating == "meduim"', "unknown-value-in-condition", '"meduim"'],
    ["one such word in a list", 'rating in ["easy", "zzz"]', "unknown-value-in-condition", '"zzz"'],
    ["a text compared with a number", "trace > 3", "type-in-condition", "trace > 3"],
    ["a number that is no truth", "tokens(trace)", "not-a-condition", "tokens(trace)"],
    ["a regular expression", 'trace.matches("a+")', "regex-in-condition", 'trace.matches("a+")'],
    ["English", "has(trace) and done", "bad-condition", "and"],
    ["a single =", "rounds = 3", "bad-condition", "="],
    [
      "loops in loops in loops",
      "tags.all(a, tags.all(b, tags.all(c, a == b && b == c)))",
      "bad-condition",
      "tags.all(c, a == b && b == c)",
    ],
  ])("%s, and the place is right", (_what, text, code, at) => {
    const { start, end, ...error } = fault(text);
    expect(error.code).toBe(code);
    expect(text.slice(start, end)).toBe(at);
  });

  test("its length", () => {
    expect(fault(`done${" || done".repeat(1_000)}`)).toMatchObject({ code: "bad-condition" });
  });
});

test("compiling never throws and never hangs, whatever the text", () => {
  const words = fc.constantFrom(
    "has(trace)",
    "visits(judge)",
    "visits(",
    "tokens(",
    "trace",
    "rounds",
    "(",
    ")",
    "&&",
    "||",
    "!",
    "==",
    "<",
    "3",
    "2.5",
    '"easy"',
    '"',
    "'",
    "[",
    "]",
    ".",
    "?",
    ":",
    " ",
    "in",
    "\\",
    "{",
    "}",
    "x",
  );
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (condition) => {
      const compiled = conditions.compile(condition);
      if ("code" in compiled)
        return compiled.start >= 0 && compiled.end <= condition.length + 1 && compiled.message !== "";
      try {
        compiled.holds(state, {});
        compiled.holds({ problem: "x" }, {});
      } catch (thrown) {
        return thrown instanceof MezzoError;
      }
      return true;
    }),
    { numRuns: 600 },
  );
  const began = performance.now();
  for (const hostile of [
    "(".repeat(5_000),
    "!".repeat(3_999),
    '"'.repeat(3_999),
    "has(".repeat(1_000),
    "[".repeat(3_999),
    `${"a.".repeat(1_900)}b`,
  ]) {
    expect("code" in conditions.compile(hostile)).toBe(true);
  }
  expect(performance.now() - began).toBeLessThan(1_000);
});

describe("an expression", () => {
  const value = (text: string) => {
    const compiled = conditions.compileValue(text);
    if ("code" in compiled) throw new Error(`${text}: ${compiled.message}`);
    return [compiled.type, compiled.valueFor(state, { judge: 3 })];
  };
  test.each([
    ["visits(judge) + 1", "number", 4],
    ["tokens(trace) * 0.5 > 1", "boolean", true],
    ["'easy'", "string", "easy"],
    ['has(rating) ? rating + "!" : ""', "string", "easy!"],
    ["[1, 2.5]", "list", [1, 2.5]],
    ['{"steps": steps(trace)}', "object", { steps: 3 }],
    ["tags[0]", undefined, "algebra"],
  ])("%s gives plain JSON and knows its type", (text, type, expected) => {
    expect(value(text)).toEqual([type, expected]);
  });

  test("knows a constant from what a sample decides", () => {
    const isConstant = (text: string) => {
      const compiled = conditions.compile(text);
      return "code" in compiled ? undefined : compiled.isConstant;
    };
    expect(["1 < 2", "true"].map(isConstant)).toEqual([true, true]);
    expect(["has(trace)", "visits(a) < 2", "done"].map(isConstant)).toEqual([false, false, false]);
  });
});

test("no field can have a word that conditions need", () => {
  expect(
    ["in", "has", "tokens", "type", "list", "string", "null", "has_x_"].filter((word) => !isConditionWord(word)),
  ).toEqual([]);
  expect(["problem", "trace", "answer", "domain", "rating", "question"].filter(isConditionWord)).toEqual([]);
});
