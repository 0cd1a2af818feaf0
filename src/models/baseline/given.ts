/** The sentences of a problem, quoted at the step that first uses their numbers. */
import { foldWidth } from "../../core/fold-width.ts";
import { cutSegments, cutSentences } from "../../core/segments.ts";
import { readTerms } from "../../core/terms.ts";
import { ASKING, isChinese } from "./chinese.ts";
import { contentWords } from "./repeats.ts";
import type { Unit } from "./units.ts";

export interface Given {
  /** The sentence to put before a unit that uses a fact of the problem for the first time; undefined when none is due. */
  take(unit: Unit): string | undefined;
}

const LONGEST_QUOTE = 220;

export function quoteGiven(problem: string, problemTerms: ReadonlySet<string>): Given {
  const facts = readFacts(problem);
  const used = new Set<string>();
  return {
    take(unit) {
      const numbers = [...unit.terms].filter((term) => /^\d/.test(term) && problemTerms.has(term));
      const due = facts.filter((fact) => !used.has(fact.text) && numbers.some((number) => fact.terms.has(number)));
      for (const fact of due) used.add(fact.text);
      const unsaid = due.filter((fact) => !isSaid(fact, unit)).slice(0, MOST_QUOTES);
      if (unsaid.length === 0) return undefined;
      if (isChinese(problem)) return `题目说：${unsaid.map((fact) => `“${fact.text}”`).join("")}`;
      return `The problem says: ${unsaid.map((fact) => `"${fact.text}"`).join(" ")}`;
    },
  };
}

const MOST_QUOTES = 3;

/** The step tells the fact in its own words. */
function isSaid(fact: Fact, unit: Unit): boolean {
  const words = new Set(contentWords(unit.text));
  return fact.words.filter((word) => words.has(word)).length > 0.5 * fact.words.length;
}

interface Fact {
  readonly text: string;
  readonly terms: ReadonlySet<string>;
  readonly words: readonly string[];
}

/** Statements with a number in them; what the problem asks for is no fact, and a formula on its own cannot be quoted in a line. */
function readFacts(problem: string): Fact[] {
  const facts: Fact[] = [];
  for (const segment of cutSegments(problem)) {
    if (segment.kind !== "prose" && segment.kind !== "item") continue;
    for (const sentence of cutSentences(segment.body)) {
      const text = sentence.trim();
      const least = isChinese(text) ? 6 : 12;
      if (text.length > LONGEST_QUOTE || text.length < least || /[?？]$|"|“|\[asy\]/.test(text)) continue;
      if (!/[.!。！；]$/.test(text) || (isChinese(text) && ASKING.test(text))) continue;
      if (/^(?:find|compute|what|how|determine|express|calculate|give|answer|round)\b/i.test(text)) continue;
      const terms = readTerms(foldWidth(text)).all;
      if ([...terms].some((term) => /^\d/.test(term))) facts.push({ text, terms, words: contentWords(text) });
    }
  }
  return facts;
}
