import { describe, expect, it } from "vitest";
import { judgeTrace } from "../../../src/models/baseline/judge.ts";
import { readTrace } from "../../../src/models/baseline/read.ts";
import { selectUnits } from "../../../src/models/baseline/select.ts";
import { shortenTrace } from "../../../src/models/baseline/shorten.ts";

const SHOP =
  "Nora bought 30 pens for 20 cents each and got 2 dollars off. Omar bought 30 pens for 30 cents each and got a third off. How much more did Omar pay than Nora?";

describe("an answer that stands in the problem", () => {
  it("is reached again: the steps that lead to it stay", () => {
    const text = shorten(SHOP, [
      "Nora's pens cost 30 * 0.20 = 6 dollars.",
      "The discount of Nora is 2 dollars, so she paid 6 - 2 = 4 dollars.",
      "Wait, let me double-check: 6 minus 2 is 4. Yes, that's right.",
      "Omar's pens cost 30 * 0.30 = 9 dollars.",
      "A third of 9 is 3, so Omar paid 9 - 3 = 6 dollars.",
      "So Omar paid 6 - 4 = 2 dollars more than Nora.",
      "Let me check again. 6 - 4 = 2. Right.",
      "**Final Answer**\n\\boxed{2}",
    ]);
    expect(text).toContain("9 - 3 = 6");
    expect(text).toContain("6 - 4 = 2 dollars more");
  });

  it("is not taken from an equation that sets a problem up", () => {
    const text = shorten("Let f(x) = 3x + 6. What is f(-2)?", [
      "I need to solve something like f(x) = 0 here, or just put the number in.",
      "Let me check what is asked: the value at -2.",
      "3 times -2 is -6, and -6 + 6 = 0.",
      "So f(-2) = 0.",
      "**Final Answer**\n\\boxed{0}",
    ]);
    expect(text).toContain("-6 + 6 = 0");
  });
});

describe("a value on the way that equals the answer", () => {
  const problem = "Four people queue. Two of them refuse to be neighbours. How many orders are possible?";

  it("does not end the main line when it counts something else", () => {
    const text = shorten(problem, [
      "Without a rule there are 4! = 24 orders.",
      "As a block, the two make 3! * 2 = 12 arrangements with both together.",
      "Let me double-check that: 6 * 2 = 12. Yes.",
      "24 - 12 = 12, so 12 orders are possible.",
      "Let me verify. 12 + 12 = 24. Good.",
      "The answer is 12.",
    ]);
    expect(text).toContain("24 - 12 = 12");
  });

  it("goes on behind a check to where an unused result is taken up", () => {
    const text = shorten("Four people queue. Two of them refuse to be neighbours. How many orders are possible?", [
      "In all there are 4! = 24.",
      "As a block: 3! * 2 = 12.",
      "Let me check by listing the blocks. AB first: ABCD, ABDC. That looks fine.",
      "Therefore the orders in which the two are no neighbours are 24 minus 12, which is 12.",
      "Let me check that again, to be sure.",
      "The answer is 12.",
    ]);
    expect(text).toContain("24 minus 12");
  });

  it("does not end it in the middle of a calculation", () => {
    const text = shorten("Of 5000 voters 2/5 came early, and 2/3 of the rest came late. How many stayed away?", [
      "5000 divided by 5 is 1000, so 2/5 of them are 2000.",
      "That leaves 5000 - 2000 = 3000 voters.",
      "2/3 of 3000 is 2000, so 3000 - 2000 = 1000 stayed away.",
      "Let me double-check. 2000 + 2000 + 1000 = 5000. Good.",
      "The answer is 1000.",
    ]);
    expect(text).toContain("3000 - 2000 = 1000");
  });

  it("does not end it when the value is only remembered, or taken back", () => {
    const text = shorten("What share of all pairings of four points on a circle makes chords that cross?", [
      "I remember that the probability is 1/3.",
      "Four points can be paired in 3 ways: neighbours twice, opposite points once.",
      "Only the opposite points cross, so the share is 1/3.",
      "The answer is 1/3.",
    ]);
    expect(text).toContain("paired in 3 ways");
    const doubted = readTrace(
      "How many?",
      "It is 455. Hmm. Wait, no, that's wrong.\n\n13 * 35 = 455.\n\nThe answer is 455.",
    );
    expect(doubted.units[doubted.established]!.text).toBe("13 * 35 = 455.");
  });
});

describe("steps that are more than they look", () => {
  it("keeps a calculation in words although the problem has all its numbers", () => {
    const problem =
      "She draws 5 large or 6 medium or 7 small pictures a day. How many days for 45 large, 36 medium and 49 small?";
    const text = shorten(problem, [
      "45 large pictures divided by 5 a day is 9 days.",
      "36 medium pictures divided by 6 a day is 6 days.",
      "49 small pictures divided by 7 a day is 7 days.",
      "So 9 + 6 + 7 = 22 days.",
      "The answer is 22.",
    ]);
    expect(text).toContain("is 6 days");
    expect(text).toContain("is 7 days");
  });

  it("keeps what a first look concludes, though it opens as a check", () => {
    const text = shorten("Find the last two digits of 5! + 10! + 15!.", [
      "Let's check 10!. It has two fives. So from 10! on every factorial ends in 00, because it has 10! as a factor.",
      "5! = 120 ends in 20, so the sum ends in 20.",
      "The answer is 20.",
    ]);
    expect(text).toContain("from 10! on every factorial ends in 00");
  });

  it("keeps what follows from looking at the given", () => {
    const text = shorten("A die has the faces 1 to 12. How likely is an even number twice in a row?", [
      "Half of them are even, right? Let me check: 2, 4, 6, 8, 10, 12. That means one roll is even with a chance of 6/12 = 1/2.",
      "Twice in a row: 1/2 * 1/2 = 1/4.",
      "The answer is 1/4.",
    ]);
    expect(text).toContain("6/12 = 1/2");
  });

  it("keeps the lines of an equation that is solved", () => {
    const lines = ["4S + 16 = 2S + 32", "2S + 16 = 32", "2S = 16", "S = 8"];
    const text = select("How many litres does the tank hold?", ["Let S be the litres.", ...lines, "The answer is 8."]);
    for (const line of lines) expect(text).toContain(line);
  });

  it("keeps a conclusion that hesitates when only work stays", () => {
    const closes = "So maybe the bound is 50 - 7g >= 3, so 7g <= 47 and g <= 6.7.";
    const reading = readTrace("What is the largest g?", `Take g = 6.\n\n${closes}\n\nThe answer is 6.`);
    const kept = selectUnits(reading, "work").map((index) => reading.units[index]!.text);
    expect(kept).toContain(closes);
  });

  it("leaves no hole in a list", () => {
    const list = "1. AB with CD\n2. neighbours with neighbours\n3. AD with BC";
    const text = select("How many?", [
      "These are the pairs:",
      list,
      "AB, CD, AD, BC: 23 * 5 = 115.",
      "The answer is 115.",
    ]);
    expect(text).toContain(list);
  });
});

describe("judgeTrace", () => {
  const judge = (problem: string, ...steps: string[]) => judgeTrace(readTrace(problem, steps.join("\n\n")), "7B");

  it("calls a chain too terse in which nothing leads to the answer", () => {
    const verdict = judge(
      SHOP,
      "Nora and Omar both bought 30 pens, but at different prices and with different discounts, of 2 dollars and a third.",
      "Nora's pens cost 30 * 0.20 = 6 dollars before the discount.",
      "**Final Answer**\n\\boxed{3}",
    );
    expect(verdict).toMatchObject({ rating: "easy", missing: "the way to the answer" });
  });

  it("calls one too terse whose answer only stands in what is given", () => {
    const problem = "Ruth is 6 times as old as Sven. In 9 years she is 3 times as old. How old is Sven?";
    const setUp = "Say Sven is S years old, so Ruth is 6S years old, and in 9 years they are S + 9 and 6S + 9.";
    expect(judge(problem, setUp, "Sven is \\boxed{6} years old.").rating).toBe("easy");
    const solved = "6S + 9 = 3S + 27, so 3S = 18 and S = 6.";
    expect(judge(problem, setUp, solved, "Sven is \\boxed{6} years old.").rating).toBe("medium");
  });

  it("calls one too terse that only remembers its fraction", () => {
    const problem = "Four points on a circle are paired at random. How likely do the two chords cross?";
    const recalled = [
      "Usually such chords cross with a probability of something like 1/3.",
      "With labels it is also 1/3.",
    ];
    expect(judge(problem, ...recalled, "Final answer: \\boxed{1/3}.").rating).toBe("easy");
    const shown = "One of the 3 ways to pair them makes the chords cross, so it is 1/3.";
    expect(judge(problem, ...recalled, shown, "Final answer: \\boxed{1/3}.").rating).toBe("medium");
  });

  it("takes a value that was rounded on the way for the same", () => {
    const problem = "How heavy are 7 stones of 3.137 kg?";
    const steps = [
      "7 stones of 3.137 kg weigh 7 * 3.137 kg.",
      "7 * 3 = 21 and 7 * 0.137 is about 0.96.",
      "21 + 0.96 = 21.96.",
    ];
    expect(judge(problem, ...steps, "The answer is 21.959.").rating).toBe("medium");
  });
});

function shorten(problem: string, paragraphs: readonly string[]): string {
  return shortenTrace(problem, paragraphs.join("\n\n"));
}

/** What stays when only the core is kept. */
function select(problem: string, paragraphs: readonly string[]): string {
  const reading = readTrace(problem, paragraphs.join("\n\n"));
  return selectUnits(reading, "core")
    .map((index) => reading.units[index]!.text)
    .join("\n");
}
