/** The synchronous comparison: every rule that is cheap and certain to end, in order. */
import { compareTrees, type ListOrder } from "./compare.ts";
import { type Expression, some, TEXT_NAME, unknownsOf } from "./expression.ts";
import { compareMixed } from "./mixed-measures.ts";
import { TEXT_OPEN, tidy, trimEnds } from "./notation.ts";
import { parseAnswer } from "./parse.ts";
import { any, different, equal, undecided, type Verdict } from "./verdict.ts";
import { choiceLetter, compareChoices, compareWords, simple, spelledNumber, writtenOptions } from "./words.ts";

export interface CompareOptions {
  /** The problem's text: it knows the options of a choice, and whether a list has an order. */
  readonly problem?: string;
}

/** Compares two final answers by rules alone. `gold` is the accepted one; a tolerance may favour it. Never throws. */
export function compareByRules(gold: string, pred: string, options: CompareOptions = {}): Verdict {
  if (gold.trim() === "" || pred.trim() === "") return undecided("empty", "one side is empty");
  if (gold.trim() === pred.trim()) return equal("same-text", "the same characters");
  const [a, b] = [tidy(gold), tidy(pred)];
  if (a === b && a !== "") return equal("same-text", "the same characters but for looks");
  const mixed = compareMixed(gold, pred);
  if (mixed) return mixed;
  const choice = compareChoices(gold, pred, options.problem) ?? compareWithOptions(gold, pred, options.problem);
  if (choice) return choice;
  const [goldIsWord, predIsWord] = [isWord(gold, a), isWord(pred, b)];
  if (!choiceLetter(gold) && !choiceLetter(pred) && (goldIsWord || predIsWord)) {
    const words = compareWords(gold, pred);
    if (words.verdict === "equal" || (words.verdict === "different" && goldIsWord && predIsWord)) return words;
  }
  const times = compareTimes(a, b);
  if (times) return times;
  const [ours, theirs] = [readingsOf(gold, a), readingsOf(pred, b)];
  if (ours.length === 0 || theirs.length === 0) return againstWords(gold, pred, ours.length > 0, theirs.length > 0);
  const context = { order: listOrder(options.problem), work: { left: MOST_WORK } };
  const verdict = any(ours.flatMap((mine) => theirs.map((yours) => compareTrees(mine, yours, context))));
  if (verdict.verdict !== "different") return verdict;
  if ([...ours, ...theirs].some(hasText)) return undecided("text", "words that only a reader can compare");
  // A choice may be answered by its text, "100": only the options could tell.
  const isValue = (trees: readonly Expression[]) => trees.every((tree) => unknownsOf(tree).size === 0);
  const chosen =
    (choiceLetter(gold) && !choiceLetter(pred) && isValue(theirs)) ||
    (isCapital(pred) && !choiceLetter(gold) && isValue(ours));
  return chosen ? undecided("choice", "a choice's letter against a value") : verdict;
}

function isCapital(answer: string): boolean {
  return (
    choiceLetter(answer) !== undefined && /^[^A-Za-z]*(?:\\?[a-z]+\{)?[([]?[A-J][)\].:]?\}?[^A-Za-z]*$/.test(answer)
  );
}

/**
 * A letter against a value, where the problem lists its options: the value is held against each of them as one answer against
 * another. Equal to that letter's option and to no other, it is that choice; equal to another one, it is not; equal to none of
 * several values, it is none of them.
 */
function compareWithOptions(gold: string, pred: string, problem: string | undefined): Verdict | undefined {
  const [wanted, given] = [choiceLetter(gold), choiceLetter(pred)];
  const letter = wanted ?? given;
  if (problem === undefined || letter === undefined || (wanted !== undefined && given !== undefined)) return undefined;
  const value = wanted === undefined ? gold : pred;
  const options = [...writtenOptions(problem)].slice(0, MOST_OPTIONS);
  if (options.length < 2 || !options.some(([each]) => each === letter)) return undefined;
  const verdicts = options.map(([each, text]) => ({ each, verdict: compareByRules(text, value).verdict }));
  const equals = verdicts.filter(({ verdict }) => verdict === "equal").map(({ each }) => each);
  if (equals.length === 1) {
    return equals[0] === letter
      ? equal("choice-text", `option ${letter} says the same`)
      : different("choice-text", `that is option ${equals[0]}, not ${letter}`);
  }
  const isNone = verdicts.every(({ verdict }) => verdict === "different");
  return isNone ? different("choice-text", `that is none of the options, and so not ${letter}`) : undefined;
}

const MOST_OPTIONS = 10;

/** One number and nothing else: what a value picked out of a sentence can be held against. */
export function isOneNumber(answer: string): boolean {
  const trees = directReadings(answer, tidy(answer));
  return (
    trees.length > 0 &&
    trees.some((tree) => unknownsOf(tree).size === 0 && tree.kind !== "list" && tree.kind !== "group")
  );
}

function hasText(tree: Expression): boolean {
  return some(tree, (each) => each.kind === "symbol" && each.name.startsWith(TEXT_NAME));
}

/** A word in the mathematical sense of nobody: \\text{odd}, Even, Navin; not xy, not "2 cm". */
function isWord(answer: string, tidied: string): boolean {
  return tidied.startsWith(TEXT_OPEN)
    ? /^[\p{L}\s'-]{2,}$/u.test(simple(answer))
    : /^[\p{L}'-]{4,}$/u.test(tidied) && tidied !== tidied.toUpperCase();
}

function againstWords(gold: string, pred: string, goldIsMath: boolean, predIsMath: boolean): Verdict {
  const verdict = compareWords(gold, pred);
  if (verdict.verdict === "equal" || (!goldIsMath && !predIsMath)) return verdict;
  // A choice's letter against a bare word or number can't be judged without the options.
  if (choiceLetter(gold) || choiceLetter(pred)) return undecided("choice", "a choice's letter against a text");
  return undecided("not-math", `the ${goldIsMath ? "given" : "accepted"} answer could not be read as mathematics`);
}

/**
 * What an answer can mean. "1,234" is a number in English and a list or a decimal elsewhere; one equal reading is
 * enough, because nobody writes a wrong answer that is right under another reading by accident.
 */
export function readingsOf(answer: string, tidied: string): readonly Expression[] {
  const direct = directReadings(answer, tidied);
  return direct.length > 0 ? direct : labelled(tidied);
}

const NAMED_SETS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:there (?:is|are) )?no (?:real )?(?:solutions?|such \w+)(?: exists?)?$|^empty set$|^无解$|^none exist$/,
    "emptyset",
  ],
  [/^(?:all|every|any) real(?: number)?s?(?: \w)?$|^任意实数$|^全体实数$/, "set R"],
];

/** The same without looking behind a label: is this text an answer and nothing else? */
export function directReadings(answer: string, tidied: string): readonly Expression[] {
  const named = NAMED_SETS.find(([pattern]) => pattern.test(simple(answer)));
  if (named) return [{ kind: "symbol", name: named[1] }];
  const spelled = spelledNumber(answer);
  const texts = spelled ? [spelled] : writtenForms(tidied);
  return texts.map(parseAnswer).filter((tree) => tree !== undefined);
}

/** "Elongation of the rod: 2.5e-3 m", "The force is 320 N": the value behind a label of nothing but words. */
function labelled(text: string): readonly Expression[] {
  const label = /^[^\d:=]{3,80}?(?:\([^()]{0,20}\)\s?)?(?::|=|\bis\b)(.{1,200})$/.exec(text);
  return label?.[1]
    ? writtenForms(trimEnds(label[1]))
        .map(parseAnswer)
        .filter((tree) => tree !== undefined)
    : [];
}

/** Comparisons of parts that one pair may take; a real one needs a few hundred. */
const MOST_WORK = 20_000;

const GROUPED = /(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])/g;
const SPACED = /(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d,])/g;

function writtenForms(text: string): readonly string[] {
  const grouped = text.replace(SPACED, (run) => run.replaceAll(" ", ""));
  const forms = new Set<string>();
  const isBracketed = hasBracketedComma(text) || text.includes("\\{") || text.startsWith("{");
  if (!isBracketed) forms.add(grouped.replace(GROUPED, (run) => run.replaceAll(",", "")));
  forms.add(grouped);
  if (!isBracketed && /^[^\d,]*\d+,\d+[^\d,]*$/.test(grouped)) forms.add(grouped.replace(",", "."));
  if (/^[^\d,.]*\d{1,3}(?:\.\d{3})+,\d+[^\d,.]*$/.test(grouped))
    forms.add(grouped.replaceAll(".", "").replace(",", "."));
  return [...forms];
}

/** Without a pattern: one with two stars takes its time over thousands of brackets. */
function hasBracketedComma(text: string): boolean {
  const open = text.search(/[([]/);
  const close = Math.max(text.lastIndexOf(")"), text.lastIndexOf("]"));
  const comma = text.indexOf(",", open);
  return open >= 0 && comma >= 0 && comma < close;
}

const CLOCK = /^(\d{1,2}):(\d{2})\s*([ap])?\.?(?:m\.?)?$/i;

function compareTimes(gold: string, pred: string): Verdict | undefined {
  const [a, b] = [gold, pred].map((text) => CLOCK.exec(simple(text).replace(/\s/g, "")));
  if (!a || !b || (a[2] ?? "").length !== 2) return undefined;
  // 7:32 may be a ratio; ratios and times with the same parts are equal either way.
  const same = minutesOf(a).some((minutes) => minutesOf(b).includes(minutes));
  if (same) return equal("same-time", "the same time");
  const couldBeRatio = !a[3] && !b[3] && Number(a[2]) > 0 && Number(b[2]) > 0;
  return couldBeRatio ? undefined : different("other-time", "another time");
}

/** Minutes since midnight; without am and pm, as it stands and half a day later. */
function minutesOf([, hours, minutes, half]: RegExpExecArray): readonly number[] {
  const [hour, minute] = [Number(hours), Number(minutes)];
  if (half !== undefined) return [60 * ((hour % 12) + (half.toLowerCase() === "p" ? 12 : 0)) + minute];
  return hour > 12 ? [60 * hour + minute] : [60 * hour + minute, 60 * ((hour % 12) + 12) + minute];
}

function listOrder(problem: string | undefined): ListOrder {
  if (problem === undefined) return "unknown";
  return /\b(?:(?:increasing|decreasing|ascending|descending|alphabetical|that|this|following) order|in order|ordered|respectively|sequence)\b|顺序|依次|分别/i.test(
    problem,
  )
    ? "kept"
    : "free";
}
