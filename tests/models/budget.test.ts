import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Amounts,
  Budget,
  type BudgetLimits,
  BudgetSpent,
  type Reservation,
  shareBudget,
  spendReserved,
} from "../../src/models/budget.ts";
import { still } from "./asking.ts";
import { ManualClock, settle } from "./manual-clock.ts";

const amounts = (usd: number, tokens = 0, calls = 1): Amounts => ({ usd, tokens, calls });

function open(limits: BudgetLimits, options: { workers?: number; spent?: Amounts } = {}) {
  const { workers = 1, spent } = options;
  const clock = new ManualClock();
  const shared = shareBudget(limits, { workers, spent });
  const all = Array.from({ length: workers }, (_, worker) => new Budget(shared, { worker, clock }));
  return { shared, clock, all, budget: all[0]! };
}

it("is never exceeded, whatever is reserved, settled, cancelled or lost with its worker", async () => {
  const acts = fc.array(
    fc.record({
      worker: fc.nat(2),
      act: fc.constantFrom("reserve", "settle", "cancel", "die"),
      usd: fc.double({ min: 0, max: 0.3, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 80 },
  );
  await fc.assert(
    fc.asyncProperty(acts, async (script) => {
      const { shared, all } = open({ usd: 1, calls: 12 }, { workers: 3 });
      const held: { reservation: Reservation; usd: number }[][] = [[], [], []];
      const leaving = new AbortController();
      for (const { worker, act, usd, share } of script) {
        if (act === "reserve") {
          const asked = all[worker]!.reserve(amounts(usd), leaving.signal);
          if (asked instanceof Promise) asked.then((late) => late.cancel()).catch(() => undefined);
          else held[worker]!.push({ reservation: asked, usd });
        } else if (act === "die") {
          spendReserved(shared, worker);
          held[worker] = [];
        } else {
          const one = held[worker]!.pop();
          if (act === "cancel") one?.reservation.cancel();
          else one?.reservation.settle(amounts(one.usd * share));
        }
        const { spent, reserved } = all[0]!.view();
        expect(spent.usd + reserved.usd).toBeLessThanOrEqual(1 + 1e-9);
        expect(spent.calls + reserved.calls).toBeLessThanOrEqual(12);
      }
      leaving.abort();
    }),
    { numRuns: 60 },
  );
});

it("lets a call wait for what others give back, and then go", async () => {
  const { budget, clock } = open({ usd: 1 });
  const first = await budget.reserve(amounts(0.9), still);
  const second = budget.reserve(amounts(0.5), still);
  await clock.pass(50);
  first.settle(amounts(0.2));
  await clock.pass(500);
  (await second).settle(amounts(0.3));
  expect(budget.view()).toMatchObject({ spent: { usd: 0.5, calls: 2 }, reserved: { usd: 0, calls: 0 } });
});

it("ends when what is left does not cover the next call, and says of what", async () => {
  const { budget } = open({ usd: 1, calls: 5 }, { spent: amounts(0.4, 0, 4) });
  await expect(budget.reserve(amounts(0.7), still)).rejects.toThrow(BudgetSpent);
  await expect(budget.reserve(amounts(0.1, 0, 2), still)).rejects.toThrow("The budget of 5 calls is spent");
  expect(budget.view().reserved.usd).toBe(0);
});

it("does not let a waiting call hold anything once it is aborted", async () => {
  const { budget, clock } = open({ usd: 1 });
  await budget.reserve(amounts(0.9), still);
  const leaving = new AbortController();
  const waiting = budget.reserve(amounts(0.5), leaving.signal);
  leaving.abort("enough");
  await expect(waiting).rejects.toBe("enough");
  await clock.pass(20);
  expect(budget.view().reserved.usd).toBe(0.9);
});

describe("a lease", () => {
  it("is durable before anything of it is used", async () => {
    const shared = shareBudget({ usd: 100 }, { workers: 1 });
    const written: Amounts[] = [];
    const gate = Promise.withResolvers<void>();
    const onLease = async (upTo: Amounts) => {
      await gate.promise;
      written.push(upTo);
    };
    const budget = new Budget(shared, { worker: 0, clock: new ManualClock(), onLease });
    let got = false;
    const asked = Promise.resolve(budget.reserve(amounts(0.01), still)).then((reservation) => {
      got = true;
      return reservation;
    });
    await settle();
    expect(got).toBe(false);
    gate.resolve();
    await asked;
    expect(written).toHaveLength(1);
    expect(written[0]!.usd).toBeGreaterThanOrEqual(0.01);
    expect(written[0]!.usd).toBeLessThanOrEqual(1.02);
  });

  it("is asked for seldom, and what is in use never passes it", async () => {
    const shared = shareBudget({ usd: 1 }, { workers: 1 });
    let level = 0;
    let asked = 0;
    const onLease = async (upTo: Amounts) => {
      asked += 1;
      level = Math.max(level, upTo.usd);
    };
    const budget = new Budget(shared, { worker: 0, clock: new ManualClock(), onLease });
    for (let n = 0; n < 900; n += 1) {
      const reservation = await budget.reserve(amounts(0.002), still);
      const { spent, reserved } = budget.view();
      expect(spent.usd + reserved.usd).toBeLessThanOrEqual(level + 1e-9);
      reservation.settle(amounts(0.001));
    }
    expect(asked).toBeLessThan(150);
    expect(level).toBeLessThanOrEqual(1);
  });

  it("that could not be written gives nothing out", async () => {
    const onLease = async () => {
      throw new Error("disk full");
    };
    const budget = new Budget(shareBudget({ calls: 10 }, { workers: 1 }), {
      worker: 0,
      clock: new ManualClock(),
      onLease,
    });
    await expect(budget.reserve(amounts(0), still)).rejects.toThrow("disk full");
    expect(budget.view().reserved.calls).toBe(0);
  });

  it("is not asked for without a budget", async () => {
    const onLease = async () => {
      throw new Error("asked");
    };
    const budget = new Budget(shareBudget({}, { workers: 1 }), { worker: 0, clock: new ManualClock(), onLease });
    expect(budget.reserve(amounts(1), still)).not.toBeInstanceOf(Promise);
  });
});
