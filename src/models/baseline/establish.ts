/**
 * The first place in a trace that arrives at its answer and stands by it: where the main line ends. Too late only keeps
 * a re-check too many; too early cuts the deciding steps off. So a value must be more than there:
 *
 *   - it is what its sentence comes to ("5000 / 5 is 1000, so it is 2000" comes to 2000), and nobody remembers or
 *     supposes it, nor says no right after
 *   - a small number must be taken for the answer in the next sentences: a re-check or the words of an end follow
 *   - one that stands in the problem, or has one digit, turns up all the time: its sentence must answer what was asked
 *   - where the trace works on before it stops to check, and comes to the value again, that is the place
 */
import { arrivesAt, calculates, comesTo, plainNumber, standsFree } from "./arrive.ts";
import { type Asked, wordsOf } from "./asked.ts";
import * as zh from "./chinese.ts";
import type { Conclusion } from "./conclusion.ts";
import type { Cues } from "./cues.ts";
import type { Unit } from "./units.ts";

export interface Told {
  readonly units: readonly Unit[];
  readonly cues: readonly Cues[];
  readonly asked: Asked;
  readonly problemTerms: ReadonlySet<string>;
}

/** The index of that unit; the closing statement itself if there is none before it; the last unit without a conclusion. */
export function findEstablished(told: Told, conclusion: Conclusion | undefined): number {
  if (!conclusion) return told.units.length - 1;
  const last = conclusion.units.at(-1)!;
  // A program is built and amended up to the end: there is no place before it that already has it.
  if (conclusion.kind === "code") return told.units.length - 1;
  if (conclusion.value === "") return last;
  const goal = { value: conclusion.value, last, weight: weigh(told, conclusion.value) };
  for (let index = 0; index < last; index++) {
    if (!isArrival(told, index, goal.value) || !isTaken(told, index, goal)) continue;
    return settle(told, index, goal);
  }
  return last;
}

interface Goal {
  readonly value: string;
  readonly last: number;
  /** How much it tells that a sentence comes to this value. */
  readonly weight: "telling" | "small" | "common";
}

function weigh(told: Told, written: string): Goal["weight"] {
  const value = plainNumber(written) ?? written;
  if (/^\d$/.test(value) || told.problemTerms.has(value)) return "common";
  return value.length >= 3 && !/^\d{1,3}$/.test(value) ? "telling" : "small";
}

/** The sentence states the value as what it comes to, and means it. */
function isArrival(told: Told, index: number, value: string): boolean {
  const unit = told.units[index]!;
  const cue = told.cues[index]!;
  if (!comesTo(unit, value) || isTakenBack(told, index)) return false;
  if (cue.question || cue.alternative || (cue.plan && !cue.concludes && !unit.bare.includes("="))) return false;
  return !isHedged(unit.text);
}

/** Remembered, supposed or guessed: the steps that show it are still to come. */
const HEDGED =
  /\b(?:i (?:remember|recall|think|guess|believe|suspect)|i've (?:seen|heard)|usually|something like|should probably|probably|perhaps|maybe|might be|could be|suppose|well[- ]known|(?:need|want|have) to (?:find|solve|get|show)|known answer)\b|\?["')*\s]*$/i;

function isHedged(text: string): boolean {
  return HEDGED.test(text) || zh.HEDGED.test(text);
}

function isTaken(told: Told, index: number, goal: Goal): boolean {
  const cue = told.cues[index]!;
  if (goal.weight === "telling") return true;
  if (goal.weight === "common") return answersProblem(told, index, goal.value) || isNamed(told, index, goal.value);
  return isCelebrated(told, index, cue.concludes ? 6 : 3) && !isAboutOther(told, index, goal.value);
}

const SETTLES_WITHIN = 8;
const PICKS_UP_WITHIN = 40;

/**
 * From the first arrival on to the last one before the trace stops to check, as long as it works something out. A check
 * ends that, unless the trace goes on behind it with the value itself ("24 - 12 = 12"), or with a result from before the
 * arrival that nothing had used yet.
 */
function settle(told: Told, first: number, goal: Goal): number {
  const loose = goal.weight === "telling" ? new Set<string>() : findLoose(told, first);
  let place = first;
  let checks = false;
  for (let next = first + 1; next < Math.min(goal.last, first + PICKS_UP_WITHIN); next++) {
    const cue = told.cues[next]!;
    const unit = told.units[next]!;
    if (cue.check || cue.alternative || cue.reject || next > first + SETTLES_WITHIN) checks = true;
    if (!calculates(unit.text) || !isArrival(told, next, goal.value)) continue;
    if (!checks || unit.bare.includes(`-${goal.value}=${goal.value}`)) place = next;
    else if (cue.concludes && [...unit.terms].some((term) => loose.has(term))) return next;
  }
  return place;
}

/** What was worked out before `first`, and used by nothing up to there. */
function findLoose(told: Told, first: number): ReadonlySet<string> {
  const loose = new Set<string>();
  const used = new Set<string>();
  for (let index = first; index >= 0; index--) {
    const unit = told.units[index]!;
    for (const result of unit.results)
      if (result.length > 1 && !used.has(result) && !told.problemTerms.has(result) && index < first) loose.add(result);
    if (!worksOut(unit)) continue;
    for (const term of unit.terms) if (!unit.results.has(term)) used.add(term);
  }
  return loose;
}

function worksOut(unit: Unit): boolean {
  return unit.results.size > 0 && calculates(unit.text);
}

const TAKEN_BACK_WITHIN = 6;

/** In the next two sentences that say something, somebody says no. */
function isTakenBack(told: Told, index: number): boolean {
  let said = 0;
  const end = Math.min(told.cues.length, index + 1 + TAKEN_BACK_WITHIN);
  for (let next = index + 1; next < end && said < 2; next++) {
    const cue = told.cues[next]!;
    if (cue.reject) return true;
    if (!cue.filler && !cue.question) said++;
  }
  return false;
}

/** A re-check or the words of an end follow: the trace itself takes this for the answer. */
function isCelebrated(told: Told, index: number, reach: number): boolean {
  for (let next = index; next <= index + reach && next < told.cues.length; next++) {
    const cue = told.cues[next]!;
    if (next > index && (cue.check || cue.alternative)) return true;
    if (namesAnswer(told.units[next]!.text)) return true;
  }
  return false;
}

function namesAnswer(text: string): boolean {
  return NAMES_ANSWER.test(text) || zh.NAMES_ANSWER.test(text);
}

const NAMES_ANSWER = /\b(?:the|my|final) answer\b|\\boxed/i;

/** This sentence, or one of the next two with no work between, calls the very value the answer. */
function isNamed(told: Told, index: number, value: string): boolean {
  for (const unit of told.units.slice(index, index + 3)) {
    if (namesAnswer(unit.text) && arrivesAt(unit, value)) return true;
    if (unit.index > index && worksOut(unit)) return false;
  }
  return false;
}

/**
 * Whether anything but the bare closing statement leads to the value. A number that the problem gives must be reached
 * again: worked out, concluded or reasoned for.
 */
export function isReached(told: Told, conclusion: Conclusion): boolean {
  const number = plainNumber(conclusion.value);
  // A conclusion that was only implied is itself a step.
  if (conclusion.kind === "code" || conclusion.kind === "implied") return true;
  if (number === undefined) return !isFraction(conclusion.value) || isFractionReached(told, conclusion);
  const common = weigh(told, conclusion.value) === "common";
  return told.units.some((unit) => {
    const cue = told.cues[unit.index]!;
    const worked = calculates(unit.text) || givesReason(unit.text);
    const has = unit.results.has(number) || arrivesAt(unit, conclusion.value) || arrivesAt(unit, number);
    if (conclusion.units.includes(unit.index))
      return has && (worked || (!namesAnswer(unit.text) && unit.terms.size > 1));
    if (!common) return [...unit.terms].some((term) => isRounded(term, number));
    return has && standsFree(unit.text, number) && (worked || (cue.concludes && !cue.plan));
  });
}

function isFraction(value: string): boolean {
  return /^-?\d+\/\d+$/.test(value);
}

/** Anything at all is worked out or reasoned for: a fraction that is only remembered has no step beside it. */
function isFractionReached(told: Told, { value }: Conclusion): boolean {
  return told.units.some(
    ({ text, bare }) => !isHedged(text) && (calculates(bare.replaceAll(value, "")) || givesReason(text)),
  );
}

/** The same number, or one that is written with fewer places: measured values are rounded on the way. */
function isRounded(term: string, number: string): boolean {
  if (term === number) return true;
  const [written, wanted] = [Number(term), Number(number)];
  return /\./.test(term + number) && Math.abs(written - wanted) <= 0.01 * Math.abs(wanted);
}

function givesReason(text: string): boolean {
  return GIVES_REASON.test(text) || zh.GIVES_REASON.test(text);
}

const GIVES_REASON = /\b(?:since|because|so)\b/i;

/** It says what the value is, in words, and none of them are the question's: the number of something else. */
function isAboutOther(told: Told, index: number, value: string): boolean {
  const said = [...wordsOf([told.units[index]!.text])];
  if (said.length < SOME_WORDS || isNamed(told, index, value)) return false;
  return !said.some((word) => told.asked.words.has(word));
}

const SOME_WORDS = 3;

/** It draws a conclusion, or works something out, in the words of the question rather than of what is given. */
function answersProblem(told: Told, index: number, value: string): boolean {
  const unit = told.units[index]!;
  if (!told.cues[index]!.concludes && !calculates(unit.text)) return false;
  const said = wordsOf([unit.text]);
  const shared = (words: ReadonlySet<string>) => [...said].filter((word) => words.has(word)).length;
  const asked = shared(told.asked.words);
  return asked >= 2 && asked * 2 >= said.size && asked > shared(told.asked.givenWith(plainNumber(value) ?? value));
}
