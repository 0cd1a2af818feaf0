import { expect, it } from "vitest";
import type { Clock } from "../../src/core/clock.ts";
import { SharedAnswers } from "../../src/studio/shared.ts";

function shared() {
  let now = 0;
  let made = 0;
  const clock = { elapsed: () => now } as Clock;
  const answers = new SharedAnswers(clock);
  const ask = (question: string, isLive: boolean, costMs = 0) =>
    answers.ask(question, { isLive }, async () => {
      now += costMs;
      made += 1;
      return made;
    });
  const wait = (ms: number) => {
    now += ms;
  };
  return { ask, wait };
}

it("answers the same question of a run that goes on once in two seconds, however many ask", async () => {
  const { ask, wait } = shared();
  expect(await Promise.all([ask("a", true), ask("a", true), ask("b", true)])).toEqual([1, 1, 2]);
  wait(2_001);
  expect(await ask("a", true)).toBe(3);
});

it("asks less often for what costs more, and every five seconds at least", async () => {
  const { ask, wait } = shared();
  await ask("a", true, 30);
  wait(2_900);
  expect(await ask("a", true, 400)).toBe(1);
  wait(200);
  expect(await ask("a", true, 400)).toBe(2);
  wait(4_700);
  expect(await ask("a", true)).toBe(3);
});

it("gives each a fresh answer once nobody works on the run", async () => {
  const { ask } = shared();
  expect([await ask("a", true), await ask("a", false), await ask("a", false)]).toEqual([1, 2, 3]);
});

it("lets those who ask meanwhile wait for the same, and forgets an answer that failed", async () => {
  const answers = new SharedAnswers({ elapsed: () => 0 } as Clock);
  const pending = Promise.withResolvers<number>();
  const ask = (make: () => Promise<number>) => answers.ask("a", { isLive: true }, make);
  const [first, second] = [ask(() => pending.promise), ask(async () => 2)];
  pending.reject(new Error("away"));
  await expect(Promise.allSettled([first, second])).resolves.toMatchObject([
    { status: "rejected" },
    { status: "rejected" },
  ]);
  expect(await ask(async () => 3)).toBe(3);
});
