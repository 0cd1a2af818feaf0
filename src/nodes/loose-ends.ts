/**
 * Does a rewritten trace refer to what is gone? By rules, and only where they are sure: a rewrite that is refused for
 * nothing costs a call, one that keeps "from (3)" without a (3) teaches a student to make things up.
 *
 *   label    "from (3)", "Step 4", "Lemma 2": it is referred to and stands nowhere
 *   shown    "the table above", where no table is; "as computed above", where nothing is above
 *   value    a sentence that was kept uses a number or symbol whose ground was dropped before it
 *   symbol   the original says what the letter stands for, the rewrite uses it and never says
 *
 * What was loose in the original already is not the rewrite's fault and is not counted. A sentence that was written anew
 * introduces the numbers it says.
 */
import { cutSegments, cutSentences, type SegmentKind } from "../core/segments.ts";
import { readProblemTerms } from "../core/terms.ts";
import { defines, labelsIn } from "./labels.ts";
import { termsOf } from "./needed.ts";
import { isDefinedIn, isIntroducedIn, namedIn, usedIn } from "./symbols.ts";

export interface Rewritten {
  readonly problem: string;
  readonly original: string;
  readonly text: string;
}

/** In a few words each, for people and for whoever writes it again; empty where all is well. */
export function findLooseEnds(rewritten: Rewritten): string[] {
  if (rewritten.text === rewritten.original) return [];
  const ends = [
    ...looseLabels(rewritten),
    ...looseShown(rewritten),
    ...looseValues(rewritten),
    ...looseSymbols(rewritten),
  ];
  return [...new Set(ends)].slice(0, MOST_NAMED);
}

const MOST_NAMED = 5;

/** A text's sentences, each formula, listing and heading as one; without white space around them. */
export function sentencesOf(text: string): string[] {
  return cutSegments(text).flatMap(({ kind, body }) =>
    kind === "prose" || kind === "item" ? cutSentences(body).map((sentence) => sentence.trim()) : [body],
  );
}

function looseLabels({ original, text, problem }: Rewritten): string[] {
  const loose = [...labelsIn(text)].filter(([label]) => !defines(text, label) && !defines(problem, label));
  if (loose.length === 0) return [];
  const before = labelsIn(original);
  return loose
    .filter(([label]) => defines(original, label) || !before.has(label))
    .map(([, said]) => `"${oneLine(said)}" stands nowhere in it`);
}

const SHOWN =
  /\b(?:the|this|that|our) (table|list|diagram|figure|picture|code|program|function|matrix|listing) (?:above|from before|shown above)|\babove (table|list|diagram|figure|code|program|listing)\b/giu;
const KIND_OF: Readonly<Record<string, readonly SegmentKind[]>> = {
  table: ["table", "math"],
  list: ["item"],
  code: ["code"],
  program: ["code"],
  function: ["code", "math"],
  listing: ["code", "item"],
  matrix: ["math"],
};
const ABOVE =
  /\bas (?:we |i )?(?:computed|calculated|found|shown|showed|derived|noted|seen|said|established|mentioned) (?:above|earlier|before)\b|如上所述|上面(?:已经)?(?:算|求|证)/giu;

/** A first sentence is no longer than this. */
const FIRST = 400;

function looseShown({ original, text }: Rewritten): string[] {
  const holds = (whole: string, kinds: readonly SegmentKind[]) =>
    cutSegments(whole).some(({ kind }) => kinds.includes(kind));
  const ends: string[] = [];
  for (const match of text.matchAll(SHOWN)) {
    const kinds = KIND_OF[(match[1] ?? match[2])!.toLowerCase()];
    if (kinds !== undefined && !holds(text, kinds) && holds(original, kinds))
      ends.push(`"${match[0]}" is no longer there`);
  }
  const first = cutSentences(text.trimStart().slice(0, FIRST))[0]?.trim() ?? "";
  const said = first.match(ABOVE)?.[0];
  if (said !== undefined && !original.trimStart().startsWith(first)) ends.push(`"${said}", and nothing is above`);
  return ends;
}

const SHORTEST_KEPT = 24;

/** Where a sentence stood in the original, without a first word that may have been tidied away; -1 where it is new. */
function placeIn(original: string, sentence: string): number {
  const bare = sentence.replace(/^(?:(?:so|okay|ok|now|then|well|and|thus|hence|therefore|wait|but|also)[\s,]+)+/i, "");
  return bare.length < SHORTEST_KEPT || !isProse(bare) ? -1 : original.indexOf(bare.slice(1));
}

/** A formula stands in a rewrite as it stood before because it is right, and not because it was kept. */
function isProse(sentence: string): boolean {
  return (sentence.replace(/\\[A-Za-z]+/g, " ").match(/\p{L}{2,}/gu) ?? []).length >= 4;
}

function looseValues({ problem, original, text }: Rewritten): string[] {
  const sentences = sentencesOf(text).map((sentence) => ({ sentence, place: placeIn(original, sentence) }));
  if (sentences.every(({ place }) => place < 0)) return [];
  const introduced = readProblemTerms(problem);
  const ends: string[] = [];
  for (const { sentence, place } of sentences) {
    const { all, results } = termsOf(sentence);
    const fresh = place < 0 ? [] : [...all].filter((term) => !introduced.has(term) && !results.has(term));
    const earlier = fresh.length === 0 ? undefined : termsOf(original.slice(0, place)).all;
    for (const term of fresh) {
      if (!earlier?.has(term) || isCommon(term) || !isTelling(term, sentence, original)) continue;
      ends.push(`${term} in "${oneLine(sentence)}" comes from nowhere`);
    }
    for (const term of all) introduced.add(term);
  }
  return ends;
}

/** Numbers that count things in every text. */
function isCommon(term: string): boolean {
  return /^\d+$/.test(term) && Number(term) <= 12;
}

/** A number always; a letter where it is a symbol that the original introduces. */
function isTelling(term: string, sentence: string, original: string): boolean {
  return /^\d/.test(term) || (usedIn(sentence, term) && isDefinedIn(original, term) && !isDefinedIn(sentence, term));
}

function looseSymbols({ problem, original, text }: Rewritten): string[] {
  const given = readProblemTerms(problem);
  return namedIn(text)
    .filter((symbol) => !given.has(symbol) && !isIntroducedIn(text, symbol) && isDefinedIn(original, symbol))
    .map((symbol) => `it never says what ${symbol} is`);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 70 ? `${line.slice(0, 67)}...` : line;
}
