import { expect, it } from "vitest";
import type { Clock } from "../../src/core/clock.ts";
import { SharedAnswers } from "../../src/studio/shared.ts";

function shared() {
  let now = 0;
  let made = 0;
  const clock = { elapsed: () => now } as Clock;
  const answers = new SharedAnswers(clock);
  const ask = (question: string, isLive: boolean, costMs = 0) =>
    answers.ask(question, { isLive }, () => {
      now += costMs;
      made += 1;
      return made;
    });
  const wait = (ms: number) => {
    now += ms;
  };
  return { ask, wait };
}

it("answers the same question of a run that goes on once in two seconds, however many ask", () => {
  const { ask, wait } = shared();
  expect([ask("a", true), ask("a", true), ask("b", true)]).toEqual([1, 1, 2]);
  wait(2_001);
  expect(ask("a", true)).toBe(3);
});

it("asks less often for what costs more, and every five seconds at least", () => {
  const { ask, wait } = shared();
  ask("a", true, 30);
  wait(2_900);
  expect(ask("a", true, 400)).toBe(1);
  wait(200);
  expect(ask("a", true, 400)).toBe(2);
  wait(4_700);
  expect(ask("a", true)).toBe(3);
});

it("gives each a fresh answer once nobody works on the run", () => {
  const { ask } = shared();
  expect([ask("a", true), ask("a", false), ask("a", false)]).toEqual([1, 2, 3]);
});
