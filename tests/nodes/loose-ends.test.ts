import { describe, expect, test } from "vitest";
import { findLooseEnds } from "../../src/nodes/loose-ends.ts";
import { markPart } from "../../src/nodes/marking.ts";
import { findNeeded, missingFrom } from "../../src/nodes/needed.ts";

const problem = "Ann has 3 boxes with 14 pens each and shares them among 6 children. How many pens does each get?";
const original =
  "Each box holds 14 pens.\n\nTogether that is $3 \\cdot 14 = 42$ pens. (1)\n\nCase 1: she keeps none.\n\nLet n be the number of pens that each child gets.\n\n| child | pens |\n| - | - |\n| 1 | n |\n\nFrom (1) we have 42 pens to share among the children, so 6n = 42.\n\nSo $n = 7$, and the table above is complete. The answer is \\boxed{7}.";
const find = (text: string, more: object = {}) => findLooseEnds({ problem, original, text, ...more });

describe("a rewrite", () => {
  test("that is the original, or tells the whole way in other words, has no loose end", () => {
    expect(find(original)).toEqual([]);
    expect(
      find("Three boxes of 14 pens are 42 pens. With n pens for each child, 6n = 42, so n = 7: \\boxed{7}."),
    ).toEqual([]);
  });

  test("names a formula, a step or a case that no longer stands there", () => {
    expect(find("From (1) we have 42 pens, so each gets 7.")).toEqual(['"(1)" stands nowhere in it']);
    expect(find("As in Case 1, she keeps none: 3 * 14 = 42.")).toEqual(['"Case 1" stands nowhere in it']);
    expect(find("By Lemma 2 each gets 7.")).toEqual(['"Lemma 2" stands nowhere in it']);
    expect(find("由(1)得 42 支。")).toEqual(['"由(1)" stands nowhere in it']);
    expect(find("由第2步得 42，见第3步。", { original: "第1步 a\n第2步 b\n第3步 c" })).toHaveLength(2);
  });

  test("is not blamed for a label that is there, nor for one that was loose before", () => {
    expect(find("$3 \\cdot 14 = 42$ (1)\n\nFrom (1) each gets 7.")).toEqual([]);
    expect(find("3 * 14 = 42 \\tag{1}\n\nBy equation (1), 42 / 6 = 7.")).toEqual([]);
    expect(find("1. There are 42 pens.\n2. By step 1 each gets 7.")).toEqual([]);
    expect(find("By Lemma 2 each gets 7.", { original: "By Lemma 2 it is 7, of course." })).toEqual([]);
  });

  test("names a table or a list that it speaks of and that is gone, and an above with nothing above", () => {
    expect(find("3 * 14 = 42 and 42 / 6 = 7. So the table above is complete.")).toEqual([
      '"the table above" is no longer there',
    ]);
    expect(find("As computed above, there are 42 pens. So each gets 7.")).toEqual([
      '"As computed above", and nothing is above',
    ]);
  });

  test("names a number whose ground was dropped before a sentence that was kept", () => {
    const kept = "So the 42 pens are shared equally among all of the children, which gives 7.";
    const from = `Three boxes have 3 * 14 = 42 pens.\n\n${kept}`;
    expect(find(kept, { original: from })).toEqual([expect.stringMatching(/^42 in ".*" comes from nowhere$/)]);
    expect(find(`3 * 14 = 42.\n\n${kept}`, { original: from })).toEqual([]);
  });

  test("names a letter that it uses and never introduces", () => {
    expect(find("We divide both sides of $6 n > 41$ and find 7.")).toEqual(["it never says what n is"]);
    expect(find("Each child gets some number n of pens, $6 n = 42$.")).toEqual([]);
  });
});

describe("what the rest leans on", () => {
  const leans = (text: string, step: number) => findNeeded(markPart(text, { step, around: 0 })!, problem);

  test("is what the part works out, names, defines and brings in, and later steps use", () => {
    expect(leans(original, 2).map(({ said }) => said)).toEqual(["42", "(1)"]);
    expect(leans(original, 4).map(({ said }) => said)).toEqual(["n"]);
    const code =
      "First:\n\n```py\ndef total(boxes):\n    pens = 14 * boxes\n    return pens\n```\n\nThen total(3) is the sum.";
    expect(leans(code, 2).map(({ said }) => said)).toEqual(["total"]);
  });

  test("is nothing that stands before the part or in the problem, nor what nobody uses", () => {
    expect(leans(original, 1)).toEqual([]);
    expect(leans("There are 42 pens.\n\nAgain 42 pens, and 99 more.\n\nShare the 42 pens.", 2)).toEqual([]);
  });

  test("is missed where a rewritten part has lost it", () => {
    const needed = leans(original, 2);
    expect(missingFrom("Together that is 3 * 14 = 40 + 2 = 42.", needed)).toEqual(["(1)"]);
    expect(missingFrom("3 * 14 = 40 + 2 = 42 \\tag{1}", needed)).toEqual([]);
    expect(missingFrom("Together there are many pens.", needed)).toEqual(["42", "(1)"]);
  });
});
