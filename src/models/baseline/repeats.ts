/** Whether a sentence says again what stands already, in the problem or in what was kept before it. */
import * as zh from "./chinese.ts";
import { isChinese, pairsOf } from "./chinese.ts";
import type { Unit } from "./units.ts";

export interface Seen {
  /** Numbers and symbols that stand so far. */
  readonly terms: Set<string>;
  /** Numbers that something came to so far, and the unit that first did. */
  readonly results: Map<string, number>;
  /** Shapes of the sentences that stand so far. */
  readonly sentences: Set<string>;
  /** Content words of the last sentences. */
  readonly recent: Set<string>[];
  readonly problem: string;
}

/** True when the unit adds nothing. Records what it says, so that the next one like it is a repeat. */
export function isRepeat(unit: Unit, seen: Seen): boolean {
  if (unit.kind === "heading" || unit.kind === "code") return false;
  const words = unit.text.toLowerCase().match(/[a-z]+|\d+|[^\s\w.,;:!?'"()，。；：！？、“”（）]/g) ?? [];
  const shape = words.filter((word) => !SMALL.has(word)).join(" ");
  const known = seen.sentences.has(shape);
  seen.sentences.add(shape);
  const fresh = [...unit.terms].some((term) => !seen.terms.has(term));
  if (known || (!fresh && isRestatement(unit, seen.problem))) return true;
  if (!fresh && isParaphrase(unit, seen)) return true;
  if (unit.results.size === 0) return false;
  if (isRederived(unit, seen)) return true;
  const equations = [...equationsOf(unit)].map((equation) => `=${equation}`);
  const allKnown = equations.length > 0 && equations.every((equation) => seen.sentences.has(equation));
  for (const equation of equations) seen.sentences.add(equation);
  return !fresh && allKnown;
}

const RECENT = 60;

/** Nearly all of its content words stand in one of the sentences before it, and it works nothing out. */
function isParaphrase(unit: Unit, seen: Seen): boolean {
  if (unit.kind !== "prose" || /[=≈]/.test(unit.text) || calculates(unit)) return false;
  const words = contentWords(unit.text);
  if (words.length < 4) return false;
  const known = seen.recent.some((earlier) => words.filter((word) => earlier.has(word)).length >= 0.8 * words.length);
  seen.recent.push(new Set(words.slice(0, 80)));
  if (seen.recent.length > RECENT) seen.recent.shift();
  return known;
}

const FRESH_FOR = 8;

/**
 * Comes to a telling value that something came to before, and to nothing else new: 4500 once more, on another way. A
 * sum that goes on from a value just found is no repeat, even where it meets an old one: "404 + 1 = 405".
 */
function isRederived(unit: Unit, seen: Seen): boolean {
  const results = [...unit.results];
  if (results.at(-1)!.length < 3 || !unit.bare.includes("=")) return false;
  if (!results.every((result) => seen.results.has(result))) return false;
  const goesOn = [...unit.terms].some((term) => {
    const found = unit.results.has(term) || term.length < 2 ? undefined : seen.results.get(term);
    return found !== undefined && unit.index - found <= FRESH_FOR;
  });
  return !goesOn;
}

/** The last two sides of each chain of equations: `3*12=36`. */
function equationsOf(unit: Unit): Set<string> {
  const found = new Set<string>();
  for (const match of unit.bare.matchAll(/[\w)(+\-*/×·÷.^]{1,60}=[\w)(+\-*/×·÷.^]{1,60}/g)) {
    found.add(
      match[0]
        .replace(/[.,]+$/, "")
        .replace(/[×·]/g, "*")
        .replace(/÷/g, "/"),
    );
  }
  return found;
}

/** At least four in five of its content words stand in the problem, and it works nothing out. */
function isRestatement(unit: Unit, problem: string): boolean {
  if (QUOTES.test(unit.text)) return false;
  if (calculates(unit)) return false;
  if (/[=≈+×*]/.test(unit.text) || unit.kind === "math" || unit.kind === "table") return false;
  const words = contentWords(unit.text);
  if (words.length < 4) return false;
  const lower = problem.toLowerCase();
  const known = words.filter((word) => lower.includes(word)).length;
  return known / words.length >= 0.8;
}

/** 题目说：“……”, put before the step that uses it (given.ts): told again for a reason. */
const QUOTES = /^(?:题目说：)?“[^”]{1,240}”$/u;

/** "36 divided by 6 is 6 days" and "3 × 8 × 7 / 2" work out as much as an equation does, with numbers that stand already. */
function calculates(unit: Unit): boolean {
  return (
    /\d\s*[+×*·÷/]\s*\d/.test(unit.text) ||
    (unit.results.size > 0 && (IN_WORDS.test(unit.text) || zh.CALCULATES.test(unit.text)))
  );
}

const IN_WORDS =
  /\d[ a-z-]{0,24}(?:%|percent|times|plus|minus|divided by|multiplied by|over)\s+(?:of\s+)?\D{0,12}\d|\b(?:half|third|quarter|twice|double|triple|subtract\w*|add\w*|divid(?:e|ing)|multiply\w*) (?:(?:of|from|to|that|by) )?\D{0,12}\d/i;

const SMALL = new Set(
  "the a an of to in is are was were be been and or so that this it its for on at by with as from then than but if we i he she they you his her their my your our me them us not no do does did has have had will would can could should must may might let need needs there here which who what when how all each every per also just only now first next since because says said told tells given asks asked problem question means".split(
    " ",
  ),
);

const MARKS = /^[\p{P}\p{Z}]$/u;

export function contentWords(text: string): string[] {
  const found =
    text.toLowerCase().match(/[a-z]{2,}|\d[\d,.]*\d|\d|[\u3400-\u9fff\uf900-\ufaff]+|[\u0080-\uffff]/g) ?? [];
  return found.flatMap((word) => {
    if (word.charCodeAt(0) < 0x80) return SMALL.has(word) ? [] : word;
    if (isChinese(word)) return pairsOf(word);
    return MARKS.test(word) ? [] : word;
  });
}
