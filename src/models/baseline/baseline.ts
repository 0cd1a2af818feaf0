/**
 * The model that is no model: rules over the text of a trace. Free, deterministic, and honest about what it is; a
 * language model should beat it. It works on the values a prompt was filled with and never reads the prompt's prose.
 *
 *   shorten   drops re-checks, hesitation and repetition, keeps what the answer rests on        shorten.ts, select.ts
 *   condense  the same, further, in steps of one result                                          shorten.ts, steps.ts
 *   expand    spells out skipped arithmetic, computed exactly                                    expand.ts, spell.ts
 *   judge     measures the trace against the student's size                                      judge.ts, measure.ts
 *   verify    the same, on its own: what was found before is not looked at                       judge.ts
 *   accept    the same again: rules don't change their mind, so that costs nothing but the call
 *   score     counts what the scales are about                                                   score.ts
 *   collect   cannot: rules don't solve problems
 */
import type { ChatReply, ChatRequest } from "../../core/chat.ts";
import { estimateTokens } from "../../core/tokens.ts";
import { type Model, ModelError } from "../model.ts";
import { expandTrace } from "./expand.ts";
import { judgeTrace } from "./judge.ts";
import { readTrace } from "./read.ts";
import { BASELINE_SCALES, scoreTrace } from "./score.ts";
import { condensePart, condenseTrace, shortenTrace } from "./shorten.ts";

export const BASELINE_PURPOSES = ["shorten", "judge", "expand", "condense", "verify", "accept", "score"] as const;

export function createBaseline(): Model {
  const known: Verdicts = new Map();
  return {
    async ask(request, { signal }) {
      signal.throwIfAborted();
      return reply(request, answer(request, known));
    },
  };
}

/** The last verdicts, by what was judged: votes and acceptance ask rules the same thing several times. */
type Verdicts = Map<string, string>;
const MOST_KNOWN = 32;

function judge(request: ChatRequest, known: Verdicts): string {
  const { answer: reference } = request.task.values;
  const parts = [need(request, "problem"), need(request, "trace"), need(request, "student"), reference ?? ""] as const;
  const key = parts.join("\u0000");
  const before = known.get(key);
  if (before !== undefined) return before;
  const [problem, trace, student] = parts;
  const verdict = JSON.stringify(judgeTrace(readTrace(problem, trace), student, reference));
  known.set(key, verdict);
  for (const oldest of known.size > MOST_KNOWN ? known.keys().take(1) : []) known.delete(oldest);
  return verdict;
}

function score(request: ChatRequest): string {
  const scores: Readonly<Record<string, number>> = scoreTrace(
    readTrace(need(request, "problem"), need(request, "trace")),
  );
  const { reply } = request;
  const wanted = reply.form === "json" ? Object.keys((reply.schema as { properties: object }).properties) : [];
  const unknown = wanted.find((scale) => scale !== "reason" && scores[scale] === undefined);
  if (unknown !== undefined) {
    const known = BASELINE_SCALES.join(", ");
    throw new ModelError("cannot", `The baseline model has no rule for the scale "${unknown}". It knows ${known}.`);
  }
  return JSON.stringify({ ...scores, reason: "counted, not read" });
}

/** Of a part that was marked only that part. */
function condense(request: ChatRequest): string {
  const [problem, trace] = [need(request, "problem"), need(request, "trace")];
  const { finding, marked } = request.task.values;
  return marked === undefined
    ? condenseTrace(problem, trace, finding)
    : condensePart(problem, trace, { finding, part: marked });
}

function answer(request: ChatRequest, known: Verdicts): string {
  const { purpose } = request.task;
  if (request.reply.form === "surprisal") throw new ModelError("cannot", "rules have no probabilities");
  switch (purpose) {
    case "shorten":
      return shortenTrace(need(request, "problem"), need(request, "trace"), targetOf(request));
    case "condense":
      return condense(request);
    case "expand":
      return expandTrace(need(request, "problem"), request.task.values.marked ?? need(request, "trace"));
    case "judge":
    case "verify":
    case "accept":
      return judge(request, known);
    case "score":
      return score(request);
    case "collect":
      throw new ModelError(
        "cannot",
        "The baseline model can't solve a problem: it only works on traces. Give the sample a trace, or name a teacher model for this node.",
      );
    default:
      throw new ModelError(
        "cannot",
        `The baseline model has no rule for the purpose "${purpose}". It knows ${BASELINE_PURPOSES.join(", ")}; name another model for this node.`,
      );
  }
}

/** A length to aim at, where the graph's state has one. */
function targetOf(request: ChatRequest): number | undefined {
  const target = Number(request.task.values.target);
  return target > 0 ? target : undefined;
}

function need(request: ChatRequest, name: string): string {
  const value = request.task.values[name];
  if (typeof value === "string" && (name === "trace" || value.trim() !== "")) return value;
  throw new ModelError(
    "cannot",
    `The baseline model needs "${name}" for the purpose "${request.task.purpose}", and the prompt does not fill it. Add {{ ${name} }} to the prompt and its variables.`,
  );
}

function reply(request: ChatRequest, text: string): ChatReply {
  const asked = request.messages.reduce((sum, message) => sum + estimateTokens(message.content), 0);
  return {
    text,
    finish: "stop",
    usage: { in: asked, out: estimateTokens(text), estimated: true },
    model: "baseline",
  };
}
