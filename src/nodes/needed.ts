/**
 * What the rest of a trace leans on in the part that is to be rewritten: numbers that are worked out there, letters that
 * are brought in there, names that its code defines, labels of its formulas. Whoever rewrites the part is told them, and
 * what comes back must still have them; else a step that was not touched would stand on nothing.
 */
import { cutSegments } from "../core/segments.ts";
import { readProblemTerms, readTerms } from "../core/terms.ts";
import { defines, labelsIn } from "./labels.ts";
import type { Marked } from "./marking.ts";
import { isDefinedIn, usedIn } from "./symbols.ts";

export interface Needed {
  /** As people write it: `36`, `x_1`, `total()`, `(3)`. */
  readonly said: string;
  isIn(part: string): boolean;
}

export function findNeeded({ before, part, after }: Marked, problem: string): Needed[] {
  if (after.trim() === "") return [];
  return [...neededTerms({ before, part, after }, problem), ...neededNames(part, after), ...neededLabels(part, after)];
}

/** What of it a rewritten part no longer has. */
export function missingFrom(part: string, needed: readonly Needed[]): string[] {
  return needed.filter((each) => !each.isIn(part)).map(({ said }) => said);
}

function neededTerms({ before, part, after }: Omit<Marked, "steps">, problem: string): Needed[] {
  const known = readProblemTerms(problem);
  for (const term of termsOf(before).all) known.add(term);
  const [own, later] = [termsOf(part), termsOf(after)];
  const isLeant = (term: string) => {
    if (!later.all.has(term) || known.has(term)) return false;
    if (!/^\d/.test(term)) return usedIn(after, term) && (usedIn(part, term) || isDefinedIn(part, term));
    // Small numbers count things everywhere; only what was worked out here is surely meant.
    return own.results.has(term) || !COMMON.test(term);
  };
  return [...own.all].filter(isLeant).map((term) => ({ said: term, isIn: (text) => termsOf(text).all.has(term) }));
}

const COMMON = /^(?:\d|1[0-2])$/;

/** LaTeX writes 4{,}000, where it does not write 4,000. */
export function termsOf(text: string) {
  return readTerms(text.replaceAll("{,}", ","));
}

const DEFINES =
  /^\s*(?:(?:export |async |static |public |private )*(?:def|function|class|struct|fn|func|const|let|var|int|float|double|auto|bool)\s+)?([A-Za-z_]\w{2,})\s*(?:[=({:[]|\s=)/gm;

function neededNames(part: string, after: string): Needed[] {
  const code = cutSegments(part).filter(({ kind }) => kind === "code");
  const names = new Set(code.flatMap(({ body }) => [...body.matchAll(DEFINES)].map((match) => match[1]!)));
  return [...names].flatMap((name) => {
    if (KEYWORD.has(name)) return [];
    const word = new RegExp(String.raw`(?<![\w])${name}(?![\w])`);
    return word.test(after) ? [{ said: name, isIn: (text: string) => word.test(text) }] : [];
  });
}

const KEYWORD: ReadonlySet<string> = new Set(
  "for while elif with try else return print def class import from switch case range len assert yield raise".split(" "),
);

function neededLabels(part: string, after: string): Needed[] {
  return [...labelsIn(after)]
    .filter(([label]) => defines(part, label) && !defines(after, label))
    .map(([label, said]) => ({ said, isIn: (text) => defines(text, label) }));
}
