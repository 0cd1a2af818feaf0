/**
 * A rating from counted features: no opinion, and no knowledge of whether the mathematics is right. It says what it
 * counted, so that whoever reads it can count again.
 *
 * The order matters: what no rewriting can mend (no conclusion, a guess) is said first; then what is too heavy; then what
 * is missing. What passes all of that fits. The confidence is how far the deciding measure lies from its limit.
 */
import type { Verdict } from "../../core/events.ts";
import type { Rating } from "../../core/sample.ts";
import { type Measures, measureTrace } from "./measure.ts";
import { equals, isWhole, parseNumber, type Rational } from "./rational.ts";
import type { Reading } from "./read.ts";
import { type Limits, limitsFor, readStudent, type Student } from "./student.ts";

/** `answer` is the reference, where there is one: only a plain number against a plain number is compared here. */
export function judgeTrace(reading: Reading, studentText: string, answer = ""): Verdict {
  const student = readStudent(studentText);
  const limits = limitsFor(student);
  const measures = measureTrace(reading);
  return (
    findDefect(reading, measures, limits) ??
    findOtherAnswer(reading, measures, answer) ??
    findWeight(measures, limits, student) ??
    findGap(reading, measures, limits, student) ??
    fits(measures, limits, student)
  );
}

function findDefect(reading: Reading, measures: Measures, limits: Limits): Verdict | undefined {
  const last = measures.steps.at(-1)?.number ?? null;
  if (reading.units.length === 0)
    return verdict("easy", "there is no text at all", null, { missing: "the whole chain", confidence: 1 });
  if (!reading.conclusion) {
    const reason = measures.whole
      ? "it ends without a conclusion: no final answer is stated"
      : "it is cut off in the middle: the last sentence is not finished and no answer is stated";
    if (measures.tokens <= limits.chainTokens)
      return verdict("easy", reason, last, { missing: "a conclusion", confidence: 0.95 });
    return verdict("hard", reason, last, { surplus: "text that arrives nowhere", confidence: 0.95 });
  }
  if (measures.doubt) {
    const { text, step } = measures.doubt;
    const reason = `it says itself that the problem lacks something, or guesses ("${quote(text)}", step ${step}): the answer does not follow from the steps`;
    return verdict("hard", reason, step, { surplus: "the guess", confidence: 0.8 });
  }
  return undefined;
}

/** It arrives somewhere else. Anything but two plain numbers is left to those who can compare (nodes/answers). */
function findOtherAnswer(reading: Reading, measures: Measures, answer: string): Verdict | undefined {
  const value = reading.conclusion?.value ?? "";
  const [ours, reference] = [parseNumber(value), parseNumber(answer.trim())];
  if (!ours || !reference || isSameMeasure(ours, reference)) return undefined;
  const reason = `it ends with ${value}, and the reference answer is ${answer.trim()}`;
  return verdict("hard", reason, measures.steps.at(-1)?.number ?? null, {
    surplus: "the way to another answer",
    confidence: 0.8,
  });
}

/** Equal, or within one per cent where one of them is no whole number: measured values are rounded. */
function isSameMeasure(a: Rational, b: Rational): boolean {
  if (equals(a, b)) return true;
  if (isWhole(a) && isWhole(b)) return false;
  const distance = a.top * b.bottom - b.top * a.bottom;
  return (distance < 0n ? -distance : distance) * 100n <= b.top * a.bottom;
}

/** A few tokens of hesitation hurt nobody, however short the chain. */
const SURPLUS_NOTICED = 50;

function findWeight(measures: Measures, limits: Limits, student: Student): Verdict | undefined {
  const over: { ratio: number; make: () => Verdict }[] = [];
  const heavy = (value: number, limit: number, reason: string, step: number | null, surplus: string | null) =>
    over.push({
      ratio: value / limit,
      make: () => verdict("hard", reason, step, { surplus, confidence: confidenceOf(value / limit) }),
    });
  const first = measures.surplusSteps[0] ?? null;
  const percent = Math.round(100 * measures.surplusShare);
  if (measures.surplusShare * measures.tokens > SURPLUS_NOTICED)
    heavy(
      measures.surplusShare,
      limits.surplusShare,
      `${measures.surplusSteps.length} of ${count(measures.steps.length, "step")} only hesitate, re-check or repeat what is established (${percent} % of the text)`,
      first,
      first === null ? "hesitation and re-checks" : `step ${first} and others like it`,
    );
  heavy(
    measures.tokens,
    limits.chainTokens,
    `about ${measures.tokens} tokens are too many for ${student.size}B to follow to the end (limit ${limits.chainTokens})`,
    null,
    "text beyond what the answer needs",
  );
  if (measures.longest) {
    const { number, tokens } = measures.longest;
    heavy(
      tokens,
      limits.stepTokens,
      `step ${number} alone has about ${tokens} tokens (limit ${limits.stepTokens}): several results in one step`,
      number,
      `step ${number} holds more than one step`,
    );
  }
  const perResult = measures.tokens / Math.max(1, measures.results);
  if (measures.tokens > 300) {
    heavy(
      perResult,
      limits.tokensPerResult,
      `about ${Math.round(perResult)} tokens of text for each new result (limit ${limits.tokensPerResult})`,
      null,
      "talk between the results",
    );
  }
  if (measures.advanced.length > 0) {
    heavy(
      measures.advanced.length,
      limits.advancedWords + 1,
      `it leans on ${measures.advanced.slice(0, 4).join(", ")}, which the problem does not use and ${student.size}B may not have`,
      null,
      null,
    );
  }
  const wrong = measures.wrong.at(0);
  if (wrong)
    over.push({
      ratio: 1.5,
      make: () =>
        verdict("hard", `"${quote(wrong.text)}" in step ${wrong.step} is wrong as written`, wrong.step, {
          surplus: quote(wrong.text),
          confidence: 0.7,
        }),
    });
  const worst = over.reduce((best, one) => (one.ratio > best.ratio ? one : best), over[0]!);
  return worst.ratio > 1 ? worst.make() : undefined;
}

function findGap(reading: Reading, measures: Measures, limits: Limits, student: Student): Verdict | undefined {
  const jump = measures.jumps.find((one) => one.operations > limits.operationsAtOnce);
  if (jump) {
    const reason = `does ${jump.operations} operations at once in "${quote(jump.text)}" (step ${jump.step}) without showing what lies between; ${student.size}B manages ${limits.operationsAtOnce}`;
    return verdict("easy", reason, jump.step, {
      missing: "the intermediate results",
      confidence: confidenceOf(jump.operations / limits.operationsAtOnce),
    });
  }
  const conclusion = reading.conclusion!;
  const shown =
    reading.reached &&
    (measures.results > 0 ||
      conclusion.kind === "code" ||
      reading.units.some((unit) => unit.index < reading.established && unit.terms.size > 1));
  if (!shown || (measures.tokens < 25 && conclusion.kind !== "code")) {
    return verdict(
      "easy",
      `states the answer after ${count(measures.tokens, "token")} without a step that leads to it`,
      1,
      { missing: "the way to the answer", confidence: 0.9 },
    );
  }
  return undefined;
}

function fits(measures: Measures, limits: Limits, student: Student): Verdict {
  const reason = `${count(measures.steps.length, "step")}, about ${measures.tokens} tokens, ${count(measures.results, "result")}, ${Math.round(100 * measures.surplusShare)} % surplus: within what ${student.size}B bears`;
  const room = Math.min(
    1,
    1.3 - Math.max(measures.tokens / limits.chainTokens, measures.surplusShare / limits.surplusShare) / 2,
  );
  return verdict("medium", reason, null, { confidence: Math.max(0.5, room) });
}

function verdict(
  rating: Rating,
  reason: string,
  step: number | null,
  rest: { missing?: string | null; surplus?: string | null; confidence: number },
): Verdict {
  const confidence = Math.round(100 * Math.min(0.95, Math.max(0.05, rest.confidence))) / 100;
  return { rating, reason, step, missing: rest.missing ?? null, surplus: rest.surplus ?? null, confidence };
}

/** Just over a limit is a coin's toss, twice the limit is fairly sure. */
function confidenceOf(ratio: number): number {
  return 0.5 + Math.min(0.45, (ratio - 1) * 0.4);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function quote(text: string): string {
  const line = text.replace(/\s+/g, " ").replaceAll('"', "'").trim();
  return line.length > 90 ? `${line.slice(0, 87)}...` : line;
}
