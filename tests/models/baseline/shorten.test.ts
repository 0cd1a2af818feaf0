import { describe, expect, it } from "vitest";
import { findUnintroduced } from "../../../bench/introduced.ts";
import { condenseTrace, shortenTrace } from "../../../src/models/baseline/shorten.ts";

const PROBLEM = "A van carries 17 crates with 48 jars each. On the way 16 jars break. How many jars arrive?";

describe("shortenTrace", () => {
  it("drops hesitation, re-checks and the way taken twice", () => {
    const text = shorten(
      "Okay, so let me think about this.",
      "17 crates with 48 jars each hold 17 * 48 = 816 jars.",
      "Wait, let me double-check. 17 * 50 = 850, and 850 - 34 = 816. Yes, that's right.",
      "16 break, so 816 - 16 = 800 jars arrive.",
      "Alternatively, 800 + 16 = 816, so it fits.",
      "So the answer is 800.",
    );
    expect(text).toBe(
      "17 crates with 48 jars each hold 17 * 48 = 816 jars.\n\n16 break, so 816 - 16 = 800 jars arrive.\n\nSo the answer is 800.",
    );
  });

  it("keeps a step inside a re-check when a later step rests on it", () => {
    const text = shorten(
      "There are 17 * 48 = 816 jars.",
      "Let me verify: half a crate is 24 jars, so 34 halves make 816.",
      "In halves of 24, the 16 broken jars are 16/24 = 2/3 of a half.",
      "So the answer is 816 - 16 = 800.",
    );
    expect(text).toContain("816 - 16 = 800");
    expect(findUnintroduced({ problem: PROBLEM, original: text, kept: text })).toEqual([]);
  });

  it("leaves no number without its origin", () => {
    const original = paragraphs(
      "Let n be the number of jars at the start.",
      "Hmm, maybe n = 17 + 48 = 65? No, that's not right.",
      "We have n = 17 * 48 = 816.",
      "Then n - 16 = 800.",
      "The answer is 800.",
    );
    const kept = shortenTrace(PROBLEM, original);
    expect(findUnintroduced({ problem: PROBLEM, original, kept })).toEqual([]);
    expect(kept).not.toContain("65");
  });

  it("keeps code and formulas as they are", () => {
    const code = "```py\nx = 17 * 48\n\nprint(x - 16)\n```";
    const formula = "\\[\n17 \\cdot 48 = 816\n\\]";
    const text = shorten("Hmm, okay.", "The product is:", formula, "As a program:", code, "The answer is 800.");
    expect(text).toContain(code);
    expect(text).toContain(formula);
  });

  it("never changes a line of code outside of a fence", () => {
    const code = "int total = crates * jars;\nfloat rest = total - broken;";
    expect(shorten("Wait, the code is", code, "and it prints 800.", "The answer is 800.")).toContain(code);
  });

  it("ends with the conclusion when remarks follow it", () => {
    const text = shorten(
      "17 * 48 = 816.",
      "816 - 16 = 800.",
      "So the answer is 800.",
      "That was fun. I see no mistakes.",
    );
    expect(text.endsWith("800.")).toBe(true);
  });

  it("keeps the mistake's correction visible", () => {
    const text = shorten(
      "At first 17 + 48 = 65 jars are on the van.",
      "Wait, no, that's wrong: each crate has 48 jars.",
      "So it is 17 * 48 = 816, and 816 - 16 = 800 arrive.",
      "The answer is 800.",
    );
    expect(text).not.toContain("65");
    expect(text).toContain("816 - 16 = 800");
  });

  it("leaves no sentence that begins with a partner that is gone", () => {
    const text = shorten(
      "Hmm, is it 65?",
      "But 17 * 48 = 816 jars are there.",
      "And 816 - 16 = 800.",
      "The answer is 800.",
    );
    expect(text).toBe("17 * 48 = 816 jars are there.\n\nAnd 816 - 16 = 800.\n\nThe answer is 800.");
  });

  it("keeps a sum that meets an old value on its way", () => {
    const text = shorten(
      "17 * 48 = 816.",
      "But 816 - 12 = 804 counts one crate short.",
      "So 804 + 12 = 816 is right.",
      "816 - 16 = 800.",
      "The answer is 800.",
    );
    expect(text).toContain("804 + 12 = 816");
  });

  it("keeps rows of cases whole", () => {
    const rows = ["Crate 1: 48 jars.", "Crate 2: 96 jars.", "Crate 3: 144 jars.", "Crate 4: 192 jars."];
    const text = shorten(...rows, "So 4 crates hold 192, and 17 hold 816.", "816 - 16 = 800.", "The answer is 800.");
    for (const row of rows) expect(text).toContain(row);
  });

  it("returns a trace without a conclusion as it is", () => {
    const cut = "Hmm, wait. 17 * 48 = 816. Let me check that again, because 17 * 50 is";
    expect(shortenTrace(PROBLEM, cut)).toBe(cut);
  });

  it("keeps what a trace says about a lack in its problem", () => {
    const text = shorten(
      "There is not enough information: the problem doesn't say how many jars fit in a crate.",
      "The problem is incomplete. It cannot be determined.",
      "Assuming 48, we get 17 * 48 = 816.",
      "I'll go with 800 as my best guess.",
      "The answer is 800.",
    );
    expect(text).toMatch(/not enough information|incomplete/);
    expect(text).toMatch(/best guess/);
  });

  it("does not harm Chinese", () => {
    const text = shorten(
      "嗯，先算。17 × 48 = 816。",
      "再减去16：816 - 16 = 800。",
      "再验算一遍：816 - 800 = 16。没错。",
      "所以答案是800。",
    );
    expect(text).toContain("816 - 16 = 800");
    expect(text).not.toContain("验算");
    expect(text.endsWith("所以答案是800。")).toBe(true);
  });
});

describe("condenseTrace", () => {
  it("parts a long paragraph into steps", () => {
    const sentence = (n: number) =>
      `After stop ${n} there are ${n * 31} jars left in the van, because ${n * 30} + ${n} = ${n * 31}.`;
    const trace = `${Array.from({ length: 12 }, (_, n) => sentence(n + 3)).join(" ")}\n\nThe answer is 434.`;
    expect(condenseTrace(PROBLEM, trace).split("\n\n").length).toBeGreaterThan(3);
  });

  it("goes further when it is asked about its own work", () => {
    const original = paragraphs(
      "Transport losses are an old worry of every grocer, and glass is the worst of all.",
      "Picture the driver who loads everything in the early morning, while fog hangs above the yard.",
      "Some roads are bumpy, others smooth, which matters little for counting.",
      "17 * 48 = 816.",
      "Let me check that product again: 816 / 17 = 48, and 48 * 17 = 816, as it should be.",
      "Was the tailgate closed? Hmm. Never mind.",
      "816 - 16 = 800.",
      "The answer is 800.",
    );
    const once = condenseTrace(PROBLEM, original);
    const twice = condenseTrace(PROBLEM, once);
    expect(once.length).toBeLessThan(original.length);
    expect(twice.length).toBeLessThan(once.length);
    expect(twice).toContain("816 - 16 = 800");
  });

  it("takes the talk out of the step that the finding names", () => {
    const talk = "Glass is heavy, and a driver who brakes hard on a hill has only himself to blame.";
    const original = paragraphs(
      "Vans differ in size.",
      `${talk} There are 17 * 48 = 816 jars.`,
      "816 - 16 = 800.",
      "The answer is 800.",
    );
    const text = condenseTrace(PROBLEM, original, "Rating: hard (too heavy) at step 2.");
    expect(text).toContain("Vans differ in size.");
    expect(text).not.toContain("Glass is heavy");
    expect(text).toContain("17 * 48 = 816");
  });

  it("does not cut the way to the answer away", () => {
    const bare = paragraphs("17 * 48 = 816.", "816 - 16 = 800.", "The answer is 800.");
    expect(condenseTrace(PROBLEM, bare)).toBe(bare);
  });
});

function shorten(...list: string[]): string {
  return shortenTrace(PROBLEM, paragraphs(...list));
}

function paragraphs(...list: string[]): string {
  return list.join("\n\n");
}
