/**
 * Ratings and outcomes as they look everywhere: a colour, a shape and a word. The shape alone says it without colour: a
 * weight too heavy points up, one too light down, what fits is round.
 */
import type { RunState } from "../../../core/events.ts";
import { OUTCOME_MEANING, type Outcome, RATING_PLAIN, type Rating } from "../../../core/sample.ts";
import "./marks.css";

export type Tone = "fits" | "terse" | "heavy" | "failed" | "undecided";

const TONE_OF_RATING: Readonly<Record<Rating, Tone>> = { medium: "fits", easy: "terse", hard: "heavy" };
const TONE_OF_OUTCOME: Readonly<Record<Outcome, Tone>> = {
  accepted: "fits",
  exhausted: "heavy",
  "answer-lost": "failed",
  undecided: "undecided",
  rejected: "undecided",
  failed: "failed",
};

const SHAPES: Readonly<Record<string, string>> = {
  medium: "M5 1.2a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 1 1 0-7.6",
  easy: "M.8 1.8h8.4L5 9z",
  hard: "M5 1l4.2 7.2H.8z",
  accepted: "M1.2 5.4l2.6 2.7 5-6",
  exhausted: "M8.6 3.4A4 4 0 1 0 9 6M8.9 1v2.6H6.3",
  "answer-lost": "M5 1l4 4-4 4-4-4zM3 7l4-4",
  undecided: "M3 3.6a2 2 0 1 1 2.9 1.8Q5 5.9 5 6.8M5 8.6v.2",
  rejected: "M5 1a4 4 0 1 1 0 8a4 4 0 1 1 0-8M2.4 7.6l5.2-5.2",
  failed: "M1.6 1.6l6.8 6.8M8.4 1.6L1.6 8.4",
  "for-person": "M5 1a2 2 0 1 1 0 4a2 2 0 1 1 0-4M1.4 9.2a3.6 3.4 0 0 1 7.2 0",
  decided: "M1.2 5.4l2.6 2.7 5-6",
  approved: "M1.2 5.4l2.6 2.7 5-6",
  edited: "M1 9l.7-2.6L7 1.1 8.9 3 3.6 8.3z",
  unfinished: "M5 1.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7",
};
const FILLED = new Set(["medium", "easy", "hard"]);

export function toneOf(word: string): Tone | undefined {
  return TONE_OF_RATING[word as Rating] ?? TONE_OF_OUTCOME[word as Outcome];
}

/** What a label, rating or outcome is called. */
export function wordFor(word: string): string {
  if (word === "none") return "no rating";
  if (word === "unfinished") return "under way";
  if (word === "for-person") return "waits for a person";
  if (word === "decided") return "decided by a person";
  return RATING_PLAIN[word as Rating] ?? word;
}

/** The shape alone, beside a word or within something that is named. */
export function Mark({ of }: { readonly of: string }) {
  const shape = SHAPES[of];
  if (shape === undefined) return null;
  return (
    <svg
      className={`mark tone-${toneOf(of) ?? "undecided"} ${FILLED.has(of) ? "is-filled" : ""}`}
      viewBox="0 0 10 10"
      aria-hidden="true"
    >
      <path d={shape} />
    </svg>
  );
}

export function Word({ of }: { readonly of: string }) {
  const meaning = OUTCOME_MEANING[of as Outcome];
  return (
    <span className={`word tone-${toneOf(of) ?? "undecided"}`} title={meaning}>
      <Mark of={of} />
      {wordFor(of)}
    </span>
  );
}

/** A sample's ratings in the order it got them. */
export function Ratings({ ratings }: { readonly ratings: readonly Rating[] }) {
  if (ratings.length === 0) return <span className="quiet">–</span>;
  const shown = ratings.length > 6 ? ratings.slice(-6) : ratings;
  const words = ratings.map((rating) => RATING_PLAIN[rating]).join(", ");
  return (
    <span className="ratings" role="img" aria-label={words} title={words}>
      {shown.length < ratings.length ? "…" : null}
      {shown.map((rating, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place in the order is what makes each its own.
        <Mark key={index} of={rating} />
      ))}
    </span>
  );
}

/** Parts of a whole, the widest ones visible: what a node's labels or a run's outcomes came to. */
export function Bar({
  parts,
  says,
}: {
  readonly parts: readonly (readonly [word: string, n: number])[];
  readonly says?: string;
}) {
  const all = parts.reduce((sum, [, n]) => sum + n, 0);
  return (
    <span
      className="bar"
      {...(says === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": says, title: says })}
    >
      {parts.map(([word, n]) =>
        n > 0 ? <span key={word} className={`fill-${fillOf(word)}`} style={{ width: `${(100 * n) / all}%` }} /> : null,
      )}
    </span>
  );
}

function fillOf(word: string): string {
  return toneOf(word) ?? (word === "rest" ? "rest" : "neutral");
}

export function RunStateWord({ state, why }: { readonly state: RunState; readonly why?: string | undefined }) {
  return (
    <span className={`run-state is-${state}`} title={why}>
      <svg viewBox="0 0 10 10" className="mark is-filled" aria-hidden="true">
        {state === "running" ? <path d="M2 1l7 4-7 4z" /> : null}
        {state === "paused" ? <path d="M1.5 1h2.6v8H1.5zM5.9 1h2.6v8H5.9z" /> : null}
        {state === "finished" ? <path d="M1.5 1.5h7v7h-7z" /> : null}
      </svg>
      {state}
    </span>
  );
}
