/**
 * The model that is no model: rules over the text of a trace. Free, deterministic, and honest about what it is; a
 * language model should beat it. It works on the values a prompt was filled with and never reads the prompt's prose.
 *
 *   shorten   drops re-checks, hesitation and repetition, keeps what the answer rests on        shorten.ts, select.ts
 *   condense  the same, further, in steps of one result                                          shorten.ts, steps.ts
 *   expand    spells out skipped arithmetic, computed exactly                                    expand.ts, spell.ts
 *   judge     measures the trace against the student's size                                      judge.ts, measure.ts
 *   verify    the same, on its own: what was found before is not looked at                       judge.ts
 *   collect   cannot: rules don't solve problems
 */
import type { ChatReply, ChatRequest } from "../../core/chat.ts";
import { estimateTokens } from "../../core/tokens.ts";
import { type Model, ModelError } from "../model.ts";
import { expandTrace } from "./expand.ts";
import { judgeTrace } from "./judge.ts";
import { readTrace } from "./read.ts";
import { condenseTrace, shortenTrace } from "./shorten.ts";

export const BASELINE_PURPOSES = ["shorten", "judge", "expand", "condense", "verify"] as const;

export function createBaseline(): Model {
  return {
    async ask(request, { signal }) {
      signal.throwIfAborted();
      return reply(request, answer(request));
    },
  };
}

function answer(request: ChatRequest): string {
  const { purpose } = request.task;
  switch (purpose) {
    case "shorten":
      return shortenTrace(need(request, "problem"), need(request, "trace"));
    case "condense":
      return condenseTrace(need(request, "problem"), need(request, "trace"), request.task.values.finding);
    case "expand":
      return expandTrace(need(request, "problem"), need(request, "trace"));
    case "judge":
    case "verify": {
      const reading = readTrace(need(request, "problem"), need(request, "trace"));
      return JSON.stringify(judgeTrace(reading, need(request, "student"), request.task.values.answer));
    }
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
