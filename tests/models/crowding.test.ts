import { expect, it } from "vitest";
import { seededRandom } from "../../src/core/clock.ts";
import { CROWDING_INTS, CROWDING_LONGS, Crowding } from "../../src/models/crowding.ts";
import { GROWTH_INTS, GROWTH_LONGS, Growth } from "../../src/models/growth.ts";

/** How long a request takes, in milliseconds, with so many in the air. */
type Latency = (inAir: number, draw: number, now: number) => number;

/** A lane of 200 that always has enough to do, for so many seconds of a server's life. */
function drive(latencyMs: Latency, seconds: number, seed = 3) {
  const growth = new Growth({
    ints: new Int32Array(GROWTH_INTS),
    longs: new BigInt64Array(GROWTH_LONGS),
    int: 0,
    long: 0,
  });
  growth.begin(200, 200);
  const words = { ints: new Int32Array(CROWDING_INTS), longs: new BigInt64Array(CROWDING_LONGS) };
  const crowding = new Crowding(words, growth);
  crowding.begin(0n);
  const draw = seededRandom(seed);
  const inAir: { sent: number; back: number; group: number }[] = [];
  const limits: number[] = [];
  let [now, done] = [1, 0];
  for (; now < seconds * 1000; done += 1) {
    while (inAir.length < growth.limit) {
      growth.sent(us(now), inAir.length + 1);
      inAir.push({ sent: now, back: now + latencyMs(inAir.length + 1, draw(), now), group: crowding.sent() });
    }
    const first = inAir.reduce((least, call, at) => (call.back < inAir[least]!.back ? at : least), 0);
    const [call] = inAir.splice(first, 1);
    now = call!.back;
    crowding.landed(call!.group, us(now - call!.sent), us(now));
    if (!crowding.isTrying) growth.succeeded(us(call!.sent));
    limits.push(growth.limit);
  }
  return { done, limits };
}

const us = (ms: number) => BigInt(Math.round(ms * 1000));
/** From quick to very slow, with a mean of about one. */
const uneven = (draw: number) => 0.3 - 0.7 * Math.log(1 - draw);

it.each([1, 2, 3, 4])("finds out what a server bears that slows down for everybody (%i)", (seed) => {
  const { limits } = drive((inAir, draw) => 400 * (0.8 + 0.4 * draw) * Math.max(1, inAir / 50) ** 2, 400, seed);
  const later = limits.slice(-20_000);
  const mean = later.reduce((sum, limit) => sum + limit, 0) / later.length;
  expect(mean).toBeGreaterThan(40);
  expect(mean).toBeLessThan(62);
});

it.each([1, 2, 3, 4])("keeps a queue at the server short without losing throughput (%i)", (seed) => {
  const { limits, done } = drive((inAir, draw) => 400 * (0.8 + 0.4 * draw) * Math.max(1, inAir / 50), 400, seed);
  expect(done).toBeGreaterThan(0.93 * 125 * 400);
  expect(limits.at(-1)).toBeLessThan(120);
});

it("costs a server that is well next to nothing", () => {
  const { done } = drive(() => 1000, 600);
  expect(done).toBeGreaterThan(0.98 * 200 * 600);
});

it.each([1, 2, 3, 4, 5, 6])("is seldom misled by very uneven replies (%i)", (seed) => {
  const { done } = drive((_, draw) => 1000 * uneven(draw), 600, seed);
  expect(done).toBeGreaterThan(0.9 * 200 * 600);
});

it.each([20, 60, 300])("is seldom misled by a server with moods of %i s", (period) => {
  const mood = (now: number) => 1 + 0.6 * Math.sin((now * 2 * Math.PI) / (period * 1000));
  const { limits } = drive((_, draw, now) => 1000 * mood(now) * (0.5 + draw), 900);
  expect(limits.reduce((sum, limit) => sum + limit, 0) / limits.length).toBeGreaterThan(0.9 * 200);
});

it("tries nothing before twelve round trips that were equally quick", () => {
  const { limits } = drive(() => 1000, 11);
  expect(Math.min(...limits)).toBe(200);
});
