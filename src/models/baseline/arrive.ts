/** Whether a sentence arrives at a value: in numbers and signs alone, without asking what it is for. */
import { canonicalNumber } from "../../core/terms.ts";
import * as zh from "./chinese.ts";
import type { Unit } from "./units.ts";

/** `-1.00` is written `1` among the terms of a sentence; undefined for what is no plain number. */
export function plainNumber(value: string): string | undefined {
  return /^-?\d[\d,]*(?:\.\d+)?$/.test(value) ? canonicalNumber(value.replace(/^-/, "")) : undefined;
}

/** Arrives at the value, and at no other after it. */
export function comesTo(unit: Unit, value: string): boolean {
  const number = plainNumber(value);
  if (number === undefined) return arrivesAt(unit, value);
  if (unit.results.size > 0 && [...unit.results].at(-1) !== number) return false;
  return arrivesAt(unit, value) || (number !== value && arrivesAt(unit, number));
}

const ARRIVING =
  /(?:[=≈:]|is|are|gives?|get|totals?|of|be|to|so|only|have|has|leaves?|leaving|equals?|makes?|yields?|means|answer|thus|therefore|about)-?[\\($\s]*$/i;

/** The value stands as a result: after a sign or word of arriving, and not as part of a longer number or term. */
export function arrivesAt(unit: Unit, value: string): boolean {
  if (unit.kind === "code") return false;
  let tries = 0;
  for (let at = unit.bare.indexOf(value); at !== -1 && tries < 20; at = unit.bare.indexOf(value, at + 1), tries++) {
    const before = unit.bare[at - 1] ?? "";
    const after = unit.bare.slice(at + value.length, at + value.length + 2);
    if (/[\d/^_]/.test(before) && /^[\w-]/.test(value)) continue;
    if (before === "." && /\d/.test(unit.bare[at - 2] ?? "")) continue;
    if (/^(?:\d|\.\d|\/\d|[+*×·^])/.test(after) && /\d$/.test(value)) continue;
    const lead = unit.bare.slice(Math.max(0, at - 14), at);
    if (ARRIVING.test(lead) || zh.ARRIVING.test(lead)) return true;
  }
  return false;
}

/** Works something out, in signs or in words. */
export function calculates(text: string): boolean {
  return CALCULATES.test(text) || zh.CALCULATES.test(text);
}

const CALCULATES = /[=≈+×*÷]|\d\s*[-−/]\s*\d|\b(?:plus|minus|times|divid\w+|multipl\w+|subtract\w*|add\w*|sum)\b/i;

/** As a number of its own, not the 6 of "6S", "6 times" or "6 %"; in "S = 3T" the 3 is what was found. */
export function standsFree(text: string, number: string): boolean {
  const digits = number.replace(".", "\\.");
  const free = new RegExp(
    `=\\s*${digits}(?!\\d)|(?<![\\d.])${digits}(?!\\d|\\.\\d*[1-9]|\\s?(?:times|倍|\\\\?%|percent)|[A-Za-z]\\b)`,
  );
  return free.test(text.replace(/(?<=\d),(?=\d{3})/g, ""));
}
