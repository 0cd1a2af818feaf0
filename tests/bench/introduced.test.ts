import { describe, expect, it } from "vitest";
import { findUnintroduced } from "../../bench/introduced.ts";

const problem = "Ann has 3 boxes with 12 pens each.";
const original = "Each box holds 12 pens. So 3 * 12 = 36 pens. Hmm. Let n be the pens per child. Then n = 36 / 4 = 9.";

describe("findUnintroduced", () => {
  it("is content with the original itself", () => {
    expect(findUnintroduced({ problem, original, kept: original })).toEqual([]);
  });

  it("names a number whose sentence was dropped", () => {
    const kept = "Let n be the pens per child. Then n = 36 / 4 = 9.";
    expect(findUnintroduced({ problem, original, kept })).toEqual(["36: Then n = 36 / 4 = 9."]);
  });

  it("names a symbol whose definition was dropped", () => {
    const kept = "So 3 * 12 = 36 pens. Then n = 36 / 4 = 9.";
    expect(findUnintroduced({ problem, original, kept })).toEqual(["n: Then n = 36 / 4 = 9."]);
  });

  it("lets a sentence introduce what the original introduces there", () => {
    expect(findUnintroduced({ problem, original, kept: "So 3 * 12 = 36 pens." })).toEqual([]);
  });

  it("takes numbers in words from the problem", () => {
    const told = {
      problem: "He eats three of five.",
      original: "Well. It is 3 of 5. Now 3 + 5 = 8.",
      kept: "Now 3 + 5 = 8.",
    };
    expect(findUnintroduced(told)).toEqual([]);
  });

  it("knows a Greek letter in both spellings", () => {
    const told = { problem: "x", original: "Let \\theta be the angle. Then θ = 30.", kept: "Then θ = 30." };
    expect(findUnintroduced(told)).toEqual(["θ: Then θ = 30."]);
  });

  it("finds a kept sentence again when its first word was tidied away", () => {
    const told = {
      problem: "x",
      original: "A pie costs 7. Okay, so two pies cost 14.",
      kept: "Two pies cost 14 and 7.",
    };
    expect(findUnintroduced({ ...told, kept: "Two pies cost 14." })).toEqual([]);
    expect(
      findUnintroduced({
        ...told,
        original: "We get 14. Okay, so two pies cost 14 in all.",
        kept: "Two pies cost 14 in all.",
      }),
    ).toEqual(["14: Two pies cost 14 in all."]);
  });

  it("lets text that was written anew introduce its own numbers", () => {
    const kept = `So 3 * 12 = 36 pens. In parts: 12 × 3 = 30 + 6.`;
    expect(findUnintroduced({ problem, original, kept })).toEqual([]);
  });
});
