import { expect, test } from "vitest";
import { isRelated } from "../../src/nodes/related.ts";

const filler =
  "Morning clouds drift slowly over quiet hills while distant rivers carry silver leaves toward open sea harbours";

test("a text that names a short problem's words is about it", () => {
  expect(isRelated(`${filler}. A tin and a pen.`, "Which art has a tin, pen or cup?")).toBe(true);
});

test("a problem's word inside another word is not that word", () => {
  expect(isRelated(`${filler}. Parting opens getting cupboards.`, "Which art has a tin, pen or cup?")).toBe(false);
});
