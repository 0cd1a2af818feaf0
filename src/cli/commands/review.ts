/**
 * `mezzo review`: what waits for a person, and what the person decided; one sample at a time, or a file of decisions. A
 * decision is committed at once, whoever works on the run; the run takes it up where it goes on.
 */
import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { MezzoError, messageOf } from "../../core/errors.ts";
import type { Decided } from "../../core/reviews.ts";
import { estimateTokens } from "../../core/tokens.ts";
import { type DecisionRow, readDecisions } from "../../data/read-decisions.ts";
import { decide, type OpenReview, openReviews } from "../../engine/decide.ts";
import { withdrawReview } from "../../engine/reviews.ts";
import { requireRun } from "../../engine/run.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Store } from "../../store/store.ts";
import type { ExitCode } from "../failure.ts";
import type { Io } from "../io.ts";
import { nextCommand } from "../next.ts";
import { tellSheet } from "../sheet-words.ts";
import { count, duration, forPersonWords, oneLine, plural, table } from "../words.ts";
import { requireSample } from "./require-sample.ts";
import { withStore } from "./with-store.ts";

export interface ReviewFlags {
  readonly approve?: boolean;
  readonly reject?: boolean;
  readonly undo?: boolean;
  readonly reason?: string;
  /** A file, or `-`. */
  readonly trace?: string;
  readonly decisions?: string;
  readonly by?: string;
  readonly node?: string;
  readonly limit?: number;
  readonly store: string;
  readonly json?: boolean;
}

interface Reviewing {
  readonly run: string;
  readonly plan: Plan;
  /** Who decides, where a decision does not say. */
  readonly by: string | undefined;
}

export async function review(io: Io, run: string, sample: string | undefined, flags: ReviewFlags): Promise<ExitCode> {
  const act = actOf(run, sample, flags);
  return withStore(io, flags.store, async (store) => {
    await requireRun(store, run);
    const plan = JSON.parse(await store.planBody(run)) as Plan;
    const by = flags.by ?? io.env.USER ?? io.env.LOGNAME ?? io.env.USERNAME;
    const reviewing = { run, plan, by };
    if (flags.decisions !== undefined) return decideMany(io, store, reviewing, flags);
    if (sample === undefined) return list(io, store, reviewing, flags);
    if (act === undefined) return show(io, store, { ...reviewing, sample }, flags);
    return decideOne(io, store, { ...reviewing, sample, act }, flags);
  });
}

type Act = Decided | "undo";

/** What the flags ask for; undefined: only to look. Throws where they contradict each other. */
function actOf(run: string, sample: string | undefined, flags: ReviewFlags): Act | undefined {
  const asked: [string, Act][] = [];
  if (flags.approve) asked.push(["--approve", "approved"]);
  if (flags.reject) asked.push(["--reject", "rejected"]);
  if (flags.trace !== undefined) asked.push(["--trace", "edited"]);
  if (flags.undo) asked.push(["--undo", "undo"]);
  const refuse = (message: string, hint: string) => {
    throw new MezzoError("usage", message, { hint, exitCode: 2 });
  };
  const names = asked.map(([flag]) => flag).join(" and ");
  if (asked.length > 1) refuse(`${names} are two decisions`, "One of --approve, --reject, --trace F, --undo.");
  const alone = flags.decisions !== undefined && (asked.length > 0 || sample !== undefined);
  if (alone)
    refuse("--decisions brings its own samples and decisions", `For example: mezzo review ${run} --decisions F`);
  const [first] = asked;
  if (first !== undefined && sample === undefined)
    refuse(`${names} is about one sample`, `For example: mezzo review ${run} <sample> ${first[0]}`);
  if (first === undefined && flags.reason !== undefined)
    refuse("--reason says why, and no decision is given", "One of --approve, --reject, --trace F.");
  return first?.[1];
}

async function list(io: Io, store: Store, reviewing: Reviewing, flags: ReviewFlags): Promise<ExitCode> {
  const { run } = reviewing;
  if (flags.json) {
    // An array, however long: only one page of it is in memory.
    let opened = false;
    for await (const review of waiting(store, reviewing, flags)) {
      io.out(`${opened ? "," : "["} ${JSON.stringify(reviewJson(review))}`);
      opened = true;
    }
    io.out(opened ? "]" : "[]");
    return 0;
  }
  const limit = flags.limit ?? SHOWN;
  const rows: string[][] = [];
  let first: string | undefined;
  for await (const { id, askedAt, sheet } of waiting(store, reviewing, { ...flags, limit })) {
    first ??= id;
    rows.push([
      oneLine(id, 32),
      sheet.node,
      `${duration(Date.now() - askedAt)}`,
      count(estimateTokens(sheet.text)),
      io.paint.faint(oneLine(sheet.finding?.reason ?? sheet.problem, Math.max(30, (io.stderr.columns ?? 120) - 70))),
    ]);
  }
  if (rows.length > 0) for (const line of table([["sample", "at", "waits", "tokens", ""], ...rows], [3])) io.out(line);
  if (rows.length >= limit) io.say(`the first ${limit}; --limit shows more`);
  io.say("");
  await sayWhatIsLeft(io, store, run, flags, first);
  return 0;
}

const SHOWN = 50;
const PAGE = 100;

/** What a person can decide on, in the input's order. */
async function* waiting(
  store: Store,
  { run, plan }: Reviewing,
  { node, limit = Number.POSITIVE_INFINITY }: ReviewFlags,
): AsyncGenerator<OpenReview> {
  let left = limit;
  for (let after = -1; left > 0; ) {
    const page = await store.samples(run, { outcomes: ["for-person"], after, limit: Math.min(left, PAGE) });
    if (page.length === 0) return;
    after = page.at(-1)!.n;
    for (const sample of page) {
      for (const review of await openReviews(store, run, { plan, sample })) {
        if (review.state !== "open" || review.sheet.node !== (node ?? review.sheet.node)) continue;
        yield review;
        left -= 1;
      }
    }
  }
}

/** A review for programs: what is shown, and what a decision names. */
function reviewJson({ id, state, askedAt, decision, sheet }: OpenReview) {
  const { node, visit, ...shown } = sheet;
  return { id, node, visit, state, askedAt: new Date(askedAt).toISOString(), decision, ...shown };
}

interface OfSample extends Reviewing {
  readonly sample: string;
}

async function show(io: Io, store: Store, of: OfSample, flags: ReviewFlags): Promise<ExitCode> {
  const { run, plan } = of;
  const sample = await requireSample(store, run, of.sample);
  const reviews = await openReviews(store, run, { plan, sample });
  const asked = reviews.filter(({ sheet }) => sheet.node === (flags.node ?? sheet.node));
  if (flags.json) {
    io.out(JSON.stringify(asked.map(reviewJson), null, 2));
    return 0;
  }
  if (asked.length === 0) {
    io.say(`Sample "${of.sample}" waits for no person${flags.node === undefined ? "" : ` at "${flags.node}"`}.`);
    io.say(`next: ${nextCommand(io, `inspect ${run} ${of.sample}`, flags.store)}`);
    return 0;
  }
  for (const { state, decision, sheet } of asked) {
    io.out(`${io.paint.strong(oneLine(of.sample, 60))} at ${sheet.node}`);
    for (const line of tellSheet(io, sheet)) io.out(line);
    if (decision !== undefined) io.out(`\n  ${decision.by ?? "a person"} ${decision.decided} it; ${TAKEN[state]}`);
  }
  if (asked.every(({ state }) => state !== "open")) return 0;
  const words = `review ${run} ${of.sample}`;
  const edit = asked.some(({ sheet }) => sheet.edits) ? ", --trace F" : "";
  io.say(`\nnext: ${nextCommand(io, words, flags.store)} --approve, or --reject --reason TEXT${edit}`);
  return 0;
}

const TAKEN = {
  open: "",
  decided: "the run has not taken it up yet: --undo takes it back",
  taken: "the run has taken it up",
};

async function decideOne(io: Io, store: Store, of: OfSample & { act: Act }, flags: ReviewFlags): Promise<ExitCode> {
  const { run, act, plan, by } = of;
  const sample = await requireSample(store, run, of.sample);
  if (act === "undo") {
    const { node } = await withdrawReview(store, run, of.sample, { node: flags.node });
    io.say(`The decision on ${oneLine(of.sample, 60)} at ${node} is taken back: it waits for a person again.`);
  } else {
    const text = flags.trace === undefined ? undefined : await readTrace(io, flags.trace);
    const { reason } = flags;
    const { node } = await decide(store, run, sample, {
      ...{ plan, decided: act, text, reason, by, node: flags.node },
    });
    io.say(`${oneLine(of.sample, 60)}: ${act} at ${node}${by === undefined ? "" : ` by ${by}`}.`);
  }
  await sayWhatIsLeft(io, store, run, flags);
  return 0;
}

async function readTrace(io: Io, path: string): Promise<string> {
  try {
    return path === "-" ? await readAll(io.stdin) : readFileSync(path, "utf8");
  } catch (cause) {
    throw new MezzoError("unreadable-file", `${path} can't be read: ${messageOf(cause)}`, { cause, exitCode: 2 });
  }
}

async function decideMany(io: Io, store: Store, reviewing: Reviewing, flags: ReviewFlags): Promise<ExitCode> {
  const { run } = reviewing;
  const rows = await readDecisions({ path: flags.decisions!, stdin: io.stdin });
  const refused: { line: number; id: string; code: string; message: string }[] = [];
  let taken = 0;
  for (const row of rows) {
    const trouble = await decideRow(store, reviewing, row);
    if (trouble === undefined) taken += 1;
    else refused.push({ line: row.line, id: row.id, code: trouble.code, message: trouble.message });
  }
  for (const { line, message } of refused.slice(0, 10)) io.say(`line ${line}: ${oneLine(message, 160)}`);
  if (refused.length > 10) io.say(`... and ${refused.length - 10} more lines`);
  io.say(
    `${plural(taken, "decision")} taken${refused.length === 0 ? "" : `, ${plural(refused.length, "line")} refused`}.`,
  );
  if (flags.json) io.out(JSON.stringify({ run, taken, refused }));
  await sayWhatIsLeft(io, store, run, flags);
  return refused.length === 0 ? 0 : 1;
}

/** Why one could not be taken; the others can. */
async function decideRow(store: Store, reviewing: Reviewing, row: DecisionRow): Promise<MezzoError | undefined> {
  const { run, plan } = reviewing;
  const { id, decided, reason, trace: text, node, seconds, by = reviewing.by } = row;
  try {
    const sample = await requireSample(store, run, id);
    await decide(store, run, sample, { plan, decided, reason, text, node, by, seconds });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof MezzoError && !thrown.code.startsWith("store-")) return thrown;
    throw thrown;
  }
}

/** How many wait still; and the command that goes on, once none does. */
async function sayWhatIsLeft(io: Io, store: Store, run: string, flags: ReviewFlags, first?: string): Promise<void> {
  const view = await store.view(run);
  const { holder } = await requireRun(store, run);
  const next = (words: string) => nextCommand(io, words, flags.store);
  io.say(forPersonWords(view) ?? `No sample of run ${run} waits for a person.`);
  if (view.forPerson > 0) return io.say(`next: ${next(`review ${run} ${first ?? ""}`.trim())}`);
  if (view.decided === 0) return;
  if (holder !== undefined) io.say("The run is being worked on, and takes that up by itself.");
  else io.say(`next: ${next(`resume ${run}`)}`);
}
