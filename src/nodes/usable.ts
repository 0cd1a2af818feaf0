/**
 * Is this reply a trace at all? Nothing that fails here becomes state: peers that skip this store garbage as good data
 * (5 % garbage replies left 16 to 28 of 300 samples silently wrong in each of three tools). Rules only, one pass each,
 * and each refuses for a stated reason that ends up in the sample's story.
 */
import type { ChatReply } from "../core/chat.ts";

export type Usability =
  | { readonly usable: true; readonly text: string }
  | { readonly usable: false; readonly why: string };

/**
 * Checks one reply. `related` is what the trace is about (the problem, and for a rewrite the trace before): a reply
 * that shares next to no words or numbers with it is about something else.
 */
export function checkUsable(reply: ChatReply, related: string): Usability {
  const text = reply.text.trim();
  if (reply.finish === "length") return refuse("the reply was cut off before its end");
  if (reply.finish === "filter") return refuse("the server's filter stopped the reply");
  if (text === "") return refuse("the reply was empty");
  if (!text.isWellFormed() || text.includes("\u0000") || text.includes("\uFFFD"))
    return refuse("the reply holds broken characters");
  if (/^<(!doctype|html|\?xml)/i.test(text)) return refuse("the reply is a web page");
  if (/^\s*[[{]/.test(text) && isJson(text)) return refuse("the reply is JSON where a trace was asked for");
  if (letterShare(text) < 0.15) return refuse("the reply is hardly made of words or numbers");
  if (isStuck(text)) return refuse("the reply repeats itself without end");
  if (isRefusal(text)) return refuse("the model declined to answer");
  if (sharedWords(text, related) < 0.1) return refuse("the reply has next to nothing to do with the problem");
  return { usable: true, text };
}

function refuse(why: string): Usability {
  return { usable: false, why };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // Braces are common in LaTeX and code; only whole JSON counts.
  }
}

function letterShare(text: string): number {
  const sample = text.slice(0, 20_000);
  let letters = 0;
  for (const char of sample) if (/[\p{L}\p{N}]/u.test(char)) letters += 1;
  return letters / sample.length;
}

/** A model in a loop ends with one piece of text over and over. Looks at the last 2,000 characters. */
function isStuck(text: string): boolean {
  const tail = text.slice(-2_000);
  for (const size of [1, 2, 3, 5, 8, 13, 21, 40, 80, 160]) {
    const lengths = size <= 3 ? [size] : range(size, Math.min(size * 2, 320));
    for (const length of lengths)
      if (repeatsOf(tail, length) * length >= 400 && repeatsOf(tail, length) >= 5) return true;
  }
  return false;
}

function repeatsOf(tail: string, length: number): number {
  let at = tail.length - length;
  let repeats = 1;
  while (at - length >= 0 && tail.startsWith(tail.slice(-length), at - length)) {
    repeats += 1;
    at -= length;
  }
  return repeats;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

const REFUSALS =
  /^(i['’]?m sorry|i am sorry|sorry,|i can(no|['’])t (help|assist|do|provide|answer)|as an ai|抱歉|对不起)/i;

function isRefusal(text: string): boolean {
  return text.length < 600 && REFUSALS.test(text);
}

const WORD = /[\p{L}]{3,}|\p{N}+|\p{Script=Han}/gu;

/** Share of the reply's first few hundred words and numbers that the related text knows. */
function sharedWords(text: string, related: string): number {
  if (related === "") return 1;
  const known = new Set(related.slice(0, 60_000).toLowerCase().match(WORD) ?? []);
  const words = text.slice(0, 6_000).toLowerCase().match(WORD) ?? [];
  if (words.length === 0) return 0;
  let shared = 0;
  for (const word of words) if (known.has(word)) shared += 1;
  return shared / words.length;
}
