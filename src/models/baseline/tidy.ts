/**
 * What is left reads as one text: hesitation goes from the heads of sentences, a "But" whose partner is gone goes with
 * it, a question that was meant as a statement becomes one, and the strongest white space between two units stays.
 */
import * as zh from "./chinese.ts";
import { isQuestion, stripHesitation } from "./cues.ts";
import { type Joint, strongerJoint, type Unit } from "./units.ts";

export interface Line {
  readonly text: string;
  readonly joint: Joint;
}

/** The kept units as lines ready to be written. `kept` is ascending. */
export function tidyUnits(units: readonly Unit[], kept: readonly number[]): Line[] {
  const lines: Line[] = [];
  let previous = -1;
  for (const [at, index] of kept.entries()) {
    const unit = units[index]!;
    const gap = index - previous > 1;
    let joint = unit.joint;
    for (let between = previous + 1; between < index; between++) joint = strongerJoint(joint, units[between]!.joint);
    const follower = kept[at + 1] ?? units.length + 9;
    const tidied = isWords(unit) ? tidySentence(unit.text, gap) : unit.text;
    // What it announced is gone, but others need what it says.
    const text = isWords(unit) && follower - index > 3 ? tidied.replace(/:$/, ".").replace(/：$/, "。") : tidied;
    if (text !== "") lines.push({ text, joint: lines.length === 0 ? "\n\n" : joint });
    if (text !== "" || !gap) previous = index;
  }
  return dropEmptyHeads(lines);
}

/** One sentence on its own feet. `gap`: what stood before it in the original is gone. */
export function tidySentence(sentence: string, gap: boolean): string {
  const marker = /^(?:(?:[-*+•]|\d{1,3}[.)]|\(?[a-hA-H][.)])\s+)/.exec(sentence)?.[0] ?? "";
  const body = sentence.slice(marker.length);
  let text = stripHesitation(body);
  if (gap) text = text.replace(PARTNERLESS, "").replace(zh.PARTNERLESS, "");
  else if (zh.TURN.test(body)) text = turnInChinese(text);
  else if (TURN.test(body)) text = markTurn(text);
  text = text
    .replace(HEDGE_HEAD, "")
    .replace(zh.HEDGE_HEAD, "")
    .replace(zh.SURELY, "。")
    .replace(/(?<!\b(?:is|are|was|be|it|that|this)|['’]s),? (?:right|correct|okay|ok|yes|no)\?(?=["')*\s]*$)/i, ".")
    .replace(/(?<=[\s(])wait,\s*(?:hold on[,—-]*\s*|actually,\s*)?(?!no\b)/g, "")
    .replace(/[,;]? (?:hmm+|wait|okay|yeah)[,.]*(?=[.!?]?$)/i, "")
    .replace(/[?？](?=["')*”’）\s]*$)/, (mark, at: number) =>
      isQuestion(sentence, text) || asksForValue(text, at) ? mark : mark === "？" ? "。" : ".",
    )
    .trim();
  if (/^[,.;:!?，。；：！？、\s]*$/.test(text)) return "";
  // What began small stays small ("x = 3", a name, a line of code): only what lost its head gets a new capital.
  return marker + (body.startsWith(text.slice(0, 12)) ? text : capitalise(text));
}

/** A thinker that stops short is about to correct what stands right before. */
const TURN = /^(?:(?:but|oh|hmm+|no)[, ]+)*(?:wait|hold on)\b/i;

/** "Wait, 143 is 11 * 13" after a kept sentence: the turn stays visible as "But". */
function markTurn(text: string): string {
  const small = text.replace(/^(?:The|It|That|There|This|Since|If|We|Each|All|When|These|In|For|They)\b/, (word) =>
    word.toLowerCase(),
  );
  return /^(?:[a-z]{2,}|\d|[$\\])/.test(small) && !/^(?:so|let|maybe|but|what|how|is|are|does|do|then|no)\b/.test(small)
    ? `But ${small}`
    : text;
}

/** "等等，143 是 11 × 13" after a kept sentence: the turn stays visible. */
function turnInChinese(text: string): string {
  return /^(?:[\d$\\A-Za-z]|因为|由于|题目|如果|每)/u.test(text) ? `不过，${text}` : text;
}

const PARTNERLESS =
  /^(?:(?:but|however|and|also|yet|or|instead|alternatively|again|still|though|then again|on the other hand|nevertheless|plus|similarly|no)\b[,]?\s+)+/i;
const HEDGE_HEAD =
  /^(?:(?:i think|i guess|i believe|i suppose|maybe|perhaps|it seems(?: like)?)(?: that)?,?\s+)(?=(?:the|so|it|this|we|there|each|all|since|because|if|that)\b)/i;
/** "35 * 261 = ?" stays a question; so does a mark with next to nothing before it. */
function asksForValue(text: string, at: number): boolean {
  return at < 8 || /[=≈+*/×(]\s*$/.test(text.slice(0, at));
}

function capitalise(text: string): string {
  return /^[a-z]{2,}/.test(text) &&
    !/^(?:sin|cos|tan|log|ln|exp|max|min|gcd|lcm|mod|torch|dx|dy)\b/.test(text) &&
    !/^[a-z]+[_(=\d]/.test(text)
    ? text[0]!.toUpperCase() + text.slice(1)
    : text;
}

function isWords(unit: Unit): boolean {
  return unit.kind === "prose" || unit.kind === "item";
}

/** A heading, or a sentence that promises something ("as follows:"), with nothing of it left. */
function dropEmptyHeads(lines: readonly Line[]): Line[] {
  return lines.filter((line, at) => {
    const next = lines[at + 1];
    if (/^#{1,6}\s/.test(line.text)) return next !== undefined && !/^#{1,6}\s/.test(next.text);
    return true;
  });
}
