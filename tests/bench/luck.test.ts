/** bench/luck/computed.ts: what chance comes to by the rules of the graphs as they are shipped. */
import { expect, test } from "vitest";
import { asked, calledAble, distill, majority, naive, votesAsked } from "../../bench/luck/computed.ts";
import { seededRandom } from "../../src/core/clock.ts";
import { openGraph } from "../../src/graph/open.ts";

const WRONG = 0.14;

test("votes are counted as they are cast one by one", () => {
  const random = seededRandom(7);
  const [rounds, tally] = [20_000, { medium: 0, votes: 0 }];
  for (let n = 0; n < rounds; n++) {
    let [yes, no] = [0, 0];
    while (yes < 3 && no < 3) random() < 0.3 ? yes++ : no++;
    tally.votes += yes + no;
    if (yes === 3) tally.medium += 1;
  }
  expect(tally.medium / rounds).toBeCloseTo(majority(0.3, 5), 2);
  expect(tally.votes / rounds).toBeCloseTo(votesAsked(0.3, 5), 1);
});

test("what is computed has the votes and bounds of the graphs", () => {
  const nodes = (name: string) =>
    openGraph(new URL(`../../graphs/${name}.yaml`, import.meta.url).pathname, { env: {} }).plan!.nodes;
  const { judge, verify, accept } = nodes("distill");
  expect([judge!.params, verify!.params, accept!.params]).toMatchObject([{ votes: 3 }, { votes: 1 }, { votes: 5 }]);
  expect(verify!.limit).toBe(5);
  const { follow, accept: last } = nodes("asked-student");
  expect([follow!.params, last!.params]).toMatchObject([{ able: 0.7, unable: 0.3, most: 12 }, { votes: 5 }]);
  expect(follow!.limit).toBe(7);
});

test("a judge that is wrong 14 % of the time lets half through alone, and almost nothing through distill.yaml", () => {
  const [loop, ours] = [naive(WRONG, 5), distill(WRONG)];
  expect(loop.passes).toBeCloseTo(1 - (1 - WRONG) ** 5);
  expect(ours.passes).toBeLessThan(0.05);
  expect(ours.calls).toBeLessThan(2 * loop.calls);
  expect(distill(1 - WRONG).passes).toBeGreaterThan(0.9);
});

test("where the student is asked, less than 2 % of what it can't follow passes, and 90 % of what it can", () => {
  expect(calledAble(0.2)).toBeLessThan(0.01);
  expect(asked(0.2, WRONG)).toBeLessThan(0.02);
  expect(asked(0.9, 1 - WRONG)).toBeGreaterThan(0.9);
});
