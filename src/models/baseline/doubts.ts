/**
 * Does a trace say itself that its problem lacks something, or that it guesses? A rewrite that dropped those sentences
 * would turn a guess into a confident lie, so they are found once here, weighed, and kept by every rewrite.
 *
 * One "assuming a week has seven days" is no doubt. The weights and bounds were set on chains whose problem had a premise
 * removed (86 of them) against chains that reach a known answer.
 */
import { DOUBTS_STRONG, DOUBTS_WEAK, isChinese } from "./chinese.ts";
import type { Unit } from "./units.ts";

export interface Doubts {
  /** Sentences that say it outright: information missing, cannot be determined, a guess, a typo. */
  readonly strong: readonly number[];
  /** Sentences that lean that way: not specified, assuming, unclear. */
  readonly weak: readonly number[];
  /** Enough of them for the size of the trace. */
  readonly serious: boolean;
}

const STRONG =
  /\b(?:(?:not|n['’]t|without|lacks?) (?:\w+ ){0,3}(?:enough|sufficient) (?:information|info|data|details?|constraints|equations|context)|(?:missing|insufficient|incomplete|lack(?:s|ing)?(?: of)?|additional|more) (?:\w+ ){0,2}(?:information|info|data|details?|context|premise|diagram|figure|given)\b|(?:information|info|data|details?|something|diagram|figure|part|condition)(?: \w+){0,2} (?:is|are|was|seems?|might be|may be|must be|could be)(?: \w+){0,2} (?:missing|incomplete|insufficient|omitted|not (?:given|provided|shown))|(?:problem|question|statement|user)(?: \w+){0,2} (?:is|seems|might be|may be|appears|must be|could be|was|has been)(?: to be)?(?: \w+)? (?:incomplete|missing|ill-posed|under-?specified|flawed|cut off|misstated|unsolvable|ambiguous|garbled|wrong|mistyped)|(?:can['’]?t|cannot|can not|impossible to|no way to|unable to|not possible to) (?:be )?(?:\w+ )?(?:determined?|solved?|answered?|give (?:a|an) (?:numerical|specific|unique|definite))|(?:my|best|educated|reasonable|wild|random) guess|(?:take|make|hazard) a guess|i(?:['’]ll| will| would|['’]m going to|['’]d)? (?:\w+ )?(?:guess (?:that )?the answer|go with)|(?:forgot|failed|neglected|omitted) to (?:include|mention|give|state|specify|provide|attach|write)|(?:i|we) (?:do not|don['’]t) have (?:access to )?(?:the|that|any) (?:original|actual|exact|full|complete|specific|given) \w+|typo|misprint|typographical|unless (?:there['’]s|there is|we|i|more|additional) (?:\w+ ){0,3}(?:information|info|given|missing|know|typo|assume))/i;
const WEAK =
  /\b(?:(?:problem|question|it|they|statement|user) (?:doesn['’]t|does not|didn['’]t|did not|never) (?:\w+ )?(?:specif\w+|stat\w+|mention\w*|tell|give|say|provide|define)|(?:isn['’]t|not|aren['’]t) (?:given|specified|provided|stated|defined|mentioned|clear)|assum(?:e|ing|ption)|(?:maybe|perhaps) (?:the|it['’]s|it is)(?: \w+)? (?:original|equation|function|expression|polynomial|figure|diagram|graph|condition)s?(?: \w+)? (?:is|was|are|were|had|has|looks|says|said)\b|but (?:it )?(?:doesn['’]t|does not|didn['’]t|did not|never) (?:\w+ )?(?:specif\w+|give|say which|tell|provide|define)|without (?:knowing|more|additional|further)|guess|unclear|ambiguous|missing)/i;

const LONGEST_LOOK = 600;

export function findDoubts(units: readonly Unit[]): Doubts {
  const strong: number[] = [];
  const weak: number[] = [];
  for (const unit of units) {
    if (unit.kind === "code") continue;
    const text = unit.text.slice(0, LONGEST_LOOK);
    const [isStrong, isWeak] = isChinese(text) ? [DOUBTS_STRONG, DOUBTS_WEAK] : [STRONG, WEAK];
    if (isStrong.test(text) || STRONG.test(text)) strong.push(unit.index);
    else if (isWeak.test(text)) weak.push(unit.index);
  }
  return { strong, weak, serious: isSerious(strong.length, weak.length, units.length) };
}

/** The doubts that a rewrite keeps, so that whoever reads it sees what this reader saw: the last ones said. */
export function chooseDoubts(doubts: Doubts): number[] {
  if (!doubts.serious) return [];
  const strong = doubts.strong.slice(-4);
  const weak = doubts.weak.slice(-Math.max(0, 8 - 2 * strong.length) || doubts.weak.length);
  return strong.length === 4 ? strong : [...strong, ...weak];
}

function isSerious(strong: number, weak: number, units: number): boolean {
  const score = 2 * strong + weak;
  const density = score / Math.max(1, units);
  return (
    (strong >= 1 && score >= 6 && density > 0.025) || (strong >= 2 && score >= 12) || (score >= 8 && density > 0.035)
  );
}
