/**
 * A judge's verdict, asked for and parsed strictly. A reply that cannot be read is never turned into a rating (others
 * take the first digit they find, or save -1): it is asked again within its bound, then the judge has abstained.
 */
import * as z from "zod";
import type { ReplyForm } from "../core/chat.ts";
import type { Verdict } from "../core/events.ts";
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

export interface Vote {
  readonly votes: (Rating | "abstained")[];
  /** The majority's rating, with the verdict of the most confident of them; undefined where there is no majority. */
  readonly decided: Verdict | undefined;
  readonly reason: string;
}

/**
 * Takes up to `votes` verdicts one by one and stops as soon as the majority is settled, either way. A majority is more
 * than half of all votes asked for, so that abstentions never decide.
 */
export async function vote(
  context: NodeContext,
  question: Omit<Question, "room">,
  options: { votes: number; tries: number; trace: string },
): Promise<Vote> {
  const verdicts: Verdict[] = [];
  const votes: (Rating | "abstained")[] = [];
  const needed = Math.floor(options.votes / 2) + 1;
  let unreadable = "";
  while (votes.length < options.votes) {
    const verdict = await askForVerdict(context, question, options);
    if ("unreadable" in verdict) {
      votes.push("abstained");
      unreadable = verdict.unreadable;
    } else {
      votes.push(verdict.rating);
      verdicts.push(verdict);
    }
    const counts = RATINGS.map((rating) => votes.filter((cast) => cast === rating).length);
    const most = Math.max(...counts);
    const winner = RATINGS[counts.indexOf(most)];
    if (most >= needed) return { votes, decided: mostConfident(verdicts, winner), reason: "" };
    if (most + (options.votes - votes.length) < needed) break;
  }
  const reason =
    verdicts.length === 0
      ? `no readable verdict in ${votes.length * options.tries} replies: ${unreadable}`
      : `the votes settled nothing: ${votes.join(", ")}`;
  return { votes, decided: undefined, reason };
}

function mostConfident(verdicts: readonly Verdict[], rating: Rating | undefined): Verdict | undefined {
  return verdicts
    .filter((verdict) => verdict.rating === rating)
    .reduce<Verdict | undefined>(
      (best, verdict) => (best === undefined || (verdict.confidence ?? 0) > (best.confidence ?? 0) ? verdict : best),
      undefined,
    );
}
