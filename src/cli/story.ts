/** One sample's way, as a story a person can read: each step, what was said, what changed, how long, at what cost. */
import type {
  Beginning,
  CallFinished,
  Evidence,
  Probe,
  SampleEvent,
  SampleFinished,
  StepFinished,
  Tries,
} from "../core/events.ts";
import { joinPieces } from "../core/prompt.ts";
import type { ReviewDecided } from "../core/reviews.ts";
import type { State } from "../core/sample.ts";
import { estimateTokens } from "../core/tokens.ts";
import { stateAfter } from "../engine/history.ts";
import type { StoredSample } from "../store/store.ts";
import type { Io } from "./io.ts";
import { count, duration, oneLine, paintOutcome, paintRating, plainText, plural, share, usd } from "./words.ts";

export interface StoryOptions {
  /** Whole texts instead of their first words. */
  readonly full: boolean;
  /** Prompts and replies of every call. */
  readonly calls: boolean;
  readonly width: number;
}

export function tellStory(
  io: Io,
  sample: StoredSample,
  events: readonly SampleEvent[],
  options: StoryOptions,
): string[] {
  const { paint } = io;
  const lines: string[] = [];
  const calls = events.filter((event) => event.type === "call.finished");
  const steps = events.filter((event) => event.type === "step.finished");
  const last = events.findLast((event) => /^sample\.(finished|reopened|rewound)$/.test(event.type));
  const finished = last?.type === "sample.finished" ? last : undefined;

  lines.push(headline(io, sample, steps, calls, finished));
  lines.push(`  problem   ${oneLine(String(sample.state.problem ?? ""), options.width - 12)}`);
  if (sample.state.answer !== undefined)
    lines.push(`  answer    ${oneLine(String(sample.state.answer), options.width - 12)}`);
  lines.push("");

  let trace = traceOf(sample.state);
  lines.push(`  came with ${trace === undefined ? "no trace" : `a trace of ${tokens(trace)} tokens`}`);
  let number = 0;
  let asked: CallFinished[] = [];
  for (const [at, event] of events.entries()) {
    switch (event.type) {
      case "sample.started":
        lines.push(...passedBy(io, event), ...forksTo(io, event));
        break;
      case "sample.reopened":
        lines.push("", `  ${paint.strong("given another go")}, from ${begun(event).join(" and ")} (was ${event.was})`);
        trace = traceOf(stateAfter(sample, events.slice(0, at + 1)));
        asked = [];
        break;
      case "sample.rewound": {
        const after =
          event.after === null ? "from the start" : `after ${event.after.node}${visitWords(event.after.visit)}`;
        const words = `the graph was edited (plan ${event.plan})`;
        lines.push(
          "",
          `  ${paint.strong(words)}: it goes on ${after}, at ${event.next}; what follows took the place of`,
        );
        lines.push(`  ${event.left.map(({ next }) => next).join(" ▸ ")}`, ...passedBy(io, event));
        trace = traceOf(stateAfter(sample, events.slice(0, at + 1)));
        asked = [];
        break;
      }
      case "step.finished": {
        number += 1;
        const own = asked.filter((call) => call.node === event.node);
        lines.push("", ...tellStep(io, event, { number, trace, asked: own, ...options }));
        lines.push(...passedBy(io, event), ...forksTo(io, event));
        asked = event.branch === undefined ? [] : asked.filter((call) => call.node !== event.node);
        if (typeof event.writes.trace === "string") trace = event.writes.trace;
        break;
      }
      case "fork.joined":
        lines.push(
          "",
          `  ${paint.faint(`the branches of ${event.node} are done: on to ${begun(event).join(" and ")}`)}`,
        );
        lines.push(...passedBy(io, event), ...forksTo(io, event));
        break;
      case "sample.finished":
        lines.push("", `  ${paintOutcome(event.outcome, paint)}: ${oneLine(event.reason, options.width - 14)}`);
        break;
      case "call.finished":
        asked.push(event);
        break;
      case "review.asked": {
        const places = event.places.map(({ node, visit }) => `${node}${visitWords(visit)}`).join(" and ");
        lines.push("", `  waits for a person at ${places}`);
        break;
      }
      case "review.decided":
        lines.push(`     ${decidedWords(event, options.width - 8)}`);
        break;
      case "review.withdrawn":
        lines.push(`     that was taken back: it waits for a person again`);
        break;
      case "review.taken":
        break;
    }
  }
  if (finished === undefined) lines.push("", `  ${underWay(sample)}`);
  if (options.full && trace !== undefined) lines.push("", paint.strong("  the trace now"), ...indent(trace, "    "));
  return lines;
}

function decidedWords({ decided, by = "a person", seconds, reason }: ReviewDecided, width: number): string {
  const took = seconds === undefined ? "" : ` after ${duration(1000 * seconds)}`;
  return oneLine(`${by} ${decided} it${took}${reason === undefined ? "" : `: ${reason}`}`, width);
}

function traceOf(state: State): string | undefined {
  return typeof state.trace === "string" ? state.trace : undefined;
}

/** Where an unfinished sample stands. */
export const STANDS = {
  started: "under way",
  "for-person": "waits for a person",
  decided: "decided by a person",
} as const;

function underWay({ person }: StoredSample): string {
  if (person === "for-person") return "it waits for a person: `mezzo review` asks, or the studio";
  return person === "decided"
    ? "decided by a person: `mezzo resume` takes it up"
    : "still under way: `mezzo resume` goes on";
}

function headline(
  io: Io,
  sample: StoredSample,
  steps: readonly StepFinished[],
  calls: readonly CallFinished[],
  finished: SampleFinished | undefined,
): string {
  const facts = [plural(steps.length, "step"), duration(total(steps, (step) => step.ms)), plural(calls.length, "call")];
  facts.push(`${count(total(calls, (call) => call.usage.in + call.usage.out))} tokens`);
  facts.push(usd(total(calls, (call) => call.costUsd)));
  const outcome =
    finished === undefined ? STANDS[sample.person ?? "started"] : paintOutcome(finished.outcome, io.paint);
  const domain = typeof sample.state.domain === "string" ? ` (${plainText(sample.state.domain)})` : "";
  return `${io.paint.strong(plainText(sample.id))}${domain}  ${outcome}  ${io.paint.faint(facts.join(", "))}`;
}

interface Telling extends StoryOptions {
  readonly number: number;
  /** The trace before the step. */
  readonly trace: string | undefined;
  readonly asked: readonly CallFinished[];
}

function tellStep(io: Io, step: StepFinished, telling: Telling): string[] {
  const { paint } = io;
  const { asked, trace } = telling;
  const again = paint.faint(visitWords(step.visit));
  const under = step.plan === undefined ? [] : [`plan ${step.plan}`];
  const cost = [...under, duration(step.ms), asked.length === 0 ? "no call" : plural(asked.length, "call")];
  if (asked.length > 0) cost.push(usd(total(asked, (call) => call.costUsd)));
  const lines = [
    `  ${telling.number}. ${paint.strong(step.node)}${again}  ${whatHappened(io, step, trace)}  ${paint.faint(cost.join(", "))}`,
  ];
  const verdict = step.evidence?.verdict;
  const room = telling.width - 6;
  if (verdict !== undefined) {
    const place = verdict.step === null ? "" : ` (step ${verdict.step} of the trace)`;
    lines.push(`     ${who(step.evidence)}: ${oneLine(verdict.reason, room - 20)}${place}`);
    if (verdict.missing !== null) lines.push(`     missing: ${oneLine(verdict.missing, room - 9)}`);
    if (verdict.surplus !== null) lines.push(`     surplus: ${oneLine(verdict.surplus, room - 9)}`);
  } else if (step.reason !== undefined) lines.push(`     ${oneLine(step.reason, room)}`);
  const { evidence } = step;
  lines.push(...tellVoters(evidence), ...tellProbe(evidence?.probe), ...tellDifficulty(evidence));
  lines.push(...tellRewrite(evidence, room), ...tellSurprisal(evidence, room));
  const answer = step.evidence?.answer;
  if (answer?.tests !== undefined) {
    const { passed, of, sandbox } = answer.tests;
    const how = `${answer.verdict === "equal" ? "passes" : answer.verdict === "different" ? "fails" : "undecided by"} its tests`;
    const why = answer.reason.replace(/^passes \d+ of \d+ tests(?:: )?/, "");
    const said = why === "" ? "" : `: ${oneLine(why, Math.max(room - 60, 60))}`;
    lines.push(`     program ${how}, ${passed} of ${of}, in ${sandbox}${said}`);
  } else if (answer !== undefined)
    lines.push(`     answer ${answerWords(answer.verdict)} by rules: ${oneLine(answer.reason, room - 24)}`);
  const written = step.writes.trace;
  if (typeof written === "string") {
    if (telling.full) lines.push(...indent(written, "     │ "));
    else lines.push(`     ${paint.faint(`begins "${oneLine(written, room - 10)}"`)}`);
  }
  if (telling.calls) for (const call of asked) lines.push(...tellCall(io, call));
  return lines;
}

function visitWords(visit: number): string {
  return visit > 1 ? ` (visit ${visit})` : "";
}

function whatHappened(io: Io, step: StepFinished, before: string | undefined): string {
  const verdict = step.evidence?.verdict;
  if (verdict !== undefined) return paintRating(verdict.rating, io.paint);
  if (step.kind === "set" && Object.keys(step.writes).length > 0) return settings(step);
  const written = step.writes.trace;
  if (typeof written !== "string") return step.label;
  if (before === undefined) return `wrote a trace of ${tokens(written)} tokens`;
  const ratio = share(estimateTokens(written), estimateTokens(before));
  return `${tokens(before)} ▸ ${tokens(written)} tokens (${ratio})`;
}

function settings({ writes }: StepFinished): string {
  const fields = Object.entries(writes).map(([field, value]) => `${field} = ${oneLine(JSON.stringify(value), 40)}`);
  return `set ${fields.join(", ")}`;
}

function who(evidence: Evidence | undefined): string {
  return evidence?.probe === undefined ? verdictWords(evidence?.votes) : "the student";
}

/** What each judge said in which words, where several took turns. */
function tellVoters({ votes = [], voters = [] }: Evidence = { restsOn: [] }): string[] {
  return voters.map(({ model, prompt }, at) => `       ${model}, asked with ${prompt}: ${votes[at]}`);
}

/** The student's tries: along the chain, without it, and along what would have given the answer away. */
function tellProbe(probe: Probe | undefined): string[] {
  if (probe === undefined) return [];
  const { chain, alone, lastStep, shuffled, ladder = [] } = probe;
  const rows: [string, Tries | undefined][] = [
    ["along the masked chain", chain],
    ["without a chain", alone],
    ["from its last step only", lastStep],
    ["with its steps shuffled", shuffled],
    ...ladder.map(({ share, step, tried }): [string, Tries] => [`from ${share} % of it (to step ${step})`, tried]),
  ];
  const hidden = `${plural(probe.blanks, "place")} blanked out, ${probe.dropped} dropped`;
  return [`     rests on the student (${probe.student}); ${hidden}`].concat(
    rows.flatMap(([words, tried]) => (tried === undefined ? [] : [`       ${words.padEnd(30)} ${triesWords(tried)}`])),
  );
}

/** Whose word on the problem's difficulty it is; a proxy is told from a measurement. */
function tellDifficulty({ difficulty }: Evidence = { restsOn: [] }): string[] {
  if (difficulty === undefined) return [];
  if (difficulty.from === "proxy") return [`     rests on a proxy (${difficulty.field}): no student was measured`];
  return [`     rests on the student (${difficulty.student}), without a chain: ${triesWords(difficulty.alone)}`];
}

/** Which part of the trace went to the model, and how long the result is beside what was wanted. */
function tellRewrite({ rewrite }: Evidence = { restsOn: [] }, room: number): string[] {
  if (rewrite === undefined) return [];
  const { steps, whole, tokens: now, aimedAt } = rewrite;
  const lines: string[] = [];
  if (steps !== undefined) {
    const [first, last, of] = steps;
    const which = first === last ? `step ${first}` : `steps ${first} to ${last}`;
    lines.push(`     only ${which} of ${of} was written anew, the rest stays byte for byte`);
  }
  if (whole !== undefined) lines.push(`     the whole was written anew: ${oneLine(whole, room - 29)}`);
  if (now !== undefined) lines.push(`     ${count(now)} tokens, ${count(aimedAt!)} aimed at`);
  return lines;
}

const MOST_STEPS_NAMED = 3;

/** How surprising the student finds the trace, and where most. */
function tellSurprisal({ surprisal }: Evidence = { restsOn: [] }, room: number): string[] {
  if (surprisal === undefined) return [];
  const { student } = surprisal;
  if ("none" in surprisal) return [`     surprisal to ${student} is not known: ${oneLine(surprisal.none, room - 40)}`];
  const { mean, rankSurprisal, steps } = surprisal;
  const [low, high] = rankSurprisal.map((value) => value.toFixed(2));
  const most = [...steps.entries()].sort((a, b) => b[1] - a[1]).slice(0, MOST_STEPS_NAMED);
  const where = most.map(([at, nats]) => `${at + 1} (${nats.toFixed(2)})`).join(", ");
  return [
    `     to ${student} it has ${mean.toFixed(2)} nats a token, rank-surprisal ${low === high ? low : `${low} to ${high}`}; most in step ${where}`,
  ];
}

function triesWords({ right, tries, interval: [low, high] }: Tries): string {
  const percent = (value: number) => Math.round(100 * value);
  return `${right} of ${tries}  (${percent(low)} to ${percent(high)} %)`;
}

function verdictWords(votes: readonly string[] | undefined): string {
  if (votes === undefined || votes.length < 2) return "the judge";
  const words = new Map<string, number>();
  for (const vote of votes) words.set(vote, (words.get(vote) ?? 0) + 1);
  return `${votes.length} votes (${[...words].map(([vote, n]) => `${n} ${vote}`).join(", ")})`;
}

function answerWords(verdict: "equal" | "different" | "undecided"): string {
  return { equal: "kept,", different: "lost,", undecided: "not decided" }[verdict];
}

function tellCall(io: Io, call: CallFinished): string[] {
  const { paint } = io;
  const usage = `${count(call.usage.in)} tokens in, ${count(call.usage.out)} out${call.usage.estimated ? " (estimated)" : ""}`;
  const tries = call.attempts > 1 ? `, ${call.attempts} attempts` : "";
  const cost = call.attempts === 0 ? "from the cache" : `${usage}, ${duration(call.ms)}${tries}`;
  const lines = [`     ${paint.faint(`call ${call.ask + 1} to ${call.role} (${plainText(call.model)}): ${cost}`)}`];
  for (const { role, content } of joinPieces(call.messages)) {
    lines.push(`       ${role}:`, ...indent(content, "       │ "));
  }
  if (call.thinking !== undefined) lines.push("       thinking:", ...indent(call.thinking, "       ┊ "));
  lines.push(`       reply (${call.finish}):`, ...indent(call.text, "       │ "));
  return lines;
}

type Onward = Beginning & { readonly also?: readonly Beginning[] };

function passedBy(io: Io, { skipped, also = [] }: Onward): string[] {
  return [...skipped, ...also.flatMap((branch) => branch.skipped)].map((node) =>
    io.paint.faint(`     ${node}: passed by, its \`when\` is false`),
  );
}

/** Where a sample goes on; in a fork at several nodes. */
function begun({ next, also = [] }: Pick<Onward, "next" | "also">): string[] {
  return [next, ...also.filter(({ joins }) => joins !== true).map((branch) => branch.next)];
}

function forksTo(io: Io, onward: Onward): string[] {
  const nodes = begun(onward);
  return nodes.length < 2 ? [] : [io.paint.faint(`     side by side: ${nodes.join(", ")}`)];
}

function indent(text: string, by: string): string[] {
  return plainText(text)
    .split("\n")
    .map((line) => by + line);
}

function tokens(text: string): string {
  return count(estimateTokens(text));
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
