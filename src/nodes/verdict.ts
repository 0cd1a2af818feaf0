/**
 * A judge's verdict, asked for and parsed strictly. A reply that cannot be read is never turned into a rating (others
 * take the first digit they find, or save -1): it is asked again within its bound, then the judge has abstained.
 */
import * as z from "zod";
import type { ReplyForm, Sampling } from "../core/chat.ts";
import type { Evidence, Verdict } from "../core/events.ts";
import { stepsOf } from "../core/prompt.ts";
import { RATINGS, type Rating } from "../core/sample.ts";
import { findRated } from "./find-rated.ts";
import type { NodeContext, Question } from "./node.ts";

const verdictSchema = z.object({
  rating: z.enum(RATINGS),
  reason: z.string().trim().min(1),
  step: z.int().min(1).nullish(),
  missing: z.string().nullish(),
  surplus: z.string().nullish(),
  confidence: z.number().min(0).max(1).nullish(),
});

/** How a judge is asked to answer, where its server can hold it to a schema. */
export const verdictForm: ReplyForm = {
  form: "json",
  name: "verdict",
  schema: {
    type: "object",
    properties: {
      rating: { type: "string", enum: [...RATINGS] },
      reason: { type: "string" },
      step: { type: ["integer", "null"] },
      missing: { type: ["string", "null"] },
      surplus: { type: ["string", "null"] },
      confidence: { type: "number" },
    },
    required: ["rating", "reason", "step", "missing", "surplus", "confidence"],
    additionalProperties: false,
  },
};

/**
 * The verdict in a reply's text, or why there is none. The text is one JSON object, bare, fenced, or with prose around
 * it; prose that merely speaks of a rating is no verdict, and two objects that disagree are none either.
 */
export function parseVerdict(text: string, trace: string): Verdict | { readonly unreadable: string } {
  const objects = findRated(text);
  if (objects.length === 0) {
    return { unreadable: text.includes("{") ? "the verdict is broken JSON" : "the verdict is not a JSON object" };
  }
  if (new Set(objects.map((object) => readable(object.rating))).size > 1) {
    return { unreadable: "the reply holds several verdicts that disagree" };
  }
  const parsed = verdictSchema.safeParse(objects.at(-1));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { unreadable: `the verdict's ${issue?.path.join(".") || "form"} is wrong: ${issue?.message}` };
  }
  const { rating, reason, step, missing, surplus, confidence } = parsed.data;
  return {
    rating,
    reason: plainText(reason),
    // A place beyond the trace is no place; the verdict itself still stands.
    step: step !== null && step !== undefined && step <= stepsOf(trace).length ? step : null,
    missing: plainText(missing ?? "") || null,
    surplus: plainText(surplus ?? "") || null,
    confidence: confidence ?? null,
  };
}

function readable(rating: unknown): string {
  return typeof rating === "string" ? rating : JSON.stringify(rating);
}

/** `\frac` and `\boxed` in JSON are a form feed and a backspace with some letters after them. */
function plainText(text: string): string {
  return text.replaceAll("\f", "\\f").replaceAll("\b", "\\b").trim();
}

/** One vote: asks until the verdict can be read, at most `tries` times. */
async function askForVerdict(
  context: NodeContext,
  question: Omit<Question, "room">,
  options: { tries: number; trace: string },
): Promise<Verdict | { readonly unreadable: string }> {
  let unreadable = "";
  let room = 1;
  for (let attempt = 1; attempt <= options.tries; attempt++) {
    const reply = await context.ask({ ...question, room });
    if (reply.finish === "length") {
      unreadable = "the verdict was cut off";
      room *= 2;
      continue;
    }
    if (reply.finish === "filter") {
      unreadable = "the server's filter stopped the verdict";
      continue;
    }
    const verdict = parseVerdict(reply.text, options.trace);
    if (!("unreadable" in verdict)) return verdict;
    unreadable = verdict.unreadable;
  }
  return { unreadable };
}

/** Who is asked, and in which words: several judges and several wordings take turns. */
export interface Panel {
  readonly models: readonly string[];
  readonly prompts: readonly string[];
  readonly sampling: Sampling;
}

/** Who cast a vote, and in which words it was asked for. */
export type Voter = NonNullable<Evidence["voters"]>[number];

/** The turns of a panel: neighbours differ in both where they can, and every judge meets every wording. */
export function voterAt({ models, prompts }: Pick<Panel, "models" | "prompts">, turn: number): Voter {
  const round = (models.length * prompts.length) / commonDivisor(models.length, prompts.length);
  const model = models[turn % models.length]!;
  return { model, prompt: prompts[(turn + Math.floor(turn / round)) % prompts.length]! };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

export interface VoteOptions {
  /** Most votes. */
  readonly votes: number;
  readonly tries: number;
  readonly trace: string;
  /** Only this rating can win: it is over as soon as that is settled, either way. */
  readonly only?: Rating;
}

export interface Vote {
  readonly votes: (Rating | "abstained")[];
  /** Who cast them, in the same order. Undefined where one judge was asked in one wording. */
  readonly voters: Voter[] | undefined;
  /** The majority's rating, with the verdict of the most confident of them; undefined where there is no majority. */
  readonly decided: Verdict | undefined;
  /** Every verdict that could be read. */
  readonly verdicts: readonly Verdict[];
  readonly reason: string;
}

/**
 * Takes up to `votes` verdicts one by one and stops as soon as the majority is settled, either way. A majority is more
 * than half of all votes asked for, so that abstentions never decide.
 */
export async function vote(context: NodeContext, panel: Panel, options: VoteOptions): Promise<Vote> {
  const verdicts: Verdict[] = [];
  const votes: (Rating | "abstained")[] = [];
  const voters: Voter[] = [];
  const needed = Math.floor(options.votes / 2) + 1;
  const ratings = options.only === undefined ? RATINGS : [options.only];
  let unreadable = "";
  let decided: Verdict | undefined;
  while (votes.length < options.votes) {
    const voter = voterAt(panel, votes.length);
    const verdict = await askForVerdict(context, { ...voter, sampling: panel.sampling }, options);
    voters.push(voter);
    if ("unreadable" in verdict) {
      votes.push("abstained");
      unreadable = verdict.unreadable;
    } else {
      votes.push(verdict.rating);
      verdicts.push(verdict);
    }
    const counts = ratings.map((rating) => votes.filter((cast) => cast === rating).length);
    const most = Math.max(...counts);
    if (most >= needed) {
      decided = mostConfident(verdicts, ratings[counts.indexOf(most)]);
      break;
    }
    if (most + (options.votes - votes.length) < needed) break;
  }
  const reason =
    verdicts.length === 0
      ? `no readable verdict in ${votes.length * options.tries} replies: ${unreadable}`
      : `the votes settled nothing: ${votes.join(", ")}`;
  const isOne = panel.models.length * panel.prompts.length === 1;
  return { votes, voters: isOne ? undefined : voters, decided, verdicts, reason: decided === undefined ? reason : "" };
}

function mostConfident(verdicts: readonly Verdict[], rating: Rating | undefined): Verdict | undefined {
  return verdicts
    .filter((verdict) => verdict.rating === rating)
    .reduce<Verdict | undefined>(
      (best, verdict) => (best === undefined || (verdict.confidence ?? 0) > (best.confidence ?? 0) ? verdict : best),
      undefined,
    );
}
