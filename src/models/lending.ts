/**
 * Limits and a budget that hold over many machines. One book a run lies where all worker processes reach it (the store's
 * database); each of them borrows slices from it, and uses these with no round trip per call. This file is the book's rule
 * alone: a pure function from a book and what one member asks to the next book and what it gets.
 *
 *   requests, tokens a minute   the book holds the time at which the next unit is due (as pace.ts does for the threads of
 *                               one machine). A slice is a span of that time line, so slices never overlap, and all members
 *                               together start no more than one process would. It ends by itself, as time passes
 *   requests in flight          each member has slots. It alone lowers its own, and tells afterwards; the book raises them
 *                               as far as the sum allows. What others are to give up is said to them: `slots` below theirs
 *   pause                       the latest time that anybody was told to stay away until
 *   budget                      granted in slices; a slice counts as spent as soon as it is granted, and what was not spent
 *                               comes back when its member lowers it or leaves
 *
 * Invariants, whatever is asked in whatever order:
 *   1. the sum of the slots of all members is at most `inFlight`, but for what members who were taken for dead still hold
 *   2. spent + what is granted and not settled <= limit, for dollars, tokens and calls
 *   3. slices of one pace are disjoint
 *
 * A member that has not asked for TTL_MS is dead: its slots are free, and what it was granted is spent (nobody knows what
 * its last calls cost). A member that comes back from the dead is entered with what it holds and has spent. A book that nobody has touched for a while tells of a database that was away, and not of deaths:
 * then everybody has time to come back.
 *
 * An answer that got lost needs no care: a member says what it has, and the book forgets what it gave beyond that.
 *
 * `rate-limiter-flexible` counts points in fixed windows, which let twice the rate through where two windows meet, by the
 * clock of each client; and it has neither slots nor slices to give back.
 */
import type { Amounts } from "./budget.ts";

/** Dollars are counted in billionths, like in budget.ts. */
export type Units = readonly [usd: number, tokens: number, calls: number];

export interface Span {
  /** Milliseconds since the epoch, by the database's clock. */
  readonly from: number;
  readonly to: number;
}

export interface LaneRules {
  readonly inFlight?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

export interface LaneAsk {
  readonly rules: LaneRules;
  /** Requests in the air and waiting; and how many may be in the air by what this member was given. */
  readonly wants: number;
  readonly slots: number;
  /** So many requests a slice is wanted for; 0 when none is. */
  readonly requests: number;
  readonly tokens: number;
  /** Milliseconds of the token pace that were used beyond what was taken (less than 0: left over). */
  readonly tokensOwedMs: number;
  readonly pausedUntil: number;
}

export interface PurseAsk {
  readonly limits: Units;
  /** What this member was granted and has not given back: no call takes it beyond that. */
  readonly granted: Units;
  /** What it has spent of it, and what its calls in the air may cost at most. */
  readonly spent: Units;
  readonly reserved: Units;
  /** The most that a call which waits may cost; nothing when none waits. */
  readonly needs: Units;
}

export interface Ask {
  readonly member: string;
  readonly lanes: Readonly<Record<string, LaneAsk>>;
  readonly purse?: PurseAsk;
  /** Members that are known to be dead. */
  readonly gone?: readonly string[];
  /** Gives everything back. */
  readonly leaves?: true;
}

export interface LaneGrant {
  /** How many may be in the air; less than it has: to be lowered as requests land. Left out without such a rule. */
  readonly slots?: number;
  readonly requests?: Span;
  readonly tokens?: Span;
  /** Nothing can be had before that. */
  readonly laterMs: number;
  readonly pausedUntil: number;
}

export interface Grant {
  /** The database's time when it was granted. */
  readonly at: number;
  readonly lanes: Readonly<Record<string, LaneGrant>>;
  readonly purse?: {
    readonly granted: Units;
    /** What is needed does not fit, even if all that is in hand came back: the index of dollars, tokens or calls. */
    readonly over?: number;
    /** Somebody waits for what others have in hand. */
    readonly isShort: boolean;
  };
  /** A pause has begun, or somebody is to give back: the others should ask soon. */
  readonly tellsOthers: boolean;
}

interface LaneBook {
  requestsDue: number;
  tokensDue: number;
  pausedUntil: number;
  slots: Record<string, { slots: number; wants: number }>;
}

interface Purse {
  /** By those who have left. */
  spent: Units;
  /** Until then everybody is to give back what lies idle. */
  shortUntil: number;
  /** Of the dead, all that was granted is spent. They stay, because they may come back and settle. */
  members: Record<string, { granted: Units; spent: Units; isDead?: true }>;
}

export interface Book {
  readonly touchedAt: number;
  readonly members: Readonly<Record<string, number>>;
  readonly lanes: Readonly<Record<string, LaneBook>>;
  readonly purse: Purse;
}

export const TTL_MS = 6_000;
const AWAY_MS = 3_000;
const SLICE_MS = 1_000;
/** So far ahead of now a slice may begin. */
const AHEAD_MS = 2_000;
const MINUTE_MS = 60_000;
/** How long others are asked to give back after somebody found nothing. */
const SHORT_MS = 3_000;
/** As in lane.ts: one long reply may overshoot a window by itself. */
export const REQUESTS_MARGIN = 0.02;
export const TOKENS_MARGIN = 0.05;

/** A budget is granted in about so many slices: what a dead worker had in hand is lost, and each slice is a round trip. */
const SLICES = 400;

const NOTHING: Units = [0, 0, 0];

export function emptyBook(spent: Units = NOTHING): Book {
  return { touchedAt: 0, members: {}, lanes: {}, purse: { spent, shortUntil: 0, members: {} } };
}

/** `nowMs` is the database's, which is the same for all. */
export function lend(book: Book, ask: Ask, nowMs: number): { readonly book: Book; readonly grant: Grant } {
  const next = structuredClone(book) as { -readonly [Key in keyof Book]: Book[Key] };
  const members: Record<string, number> = { ...next.members };
  const wasAway = nowMs - next.touchedAt > AWAY_MS;
  for (const [name, until] of Object.entries(members)) {
    const ends = wasAway ? Math.max(until, nowMs + TTL_MS) : until;
    members[name] = ends;
    if (name !== ask.member && (ends < nowMs || ask.gone?.includes(name))) bury(next, members, name);
  }
  next.touchedAt = nowMs;
  next.members = members;
  if (ask.leaves) {
    settle(next.purse, ask);
    delete members[ask.member];
    for (const lane of Object.values(next.lanes)) delete lane.slots[ask.member];
    return { book: next, grant: { at: nowMs, lanes: {}, tellsOthers: false } };
  }
  members[ask.member] = nowMs + TTL_MS;
  const lanes: Record<string, LaneGrant> = {};
  let tellsOthers = false;
  for (const [name, wanted] of Object.entries(ask.lanes)) {
    const lane = next.lanes[name] ?? newLane();
    next.lanes = { ...next.lanes, [name]: lane };
    if (wanted.pausedUntil > lane.pausedUntil) {
      lane.pausedUntil = wanted.pausedUntil;
      tellsOthers = true;
    }
    lanes[name] = lendLane(lane, ask.member, wanted, nowMs);
  }
  const purse = ask.purse && lendMoney(next.purse, ask.member, ask.purse, nowMs);
  return { book: next, grant: { at: nowMs, lanes, ...(purse && { purse }), tellsOthers } };
}

/** What is spent for good, and what is granted and not settled. */
export function viewPurse({ purse }: Book): { readonly spent: Amounts; readonly reserved: Amounts } {
  const spent = eachKind((kind) => spentOf(purse, kind));
  return { spent: toAmounts(spent), reserved: toAmounts(eachKind((kind) => grantedOf(purse, kind) - spent[kind])) };
}

/** A run that nobody works on has spent all that was granted and never settled. */
export function closeBook(book: Book): Book {
  return { ...emptyBook(eachKind((kind) => grantedOf(book.purse, kind))), touchedAt: book.touchedAt };
}

function newLane(): LaneBook {
  return { requestsDue: 0, tokensDue: 0, pausedUntil: 0, slots: {} };
}

function lendLane(lane: LaneBook, member: string, ask: LaneAsk, nowMs: number): LaneGrant {
  const { inFlight, requestsPerMinute, tokensPerMinute } = ask.rules;
  const slots = inFlight === undefined ? undefined : lendSlots(lane, member, { ask, inFlight });
  lane.tokensDue += ask.tokensOwedMs;
  let laterMs = 0;
  const slice = (due: number, perMinute: number, atMost: number): Span | undefined => {
    const from = Math.max(due, nowMs);
    if (from - nowMs > AHEAD_MS) {
      laterMs = Math.max(laterMs, from - nowMs - AHEAD_MS);
      return undefined;
    }
    const unitMs = MINUTE_MS / perMinute;
    const count = Math.max(1, Math.min(Math.ceil(SLICE_MS / unitMs), Math.ceil(atMost)));
    return { from, to: from + count * unitMs };
  };
  const wantsRequests = requestsPerMinute !== undefined && ask.requests > 0;
  const requests = wantsRequests
    ? slice(lane.requestsDue, requestsPerMinute * (1 - REQUESTS_MARGIN), ask.requests)
    : undefined;
  if (requests) lane.requestsDue = requests.to;
  const wantsTokens = tokensPerMinute !== undefined && ask.tokens > 0;
  const tokens = wantsTokens ? slice(lane.tokensDue, tokensPerMinute * (1 - TOKENS_MARGIN), ask.tokens) : undefined;
  if (tokens) lane.tokensDue = tokens.to;
  return {
    ...(slots === undefined ? {} : { slots }),
    ...(requests && { requests }),
    ...(tokens && { tokens }),
    laterMs,
    pausedUntil: lane.pausedUntil,
  };
}

function lendSlots(lane: LaneBook, member: string, { ask, inFlight }: { ask: LaneAsk; inFlight: number }): number {
  lane.slots[member] = { slots: ask.slots, wants: ask.wants };
  const share = fairShare(lane.slots, member, inFlight);
  const others = Object.entries(lane.slots).reduce((sum, [name, { slots }]) => sum + (name === member ? 0 : slots), 0);
  const raised = Math.max(ask.slots, Math.min(share, inFlight - others));
  lane.slots[member] = { slots: raised, wants: ask.wants };
  return share < ask.slots ? share : raised;
}

/** What everybody wants where there is enough; else the large ones share what the small ones leave. The rest in equal parts. */
function fairShare(all: LaneBook["slots"], member: string, inFlight: number): number {
  const wanting = Object.entries(all).sort(([, a], [, b]) => a.wants - b.wants);
  let left = inFlight;
  let share = 0;
  wanting.forEach(([name, { wants }], index) => {
    const part = Math.min(wants, Math.floor(left / (wanting.length - index)));
    left -= part;
    if (name === member) share = part;
  });
  return share + Math.floor(left / wanting.length);
}

function lendMoney(purse: Purse, member: string, ask: PurseAsk, nowMs: number): NonNullable<Grant["purse"]> {
  purse.members[member] = { granted: ask.granted, spent: ask.spent };
  const free = eachKind((kind) => ask.limits[kind] - grantedOf(purse, kind));
  const lacks = eachKind((kind) =>
    ask.needs[kind] === 0 ? 0 : Math.max(0, ask.spent[kind] + ask.reserved[kind] + ask.needs[kind] - ask.granted[kind]),
  );
  const isShort = () => purse.shortUntil > nowMs;
  if (lacks.every((lack) => lack === 0)) return { granted: ask.granted, isShort: isShort() };
  if (KINDS.some((kind) => lacks[kind] > free[kind])) {
    const over = KINDS.find((kind) => spentOf(purse, kind) + ask.needs[kind] > ask.limits[kind]);
    purse.shortUntil = nowMs + SHORT_MS;
    return { granted: ask.granted, isShort: true, ...(over === undefined ? {} : { over }) };
  }
  const living = Object.values(purse.members).filter(({ isDead }) => !isDead).length;
  const granted = eachKind((kind) => {
    const ahead = Math.min(Math.max(ask.limits[kind] / SLICES, 4 * ask.needs[kind]), free[kind] / (2 * living));
    return ask.granted[kind] + Math.max(lacks[kind], isShort() || lacks[kind] === 0 ? 0 : Math.floor(ahead));
  });
  purse.members[member] = { granted, spent: ask.spent };
  return { granted, isShort: isShort() };
}

function bury(book: { lanes: Book["lanes"]; purse: Purse }, members: Record<string, number>, name: string): void {
  delete members[name];
  for (const lane of Object.values(book.lanes)) delete lane.slots[name];
  const had = book.purse.members[name];
  if (had !== undefined) book.purse.members[name] = { granted: had.granted, spent: had.granted, isDead: true };
}

function settle(purse: Purse, { member, purse: ask }: Ask): void {
  const had = purse.members[member];
  // It has left already, and only the answer was lost.
  if (had === undefined) return;
  delete purse.members[member];
  const spent = ask?.spent ?? had.granted;
  purse.spent = eachKind((kind) => purse.spent[kind] + spent[kind]);
}

function spentOf(purse: Purse, kind: number): number {
  return Object.values(purse.members).reduce((sum, one) => sum + one.spent[kind]!, purse.spent[kind]!);
}

function grantedOf(purse: Purse, kind: number): number {
  return Object.values(purse.members).reduce((sum, one) => sum + one.granted[kind]!, purse.spent[kind]!);
}

const KINDS = [0, 1, 2] as const;

function eachKind(of: (kind: 0 | 1 | 2) => number): Units {
  return [of(0), of(1), of(2)];
}

function toAmounts([nanos, tokens, calls]: Units): Amounts {
  return { usd: nanos / 1e9, tokens, calls };
}
