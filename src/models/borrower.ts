/**
 * Borrows for one machine what holds over many (lending.ts), and puts it where this machine's threads take it: into the
 * lanes' slots and slices, and into the budget. It runs in the parent, which looks into the shared memory; no thread waits
 * for the network as long as something is in hand.
 *
 *   look (every LOOK_MS) ──▶ somebody waits and too little is left / a pause began / BEAT_MS are over ──▶ ask ──▶ put
 *                                                                                          └─ fails: try again; and when
 *                                                                                             what was borrowed has run out: close
 *
 * Invariant: what this machine may use is never more than what the book says it has. So more is put after the answer came,
 * and less is taken away here first and told afterwards.
 */
import type { Clock } from "../core/clock.ts";
import { Budget, limitUnits } from "./budget.ts";
import type { Lane, LaneNeeds } from "./lane.ts";
import { type Ask, type Grant, type LaneAsk, type LaneGrant, type PurseAsk, type Span, TTL_MS } from "./lending.ts";
import { Limiter } from "./limiter.ts";
import type { SharedGateway } from "./share.ts";

export interface BorrowOptions {
  readonly shared: SharedGateway;
  /** Names this process among the members; a new one after each start. */
  readonly member: string;
  /** The book's answer. Rejects while the book can't be reached. */
  readonly ask: (ask: Ask) => Promise<Grant>;
  /** Members that are known to be dead. */
  readonly gone?: () => readonly string[];
  readonly clock: Clock;
  /** It can't be reached (again): `lost` once when it begins, `back` once when it is over. */
  readonly onTrouble?: (
    trouble: { readonly kind: "lost"; readonly thrown: unknown } | { readonly kind: "back" },
  ) => void;
}

export interface Borrower {
  /** Others have told of something new: asks soon. */
  hurry(): void;
  /** Resolves after the first answer. */
  readonly begun: Promise<void>;
  /** Gives everything back. Only after the threads have ended. */
  stop(): Promise<void>;
}

const LOOK_MS = 20;
const BEAT_MS = 1_000;
/** A slice with less left than that is followed by the next. */
const SOON_MS = 300;
/** Slots are asked for so often at most. */
const SLOTS_MS = 100;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** Offsets between this clock and the database's, of which the smallest is nearest to the truth. */
const OFFSETS = 30;

export function startBorrowing(options: BorrowOptions): Borrower {
  return new Borrowing(options);
}

/** One lane, and what has been said about it. */
interface Seat {
  readonly key: string;
  readonly lane: Lane;
  readonly rules: LaneAsk["rules"];
  owedMs: number;
  notBefore: number;
  slotsAsked: number;
  /** The pause that the book knows of, in this clock's time. */
  paused: number;
  requests: Span | undefined;
  tokens: Span | undefined;
}

class Borrowing implements Borrower {
  readonly begun: Promise<void>;
  readonly #options: BorrowOptions;
  readonly #seats: readonly Seat[];
  readonly #budget: Budget | undefined;
  readonly #limits: PurseAsk["limits"];
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;
  readonly #first = Promise.withResolvers<void>();
  readonly #offsets: number[] = [];
  #askedAt = Number.NEGATIVE_INFINITY;
  #answeredAt: number;
  #moneyAt = Number.NEGATIVE_INFINITY;
  #isHurried = false;
  #isLost = false;

  constructor(options: BorrowOptions) {
    const { shared, clock } = options;
    this.#options = options;
    this.#answeredAt = clock.elapsed();
    const { plan } = shared.limits;
    const { lanes } = new Limiter(shared.limits, { worker: 0, clock });
    this.#seats = plan.endpoints.map(({ name, key, limits }, index) => ({
      key: key ?? name,
      lane: lanes[index]!,
      rules: limits,
      owedMs: 0,
      notBefore: 0,
      slotsAsked: 0,
      paused: 0,
      requests: undefined,
      tokens: undefined,
    }));
    const budget = new Budget(shared.budget, { worker: 0, clock });
    this.#budget = budget.isBounded ? budget : undefined;
    this.#limits = limitUnits(shared.budget.limits);
    this.begun = this.#first.promise;
    this.#loop = this.#goOn();
  }

  hurry(): void {
    this.#isHurried = true;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
    this.#first.resolve();
    const { member, ask } = this.#options;
    const purse = this.#budget && { ...this.#budget.needs(), limits: this.#limits };
    await ask({ member, lanes: {}, leaves: true, ...(purse && { purse }) });
  }

  async #goOn(): Promise<void> {
    const { clock, onTrouble } = this.#options;
    const { signal } = this.#ended;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        if (this.#hasReason()) await this.#exchange();
        retryMs = FIRST_RETRY_MS;
        await clock.sleep(LOOK_MS, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        if (!this.#isLost) onTrouble?.({ kind: "lost", thrown });
        this.#isLost = true;
        this.#closeIfOver();
        await clock.sleep(retryMs * (0.5 + clock.random() / 2), signal).catch(() => undefined); // Ended: the loop sees it.
        retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
      }
    }
  }

  #hasReason(): boolean {
    const now = this.#options.clock.elapsed();
    if (this.#isHurried || now - this.#askedAt >= BEAT_MS) return true;
    if (now - this.#moneyAt >= SLOTS_MS && this.#budget?.isAskedFor) return true;
    return this.#seats.some((seat) => {
      this.#takeNext(seat);
      return isWanting(seat, seat.lane.needs(), now);
    });
  }

  /** A slice that came early begins when the one before is used up. */
  #takeNext(seat: Seat): void {
    const { lane, requests, tokens } = seat;
    const { requestsMs, tokensMs } = lane.needs();
    if (requests !== undefined && requestsMs === 0) {
      lane.lendRequests(requests.from, requests.to);
      seat.requests = undefined;
    }
    if (tokens !== undefined && tokensMs === 0) {
      lane.lendTokens(tokens.from, tokens.to);
      seat.tokens = undefined;
    }
  }

  async #exchange(): Promise<void> {
    const { member, clock, ask, gone, onTrouble } = this.#options;
    const now = clock.elapsed();
    this.#isHurried = false;
    const lanes = Object.fromEntries(this.#seats.map((seat) => [seat.key, this.#askOf(seat, now)]));
    const dead = gone?.() ?? [];
    const purse = this.#budget && { ...this.#budget.needs(), limits: this.#limits };
    if (purse?.needs.some((units) => units > 0)) this.#moneyAt = now;
    const grant = await ask({ member, lanes, ...(purse && { purse }), ...(dead.length > 0 && { gone: dead }) });
    this.#askedAt = this.#answeredAt = clock.elapsed();
    this.#offsets.push(clock.now() - grant.at);
    if (this.#offsets.length > OFFSETS) this.#offsets.shift();
    for (const seat of this.#seats) {
      const given = grant.lanes[seat.key];
      if (given !== undefined) this.#put(seat, given);
    }
    if (purse !== undefined && grant.purse !== undefined) this.#putMoney(purse, grant.purse);
    if (this.#isLost) onTrouble?.({ kind: "back" });
    this.#isLost = false;
    this.#first.resolve();
  }

  #askOf(seat: Seat, now: number): LaneAsk {
    const { lane, rules } = seat;
    seat.owedMs += lane.takeOwedTokens();
    const needs = lane.needs();
    const waits = needs.waiting > 0 && now >= seat.notBefore;
    const requests = waits && seat.requests === undefined && needs.requestsMs < SOON_MS ? needs.waiting : 0;
    const tokens = waits && seat.tokens === undefined && needs.tokensMs < SOON_MS;
    seat.slotsAsked = now;
    return {
      rules: { ...rules },
      wants: needs.held + needs.waiting,
      slots: needs.slots,
      requests,
      tokens: tokens ? needs.waiting * needs.meanReply : 0,
      tokensOwedMs: seat.owedMs,
      pausedUntil: needs.pausedUntil === 0 ? 0 : needs.pausedUntil - this.#offset(),
    };
  }

  #put(seat: Seat, given: LaneGrant): void {
    const { lane } = seat;
    const offset = this.#offset();
    seat.owedMs = 0;
    seat.notBefore = given.laterMs === 0 ? 0 : this.#answeredAt + given.laterMs;
    const here = ({ from, to }: Span): Span => ({ from: from + offset, to: to + offset });
    if (given.requests !== undefined) seat.requests = here(given.requests);
    if (given.tokens !== undefined) seat.tokens = here(given.tokens);
    this.#takeNext(seat);
    if (given.slots !== undefined) {
      const { slots } = lane.needs();
      if (given.slots >= slots) lane.lendSlots(given.slots);
      // Told at once: somebody waits for them.
      else if (lane.lowerSlots(given.slots) < slots) this.#isHurried = true;
    }
    if (given.pausedUntil > 0) lane.pauseUntil(given.pausedUntil + offset);
    seat.paused = lane.needs().pausedUntil;
  }

  #putMoney(asked: PurseAsk, given: NonNullable<Grant["purse"]>): void {
    const budget = this.#budget!;
    budget.grant(given.granted);
    if (given.over !== undefined) budget.sayOver(given.over, asked.needs[given.over]!);
    // Also who waits himself gives back what does not do for a call: two who keep their rests would wait for ever.
    const gotMore = given.granted.some((units, kind) => units > asked.granted[kind]!);
    if (given.isShort && !gotMore && budget.lower()) this.#isHurried = true;
  }

  /** The smallest seen lately: what is above it is the time that an answer took. */
  #offset(): number {
    return this.#offsets.length === 0 ? 0 : Math.min(...this.#offsets);
  }

  /** Others take this member for dead by now, and may have what it had. */
  #closeIfOver(): void {
    if (this.#options.clock.elapsed() - this.#answeredAt < TTL_MS / 2) return;
    for (const { lane, rules } of this.#seats) {
      if (rules.inFlight !== undefined) lane.lowerSlots(0);
      lane.closePaces();
    }
  }
}

function isWanting(seat: Seat, needs: LaneNeeds, now: number): boolean {
  if (needs.pausedUntil > seat.paused) return true;
  if (needs.waiting === 0 || now < seat.notBefore) return false;
  const wantsSlots = needs.held >= needs.slots && now - seat.slotsAsked >= SLOTS_MS;
  const wantsRequests = seat.requests === undefined && needs.requestsMs < SOON_MS;
  const wantsTokens = seat.tokens === undefined && needs.tokensMs < SOON_MS;
  return wantsSlots || wantsRequests || wantsTokens;
}
