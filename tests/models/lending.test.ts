import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type Ask,
  type Book,
  closeBook,
  emptyBook,
  type Grant,
  type LaneAsk,
  lend,
  type PurseAsk,
  type Span,
  TTL_MS,
  type Units,
  viewPurse,
} from "../../src/models/lending.ts";

const T0 = 1_700_000_000_000;
const none: Units = [0, 0, 0];
const unlimited = Number.MAX_SAFE_INTEGER;

const laneAsk = (fields: Partial<LaneAsk> = {}): LaneAsk => ({
  rules: {},
  wants: 0,
  slots: 0,
  requests: 0,
  tokens: 0,
  tokensOwedMs: 0,
  pausedUntil: 0,
  ...fields,
});

const purseAsk = (fields: Partial<PurseAsk> = {}): PurseAsk => ({
  limits: [unlimited, unlimited, 100],
  granted: none,
  spent: none,
  reserved: none,
  needs: none,
  ...fields,
});

/** A book, and members that ask and keep what they were given. */
class Company {
  book: Book = emptyBook();
  nowMs = T0;
  readonly slots = new Map<string, number>();
  readonly askedAt = new Map<string, number>();

  ask(ask: Ask): Grant {
    const { book, grant } = lend(this.book, ask, this.nowMs);
    // As it is stored.
    this.book = JSON.parse(JSON.stringify(book)) as Book;
    return grant;
  }

  askSlots(member: string, wants: number, inFlight: number): number {
    // Who could not ask for so long has closed its lanes.
    const isLate = this.nowMs - (this.askedAt.get(member) ?? this.nowMs) >= TTL_MS / 2;
    const slots = isLate ? 0 : (this.slots.get(member) ?? 0);
    this.askedAt.set(member, this.nowMs);
    const given = this.ask({ member, lanes: { a: laneAsk({ rules: { inFlight }, wants, slots }) } }).lanes.a!.slots!;
    this.slots.set(member, given);
    return given;
  }
}

it("never lends more slots than there are, whoever wants how many, and lends all of them", () => {
  const step = fc.record({ member: fc.constantFrom("m1", "m2", "m3"), wants: fc.nat(40), ms: fc.nat(2_000) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 50 }), (steps, inFlight) => {
      const company = new Company();
      for (const { member, wants, ms } of steps) {
        company.nowMs += ms;
        company.askSlots(member, wants, inFlight);
        const living = [...company.slots].filter(([name]) => name in company.book.members);
        expect(living.reduce((sum, [, slots]) => sum + slots, 0)).toBeLessThanOrEqual(inFlight);
      }
    }),
  );
  const company = new Company();
  for (let round = 0; round < 4; round += 1) for (const name of ["m1", "m2"]) company.askSlots(name, 100, 10);
  expect([...company.slots.values()]).toEqual([5, 5]);
});

it("lends slices of a pace that never overlap, and no faster than the pace", () => {
  const step = fc.record({
    member: fc.constantFrom("m1", "m2", "m3"),
    wants: fc.integer({ min: 1, max: 30 }),
    ms: fc.nat(1_500),
  });
  const steps = fc.array(step, { minLength: 5, maxLength: 80 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 3, max: 3_000 }), (asks, requestsPerMinute) => {
      const company = new Company();
      const slices: Span[] = [];
      for (const { member, wants, ms } of asks) {
        company.nowMs += ms;
        const lane = laneAsk({ rules: { requestsPerMinute }, requests: wants });
        const slice = company.ask({ member, lanes: { a: lane } }).lanes.a!.requests;
        if (slice === undefined) continue;
        expect(slice.from).toBeGreaterThanOrEqual(Math.max(company.nowMs, slices.at(-1)?.to ?? 0));
        slices.push(slice);
      }
      const units = slices.reduce((sum, { from, to }) => sum + (to - from) / (60_000 / (requestsPerMinute * 0.98)), 0);
      const span = slices.at(-1)!.to - slices[0]!.from;
      expect(units).toBeLessThanOrEqual((requestsPerMinute * span) / 60_000 + 0.001);
    }),
  );
});

it("charges tokens that were used beyond a slice to the pace of all", () => {
  const company = new Company();
  const rules = { tokensPerMinute: 60_000 };
  const first = company.ask({ member: "m1", lanes: { a: laneAsk({ rules, tokens: 100 }) } }).lanes.a!.tokens!;
  company.ask({ member: "m1", lanes: { a: laneAsk({ rules, tokensOwedMs: 500 }) } });
  const next = company.ask({ member: "m2", lanes: { a: laneAsk({ rules, tokens: 100 }) } }).lanes.a!.tokens!;
  expect(next.from - first.to).toBeCloseTo(500, 5);
});

it("tells every member of the latest pause, and that there is a new one", () => {
  const company = new Company();
  const until = T0 + 5_000;
  expect(company.ask({ member: "m1", lanes: { a: laneAsk({ pausedUntil: until }) } }).tellsOthers).toBe(true);
  const heard = company.ask({ member: "m2", lanes: { a: laneAsk() } });
  expect(heard.lanes.a!.pausedUntil).toBe(until);
  expect(heard.tellsOthers).toBe(false);
});

it("never grants more money than there is, through deaths, departures and lost answers", () => {
  const members = ["m1", "m2", "m3"];
  const step = fc.record({
    member: fc.constantFrom(...members),
    what: fc.constantFrom("ask", "ask", "ask", "spend", "lower", "lost", "leave", "sleep"),
    needs: fc.integer({ min: 1, max: 20 }),
    ms: fc.nat(3_000),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 120 }), (steps) => {
      const company = new Company();
      const hands = new Map(members.map((name) => [name, { granted: 0, spent: 0, total: 0 }]));
      let names = 0;
      for (const { member, what, needs, ms } of steps) {
        company.nowMs += what === "sleep" ? TTL_MS + ms : ms;
        const hand = hands.get(member)!;
        const name = `${member}-${hand.total}`;
        const asking = purseAsk({
          granted: [0, 0, hand.granted],
          spent: [0, 0, hand.spent],
          needs: what === "ask" || what === "lost" ? [0, 0, needs] : none,
        });
        if (what === "spend") hand.spent = Math.min(hand.granted, hand.spent + needs);
        if (what === "lower") hand.granted = hand.spent;
        if (what === "leave") {
          company.ask({ member: name, lanes: {}, purse: { ...asking, spent: [0, 0, hand.spent] }, leaves: true });
          hands.set(member, { granted: 0, spent: 0, total: ++names });
        } else if (what === "ask" || what === "lost") {
          const given = company.ask({ member: name, lanes: {}, purse: asking }).purse!;
          if (what === "ask") hand.granted = given.granted[2];
        }
        const { spent, reserved } = viewPurse(company.book);
        expect(spent.calls + reserved.calls).toBeLessThanOrEqual(100);
        const inHand = [...hands.values()].reduce((sum, { granted, spent: used }) => sum + granted - used, 0);
        expect(inHand).toBeLessThanOrEqual(100);
      }
    }),
    { numRuns: 300 },
  );
});

it("counts a dead member's slice as spent, and settles it when the member was only silent", () => {
  const company = new Company();
  const granted = company.ask({ member: "m1", lanes: {}, purse: purseAsk({ needs: [0, 0, 10] }) }).purse!.granted;
  const beat = () => {
    company.nowMs += 2_000;
    company.ask({ member: "m2", lanes: {}, purse: purseAsk() });
  };
  for (let n = 0; n < 5; n += 1) beat();
  expect(viewPurse(company.book).spent.calls).toBe(granted[2]);
  company.ask({ member: "m1", lanes: {}, purse: purseAsk({ granted, spent: [0, 0, 3] }) });
  expect(viewPurse(company.book)).toMatchObject({ spent: { calls: 3 }, reserved: { calls: granted[2] - 3 } });
  expect(viewPurse(closeBook(company.book)).spent.calls).toBe(granted[2]);
});

it("takes nobody for dead after the database was away", () => {
  const company = new Company();
  for (const name of ["m1", "m2"]) company.askSlots(name, 10, 10);
  company.nowMs += 60_000;
  company.askSlots("m1", 10, 10);
  expect(Object.keys(company.book.members)).toEqual(["m1", "m2"]);
});

it("says that a budget is over only when what all have in hand would not do either", () => {
  const company = new Company();
  const asking = (fields: Partial<PurseAsk>) => purseAsk({ limits: [unlimited, unlimited, 10], ...fields });
  const rich = company.ask({ member: "m1", lanes: {}, purse: asking({ needs: [0, 0, 10] }) }).purse!;
  expect(rich.granted[2]).toBe(10);
  const poor = company.ask({ member: "m2", lanes: {}, purse: asking({ needs: [0, 0, 1] }) }).purse!;
  expect(poor).toEqual({ granted: none, isShort: true });
  const told = company.ask({ member: "m1", lanes: {}, purse: asking({ granted: [0, 0, 10], spent: [0, 0, 4] }) })
    .purse!;
  expect(told.isShort).toBe(true);
  company.ask({ member: "m1", lanes: {}, purse: asking({ granted: [0, 0, 4], spent: [0, 0, 4] }) });
  expect(company.ask({ member: "m2", lanes: {}, purse: asking({ needs: [0, 0, 6] }) }).purse!.granted[2]).toBe(6);
  const over = company.ask({
    member: "m1",
    lanes: {},
    purse: asking({ granted: [0, 0, 4], spent: [0, 0, 4], needs: [0, 0, 7] }),
  });
  expect(over.purse!.over).toBe(2);
});
