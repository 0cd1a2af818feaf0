/**
 * A chain with its coherence broken on purpose: the worse side of a preference pair whose better side is the chain as it
 * was. Rules only, and the same chain always breaks in the same way.
 *
 *   dropped        a step that a later one rests on is gone
 *   swapped        such a step comes after the one that rests on it
 *   contradicted   such a step comes to another value, and the later one goes on with the old one
 *
 * What a step rests on is read from values: a number (of two digits or more, or with a point) that is neither in the
 * problem nor earlier in the chain, first written in one step and then calculated with in a later one. A value that is
 * calculated with, and that nothing before it has, `dangles`. That is also the check of the result:
 *
 *   - a value dangles in the broken chain that does not in the good one: the break is real, and it has a name and a place
 *   - the last step, which states the answer, is untouched: the two sides differ in coherence and in nothing else; numbers
 *     that count the steps run on, or a student would learn to look at those
 *   - a step that is told again elsewhere makes nothing dangle: no break that a reader would not notice gets through
 *
 * A chain of which no such step can be read (prose, proofs, programs) is not broken at all, and is told.
 */
import { seedFrom } from "../core/hash.ts";
import { cutSegments, cutSentences } from "../core/segments.ts";

export const BREAKS = ["dropped", "swapped", "contradicted"] as const;
export type Break = (typeof BREAKS)[number];

export interface Broken {
  readonly how: Break;
  readonly text: string;
  /** The step that was broken, from 1, counted in the good chain; and the value that dangles since. */
  readonly step: number;
  readonly value: string;
}

/** `first` is tried first; the other ways follow in their order. Undefined where nothing in the chain can be broken. */
export function breakChain(problem: string, chain: string, first: Break): Broken | undefined {
  const steps = cutIntoSteps(chain);
  const given = new Set(readValues(problem).map(({ value }) => value));
  const before = danglingIn(steps, given);
  const links = linksOf(steps, given);
  const at = BREAKS.indexOf(first);
  for (const how of [...BREAKS.slice(at), ...BREAKS.slice(0, at)]) {
    for (const link of links) {
      const broken = apply(how, steps, link, given);
      if (broken === undefined) continue;
      const dangles = danglingIn(broken, given);
      if (!dangles.has(link.value) || before.has(link.value)) continue;
      const text = broken.join("");
      if (plain(text) === plain(chain) || unlabelled(broken.at(-1)!) !== unlabelled(steps.at(-1)!)) continue;
      return { how, text, step: link.from + 1, value: link.value };
    }
  }
  return undefined;
}

/** Values that are calculated with before anything has brought them in. Empty for a chain that hangs together. */
export function danglingIn(steps: readonly string[], given: ReadonlySet<string>): ReadonlySet<string> {
  const known = new Set(given);
  const dangling = new Set<string>();
  for (const step of steps) {
    for (const { value, isResult } of readValues(step)) {
      if (!known.has(value) && !isResult) dangling.add(value);
      known.add(value);
    }
  }
  return dangling;
}

interface Link {
  readonly value: string;
  /** Where it comes out, and where it is first calculated with. */
  readonly from: number;
  readonly to: number;
}

/** Of what later steps rest on, those with most between themselves and the end first: they carry the most. */
function linksOf(steps: readonly string[], given: ReadonlySet<string>): Link[] {
  const origin = new Map<string, number>();
  const links = new Map<string, Link>();
  for (const [index, step] of steps.entries()) {
    for (const { value, isResult } of readValues(step)) {
      if (given.has(value)) continue;
      const from = origin.get(value);
      if (from === undefined) {
        if (isResult) origin.set(value, index);
        else origin.set(value, Number.NaN); // Out of nowhere already: nothing to break.
      } else if (from < index && !isResult && !links.has(value)) links.set(value, { value, from, to: index });
    }
  }
  const last = steps.length - 1;
  return [...links.values()].filter(({ from }) => from < last).sort((a, b) => a.to - b.to || a.from - b.from);
}

function apply(
  how: Break,
  steps: readonly string[],
  { from, to, value }: Link,
  given: ReadonlySet<string>,
): string[] | undefined {
  switch (how) {
    case "dropped":
      return relabel(steps, steps.toSpliced(from, 1));
    case "swapped": {
      // The last step states the answer and stays where it is.
      if (to === steps.length - 1) return undefined;
      const swapped = [...steps];
      [swapped[from], swapped[to]] = [regap(steps[to]!, steps[from]!), regap(steps[from]!, steps[to]!)];
      return relabel(steps, swapped);
    }
    case "contradicted": {
      const other = otherValue(value, new Set([...given, ...steps.flatMap(readValues).map((each) => each.value)]));
      return steps.with(from, replaceValue(steps[from]!, value, other));
    }
  }
}

/** "3." or "**Step 3:**" at the beginning of a step. */
const LABEL = /^([\s#*_]*(?:(?:step|part|步骤)\s*|第\s*)?)(\d{1,2})(?=\*\*|[.):：、](?!\d)|步)/i;

/** The labels of the steps in the order that they had: a gap or a jump in them would tell what was done. */
function relabel(steps: readonly string[], broken: readonly string[]): string[] {
  const labels = steps.flatMap((step) => LABEL.exec(step)?.[2] ?? []);
  let next = 0;
  return broken.map((step) => step.replace(LABEL, (_whole, before: string) => `${before}${labels[next++]}`));
}

function unlabelled(step: string): string {
  return step.replace(LABEL, "$1");
}

/** The white space at its end belongs to the place and not to the step. */
function regap(step: string, place: string): string {
  return step.trimEnd() + place.slice(place.trimEnd().length);
}

/** Near enough to be believed, and nowhere else in the chain: it must not hang together again by luck. */
function otherValue(value: string, taken: ReadonlySet<string>): string {
  const decimals = decimalsOf(value);
  const step = 2 + (seedFrom("contradicted", value) % 7);
  for (let n = step; ; n++) {
    const other = (Number(value) + n * 10 ** -decimals).toFixed(decimals);
    if (!taken.has(String(Number(other)))) return other;
  }
}

function replaceValue(step: string, value: string, other: string): string {
  let text = "";
  let at = 0;
  for (const { value: found, start, end } of readValues(step)) {
    if (found !== value) continue;
    const decimals = Math.max(decimalsOf(step.slice(start, end)), decimalsOf(other));
    text += step.slice(at, start) + Number(other).toFixed(decimals);
    at = end;
  }
  return text + step.slice(at);
}

function decimalsOf(written: string): number {
  return written.split(".")[1]?.length ?? 0;
}

interface Found {
  /** In one spelling: 1,200 and 1200.0 are 1200. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** It comes out here, or is laid down: after an equals sign, or in words. Else it is calculated with. */
  readonly isResult: boolean;
}

function readValues(text: string): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(/\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?/g)) {
    const [written] = match;
    const start = match.index;
    const bare = written.replaceAll(",", "");
    // A small whole number counts things, numbers steps and stands in every formula: it says nothing of what rests on it.
    if (!bare.includes(".") && bare.length < 2) continue;
    // An index, an exponent, a part of a name.
    if (/[\p{L}_^]$|[_^]\{$/u.test(text.slice(Math.max(0, start - 2), start))) continue;
    const end = start + written.length;
    const comesOut =
      COMES_OUT.test(text.slice(Math.max(0, start - 40), start)) && !GOES_ON.test(text.slice(end, end + 12));
    found.push({ value: String(Number(bare)), start, end, isResult: comesOut });
  }
  return found;
}

/** What stands before a value that comes out or is laid down. */
const COMES_OUT =
  /(?:[=≈≡:]|\\(?:approx|equiv|boxed\{|implies|to|Rightarrow)|→|⇒|\b(?:is|are|was|be|equals?|gives?|get|gets|makes?|yields?|leaves?|have|has|total|remain(?:s|ing)?|at|about|exactly|by|so|only|and)|[是为得即共剩余等于])[\s$*({[~≈\\-]*(?:\\(?:text|mathbf|frac|dfrac)?\{)?[$€£¥]?\s*$/iu;
/** After it the calculation goes on: what stands here is a part of it. */
const GOES_ON = /^\s*(?:\\?%\s*)?(?:[-+*/×·÷^]|\\(?:times|cdot|div))\s*[\d(\\a-zA-Z]/;

/** Paragraphs; lines where there are few, and of a chain in one piece its sentences. Joined they are the chain. */
function cutIntoSteps(chain: string): string[] {
  const paragraphs = chain.split(/(?<=\n[ \t]*\n\s*)(?=\S)/);
  if (paragraphs.length >= FEW) return paragraphs;
  const lines = cutSegments(chain).map(({ body, gap }) => body + gap);
  return lines.length >= FEW ? lines : lines.flatMap(cutSentences);
}

const FEW = 4;

function plain(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
