/** Where samples go, by label, condition, visits and failure. No model and no store: the router is pure. */
import { expect, test } from "vitest";
import { createRouter } from "../../src/engine/route.ts";
import { planOf } from "./plan-of.ts";

const rewrite = "kind: rewrite, model: m, prompt: p.md, writes: trace";
const rate = "kind: rate, model: m, prompt: j.md, writes: rating";
const state = { problem: "What is 2 + 2?", trace: "It is 4." };

test("a step that failed goes where onError says, whatever form the ways have", () => {
  const plan = planOf(`
  a: { ${rewrite}, onError: c, then: b }
  b: { ${rate}, onError: c, then: { easy: c, medium: accepted, hard: c } }
  c: { ${rewrite}, then: accepted }
`);
  const router = createRouter(plan);
  expect(router.after("a", "failed", state, { a: 1 }).next).toBe("c");
  expect(router.after("b", "failed", state, { b: 1 }).next).toBe("c");
  expect(router.after("c", "failed", state, { c: 1 }).next).toBe("failed");
  expect(router.after("a", "undecided", state, { a: 1 }).next).toBe("undecided");
});

test("a condition counts the visit that has just ended", () => {
  const plan = planOf(`
  a: { ${rewrite}, limit: 9, then: [{ when: visits(a) > 2, to: b-2 }, { to: a }] }
  b-2: { ${rewrite}, when: visits(b-2) == 0 && visits(a) > 2, then: accepted }
`);
  const router = createRouter(plan);
  const ways = [1, 2, 3].map((visit) => router.after("a", "written", state, { a: visit }).next);
  expect(ways).toEqual(["a", "a", "b-2"]);
  expect(router.after("a", "written", state, { a: 4, "b-2": 1 })).toEqual({ next: "accepted", skipped: ["b-2"] });
});
