/**
 * `follow`: the student itself is given the problem and the trace with its answer blanked out (following/mask.ts), and
 * must reach the answer. Rules say whether it did, a sequential test says when it is enough (following/sequential.ts),
 * controls say whether it was the chain (following/probe.ts).
 *
 *   medium      it reaches the answer along the chain, and not by a leak; or it needs no chain at all
 *   easy, hard  it does not; which of the two is decided by trying (following/trials.ts): in the graph, `easy` leads to
 *               an expanding rewrite, `hard` to a condensing one, and both back here
 *   exhausted   neither helped
 *   undecided   it reaches the answer, but from the last step alone or from the steps in any order: that shows nothing
 */
import * as z from "zod";
import type { Evidence, Probe, Verdict } from "../core/events.ts";
import { RATINGS } from "../core/sample.ts";
import { samplingShape } from "../models/spec.ts";
import { findFinalAnswer } from "./answers/index.ts";
import { type Masked, maskAnswer } from "./following/mask.ts";
import { maskProgram } from "./following/mask-program.ts";
import { CONTROLS, type Probed, probe } from "./following/probe.ts";
import { type Direction, nextTrial, readTrials } from "./following/trials.ts";
import { type AnswerCheck, checkReach, type Target, targetOf } from "./keeps.ts";
import { defineNode, type NodeContext, type StepResult } from "./node.ts";
import { keepsShape, samplingOf } from "./params.ts";
import { textOf } from "./rewriting.ts";
import { measureSurprisal, surprisalShape } from "./surprise.ts";

const share = z.number().gt(0).lt(1);

const params = z
  .strictObject({
    model: z.string().min(1).describe("The student: which of the graph's models is asked to follow."),
    prompt: z.string().min(1).describe("The prompt's file, in prompts/. It gives {{ problem }} and {{ chain }}."),
    alone: z
      .string()
      .min(1)
      .optional()
      .describe("A prompt's file with the problem and no chain: what the student can do without. Asked once a sample."),
    ...samplingShape,
    ...surprisalShape,
    reads: z.string().min(1).default("trace").describe("The state field that is followed."),
    keeps: keepsShape.keeps
      .unwrap()
      .default("answer")
      .describe(
        "The state field with the reference answer. Blanked out of the trace, and what the student must reach.",
      ),
    writes: z.string().min(1).describe("The state field that the rating is written to."),
    trials: z.string().min(1).describe("A state field of type object: what was tried so far, and how it went."),
    able: share.default(0.7).describe("Succeeds at least this often: able to follow."),
    unable: share.default(0.3).describe("Succeeds at most this often: unable to."),
    most: z.int().min(2).max(200).default(12).describe("Most tries of one test; it stops as soon as it is decided."),
    controls: z
      .array(z.enum(CONTROLS))
      .default([...CONTROLS])
      .describe("What would show that the answer leaks."),
    ladder: z
      .array(z.int().min(1).max(99))
      .max(10)
      .default([25, 50, 75])
      .describe("Prefixes, in percent of the steps, that find where it is lost."),
  })
  .refine(({ able, unable }) => able > unable, { path: ["able"], message: "above unable" });
type FollowParams = z.infer<typeof params>;

export const follow = defineNode<FollowParams>({
  kind: "follow",
  summary: "Has the student reach the answer along the trace, with the answer blanked out.",
  params,
  labels: RATINGS,
  special: ["wrong-answer", "no-answer", "undecided", "exhausted"],
  shapes: false,
  uses: (p) => ({
    models: [p.model],
    prompts: [
      { file: p.prompt, reply: "text" as const, gives: ["chain"] },
      ...[p.alone, p.surprisal].flatMap((file) => (file === undefined ? [] : [{ file, reply: "text" as const }])),
    ],
    reads: ["problem", p.reads, p.keeps],
    writes: [p.writes, p.trials, p.reads],
  }),
  run: followTrace,
});

async function followTrace(context: NodeContext, p: FollowParams): Promise<StepResult> {
  const { state } = context;
  const trace = textOf(state, p.reads);
  const problem = textOf(state, "problem");
  if (trace === "") return { label: "no-answer", reason: `there is no ${p.reads} to follow` };
  const held = targetOf(state, p.keeps);
  const { reach, check } = await checkReach(context, trace, held, problem);
  if (reach !== "yes") {
    const labels = { no: "wrong-answer", nowhere: "no-answer", unclear: "undecided" } as const;
    return { label: labels[reach], reason: check.reason, evidence: { restsOn: ["rules"], answer: check } };
  }
  // Without a reference the student is held to what the trace itself concludes.
  const target = held.from === "trace" || held.from === "nobody" ? targetOf(state, p.keeps, trace) : held;
  if (target.from === "nobody" || (target.from !== "tests" && findFinalAnswer(trace)?.form === "code")) {
    const reason =
      "a program without tests, or an answer that stands nowhere, can't be held against anything: only a judge can rate this";
    return { label: "undecided", reason, evidence: { restsOn: ["rules"], answer: check } };
  }
  const surprisal = p.surprisal && (await measureSurprisal(context, { student: p.model, prompt: p.surprisal, trace }));
  const masked = target.from === "tests" ? maskProgram(trace) : maskAnswer(trace, [target.answer].flat(), problem);
  const trials = readTrials(state[p.trials]);
  const asks = asksOf(context, p, target);
  const probed: Probed = masked.steps.length === 0 ? NOTHING_LEFT : await probe(asks, masked, p, trials.alone);
  return conclude(context, p, { trace, masked, probed, check, surprisal: surprisal || undefined });
}

/** A trace that is nothing but its answer. */
const NOTHING_LEFT: Probed = {
  found: "unable",
  chain: { right: 0, tries: 0, interval: [0, 1] },
  givenAway: [],
  breaksAt: null,
};

function asksOf(context: NodeContext, p: FollowParams, target: Exclude<Target, { from: "nobody" }>) {
  const problem = textOf(context.state, "problem");
  const ask = async (prompt: string, values: Readonly<Record<string, string>>): Promise<boolean | null> => {
    const reply = await context.ask({ model: p.model, prompt, sampling: samplingOf(p), values });
    // Out of room is out of its reach: it did not get there.
    if (reply.finish === "length" || reply.text.trim() === "") return false;
    if (target.from === "tests") {
      const { reach } = await checkReach(context, reply.text, target, problem);
      return reach === "unclear" ? null : reach === "yes";
    }
    const { verdict, found } = await context.grader.check(reply.text, target.answer, { problem });
    return verdict === "undecided" && found !== undefined ? null : verdict === "equal";
  };
  const { alone } = p;
  return {
    along: (chain: string) => ask(p.prompt, { chain }),
    alone: alone === undefined ? undefined : () => ask(alone, {}),
  };
}

interface Followed {
  readonly trace: string;
  readonly masked: Masked;
  readonly probed: Probed;
  readonly check: AnswerCheck;
  readonly surprisal: Evidence["surprisal"];
}

function conclude(context: NodeContext, p: FollowParams, followed: Followed): StepResult {
  const { probed, trace } = followed;
  const before = readTrials(context.state[p.trials]);
  const trials = { ...before, alone: probed.alone ?? before.alone } as typeof before;
  const reason = describe(followed);
  if (probed.found === "leaks") {
    return { label: "undecided", reason, writes: { [p.trials]: trials }, evidence: evidenceOf(p, followed) };
  }
  if (probed.found === "follows" || probed.found === "alone") {
    const verdict = verdictOf("medium", reason, null);
    const writes = { [p.writes]: "medium", [p.trials]: trials };
    return { label: "medium", reason, writes, evidence: evidenceOf(p, followed, verdict) };
  }
  const next = nextTrial(
    trials,
    { trace, tried: probed.chain, shapedBy: context.shapedBy },
    firstOf(context, p, followed),
  );
  const writes = { [p.trials]: next.trials, ...(next.back === undefined ? {} : { [p.reads]: next.back.trace }) };
  const shapedBy = next.back?.shapedBy;
  if (next.direction === undefined) {
    const both = `neither expanding nor condensing helped: ${reason}`;
    return { label: "exhausted", reason: both, writes, shapedBy, evidence: evidenceOf(p, followed) };
  }
  // A place in a trace that was just taken back is no place in the one that is there now.
  const step = next.back === undefined ? probed.breaksAt : null;
  const verdict = verdictOf(next.direction, reason, step);
  const evidence = evidenceOf(p, followed, verdict);
  return { label: next.direction, reason, writes: { ...writes, [p.writes]: next.direction }, shapedBy, evidence };
}

/** What is tried first: what the judge said, or what follows from a trace that is nothing but its answer. */
function firstOf(context: NodeContext, p: FollowParams, { masked }: Followed): Direction {
  if (masked.steps.length === 0) return "easy";
  const said = context.state[p.writes] ?? context.finding?.rating;
  return said === "hard" ? "hard" : "easy";
}

function verdictOf(rating: Verdict["rating"], reason: string, step: number | null): Verdict {
  return { rating, reason, step, missing: null, surplus: null, confidence: null };
}

function evidenceOf(p: FollowParams, { masked, probed, check, surprisal }: Followed, verdict?: Verdict): Evidence {
  const { alone, ...found } = probed;
  const probe: Probe = {
    student: p.model,
    ...found,
    alone: alone?.tried,
    blanks: masked.blanks,
    dropped: masked.dropped,
  };
  return {
    restsOn: check.verdict === "equal" ? ["rules", "student"] : ["student"],
    verdict,
    answer: check,
    probe,
    surprisal,
  };
}

function describe({ masked, probed }: Followed): string {
  const { chain, alone, found, lastStep, shuffled, givenAway, breaksAt } = probed;
  if (masked.steps.length === 0) return "the trace is nothing but its answer: there is nothing to follow";
  const along = `the student reached the answer in ${chain.right} of ${chain.tries} tries along the masked chain`;
  const without = alone === undefined ? "" : `, ${alone.tried.right} of ${alone.tried.tries} without it`;
  switch (found) {
    case "follows":
      return `${along}${without}`;
    case "alone":
      return `${along}${without}: it needs no chain`;
    case "leaks":
      return shuffled === undefined
        ? `${along}, but also ${lastStep!.right} of ${lastStep!.tries} from step ${givenAway.at(-1)} alone: that it follows is not shown`
        : `${along}, but also ${shuffled.right} of ${shuffled.tries} with the steps shuffled: that it follows is not shown`;
    case "unable":
    case "unclear":
      return breaksAt === null ? along : `${along}; it is lost from step ${breaksAt} on`;
  }
}
