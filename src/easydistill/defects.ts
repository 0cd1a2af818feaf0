/**
 * What is known to go wrong in that toolkit's data, what is done about each row here, and the count of the rows. A row is
 * never dropped without a word: it is mended, or it stands in set-aside.jsonl with its code.
 */

export interface Defect {
  readonly means: string;
  /** What was done about it here. */
  readonly done: string;
  /** The row went to set-aside.jsonl. */
  readonly aside?: true;
}

export const DEFECTS = {
  "not-a-row": { means: "not an object with columns", done: "set aside", aside: true },
  "no-problem": { means: "there is no problem in the row", done: "set aside", aside: true },
  "no-chain": { means: "there is no chain in the row, and the job works on chains", done: "set aside", aside: true },
  "shifts-later-pairs": {
    means: "one of the two columns is missing, so the toolkit (v1) paired every later problem with another row's chain",
    done: "problem and chain are paired by row; this one is set aside, later rows are right",
    aside: true,
  },
  "shifted-pair": {
    means: "what was asked joined the problem of one row with the chain of another",
    done: "set aside: it was written about two problems",
    aside: true,
  },
  "prompt-as-instruction": {
    means: "the instruction is the whole prompt that was sent, not the problem",
    done: "the problem was cut out of it",
  },
  "last-of-batch": {
    means: "the whole batch carries the prompt of its last row",
    done: "the problem was taken from the input, row by row",
  },
  "batch-unmended": {
    means: "the whole batch carries the prompt of its last row, and no input is there that tells which row is which",
    done: "set aside",
    aside: true,
  },
  "input-ignored": {
    means: "the toolkit asked without the column `input`, which belongs to the instruction",
    done: "joined to the problem",
  },
  "unread-score": {
    means: "a score that no judge gave: -1 for a reply nobody could read, or a number outside 0 to 9",
    done: "the score was left out; a `false` beside a -1 too, which may be an unread verdict",
  },
  "failed-call": { means: "the judge was never reached", done: "kept without scores" },
  "cut-off": { means: "the chain breaks off: a section is opened and not closed", done: "set aside", aside: true },
  "lost-solution": {
    means: "the rewritten chain lost the solution that its original ends with",
    done: "the original's final answer stands in `answer`, so that a rewrite is held to it",
  },
  "no-answer-found": {
    means: "the rewritten chain lost the solution of its original, and no final answer was found in that",
    done: "kept without an answer",
  },
  "answer-is-prose": {
    means: "the reference answer is an explanation; the toolkit compared its last number, or its last line",
    done: "its final answer stands in `answer`, the explanation in `reference`",
  },
  images: { means: "the problem or chain holds images, which the toolkit dropped", done: "set aside", aside: true },
  "several-turns": {
    means: "a conversation of several turns, of which the toolkit read the last",
    done: "set aside",
    aside: true,
  },
  "pair-not-better": {
    means: "the chosen reply is the rejected one, or scored no better",
    done: "kept as a row; the rejected side is left out",
  },
  "rejected-is-right": {
    means: "the rejected reply ends with the same final answer as the chosen one",
    done: "kept as a row; the rejected side is left out",
  },
  "duplicate-row": {
    means: "the same problem with the same chain stands in an earlier row",
    done: "set aside",
    aside: true,
  },
  "id-again": {
    means: "the id is that of an earlier row, whose scores the toolkit gave to both",
    done: "kept under an id of its own",
  },
  "bad-line": {
    means: "not JSON; the toolkit passed over such lines",
    done: "left out, as --bad-rows skip asks",
    aside: true,
  },
} as const satisfies Readonly<Record<string, Defect>>;

export type DefectCode = keyof typeof DEFECTS;

export interface Finding extends Pick<Defect, "means" | "done"> {
  readonly code: DefectCode;
  readonly count: number;
  /** Row numbers (lines of JSONL), as "3, 7-12". */
  readonly rows: string;
}

/** Counts defects by code; row numbers as ranges, since a shifted file is one long range. */
export class Findings {
  readonly #ranges = new Map<DefectCode, [from: number, to: number][]>();

  add(code: DefectCode, row: number): void {
    const ranges = this.#ranges.get(code) ?? [];
    this.#ranges.set(code, ranges);
    const last = ranges.at(-1);
    if (last !== undefined && row <= last[1] + 1 && row >= last[0]) last[1] = Math.max(last[1], row);
    else ranges.push([row, row]);
  }

  list(): Finding[] {
    return [...this.#ranges].map(([code, ranges]) => ({
      code,
      means: DEFECTS[code].means,
      done: DEFECTS[code].done,
      count: ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0),
      rows: ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(", "),
    }));
  }
}
