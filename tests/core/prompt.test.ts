import { describe, expect, test } from "vitest";
import { joinPieces, numberSteps, renderPrompt, stepsOf } from "../../src/core/prompt.ts";
import { nearest, suggestion } from "../../src/core/suggest.ts";
import { readPrompt } from "../../src/graph/prompt-file.ts";

const read = (text: string) => {
  const { prompt, diagnostics } = readPrompt("p.md", text);
  if (prompt === undefined) throw new Error(JSON.stringify(diagnostics));
  return prompt;
};
const FILE =
  "---\npurpose: judge\nvariables: [problem, trace]\nreply: verdict\n---\n# system\nYou judge.\n\n# user\n{{ problem }}: {{trace}}\n";

describe("a prompt", () => {
  test("is parted into messages, its places filled byte for byte", () => {
    const hostile = "{{ trace }} $& # user\n\\n";
    const messages = joinPieces(renderPrompt(read(FILE), { problem: hostile, trace: "t" }));
    expect(messages).toEqual([
      { role: "system", content: "You judge." },
      { role: "user", content: `${hostile}: t` },
    ]);
  });

  test("without headings is one message to the user", () => {
    expect(read("---\npurpose: x\nvariables: [a]\n---\nSay {{ a }}.\n").messages).toEqual([
      { role: "user", parts: ["Say ", { place: "a" }, "."] },
    ]);
  });

  test("reads the same with Windows line ends", () => {
    expect(read(FILE.replaceAll("\n", "\r\n"))).toEqual(read(FILE));
  });

  test("may hold a rule of dashes and headings of its own", () => {
    const prompt = read(
      "---\npurpose: x\nvariables: [a]\n---\n# Problem\n{{ a }}\n\n---\n\n## Notes\nSet {x} in \\frac{a}{b}.\n",
    );
    expect(prompt.messages[0]?.parts.at(-1)).toContain("## Notes\nSet {x} in \\frac{a}{b}.");
  });

  test("that lacks a value is our mistake, and says so", () => {
    expect(() => renderPrompt(read(FILE), { problem: "p" })).toThrow("Internal error: no value for {{ trace }}");
  });
});

test("steps are paragraphs, numbered from one", () => {
  expect(stepsOf("a\nb\n\nc\n \t\n\n\nd\n")).toEqual(["a\nb", "c", "d\n"]);
  expect(numberSteps("a\n\nb")).toBe("[1] a\n\n[2] b");
  expect(stepsOf(" \n\n ")).toEqual([]);
});

describe("a suggestion", () => {
  test.each([
    ["judg", "judge"],
    ["meduim", "medium"],
    ["EXPAND", "expand"],
    ["anwser", "answer"],
  ])("for %s is %s", (word, near) => {
    expect(nearest(word, ["judge", "medium", "expand", "answer", "of"])).toBe(near);
  });

  test("is not made where nothing is near", () => {
    expect(nearest("foo", ["of", "judge"])).toBeUndefined();
    expect(suggestion("zebra", ["judge", "rate"])).toBe("Known here: judge, rate.");
    expect(suggestion("zebra", [])).toBeUndefined();
  });
});
