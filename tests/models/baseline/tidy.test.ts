import { describe, expect, it } from "vitest";
import { tidySentence } from "../../../src/models/baseline/tidy.ts";

describe("tidySentence", () => {
  it.each([
    ["Okay, so the area is 12.", "So the area is 12."],
    ["Hmm, wait, okay, the area is 12.", "The area is 12."],
    ["So that's 25 in total, right?", "So that's 25 in total."],
    ["So 1 - 2/7 = 5/7?", "So 1 - 2/7 = 5/7."],
    ["35 * 261 = ?", "35 * 261 = ?"],
    ["How many are left?", "How many are left?"],
    ["Right triangles have a right angle.", "Right triangles have a right angle."],
    ["Now compute 3 * 4.", "Now compute 3 * 4."],
    ["x = 3, right?", "x = 3."],
    ["So, -3 does not work, but -4 does.", "-3 does not work, but -4 does."],
    ["So maybe that's correct?", "So maybe that's correct."],
    ["n! / k! is whole, but wait, only if k <= n.", "n! / k! is whole, but only if k <= n."],
    ["2. Wait, the side is 4.", "2. The side is 4."],
    ["self.margin = margin", "self.margin = margin"],
  ])("%j becomes %j", (sentence, tidied) => {
    expect(tidySentence(sentence, true)).toBe(tidied);
  });

  it("takes a But away only when its partner is gone", () => {
    expect(tidySentence("But the joint is waxed.", true)).toBe("The joint is waxed.");
    expect(tidySentence("But the joint is waxed.", false)).toBe("But the joint is waxed.");
  });

  it("keeps a turn visible right behind what it turns on", () => {
    expect(tidySentence("Wait, the ball falls from 20 m.", false)).toBe("But the ball falls from 20 m.");
    expect(tidySentence("Wait, so the ball falls.", false)).toBe("So the ball falls.");
  });

  it("leaves nothing of pure hesitation", () => {
    expect(tidySentence("Hmm, okay...", true)).toBe("");
  });
});
