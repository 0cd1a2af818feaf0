import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/core/clock.ts";
import { decide, ERROR_RATE, tally, tryOut } from "../../../src/nodes/following/sequential.ts";

const options = { able: 0.7, unable: 0.3, most: 60 };

describe("the sequential test", () => {
  test("recognises a student that always succeeds, and one that never does, after four tries", () => {
    expect([decide(3, 3, options), decide(4, 4, options)]).toEqual([undefined, "able"]);
    expect([decide(0, 3, options), decide(0, 4, options)]).toEqual([undefined, "unable"]);
  });

  test("is undecided at its bound", () => {
    expect(decide(6, 12, { ...options, most: 12 })).toBe("undecided");
  });

  test("errs no more often than it states, at either end", async () => {
    const draw = seededRandom(7);
    const wrong = async (chance: number, mistake: string) => {
      let count = 0;
      for (let run = 0; run < 4_000; run++) {
        if ((await tryOut(options, async () => draw() < chance)).ability === mistake) count += 1;
      }
      return count / 4_000;
    };
    expect(await wrong(0.3, "able")).toBeLessThan(ERROR_RATE);
    expect(await wrong(0.7, "unable")).toBeLessThan(ERROR_RATE);
    expect(await wrong(0.1, "able")).toBeLessThan(0.001);
  });

  test("does not count a try that the rules can't judge, and ends when there are only such", async () => {
    const replies = [null, true, null, true, true, true];
    expect(await tryOut(options, async () => replies.shift()!)).toMatchObject({
      ability: "able",
      tried: { right: 4, tries: 4 },
    });
    expect(await tryOut(options, async () => null)).toMatchObject({ ability: "undecided", tried: { tries: 0 } });
  });
});

test("beside the verdict stands Wilson's interval", () => {
  expect(tally(0, 8)).toEqual({ right: 0, tries: 8, interval: [0, 0.324] });
  expect(tally(4, 8).interval).toEqual([0.215, 0.785]);
});
