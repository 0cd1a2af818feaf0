/** What a problem asks for, and what it gives, as words: so that a value can be told from the answer that equals it. */
import { foldWidth } from "../../core/fold-width.ts";
import { cutSegments, cutSentences } from "../../core/segments.ts";
import { canonicalNumber } from "../../core/terms.ts";
import { ASKING, isChinese } from "./chinese.ts";
import { contentWords } from "./repeats.ts";

export interface Asked {
  /** The words of the sentences that ask. */
  readonly words: ReadonlySet<string>;
  /** The words of the sentences that give this number; none when no sentence does. */
  givenWith(value: string): ReadonlySet<string>;
}

const ASKS =
  /\?|^(?:also |then |now )?(?:find|compute|calculate|determine|evaluate|express|simplify|solve|give|what|how|which|show|prove)\b|\b(?:find|calculate|compute|determine) (?:the|its|how|\$)/i;

export function readAsked(problem: string): Asked {
  const sentences = cutSegments(problem)
    .flatMap((segment) => (segment.kind === "blank" || segment.kind === "code" ? [] : cutSentences(segment.body)))
    .map((text) => text.trim())
    .filter((text) => text !== "");
  const asking = sentences.filter((text) => ASKS.test(text) || (isChinese(text) && ASKING.test(text)));
  const giving = sentences.filter((text) => !asking.includes(text));
  return {
    words: wordsOf(asking.length > 0 ? asking : sentences.slice(-1)),
    givenWith: (value) => wordsOf(giving.filter((text) => numbersOf(text).has(value))),
  };
}

/** Words that say something; numbers are compared elsewhere. */
export function wordsOf(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap(contentWords).filter((word) => !/\d/.test(word)));
}

function numbersOf(text: string): Set<string> {
  return new Set(
    [...foldWidth(text).matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([digits]) => canonicalNumber(digits.replace(/,+$/, ""))),
  );
}
