import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { startBorrowing } from "../../src/models/borrower.ts";
import { BudgetSpent, type Gateway } from "../../src/models/gateway.ts";
import { type Ask, type Book, emptyBook, type Grant, lend, type Units, viewPurse } from "../../src/models/lending.ts";
import { openGateway, type ShareOptions, shareGateway, viewGateway } from "../../src/models/share.ts";
import { ask, mockServer, specFor, still } from "./asking.ts";

/** The book as a database keeps it: a moment away, and sometimes not there. */
class Lender {
  book: Book = emptyBook();
  isAway = false;
  asked = 0;

  async lend(asked: Ask): Promise<Grant> {
    await sleep(2);
    if (this.isAway) throw new Error("away");
    this.asked += 1;
    const { book, grant } = lend(this.book, asked, systemClock.now());
    this.book = JSON.parse(JSON.stringify(book)) as Book;
    return grant;
  }
}

/** One machine: a gateway whose limits and budget are borrowed. */
function machine(lender: Lender, member: string, options: Pick<ShareOptions, "models" | "budget">) {
  const shared = shareGateway({ ...options, env: {}, workers: 1, isBorrowed: true });
  const gateway = openGateway(shared, { models: options.models, env: {}, worker: 0 });
  const troubles: string[] = [];
  const borrower = startBorrowing({
    shared,
    member,
    ask: (asked) => lender.lend(asked),
    clock: systemClock,
    onTrouble: ({ kind }) => troubles.push(kind),
  });
  onTestFinished(() => gateway.close());
  return { shared, gateway, borrower, troubles };
}

const calls = (gateway: Gateway, name: string, count: number) =>
  Array.from({ length: count }, (_, n) => gateway.call("teacher", ask(`${name} ${n}`), { signal: still }));

it("keeps the requests in the air of two machines together below an endpoint's limit, and uses it", async () => {
  const server = await mockServer({ latencyMs: 30 });
  const lender = new Lender();
  const models = { teacher: specFor(server.url, { inFlight: 6 }) };
  const [a, b] = ["a", "b"].map((name) => machine(lender, name, { models }));
  await Promise.all([...calls(a!.gateway, "a", 60), ...calls(b!.gateway, "b", 60)]);
  const { peakParallel, answered } = await server.counts();
  expect(answered).toBe(120);
  expect(peakParallel).toBeLessThanOrEqual(6);
  expect(peakParallel).toBeGreaterThanOrEqual(4);
  expect(lender.asked).toBeLessThan(60);
  await Promise.all([a!.borrower.stop(), b!.borrower.stop()]);
  expect(lender.book.members).toEqual({});
});

it("keeps two machines together below an endpoint's rate", async () => {
  const server = await mockServer();
  const lender = new Lender();
  const models = { teacher: specFor(server.url, { requestsPerMinute: 1_200 }) };
  const [a, b] = ["a", "b"].map((name) => machine(lender, name, { models }));
  const began = performance.now();
  await Promise.all([...calls(a!.gateway, "a", 20), ...calls(b!.gateway, "b", 20)]);
  const seconds = (performance.now() - began) / 1_000;
  expect(40).toBeLessThanOrEqual(20 * (seconds + 0.6) + 1);
  await Promise.all([a!.borrower.stop(), b!.borrower.stop()]);
});

it("holds one machine back when the server has told the other to wait", async () => {
  const server = await mockServer({ retryAfterS: 1 });
  const lender = new Lender();
  const models = { teacher: specFor(server.url) };
  const [a, b] = ["a", "b"].map((name) => machine(lender, name, { models }));
  await Promise.all([a!.borrower.begun, b!.borrower.begun]);
  await server.next("429-retry-after");
  const call = calls(a!.gateway, "a", 1)[0]!;
  while (viewGateway(a!.shared).lanes[0]!.pausedForMs === 0) await sleep(5);
  b!.borrower.hurry();
  while (viewGateway(b!.shared).lanes[0]!.pausedForMs === 0) {
    await sleep(5);
    b!.borrower.hurry();
  }
  expect((await call).attempts).toBe(2);
  await Promise.all([a!.borrower.stop(), b!.borrower.stop()]);
});

it("spends a budget over two machines to its end and no further", async () => {
  const server = await mockServer({ latencyMs: 5 });
  const lender = new Lender();
  const models = { teacher: specFor(server.url, { maxTokens: 10 }) };
  const [a, b] = ["a", "b"].map((name) => machine(lender, name, { models, budget: { calls: 30 } }));
  const ends = await Promise.allSettled([...calls(a!.gateway, "a", 40), ...calls(b!.gateway, "b", 40)]);
  const refused = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  expect((await server.counts()).answered).toBe(30);
  expect(refused.every((thrown) => thrown instanceof BudgetSpent)).toBe(true);
  await Promise.all([a!.borrower.stop(), b!.borrower.stop()]);
  expect(viewPurse(lender.book)).toMatchObject({ spent: { calls: 30 }, reserved: { calls: 0 } });
});

it("gives back the rest of a budget that does for no call, also while it waits itself", async () => {
  const server = await mockServer({ replyChars: 80 });
  const lender = new Lender();
  const price = { inUsdPerMTok: 0, outUsdPerMTok: 10_000 };
  const models = { teacher: specFor(server.url, { maxTokens: 100, price }) };
  const rest: Units = [1_200_000_000, 0, 0];
  const purse = { ...lender.book.purse, members: { b: { granted: rest, spent: [0, 0, 0] as Units } } };
  lender.book = { ...lender.book, members: { b: systemClock.now() + 60_000 }, purse };
  const a = machine(lender, "a", { models, budget: { usd: 2.4 } });
  const oneByOne = async () => {
    for (let n = 0; n < 6; n += 1) await a.gateway.call("teacher", ask(`a ${n}`), { signal: still });
  };
  const all = oneByOne().catch(() => undefined); // The budget may end before its calls do.
  const own = () => lender.book.purse.members.a;
  // A call may cost a dollar, and costs a part of it: what is left of the slices does not do for another.
  while (own() === undefined || own()!.spent[0] === 0 || own()!.granted[0] !== own()!.spent[0]) await sleep(5);
  await lender.lend({ member: "b", lanes: {}, leaves: true });
  lender.book = { ...lender.book, purse: { ...lender.book.purse, spent: [0, 0, 0] } };
  await all;
  await a.borrower.stop();
  expect(viewPurse(lender.book).spent.usd).toBeLessThanOrEqual(2.4);
});

it("counts what a machine had in hand as spent when it dies", async () => {
  const server = await mockServer();
  const lender = new Lender();
  const models = { teacher: specFor(server.url, { maxTokens: 10 }) };
  const a = machine(lender, "a", { models, budget: { calls: 100 } });
  await calls(a.gateway, "a", 1)[0];
  const had = viewPurse(lender.book).reserved.calls + viewPurse(lender.book).spent.calls;
  const b = machine(lender, "b", { models, budget: { calls: 100 } });
  await b.borrower.begun;
  await lender.lend({ member: "b", lanes: {}, gone: ["a"] });
  expect(viewPurse(lender.book).spent.calls).toBe(had);
  await Promise.all([a.borrower.stop(), b.borrower.stop()]);
  expect(viewPurse(lender.book).spent.calls).toBe(1);
});

it("says once that the book is away, begins nothing new, and goes on when it is back", async () => {
  const server = await mockServer();
  const lender = new Lender();
  lender.isAway = true;
  const a = machine(lender, "a", { models: { teacher: specFor(server.url, { inFlight: 2 }) } });
  const waiting = Promise.all(calls(a.gateway, "a", 3));
  while (a.troubles.length === 0) await sleep(5);
  expect((await server.counts()).requests).toBe(0);
  lender.isAway = false;
  await waiting;
  expect(a.troubles).toEqual(["lost", "back"]);
  await a.borrower.stop();
});
