/**
 * A trace whose answer is a program, with its programs blanked out: every listing becomes one blank, and a step that was
 * nothing but listing is dropped. What is left is how the program comes about, in words; the student has to write it.
 * Code outside of listings stays: where it gives the program away, the leak controls show it.
 */
import { stepPlaces } from "../../core/prompt.ts";
import { cutSegments } from "../../core/segments.ts";
import { BLANK, type Masked, type MaskedStep } from "./mask.ts";

export function maskProgram(trace: string): Masked {
  const listings = cutSegments(trace)
    .filter(({ kind, body }) => kind === "code" && /^\s*(?:`{3}|~{3})/.test(body))
    .map(({ start, body }) => ({ start, end: start + body.length }));
  const kept: MaskedStep[] = [];
  let dropped = 0;
  for (const [index, place] of stepPlaces(trace).entries()) {
    let text = "";
    let at = place.start;
    for (const { start, end } of listings) {
      if (end <= place.start || start >= place.end) continue;
      // A listing with blank lines in it goes over several steps: the blank stands where it begins.
      text += trace.slice(at, Math.max(at, start)) + (start >= place.start ? BLANK : "");
      at = Math.max(at, Math.min(end, place.end));
    }
    text = (text + trace.slice(at, place.end)).trim();
    if (/[\p{L}\d]/u.test(text)) kept.push({ step: index + 1, text });
    else dropped += 1;
  }
  return { steps: kept, blanks: listings.length, dropped };
}
