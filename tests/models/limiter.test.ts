import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { EndpointLimits, Permit } from "../../src/models/lane.ts";
import { giveBackPermits, Limiter, shareLimits } from "../../src/models/limiter.ts";
import { Pace } from "../../src/models/pace.ts";
import { still } from "./asking.ts";
import { ManualClock, settle } from "./manual-clock.ts";

const planFor = (limits: EndpointLimits) => ({
  endpoints: [{ name: "here", limits }],
  roles: { teacher: 0, judge: 0 },
});
const good = { kind: "good", tokens: 0 } as const;
const busy = { kind: "busy", retryAfterMs: undefined } as const;

function limiters(limits: EndpointLimits, options: { workers?: number; clock?: ManualClock; inFlight?: number } = {}) {
  const { workers = 1, clock = new ManualClock(), inFlight } = options;
  const shared = shareLimits(planFor(limits), { workers, clock, inFlight });
  const all = Array.from({ length: workers }, (_, worker) => new Limiter(shared, { worker, clock }));
  return { shared, clock, all, limiter: all[0]! };
}

/** A permit that is there at once, or undefined. */
async function now(asked: Permit | Promise<Permit>): Promise<Permit | undefined> {
  return Promise.race([asked, settle().then(() => undefined)]);
}

async function take(limiter: Limiter, count: number): Promise<Permit[]> {
  return Promise.all(Array.from({ length: count }, () => limiter.acquire("teacher", 0, still)));
}

describe("requests in flight", () => {
  it("begin where the graph or the run says", () => {
    expect(limiters({}).limiter.view()[0]?.limit).toBe(64);
    expect(limiters({}, { inFlight: 300 }).limiter.view()[0]?.limit).toBe(300);
    expect(limiters({ inFlight: 20 }, { inFlight: 300 }).limiter.view()[0]?.limit).toBe(20);
    expect(limiters({ inFlight: 500 }, { inFlight: 300 }).limiter.view()[0]?.limit).toBe(300);
  });

  it("wait their turn, first come first served, and are shared by all roles of an endpoint", async () => {
    const { limiter } = limiters({ inFlight: 1 });
    const first = await limiter.acquire("teacher", 0, still);
    const order: string[] = [];
    const waiting = ["judge", "teacher", "judge"].map(async (role, n) => {
      const permit = await limiter.acquire(role, 0, still);
      order.push(`${n} ${role}`);
      permit.release(good);
    });
    await settle();
    expect(limiter.view()[0]).toMatchObject({ inFlight: 1, waiting: 3 });
    first.release(good);
    await Promise.all(waiting);
    expect(order).toEqual(["0 judge", "1 teacher", "2 judge"]);
    expect(limiter.view()[0]).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  it("leave the queue when they are aborted, and nobody waits behind them", async () => {
    const { limiter } = limiters({ inFlight: 1 });
    const first = await limiter.acquire("teacher", 0, still);
    const leaving = new AbortController();
    const left = limiter.acquire("teacher", 0, leaving.signal);
    const next = limiter.acquire("teacher", 0, still);
    leaving.abort("enough");
    await expect(left).rejects.toBe("enough");
    first.release(good);
    expect(await now(next)).toBeDefined();
  });

  it("double in a round trip as long as nothing hurts", async () => {
    const { limiter, clock } = limiters({});
    for (const expected of [128, 256, 512]) {
      const permits = await take(limiter, limiter.view()[0]!.limit);
      await clock.pass(10);
      for (const permit of permits) permit.release(good);
      expect(limiter.view()[0]!.limit).toBe(expected);
    }
  });

  it("do not grow by a trickle", async () => {
    const { limiter, clock } = limiters({}, { inFlight: 8 });
    for (let n = 0; n < 100; n += 1) {
      const permit = await limiter.acquire("teacher", 0, still);
      await clock.pass(1);
      permit.release(good);
    }
    expect(limiter.view()[0]!.limit).toBe(8);
  });

  it("are not asked for at all for a while where every one is refused, longer each time", async () => {
    const { limiter, clock } = limiters({}, { inFlight: 4 });
    let asked = 0;
    const stop = new AbortController();
    const asking = Array.from({ length: 4 }, async () => {
      for (;;) {
        const permit = await limiter.acquire("teacher", 0, stop.signal);
        asked += 1;
        await clock.sleep(1, stop.signal);
        permit.release(busy);
      }
    });
    await clock.pass(60_000);
    expect(asked).toBeLessThan(20);
    stop.abort();
    await Promise.allSettled(asking);
  });

  it("keep their number where everything fails, but everybody stays away for a moment", async () => {
    const { limiter, clock } = limiters({}, { inFlight: 4 });
    for (const pausedForMs of [0, 250, 500, 1000, 2000, 4000, 5000, 5000]) {
      await clock.pass(10_000);
      const permit = await limiter.acquire("teacher", 0, still);
      await clock.pass(1);
      permit.release({ kind: "failed" });
      expect(limiter.view()[0]).toMatchObject({ limit: 4, pausedForMs });
    }
  });

  it("halve once for a whole round trip of trouble, and again for the next", async () => {
    const { limiter, clock } = limiters({}, { inFlight: 40 });
    const permits = await take(limiter, 40);
    await clock.pass(10);
    for (const permit of permits) permit.release(busy);
    expect(limiter.view()[0]).toMatchObject({ limit: 20, cuts: 1 });
    await clock.pass(10);
    const [again] = await take(limiter, 20);
    await clock.pass(10);
    again!.release(busy);
    expect(limiter.view()[0]).toMatchObject({ limit: 10, cuts: 2 });
  });

  it("come back to just below where it hurt in a round trip, and try a step above it only after ten", async () => {
    const { limiter, clock } = limiters({});
    const round = async (ending: typeof good | typeof busy) => {
      const permits = await take(limiter, limiter.view()[0]!.limit);
      await clock.pass(10);
      for (const permit of permits) permit.release(ending);
      return limiter.view()[0]!.limit;
    };
    expect(await round(busy)).toBe(32);
    await round(good);
    expect(await round(good)).toBe(60);
    for (let n = 0; n < 8; n += 1) expect(await round(good)).toBe(60);
    for (let n = 0; n < 60; n += 1) await round(good);
    expect(limiter.view()[0]!.limit).toBeGreaterThan(64);
  });
});

describe("a pause", () => {
  it("that the server asks for stops every role, and ends by itself", async () => {
    const { limiter, clock } = limiters({ inFlight: 4 });
    const [permit] = await take(limiter, 1);
    permit!.release({ kind: "busy", retryAfterMs: 5000 });
    const waiting = limiter.acquire("judge", 0, still);
    await clock.pass(4900);
    expect(await now(waiting)).toBeUndefined();
    expect(limiter.view()[0]!.pausedForMs).toBe(100);
    await clock.pass(400);
    expect(await now(waiting)).toBeDefined();
  });
});

describe("a rate", () => {
  it("is never exceeded in any minute, however requests arrive and however late timers are", () => {
    const gaps = fc.array(fc.oneof(fc.nat(50), fc.nat(3000), fc.nat(200_000)), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), gaps, (perMinute, waits) => {
        const words = new BigInt64Array(new SharedArrayBuffer(8));
        const pace = new Pace(words, 0, { perMinute, margin: 0.02 });
        const starts: number[] = [];
        let at = 1_000_000;
        for (const gap of waits) {
          at += gap;
          for (let n = 0; n < 40 && pace.take(1, at) === 0; n += 1) starts.push(at);
        }
        for (const [n, start] of starts.entries()) {
          const inMinute = starts.slice(n).filter((other) => other < start + 60_000).length;
          expect(inMinute).toBeLessThanOrEqual(perMinute);
        }
      }),
    );
  });

  it("is used to 95 % when enough is asked for", async () => {
    const { limiter, clock } = limiters({ requestsPerMinute: 600, inFlight: 200 });
    let done = 0;
    const stop = new AbortController();
    const asking = Array.from({ length: 200 }, async () => {
      for (;;) {
        const permit = await limiter.acquire("teacher", 0, stop.signal);
        await clock.sleep(900, stop.signal);
        done += 1;
        permit.release(good);
      }
    });
    await clock.pass(61_000);
    expect(done).toBeGreaterThanOrEqual(570);
    expect(done).toBeLessThanOrEqual(600);
    stop.abort();
    await Promise.allSettled(asking);
  });

  it("of tokens is settled with what the server counted", async () => {
    const { limiter, clock } = limiters({ tokensPerMinute: 60_000 });
    const permit = await limiter.acquire("teacher", 100, still);
    permit.release({ kind: "good", tokens: 5700 }); // 5,700 tokens are 6 seconds of 950 a second
    const next = limiter.acquire("teacher", 100, still);
    await clock.pass(5000);
    expect(await now(next)).toBeUndefined();
    await clock.pass(1300);
    expect(await now(next)).toBeDefined();
  });
});

describe("many workers", () => {
  it("never hold more than the limit together, and give back all of it", async () => {
    const acts = fc.array(fc.record({ worker: fc.nat(2), act: fc.constantFrom("take", "good", "busy", "die") }), {
      maxLength: 120,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), acts, async (inFlight, script) => {
        const { shared, clock, all } = limiters({ inFlight }, { workers: 3 });
        const held: Permit[][] = [[], [], []];
        const leaving = new AbortController();
        for (const { worker, act } of script) {
          await clock.pass(1);
          if (act === "take") {
            const asked = all[worker]!.acquire("teacher", 0, leaving.signal);
            if (asked instanceof Promise) asked.then((late) => late.release({ kind: "other" })).catch(() => undefined);
            else held[worker]!.push(asked);
          } else if (act === "die") {
            giveBackPermits(shared, worker);
            held[worker] = [];
          } else {
            held[worker]!.pop()?.release(act === "good" ? good : busy);
          }
          const inAir = held.flat().length;
          expect(inAir).toBeLessThanOrEqual(inFlight);
          expect(all[0]!.view()[0]!.limit).toBeGreaterThanOrEqual(1);
        }
        leaving.abort();
      }),
      { numRuns: 60 },
    );
  });

  it("share fairly while others wait", async () => {
    const { clock, all } = limiters({ inFlight: 10 }, { workers: 2 });
    const greedy = await take(all[0]!, 10);
    const poor = Array.from({ length: 10 }, () => all[1]!.acquire("teacher", 0, still));
    const more = Array.from({ length: 10 }, () => all[0]!.acquire("teacher", 0, still));
    for (const permit of greedy) permit.release(good);
    await clock.pass(20);
    const served = await Promise.all([...poor, ...more].map((asked) => now(Promise.resolve(asked))));
    expect(served.slice(0, 10).filter(Boolean)).toHaveLength(5);
    expect(served.slice(10).filter(Boolean)).toHaveLength(5);
  });

  it("in threads of their own never go above the limit, even when one is killed in the middle", async () => {
    const shared = shareLimits(planFor({ inFlight: 7 }), { workers: 3, clock: systemClock });
    const count = new SharedArrayBuffer(12); // in the air, most ever in the air, done
    const open = (worker: number) =>
      new Worker(new URL("./limiter-worker.ts", import.meta.url), {
        workerData: { shared, worker, count, requests: 2000 },
      });
    const threads = [0, 1, 2].map(open);
    const ends = threads.map((thread) => new Promise((resolve) => thread.once("exit", resolve)));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await threads[2]!.terminate();
    giveBackPermits(shared, 2);
    await Promise.all(ends);
    const [, most, done] = new Int32Array(count);
    expect(done).toBeGreaterThanOrEqual(4000);
    expect(most).toBeLessThanOrEqual(7 + 7); // what the killed one had in the air was never counted down
    expect(new Limiter(shared, { worker: 0, clock: systemClock }).view()[0]).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});
